/** Longest example that is kept, in characters: an item of DynamoDB is to stay small. */
const MAX_EXAMPLE = 1000;
/** Fields of one object that an example shows. */
const MAX_FIELDS = 40;

/** What a value is, without what it says: `text of 8 characters`, `whole number of 3 digits`. */
export function maskedValue(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return `text of ${value.length} characters`;
  if (typeof value === "number") {
    const digits = String(Math.abs(Math.trunc(value))).length;
    return `${Number.isInteger(value) ? "whole number" : "number"} of ${digits} digits`;
  }
  if (typeof value === "boolean") return "true or false";
  if (Array.isArray(value)) return `list of ${value.length}`;
  return `object of ${Object.keys(value as object).length} fields`;
}

/** A name (field, event type, version) as it is where it looks like one; a producer may use an address as a key. */
export function maskedName(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$:-]{0,63}$/.test(name) ? name : maskedValue(name);
}

/** A schema version as it is where it looks like one. */
export function maskedVersion(version: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(version) ? version : maskedValue(version);
}

/** A line as an example for people: the names of its fields, and of each value only kind and length. */
export function maskedExample(event: Record<string, unknown>): string {
  const shown = (fields: Record<string, unknown>, deep: boolean): Record<string, unknown> => {
    const masked: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(fields).slice(0, MAX_FIELDS)) {
      const nested = deep && typeof value === "object" && value !== null && !Array.isArray(value);
      masked[maskedName(name)] = nested ? shown(value as Record<string, unknown>, false) : maskedValue(value);
    }
    return masked;
  };
  const text = JSON.stringify(shown(event, true));
  return text.length > MAX_EXAMPLE ? `${text.slice(0, MAX_EXAMPLE)}…` : text;
}
