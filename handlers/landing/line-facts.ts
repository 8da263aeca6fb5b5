import type { LoadedSchema, SchemaError } from "./event-schema";
import { maskedName, maskedVersion } from "./mask";

/** A renamed field that people accepted: `from` stands in where `to` is absent. Dotted paths. */
export interface FieldMapping {
  id: string;
  from: string;
  to: string;
}

/** What one line shows against its schema. Paths are dotted; `a|b` stands for "one of both". */
export interface Observation {
  kind: "unknown_field" | "missing_field" | "type_change" | "form_change" | "new_event_type";
  path: string;
  /** JSON type of the value that is there. */
  actual?: string;
  /** JSON types that the schema allows. */
  expected?: string;
  /** Set where the schema asks for the field of purchases only. */
  ofPurchases?: boolean;
}

/** One readable line, judged. */
export interface LineFacts {
  /** Version that the line names, or the default. */
  version: string;
  /** Whether the index of schemas has that version. */
  versionKnown: boolean;
  /** After nulls, blanks and mappings. */
  event: Record<string, unknown>;
  observations: Observation[];
  /** Epoch milliseconds of `event_timestamp`, undefined where it is no instant. */
  at?: number;
}

/** JSON's name of a value's type. */
export function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** True for a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeOf(value) === "object";
}

/** The value at a dotted path of at most two names, undefined where there is none. */
export function valueAt(event: Record<string, unknown>, path: string): unknown {
  const dot = path.indexOf(".");
  const name = dot === -1 ? path : path.slice(0, dot);
  const value = Object.prototype.hasOwnProperty.call(event, name) ? event[name] : undefined;
  if (dot === -1) return value;
  const inner = path.slice(dot + 1);
  return isObject(value) && Object.prototype.hasOwnProperty.call(value, inner) ? value[inner] : undefined;
}

/** A copy without nulls and blank texts, in nested objects too: the silver job takes them for absent (parse.py). */
export function withoutBlanks(event: Record<string, unknown>): Record<string, unknown> {
  const isBlank = (value: unknown): boolean => value === null || (typeof value === "string" && value.trim() === "");
  const filled = (fields: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => !isBlank(value)));
  return Object.fromEntries(
    Object.entries(filled(event)).map(([name, value]) => [name, isObject(value) ? filled(value) : value]),
  );
}

/** The event as the silver job reads it under the mappings: a `from` fills an absent `to`, and is no news either way. */
export function withMappings(event: Record<string, unknown>, mappings: FieldMapping[]): Record<string, unknown> {
  const mapped: Record<string, unknown> = Object.fromEntries(
    Object.entries(event).map(([name, value]) => [name, isObject(value) ? { ...value } : value]),
  );
  const names = (path: string): [string, string | undefined] => {
    const dot = path.indexOf(".");
    return dot === -1 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
  };
  for (const { from, to } of mappings) {
    const value = valueAt(mapped, from);
    if (value === undefined) continue;
    if (valueAt(mapped, to) === undefined) {
      const [name, inner] = names(to);
      if (inner === undefined) mapped[name] = value;
      else {
        const parent = mapped[name];
        if (parent !== undefined && !isObject(parent)) continue;
        mapped[name] = { ...parent, [inner]: value };
      }
    }
    const [name, inner] = names(from);
    if (inner === undefined) Reflect.deleteProperty(mapped, name);
    else Reflect.deleteProperty(mapped[name] as object, inner);
  }
  return mapped;
}

/** The JSON object of a line, undefined where the line is none. A byte order mark is passed over. */
export function parseObject(line: Buffer): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(line.toString("utf8").replace(/^\uFEFF/, ""));
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Judges one line by the schema of the version that it names; an unknown version by the default's. */
export function judgeLine(
  line: Buffer,
  schemas: LoadedSchema[],
  defaultVersion: string,
  mappings: FieldMapping[],
): LineFacts | undefined {
  const parsed = parseObject(line);
  if (parsed === undefined) return undefined;
  const event = withMappings(withoutBlanks(parsed), mappings);
  const named = valueAt(event, "schema_version");
  const version =
    named === undefined
      ? defaultVersion
      : typeof named === "string" || typeof named === "number"
        ? String(named)
        : typeOf(named);
  const known = schemas.find((schema) => schema.version === version);
  const schema = known ?? schemas.find((one) => one.version === defaultVersion);
  if (schema === undefined) throw new Error(`There is no schema of the default version ${defaultVersion}.`);
  schema.validate(event);
  const at = Date.parse(String(valueAt(event, "event_timestamp")));
  return {
    version: maskedVersion(version),
    versionKnown: known !== undefined,
    event,
    observations: observationsOf(schema.validate.errors ?? [], event),
    ...(Number.isNaN(at) ? {} : { at }),
  };
}

/** A validator's complaints as observations, each path once. */
export function observationsOf(errors: SchemaError[], event: Record<string, unknown>): Observation[] {
  const found: Observation[] = [];
  const alternatives: string[] = [];
  for (const { keyword, instancePath, schemaPath, params } of errors) {
    const at = instancePath
      .slice(1)
      .split("/")
      .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))
      .join(".");
    const below = (name: unknown): string => (at === "" ? String(name) : `${at}.${String(name)}`);
    const actual = typeOf(at === "" ? event : valueAt(event, at));
    if (keyword === "required" && schemaPath.startsWith("#/anyOf/")) {
      alternatives.push(String(params["missingProperty"]));
    } else if (keyword === "required" || keyword === "dependentRequired") {
      const ofPurchases = schemaPath.startsWith("#/then/");
      const path = below(params["missingProperty"]);
      found.push({ kind: "missing_field", path, ...(ofPurchases ? { ofPurchases } : {}) });
    } else if (keyword === "additionalProperties") {
      const name = String(params["additionalProperty"]);
      const value = at === "" ? event[name] : (valueAt(event, at) as Record<string, unknown>)[name];
      found.push({ kind: "unknown_field", path: below(maskedName(name)), actual: typeOf(value) });
    } else if (keyword === "type") {
      found.push({ kind: "type_change", path: at, actual, expected: String(params["type"]) });
    } else if (keyword === "enum" && actual === "string") {
      found.push({ kind: "new_event_type", path: `${at}=${maskedName(String(valueAt(event, at)))}` });
    } else if (keyword === "pattern") {
      found.push({ kind: "form_change", path: at, actual });
    }
  }
  if (alternatives.length > 0) found.push({ kind: "missing_field", path: alternatives.sort().reverse().join("|") });
  const keys = found.map(({ kind, path }) => `${kind} ${path}`);
  return found.filter((_, index) => keys.indexOf(keys[index] ?? "") === index);
}
