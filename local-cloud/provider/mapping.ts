/** Turns Pulumi's camel-case properties into an operation's members, led by AWS's model of it, and drift back. */
import { isDeepStrictEqual } from "node:util";
import { type Model, type Shape, shapeAt, shapeOf } from "./model";
import type { Properties } from "./properties";
import { UNKNOWN } from "./validate";

export type Props = Record<string, unknown>;

export const isRecord = (value: unknown): value is Props =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** Text of a scalar; empty for what is absent. */
export const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";

/** Names equal but for case, separators and a plural: `kmsKeyId` and `KMSKeyId`, `rule` and `Rules`. */
export const fold = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "")
    .replace(/s$/, "");

/** Where Pulumi's name of a nested member differs from AWS's by more than that. */
const RENAMED: Readonly<Record<string, readonly string[]>> = {
  kmsKeyArn: ["KmsKey"],
  inputPaths: ["InputPathsMap"],
  name: ["AttributeName", "metricName"],
  type: ["AttributeType"],
  namespace: ["metricNamespace"],
  value: ["metricValue"],
};

/** AWS's name of a property among the members of a shape. */
export function memberFor(names: readonly string[], property: string): string | undefined {
  const find = (wanted: string): string | undefined =>
    names.find((name) => name.toLowerCase() === wanted.toLowerCase()) ??
    names.find((name) => fold(name) === fold(wanted));
  return [property, ...(RENAMED[property] ?? [])].map(find).find((name) => name !== undefined);
}

/** `{a: 1}` as `[{Key: "a", Value: 1}]` (or `Name`), when that is what the list holds. */
function asPairs(item: Shape, value: Props): Props[] | undefined {
  const members = Object.keys(item.members ?? {});
  const key = members.find((name) => /^((Tag)?Key|Name)$/i.test(name));
  const held = members.find((name) => /^(Tag)?Value$/i.test(name));
  if (key === undefined || held === undefined || members.length !== 2) return undefined;
  if ("value" in value && ("key" in value || "name" in value)) return undefined;
  return Object.entries(value).map(([name, content]) => ({ [key]: name, [held]: content }));
}

/**
 * One value as the model wants it: members renamed, single blocks wrapped into lists (and unwrapped), numbers and
 * booleans exchanged with strings. Throws an `Error` naming the path of a member that AWS does not have.
 */
export function toApi(model: Model, shapeName: string, value: unknown, path: string): unknown {
  const shape = shapeOf(model, shapeName);
  if (value === UNKNOWN || value instanceof Uint8Array || value instanceof Date) return value;
  if (shape.type === "list") {
    const itemName = shape.member?.shape as string;
    const item = shapeOf(model, itemName);
    const list = Array.isArray(value) ? value : isRecord(value) ? (asPairs(item, value) ?? [value]) : [value];
    return list.map((member, i) => toApi(model, itemName, member, `${path}[${i}]`));
  }
  if (shape.type === "structure") {
    const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (!isRecord(single)) return single;
    const names = Object.keys(shape.members ?? {});
    const entries = Object.entries(single).map(([property, content]) => {
      const name = names.includes(property) ? property : memberFor(names, property);
      const member = name === undefined ? undefined : shape.members?.[name];
      if (name === undefined || member === undefined) {
        throw new Error(`property "${path}.${property}" is not supported: AWS knows ${names.join(", ")} there`);
      }
      return [name, toApi(model, member.shape, content, `${path}.${property}`)];
    });
    return Object.fromEntries(entries);
  }
  if (shape.type === "map" && isRecord(value)) {
    const held = shape.value?.shape as string;
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, toApi(model, held, v, `${path}.${key}`)]));
  }
  if (shape.type === "timestamp" && typeof value === "string") return new Date(value);
  if (shape.type === "string" && (typeof value === "number" || typeof value === "boolean")) return String(value);
  if (typeof value === "string" && /^(integer|long|double|float)$/.test(shape.type) && /^-?\d+(\.\d+)?$/.test(value)) {
    return Number(value);
  }
  if (typeof value === "string" && shape.type === "boolean" && /^(true|false)$/.test(value)) return value === "true";
  return value;
}

/** The plain ones of the inputs as members of the shape at `path`; those that the shape does not have are left out. */
export function mapInputs(model: Model, path: string, properties: Properties, inputs: Props): Props {
  const members = shapeOf(model, shapeAt(model, path)).members ?? {};
  const names = Object.keys(members);
  const mapped: Props = {};
  for (const [property, value] of Object.entries(inputs)) {
    const known = properties[property];
    if (known === undefined || known.special || value === undefined) continue;
    const name = names.find((member) => member === known.api) ?? memberFor(names, known.api);
    const shape = name === undefined ? undefined : members[name];
    if (name === undefined || shape === undefined) continue;
    if (property === "tags" && isRecord(value) && Object.keys(value).length === 0) continue;
    mapped[name] = toApi(model, shape.shape, value, property);
  }
  return mapped;
}

const lowerFirst = (name: string): string =>
  /^[A-Z]+$/.test(name) ? name.toLowerCase() : name.slice(0, 1).toLowerCase() + name.slice(1);

/** AWS's members as Pulumi's properties, for what no earlier input shows the shape of (import, new list items). */
export function fromApi(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(fromApi);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [lowerFirst(name), fromApi(member)]));
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

/**
 * `old` (a property as it was asked for) brought up to what AWS reports: equal content keeps the form it was written
 * in (JSON spacing, numbers as strings, order of a list of scalars), other content shows as drift. What AWS adds of
 * its own accord is no drift.
 */
export function drifted(old: unknown, real: unknown): unknown {
  if (real === undefined || real === null) return isRecord(old) && Object.keys(old).length === 0 ? old : undefined;
  if (Array.isArray(old)) {
    const list = Array.isArray(real) ? real : [real];
    const text = (items: unknown[]): string[] => items.map((item) => JSON.stringify(item)).sort();
    if (isDeepStrictEqual(text(old), text(list))) return old;
    return old.length === list.length ? old.map((item, i) => drifted(item, list[i])) : fromApi(list);
  }
  if (isRecord(old)) {
    const source: unknown = Array.isArray(real) ? (asMap(real) ?? real[0]) : real;
    if (!isRecord(source)) return fromApi(real);
    const names = Object.keys(source);
    const member = (key: string): unknown => source[key] ?? source[memberFor(names, key) ?? key];
    return Object.fromEntries(
      Object.entries(old)
        .map(([key, value]) => [key, drifted(value, member(key))])
        .filter(([, value]) => value !== undefined),
    );
  }
  const scalar: unknown = Array.isArray(real) && real.length === 1 ? real[0] : real;
  if (String(old) === String(scalar)) return old;
  if (typeof old === "string" && typeof scalar === "string" && isDeepStrictEqual(parsed(old), parsed(scalar)))
    return old;
  return fromApi(scalar);
}

/** A list of AWS's tag pairs as a map. */
export function asMap(list: readonly unknown[]): Record<string, string> | undefined {
  const entries = list.map((item) =>
    isRecord(item)
      ? [
          item["Key"] ?? item["TagKey"] ?? item["Name"] ?? item["key"],
          item["Value"] ?? item["TagValue"] ?? item["value"],
        ]
      : [],
  );
  return entries.every(([key]) => typeof key === "string")
    ? (Object.fromEntries(entries) as Record<string, string>)
    : undefined;
}
