/** Types whose operations are one call each, as data. */
import { isNotFound } from "../errors";
import type { Props } from "../mapping";
import { modelOf, wrapped } from "../model";
import { parseCall, type Request, type TypeSpec } from "../request";

/** Calls in the notation of `Request.ask`; the path after `create` is the id's, the path after an update the body's. */
export interface PlainSpec extends Omit<TypeSpec, "create" | "read" | "update" | "delete"> {
  /** `CreateVpc.Vpc.VpcId`; without a path the name is the id. */
  readonly create: string;
  /** `DescribeVpcs(VpcIds).Vpcs.0` */
  readonly read: string;
  /** `UpdateJob(JobName).JobUpdate`, or several calls, each with the properties that it is for. */
  readonly update?: string | Readonly<Record<string, string>>;
  readonly delete: string;
  /** Members that the mapping does not give, of the created and of the wholly updated thing. */
  readonly more?: (r: Request) => Props;
  /** What remains to be done after either: waiting, settings with calls of their own. */
  readonly settle?: (r: Request) => Promise<unknown>;
}

/** The type that `spec` describes. */
export function plain(spec: PlainSpec): TypeSpec {
  const created = parseCall(spec.create);
  const maps = spec.maps ?? created.operation;
  const body = (r: Request, path: string, more?: Props): Props =>
    wrapped(modelOf(spec.service), path, { ...r.map(path), ...more });
  const calls = typeof spec.update === "string" ? { [spec.update]: undefined } : { ...spec.update };
  const update = async (r: Request): Promise<void> => {
    for (const [notation, properties] of Object.entries(calls)) {
      if (properties !== undefined && !r.changed(...properties.split(" "))) continue;
      // Such a call keeps what it is not told; an empty text takes a description away.
      const bare = properties?.includes("description") && r.inputs["description"] === undefined;
      const more = properties === undefined ? spec.more?.(r) : bare ? { Description: "" } : {};
      const { operation, key, path } = parseCall(notation);
      const at = path === undefined ? operation : `${operation}.${path}`;
      await r.ask(key === undefined ? operation : `${operation}(${key})`, body(r, at, more));
    }
    await spec.settle?.(r);
  };
  return {
    ...spec,
    maps,
    create: async (r) => {
      const id = await r.ask(spec.create, body(r, maps, spec.more?.(r)));
      r.id = created.path === undefined ? r.str(spec.name?.property ?? "") : String(id);
      await spec.settle?.(r);
      return { id: r.id };
    },
    read: async (r) => (await r.ask(spec.read)) as Props | undefined,
    update: spec.update === undefined && spec.settle === undefined ? undefined : update,
    delete: (r) => r.ask(spec.delete),
  };
}

/**
 * An update where the API has none, or the emulator lacks it: the thing is known by its name alone, so one made anew is
 * the same thing.
 */
export const recreated =
  (type: TypeSpec) =>
  async (r: Request): Promise<unknown> => {
    await type.delete(r);
    return type.create(r);
  };

/** Whether this is the operation that makes the resource. */
export const isNew = (r: Request): boolean => Object.keys(r.oldInputs).length === 0;

/** The state of a thing that is no more. */
export const GONE = /^(gone|delet)/i;

/** Waits until what `read` finds is in a state, by the member that holds it. */
export const inState = (r: Request, what: string, ended: RegExp, member = "State"): Promise<void> =>
  r.until(`${what} ${r.id} settling`, async () => {
    const found = await r.spec.read(r).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    const state = found === undefined ? "gone" : String(found[member]);
    if (/^failed/i.test(state)) throw new Error(`${what} ${r.id} failed: ${String(found?.["FailureMessage"])}`);
    return ended.test(state);
  });
