/*
 * Objects under the stack's state path by which the landing check, the command line and the silver job agree on hours.
 * Hours are those of the raw objects' keys, as `2026/11/25/13`.
 */

/** Folders under the state path. */
export const HOLDS = "holds/";
export const RELEASED = "released/";
export const MAPPINGS = "mappings/";

/** An hour that silver must leave alone. */
export interface Hold {
  /** Id of the drift that began it. */
  drift: string;
  /** ISO 8601. */
  since: string;
}

/** An hour of which silver reads all raw files once more, and then deletes the marker. */
export interface Release {
  drift: string;
  decision: "accepted" | "rejected";
  /** ISO 8601. */
  at: string;
}

/** A field that people accepted under another name: silver uses `from` where `to` is absent. */
export interface Mapping {
  /** Id of the drift. */
  id: string;
  /** Dotted JSON path. */
  from: string;
  to: string;
  /** ISO 8601. */
  since: string;
  by: string;
}

/** `year=2026/month=11/day=25/hour=13.json` */
export function hourFile(hour: string): string {
  const [year, month, day, hours] = hour.split("/");
  return `year=${String(year)}/month=${String(month)}/day=${String(day)}/hour=${String(hours)}.json`;
}

/** The hour of an object's key that ends as `hourFile` says, undefined for another key. */
export function hourOfFile(key: string): string | undefined {
  const found = /year=(\d{4})\/month=(\d{2})\/day=(\d{2})\/hour=(\d{2})\.json$/.exec(key);
  return found === null ? undefined : found.slice(1, 5).join("/");
}

/** A mapping from its object's text. @throws Error that says what is wrong */
export function readMapping(text: string): Mapping {
  const parsed = JSON.parse(text) as Partial<Record<keyof Mapping, unknown>> | null;
  const part = (name: keyof Mapping): string => {
    const value = parsed?.[name];
    if (typeof value !== "string" || value === "") throw new Error(`a mapping needs "${name}" as a text`);
    return value;
  };
  return { id: part("id"), from: part("from"), to: part("to"), since: part("since"), by: part("by") };
}
