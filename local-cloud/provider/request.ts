/** What a type of the table is made of, and what its functions see of one operation. */
import { isDeepStrictEqual } from "node:util";
import type { Clients, Input, Output, Service } from "./clients";
import { isRecord, mapInputs, type Props, text, toApi } from "./mapping";
import { modelOf, shapeAt } from "./model";
import type { Properties } from "./properties";
import type { Tagging } from "./tags";

/** Automatic name: `<logical name>-<7 hex>`, the logical name cut to fit, as the official provider makes it. */
export interface AutoName {
  readonly property: string;
  readonly max: number;
  readonly prefix?: string;
  /** The suffix of the name where the service wants one, from the inputs (FIFO queues and topics). */
  readonly suffix?: (inputs: Props) => string;
}

/** One type of the table. */
export interface TypeSpec {
  readonly service: Service;
  /** Supported properties in the notation of `parseProperties`. */
  readonly props: string;
  /** Model path (`CreateJob`, `CreateTable.TableInput`) whose members the plain properties are. */
  readonly maps?: string;
  readonly name?: AutoName;
  /** How the type is tagged; as its service is unless given. */
  readonly tagging?: Tagging;
  /** What `Tagging` calls the resource by; the ARN unless given. */
  readonly tagId?: (r: Request) => string;
  /** Makes it and returns its id and the outputs that only the call's answer knows. */
  readonly create: (r: Request) => Promise<{ id: string } & Props>;
  /** AWS's view, as members of the API or as properties; undefined when it is gone (a not-found error will do). */
  readonly read: (r: Request) => Promise<Props | undefined>;
  /** Whether a property with `!` changes in place after all, by the new inputs. */
  readonly inPlace?: (property: string, news: Props) => boolean;
  /** Without it, any change of a property without `!` is a fault of the table. */
  readonly update?: (r: Request) => Promise<unknown>;
  readonly delete: (r: Request) => Promise<unknown>;
  /** Outputs that follow from id, inputs, account and region. */
  readonly outs?: (r: Request) => Props;
}

/** A resource that exists although its creation failed afterwards. */
export class PartialCreateError extends Error {
  constructor(
    readonly id: string,
    readonly outs: Props,
    override readonly cause: Error,
  ) {
    super(cause.message, { cause });
  }
}

const HASH = "hash";

/** Deep equality; assets by the hash of their content, JSON texts by their meaning. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (isRecord(a) && isRecord(b) && typeof a[HASH] === "string" && typeof b[HASH] === "string")
    return a[HASH] === b[HASH];
  if (typeof a === "string" && typeof b === "string" && a !== b && /^\s*[[{]/.test(a) && /^\s*[[{]/.test(b)) {
    try {
      return isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
    } catch {
      return false;
    }
  }
  return isDeepStrictEqual(a, b);
}

/** The member of an answer at a path such as `Vpcs.0`. */
const memberAt = (answer: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((held, key) => (held as Props | null | undefined)?.[key], answer);

/** Parts of a call's notation: `Operation`, `Operation(Key)`, `Operation(Key).path.of.member`. */
export function parseCall(notation: string): { operation: string; key: string | undefined; path: string | undefined } {
  const match = /^(\w+)(?:\((\w+)\))?(?:\.([\w.]+))?$/.exec(notation);
  if (match === null) throw new Error(`bad call "${notation}"`);
  return { operation: match[1] as string, key: match[2], path: match[3] };
}

/** What a type's functions see of one operation. */
export class Request {
  id = "";
  account = "";
  constructor(
    readonly spec: TypeSpec,
    readonly properties: Properties,
    readonly clients: Clients,
    readonly inputs: Props,
    readonly oldInputs: Props,
    readonly outs: Props,
    readonly tags: Record<string, string>,
    readonly deadline: number,
  ) {}

  get region(): string {
    return this.clients.region;
  }

  /** An input as text, or the output of that name when the resource is being read or deleted. */
  str(property: string): string {
    return text(this.inputs[property] ?? this.outs[property]);
  }

  arn(service: string, resource: string, region: string = this.region): string {
    return `arn:aws:${service}:${region}:${this.account}:${resource}`;
  }

  call(operation: string, input: Input): Promise<Output> {
    return this.clients.call(this.spec.service, operation, input, this.deadline);
  }

  /**
   * Calls `Operation(Key).path`: the id goes into `Key`, the answer's member at `path` returns. Members may be in
   * Pulumi's form: they are brought into that of the operation.
   */
  async ask(notation: string, more: Input = {}, id: string = this.id): Promise<unknown> {
    const { operation, key, path } = parseCall(notation);
    const given = Object.entries({ ...(key === undefined ? {} : { [key]: id }), ...more });
    const input = Object.fromEntries(given.filter(([, value]) => value !== undefined));
    const model = modelOf(this.spec.service);
    const answer = await this.call(operation, toApi(model, shapeAt(model, operation), input, operation) as Input);
    return path === undefined ? answer : memberAt(answer, path);
  }

  changed(...properties: string[]): boolean {
    return properties.some((property) => !sameValue(this.oldInputs[property], this.inputs[property]));
  }

  /** The plain properties (and the tags, where the shape has them) as members of the shape at `path`. */
  map(path: string = this.spec.maps ?? ""): Input {
    return mapInputs(modelOf(this.spec.service), path, this.properties, { ...this.inputs, tags: this.tags });
  }

  /** The same resource with other inputs, for the outputs of what was found. */
  found(inputs: Props, tags: Record<string, string>): Request {
    const { spec, properties, clients, oldInputs, outs, deadline } = this;
    const found = new Request(spec, properties, clients, inputs, oldInputs, outs, tags, deadline);
    return Object.assign(found, { id: this.id, account: this.account });
  }

  /** Waits until `ready` answers true; throws at the deadline, naming what was awaited. */
  async until(what: string, ready: () => Promise<boolean>): Promise<void> {
    while (!(await ready())) {
      if (this.clients.cancelled) throw new Error(`cancelled while waiting for ${what}`);
      if (Date.now() > this.deadline) throw new Error(`${what} did not happen in time; run the command again`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
