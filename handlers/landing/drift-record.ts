import { createHash } from "node:crypto";

/** What can differ from the schema. */
export type DriftKind =
  | "unknown_field"
  | "missing_field"
  | "renamed_field"
  | "type_change"
  | "form_change"
  | "new_event_type"
  | "new_schema_version"
  | "wrong_prefix"
  | "unparsable_lines"
  | "unreadable_file"
  | "cut_file"
  | "empty_file";

/** Additive: the rows are right without anybody's decision. Breaking: rows would be quarantined, lost to gold or late. */
export type DriftSeverity = "additive" | "breaking";

/** `open` → `accepted` (for good) or `rejected` (for the hours that it held; it opens again in another hour). */
export type DriftState = "open" | "accepted" | "rejected";

/** A drift as one object shows it. */
export interface Drift {
  kind: DriftKind;
  severity: DriftSeverity;
  /** Dotted path, `from → to` of a rename, `event_type=value` of a new type, empty for a whole file. */
  path: string;
  /** Schema version that the lines name; `-` for a whole file. */
  schemaVersion: string;
  /** Lines that show it, of the sampled lines that it could show in. */
  lines: number;
  of: number;
  /** What was seen, without personal data. */
  example: string;
  /** Mapping that would mend a rename. */
  suggestion?: { from: string; to: string };
}

/** A drift as the operations table keeps it: pk `drift`, sk `id`. */
export interface DriftRecord extends Drift {
  id: string;
  state: DriftState;
  /** First hour (of the key) that showed it since it was opened, `2026/11/25/13`; empty where the key has none. */
  hour: string;
  /** All hours that showed it while it was open. */
  hours: string[];
  /** Key of the first object. */
  key: string;
  /** ISO 8601. */
  firstSeen: string;
  lastSeen: string;
  /** Objects that showed it. */
  count: number;
  /** ISO 8601, of the last decision. */
  decidedAt?: string;
}

/** Id of a drift: the same difference has the same id in every object, so that a repeat only counts up. */
export function driftId(drift: Pick<Drift, "kind" | "path" | "schemaVersion">): string {
  const text = [drift.kind, drift.path, drift.schemaVersion].join("\n");
  // 40 bits: a stack has a handful of drifts, and people type the id.
  return `d-${createHash("sha256").update(text).digest("hex").slice(0, 10)}`;
}

/**
 * What a drift in an object of `hour` means, given what is recorded: `open` starts one (or starts a rejected one
 * again), `again` adds to one that is open, `decided` is no news.
 */
export function nextStep(
  existing: Pick<DriftRecord, "state" | "hours"> | undefined,
  hour: string,
): "open" | "again" | "decided" {
  if (existing === undefined) return "open";
  if (existing.state === "open") return "again";
  if (existing.state === "accepted") return "decided";
  return existing.hours.includes(hour) ? "decided" : "open";
}

/** An item of the table as DynamoDB's client gives it. */
export type DriftItem = Record<string, { S?: string; N?: string; SS?: string[] } | undefined>;

const KINDS: readonly string[] = [
  "unknown_field",
  "missing_field",
  "renamed_field",
  "type_change",
  "form_change",
  "new_event_type",
  "new_schema_version",
  "wrong_prefix",
  "unparsable_lines",
  "unreadable_file",
  "cut_file",
  "empty_file",
];

/** A record from its item. @throws Error that names the attribute where the item is none */
export function readDriftItem(item: DriftItem): DriftRecord {
  const text = (name: string): string => item[name]?.S ?? "";
  const among = <T extends string>(name: string, allowed: readonly string[]): T => {
    const value = text(name);
    if (allowed.includes(value)) return value as T;
    throw new Error(`The drift ${text("sk")} has ${name} "${value}"; it must be one of ${allowed.join(", ")}.`);
  };
  const from = text("suggestedFrom");
  const decidedAt = text("decidedAt");
  return {
    id: text("sk"),
    kind: among<DriftKind>("kind", KINDS),
    severity: among<DriftSeverity>("severity", ["additive", "breaking"]),
    state: among<DriftState>("state", ["open", "accepted", "rejected"]),
    path: text("path"),
    schemaVersion: text("schemaVersion"),
    lines: Number(item["lines"]?.N ?? "0"),
    of: Number(item["of"]?.N ?? "0"),
    example: text("example"),
    ...(from === "" ? {} : { suggestion: { from, to: text("suggestedTo") } }),
    hour: text("hour"),
    hours: [...(item["hours"]?.SS ?? [])].sort(),
    key: text("key"),
    firstSeen: text("firstSeen"),
    lastSeen: text("lastSeen"),
    count: Number(item["count"]?.N ?? "0"),
    ...(decidedAt === "" ? {} : { decidedAt }),
  };
}

/** One line for people: `renamed? uid → user_id`. */
export function driftTitle(drift: Pick<Drift, "kind" | "path">): string {
  const { kind, path } = drift;
  const titles: Record<DriftKind, string> = {
    unknown_field: `unknown field ${path}`,
    missing_field: `missing ${path.replace("|", " and ")}`,
    renamed_field: `renamed? ${path}`,
    type_change: `other type in ${path}`,
    form_change: `other form in ${path}`,
    new_event_type: `new event type, ${path}`,
    new_schema_version: "new schema version",
    wrong_prefix: `wrong prefix: ${path}`,
    unparsable_lines: "lines that are no JSON object",
    unreadable_file: `unreadable file: ${path}`,
    cut_file: "cut or damaged gzip file",
    empty_file: "empty file",
  };
  return titles[kind];
}
