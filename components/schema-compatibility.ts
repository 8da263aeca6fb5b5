/** A JSON Schema, or a part of one, as parsed. */
export type SchemaPart = Readonly<Record<string, unknown>>;

/** Keywords that say nothing about a value. */
const ANNOTATIONS: readonly string[] = ["$schema", "$id", "$comment", "title", "description", "examples", "default"];
/** Keywords with a rule of their own below. */
const JUDGED: readonly string[] = ["type", "enum", "required", "properties"];

/**
 * What in `newer` would break a reader, or a producer, of `older`. A newer version may add optional fields and values of
 * an enumeration (event types). It may not remove or rename a field (a rename is a removal and an addition), change a
 * type, require what was optional, take away a value, or change any other keyword.
 * @returns one text per break, with the dotted path; empty where `newer` is compatible
 */
export function compatibility(older: SchemaPart, newer: SchemaPart, path = ""): string[] {
  const at = path === "" ? "the event" : path;
  const breaks: string[] = [];
  const [typesBefore, typesNow] = [list(older["type"]), list(newer["type"])];
  if (typesBefore.sort().join(" or ") !== typesNow.sort().join(" or ")) {
    breaks.push(`${at} changes its type from ${typesBefore.join(" or ")} to ${typesNow.join(" or ")}`);
  }
  const required = list(newer["required"]).filter((name) => !list(older["required"]).includes(name));
  for (const name of required) breaks.push(`${below(path, name)} becomes required`);
  const released = list(older["required"]).filter((name) => !list(newer["required"]).includes(name));
  // Readers count on it: silver quarantines a line without it.
  for (const name of released) breaks.push(`${below(path, name)} is no longer required`);
  breaks.push(...enumBreaks(older, newer, at));

  const before = parts(older["properties"]);
  const now = parts(newer["properties"]);
  for (const [name, part] of Object.entries(before)) {
    const same = now[name];
    if (same === undefined) breaks.push(`${below(path, name)} is removed (or renamed)`);
    else breaks.push(...compatibility(part, same, below(path, name)));
  }
  return [...breaks, ...otherBreaks(older, newer, at)];
}

function enumBreaks(older: SchemaPart, newer: SchemaPart, at: string): string[] {
  if (older["enum"] === undefined && newer["enum"] !== undefined) return [`${at} is limited to an enumeration`];
  // Without an enumeration each value is allowed, so nothing is taken away.
  if (newer["enum"] === undefined) return [];
  const now = list(newer["enum"]);
  return list(older["enum"])
    .filter((value) => !now.includes(value))
    .map((value) => `${at} no longer allows ${value}`);
}

function otherBreaks(older: SchemaPart, newer: SchemaPart, at: string): string[] {
  const keywords = [...new Set([...Object.keys(older), ...Object.keys(newer)])];
  return keywords
    .filter((keyword) => !ANNOTATIONS.includes(keyword) && !JUDGED.includes(keyword))
    .filter((keyword) => canonical(older[keyword]) !== canonical(newer[keyword]))
    .map((keyword) => `${at} changes "${keyword}"`);
}

/** JSON text with sorted names, so that the order of names is no difference. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => left.localeCompare(right)))
      : part,
  );
}

function list(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

function parts(value: unknown): Readonly<Record<string, SchemaPart>> {
  return (value ?? {}) as Readonly<Record<string, SchemaPart>>;
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
