import type { Drift, DriftSeverity } from "./drift-record";
import type { LoadedSchema } from "./event-schema";
import { startOfHour } from "./landed-object";
import { isObject, judgeLine, valueAt, type FieldMapping, type LineFacts, type Observation } from "./line-facts";
import { maskedExample } from "./mask";
import { findRenames, type LinesByPath } from "./rename";
import type { Sample } from "./sample-object";
import {
  AHEAD_TOLERANCE_MS,
  BEHIND_TOLERANCE_MS,
  isAdditiveShare,
  isBreakingShare,
  isEventTypeShare,
  isWrongPrefixShare,
  MAX_DRIFTS_PER_OBJECT,
} from "./thresholds";

/** What lines are judged by. */
export interface Judge {
  schemas: LoadedSchema[];
  defaultVersion: string;
  mappings: FieldMapping[];
}

/** What one object shows. */
export interface Findings {
  /** Breaking ones first, at most `MAX_DRIFTS_PER_OBJECT`. */
  drifts: Drift[];
  /** Newest event of the sample, epoch milliseconds. */
  newestEvent?: number;
  /** Lines sampled, blank ones aside. */
  lines: number;
  unparsable: number;
  /** Drifts beyond the limit. */
  dropped: number;
}

const FILE = "-";

/** Judges a sample. @param hour of the object's key, undefined where the key is not in the layout */
export function findDrifts(sample: Sample, hour: string | undefined, judge: Judge): Findings {
  const judged = sample.lines.map((line) => judgeLine(line, judge.schemas, judge.defaultVersion, judge.mappings));
  const facts = judged.filter((one): one is LineFacts => one !== undefined);
  const unparsable = sample.lines.length - facts.length + sample.oversized;
  const lines = sample.lines.length + sample.oversized;
  const versions = facts.map(({ version }) => version).filter((version, at, all) => all.indexOf(version) === at);
  const found = [
    ...fileDrifts(sample, lines, unparsable),
    ...prefixDrifts(facts, hour),
    ...versions.flatMap((version) => [
      ...versionDrifts(version, facts, judge.schemas),
      ...schemaDrifts(version, facts, judge),
    ]),
  ];
  // What is a rename in the lines of one version is no additive field in those of another.
  const isRenamed = (path: string): boolean => found.some(({ suggestion }) => suggestion?.from === path);
  const all = found
    .filter(({ kind, path }) => kind !== "unknown_field" || !isRenamed(path))
    .sort((left, right) => Number(right.severity === "breaking") - Number(left.severity === "breaking"));
  const times = facts.flatMap(({ at }) => (at === undefined ? [] : [at]));
  return {
    drifts: all.slice(0, MAX_DRIFTS_PER_OBJECT),
    ...(times.length === 0 ? {} : { newestEvent: times.reduce((newest, at) => Math.max(newest, at)) }),
    lines,
    unparsable,
    dropped: Math.max(0, all.length - MAX_DRIFTS_PER_OBJECT),
  };
}

function fileDrifts(sample: Sample, lines: number, unparsable: number): Drift[] {
  const file = { schemaVersion: FILE, lines: unparsable, of: lines };
  if (sample.unsupported) {
    const path = `${sample.packing} content`;
    return [
      { ...file, kind: "unreadable_file", severity: "breaking", path, example: "land JSON lines, plain or gzip" },
    ];
  }
  const drifts: Drift[] = [];
  if (isBreakingShare(unparsable, lines)) {
    const example = `${unparsable} of ${lines} sampled lines are no JSON object`;
    drifts.push({ ...file, kind: "unparsable_lines", severity: "breaking", path: "", example });
  }
  if (sample.damage !== undefined) {
    // Not breaking: silver keeps the lines before the damage and quarantines the rest (rule truncated_file).
    drifts.push({ ...file, kind: "cut_file", severity: "additive", path: "", example: sample.damage });
  } else if (lines === 0) {
    const example = `${sample.bytes} bytes without a line`;
    drifts.push({ ...file, kind: "empty_file", severity: "additive", path: "", example });
  }
  return drifts;
}

function prefixDrifts(facts: LineFacts[], hour: string | undefined): Drift[] {
  const file = { kind: "wrong_prefix" as const, severity: "breaking" as const, schemaVersion: FILE };
  const start = hour === undefined ? undefined : startOfHour(hour);
  if (start === undefined) {
    const example = "the key must be year=YYYY/month=MM/day=DD/hour=HH/ under the events' prefix; Athena sees no other";
    return [{ ...file, path: "no hour in the key", lines: facts.length, of: facts.length, example }];
  }
  const timed = facts.flatMap(({ at }) => (at === undefined ? [] : [at]));
  const ahead = timed.filter((at) => at >= start + 3_600_000 + AHEAD_TOLERANCE_MS);
  const behind = timed.filter((at) => at < start - BEHIND_TOLERANCE_MS);
  const drifts: Drift[] = [];
  for (const [path, times] of [
    ["events after their hour", ahead],
    ["events long before their hour", behind],
  ] as const) {
    if (!isWrongPrefixShare(times.length, timed.length)) continue;
    const example = `hour ${String(hour)}, event of ${new Date(times[0] ?? 0).toISOString()}`;
    drifts.push({ ...file, path, lines: times.length, of: timed.length, example });
  }
  return drifts;
}

/** `1` of `1.4`: a version that differs after the first dot is one that only adds (schemas/events, compatibility). */
function majorOf(version: string): string {
  return version.replace(/(\.[0-9]+)+$/, "");
}

function versionDrifts(version: string, facts: LineFacts[], schemas: LoadedSchema[]): Drift[] {
  const lines = facts.filter((one) => one.version === version && !one.versionKnown);
  const first = lines[0];
  if (first === undefined) return [];
  const minor = schemas.some((schema) => majorOf(schema.version) === majorOf(version));
  const isDrift = minor ? isAdditiveShare : isBreakingShare;
  if (!isDrift(lines.length, facts.length)) return [];
  return [
    {
      kind: "new_schema_version",
      severity: minor ? "additive" : "breaking",
      path: "schema_version",
      schemaVersion: version,
      lines: lines.length,
      of: facts.length,
      example: maskedExample(first.event),
    },
  ];
}

function schemaDrifts(version: string, facts: LineFacts[], judge: Judge): Drift[] {
  const of = (kind: Observation["kind"], path: string, ofPurchases: boolean): number =>
    facts.filter(({ event }) => appliesTo(event, kind, path, ofPurchases)).length;
  const byKind: Record<string, LinesByPath> = {};
  const sampleOf: Record<string, Observation> = {};
  facts.forEach((one, index) => {
    if (one.version !== version) return;
    for (const observation of one.observations) {
      const { kind, path } = observation;
      const lines = (byKind[kind] ??= {});
      (lines[path] ??= []).push(index);
      sampleOf[`${kind} ${path}`] ??= observation;
    }
  });
  const missing = byKind["missing_field"] ?? {};
  const unknown = byKind["unknown_field"] ?? {};
  const schema =
    judge.schemas.find((one) => one.version === version) ??
    judge.schemas.find((one) => one.version === judge.defaultVersion);
  const applicable = (path: string): number => {
    const isMissing = missing[path] !== undefined;
    const ofPurchases = sampleOf[`missing_field ${path}`]?.ofPurchases === true;
    return of(isMissing ? "missing_field" : "unknown_field", path, isMissing && ofPurchases);
  };
  const renames = findRenames(missing, unknown, schema?.fields ?? [], facts, applicable);
  const example = (index: number | undefined): string => maskedExample(facts[index ?? 0]?.event ?? {});

  const drifts: Drift[] = renames.map(({ from, to, lines, missing: path }) => ({
    kind: "renamed_field",
    severity: "breaking",
    path: `${from} → ${to}`,
    schemaVersion: version,
    lines: lines.length,
    of: applicable(path ?? from),
    example: example(lines[0]),
    suggestion: { from, to },
  }));
  for (const observation of Object.values(sampleOf)) {
    const { kind, path } = observation;
    if (renames.some((rename) => path === (kind === "missing_field" ? rename.missing : rename.from))) continue;
    const lines = byKind[kind]?.[path] ?? [];
    const total = of(kind, path, observation.ofPurchases === true);
    if (!IS_DRIFT[kind](lines.length, total)) continue;
    const severity: DriftSeverity = kind === "unknown_field" ? "additive" : "breaking";
    const change =
      observation.expected === undefined ? "" : `${observation.actual} instead of ${observation.expected}: `;
    const shown = `${change}${example(lines[0])}`;
    drifts.push({ kind, severity, path, schemaVersion: version, lines: lines.length, of: total, example: shown });
  }
  return drifts;
}

/** From which share on each kind counts. A new event type is breaking: silver's rule unknown_event_type refuses it. */
const IS_DRIFT: Record<Observation["kind"], (count: number, of: number) => boolean> = {
  unknown_field: isAdditiveShare,
  missing_field: isBreakingShare,
  type_change: isBreakingShare,
  form_change: isBreakingShare,
  new_event_type: isEventTypeShare,
};

/** Whether a line could show the difference at all: its parent is there, it is a purchase, it has the optional field. */
function appliesTo(
  event: Record<string, unknown>,
  kind: Observation["kind"],
  path: string,
  ofPurchases: boolean,
): boolean {
  if (ofPurchases) return valueAt(event, "event_type") === "purchase";
  if (kind === "type_change" || kind === "form_change") return valueAt(event, path) !== undefined;
  if (kind === "new_event_type") return true;
  const dot = path.indexOf(".");
  return dot === -1 || isObject(valueAt(event, path.slice(0, dot)));
}
