/** The engine behind every type of the table: create, read, update, delete, and the program's functions. */
import { isDeepStrictEqual } from "node:util";
import { checkInputs, type Checked, DEFAULTED, type Diff, diffInputs, type Failure, type Typed } from "./check";
import { Clients } from "./clients";
import { isNotFound } from "./errors";
import { drifted, fromApi, isRecord, memberFor, type Props } from "./mapping";
import { modelOf, shapeAt, shapeOf } from "./model";
import { type Properties, parseProperties } from "./properties";
import { PartialCreateError, Request, type TypeSpec } from "./request";
import { readTags, taggingOf, writeTags } from "./tags";

type Table = Readonly<Record<string, TypeSpec>>;
type Invokes = Readonly<Record<string, (args: Props, clients: Clients) => Promise<Props>>>;

/** Seconds that an operation may take when the engine names no limit. */
const TIMEOUT_SECONDS = 300;

/** Configuration keys of the official provider that mean nothing at an endpoint given by the environment. */
const IGNORED_CONFIG = /^(version|pluginDownloadURL|skip[A-Z]\w*|s3UsePathStyle|accessKey|secretKey|token)$/;

/** Services whose resources live in no region. */
const GLOBAL: readonly string[] = ["iam", "budgets", "ce"];

/** The inputs as outputs: without the engine's own note. */
const plain = (inputs: Props): Props =>
  Object.fromEntries(Object.entries(inputs).filter(([property]) => property !== DEFAULTED));

/** AWS's errors say what is wrong in their name as often as in their text. */
const named = (error: unknown): Error =>
  new Error(`${(error as Error).name}: ${(error as Error).message}`, { cause: error });

export class Provider {
  readonly #properties = new Map<string, Properties>();
  readonly #clients = new Map<string, Clients>();
  #region = process.env["AWS_REGION"] ?? "us-east-1";
  #defaultTags: Record<string, string> = {};
  #account: Promise<string> | undefined;

  constructor(
    readonly version: string,
    readonly table: Table,
    readonly invokes: Invokes,
  ) {}

  cancel(): void {
    for (const clients of this.#clients.values()) clients.cancel();
  }

  checkConfig(news: Props): Failure[] {
    const known = (key: string): boolean => key === "region" || key === "defaultTags" || IGNORED_CONFIG.test(key);
    return Object.keys(news)
      .filter((key) => !known(key))
      .map((property) => ({
        property,
        reason: `the local provider supports region and defaultTags; endpoints come from AWS_ENDPOINT_URL. Remove aws:${property}`,
      }));
  }

  configure(args: Props): void {
    if (typeof args["region"] === "string") this.#region = args["region"];
    // Nested configuration arrives as JSON text.
    const given = args["defaultTags"];
    const tags = (typeof given === "string" ? JSON.parse(given) : given) as
      { tags?: Record<string, string> } | undefined;
    this.#defaultTags = tags?.tags ?? {};
  }

  #clientsOf(region: string): Clients {
    let clients = this.#clients.get(region);
    if (clients === undefined) this.#clients.set(region, (clients = new Clients(region)));
    return clients;
  }

  #type(urn: string): Typed {
    const [, , types, ...rest] = urn.split("::") as [string, string, string, ...string[]];
    const token = types.split("$").at(-1) as string;
    const spec = this.table[token];
    if (spec === undefined) {
      throw new Error(
        `the local provider does not support the type ${token}; supported are: ${Object.keys(this.table).join(", ")}. ` +
          "Deploy to AWS with the official provider, or add the type to local-cloud/provider/types.",
      );
    }
    let properties = this.#properties.get(token);
    if (properties === undefined) this.#properties.set(token, (properties = parseProperties(spec.props)));
    return { token, spec, properties, name: rest.join("::") };
  }

  #tagsAll(properties: Properties, inputs: Props): Record<string, string> {
    if (properties["tags"] === undefined) return {};
    return { ...this.#defaultTags, ...(isRecord(inputs["tags"]) ? (inputs["tags"] as Record<string, string>) : {}) };
  }

  async #request(urn: string, id: string, inputs: Props, olds: Props, outs: Props, seconds: number): Promise<Request> {
    const { spec, properties } = this.#type(urn);
    const deadline = Date.now() + (seconds > 0 ? seconds : TIMEOUT_SECONDS) * 1000;
    const tags = this.#tagsAll(properties, inputs);
    // A resource stays where it was made, also when the provider has moved on and it is being replaced.
    const clients = this.#clientsOf(typeof outs["region"] === "string" ? outs["region"] : this.#region);
    const request = new Request(spec, properties, clients, inputs, olds, outs, tags, deadline);
    this.#account ??= clients.call("sts", "GetCallerIdentity", {}, deadline).then(({ Account }) => String(Account));
    // The next operation asks again: one failure must not stand for the whole run.
    this.#account.catch(() => (this.#account = undefined));
    return Object.assign(request, { id, account: await this.#account });
  }

  check(urn: string, olds: Props, news: Props, suffix: string): Checked {
    return checkInputs(this.#type(urn), olds, news, suffix);
  }

  diff(urn: string, outs: Props, olds: Props, news: Props): Diff {
    const type = this.#type(urn);
    const tagsAll = this.#tagsAll(type.properties, news);
    return diffInputs(type, outs, olds, news, { region: this.#region, tagsAll });
  }

  #outputs(r: Request, more: Props = {}): Props {
    const regional = GLOBAL.includes(r.spec.service) ? {} : { region: r.region };
    const tags = r.properties["tags"] === undefined ? {} : { tagsAll: r.tags };
    return { ...plain(r.inputs), ...regional, ...tags, ...r.spec.outs?.(r), ...more };
  }

  async create(urn: string, inputs: Props, seconds: number, preview: boolean): Promise<{ id: string; outs: Props }> {
    if (preview) return { id: "", outs: plain(inputs) };
    const r = await this.#request(urn, "", inputs, {}, {}, seconds);
    try {
      const { id, ...more } = await r.spec.create(r);
      r.id = id;
      if (taggingOf(r) !== undefined && !createTags(r)) await writeTags(r, {});
      return { id, outs: this.#outputs(r, more) };
    } catch (error) {
      throw r.id === "" ? named(error) : new PartialCreateError(r.id, plain(inputs), named(error));
    }
  }

  async read(
    urn: string,
    id: string,
    outs: Props,
    olds: Props,
  ): Promise<{ id: string; outs: Props; inputs: Props } | undefined> {
    const r = await this.#request(urn, id, olds, olds, outs, 0);
    const real = await r.spec.read(r).catch((error: unknown) => {
      if (!isNotFound(error)) throw named(error);
    });
    if (real === undefined) return undefined;
    const imported = Object.keys(outs).length === 0;
    const inputs: Props = { ...olds };
    const names = Object.keys(real);
    for (const [property, { api, json, kept }] of Object.entries(r.properties)) {
      const name = names.find((member) => member === property) ?? memberFor(names, api);
      if (name === undefined || kept || property === "tags" || real[name] === undefined) continue;
      const value = real[name];
      if (imported) inputs[property] = json && isRecord(value) ? JSON.stringify(value) : fromApi(value);
      else if (property in olds) inputs[property] = drifted(olds[property], value);
    }
    const tags = await readTags(r, real);
    if (tags !== undefined) {
      const own = Object.entries(tags).filter(
        ([key, value]) => this.#defaultTags[key] !== value || (isRecord(olds["tags"]) && key in olds["tags"]),
      );
      if (own.length > 0 || olds["tags"] !== undefined) inputs["tags"] = Object.fromEntries(own);
    }
    return { id: r.id, outs: { ...outs, ...this.#outputs(r.found(inputs, tags ?? r.tags)) }, inputs };
  }

  async update(
    urn: string,
    id: string,
    outs: Props,
    olds: Props,
    news: Props,
    options: { timeout: number; preview: boolean },
  ): Promise<Props> {
    if (options.preview) return { ...outs, ...plain(news) };
    const r = await this.#request(urn, id, news, olds, outs, options.timeout);
    const before = (outs["tagsAll"] ?? {}) as Record<string, string>;
    const changed = Object.keys({ ...olds, ...news }).filter((key) => key !== DEFAULTED && r.changed(key));
    // Default tags change no input, but what a type that sends its tags itself has to send.
    const changes = changed.filter((key) => key !== "tags" && !r.properties[key]?.kept);
    if (r.properties["tags"]?.special && !isDeepStrictEqual(before, r.tags)) changes.push("tags");
    try {
      await writeTags(r, before);
      if (changes.length > 0 && r.spec.update === undefined) throw new Error(`no update of ${changes.join(", ")}`);
      const more = changes.length > 0 ? await r.spec.update?.(r) : undefined;
      const kept = Object.fromEntries(Object.entries(outs).filter(([key]) => !(key in olds) || key in news));
      return { ...kept, ...this.#outputs(r, isRecord(more) && !("$metadata" in more) ? more : {}) };
    } catch (error) {
      throw named(error);
    }
  }

  async delete(urn: string, id: string, outs: Props, olds: Props, seconds: number): Promise<void> {
    const r = await this.#request(urn, id, olds, olds, outs, seconds);
    await r.spec.delete(r).catch((error: unknown) => {
      if (!isNotFound(error)) throw named(error);
    });
  }

  async invoke(token: string, args: Props): Promise<Props> {
    const invoke = this.invokes[token];
    if (invoke === undefined) {
      throw new Error(
        `the local provider does not support the function ${token}; supported are: ${Object.keys(this.invokes).join(", ")}`,
      );
    }
    return invoke(args, this.#clientsOf(this.#region));
  }
}

/** Whether the call that makes the resource takes its tags along. */
function createTags({ spec }: Request): boolean {
  if (spec.maps === undefined) return false;
  const model = modelOf(spec.service);
  return memberFor(Object.keys(shapeOf(model, shapeAt(model, spec.maps)).members ?? {}), "tags") !== undefined;
}
