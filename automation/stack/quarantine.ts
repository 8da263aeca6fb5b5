import type { AthenaClient } from "@aws-sdk/client-athena";
import { UserError } from "../errors";
import { queryAthena } from "./athena";
import type { DateRange } from "./date-range";
import type { StackOutputs } from "./outputs";
import { MAX_SHOWN_CHARACTERS, type QuarantinedLine } from "./quarantine-line";

/** A row of quarantine. */
export interface QuarantineRow {
  /** Rules that it broke, most severe first. */
  rules: string[];
  /** Date in the raw object's path; 1970-01-01 where it has none. */
  date: string;
  /** Key of the raw object. */
  sourceFile: string;
  eventId?: string;
  line: QuarantinedLine;
}

/** Rows of one rule. */
export interface RuleCount {
  rule: string;
  rows: number;
  /** Rows by landing date, newest first. */
  dates: { date: string; rows: number }[];
  newest?: QuarantineRow;
}

/** What there is in quarantine. A row that broke two rules counts once in `rows` and in each of its rules. */
export interface QuarantineSummary {
  rows: number;
  rules: RuleCount[];
  bytesScanned: number;
}

/** Where quarantine is asked. */
export type QuarantinePlace = Pick<StackOutputs, "silverDatabase" | "adhocWorkgroup">;

const LINE = `substr(line, 1, ${String(MAX_SHOWN_CHARACTERS)}), line_encoding, length(line)`;
const ROW = `array_join(rule_ids, ','), CAST(landing_date AS varchar), source_file, event_id, ${LINE}`;
/** All ids of the job's rules have this form. */
const RULE = /^[a-z][a-z_]{0,63}$/;

/** Counts by rule and date, most rows first, with the newest row of each rule. */
export async function summariseQuarantine(
  athena: AthenaClient,
  place: QuarantinePlace,
  signal?: AbortSignal,
): Promise<QuarantineSummary> {
  const counts = await ask(
    athena,
    place,
    "SELECT array_join(rule_ids, ','), CAST(landing_date AS varchar), count(*) FROM quarantine GROUP BY 1, 2",
    signal,
  );
  const newest = await ask(
    athena,
    place,
    `SELECT ${ROW} FROM (SELECT *, row_number() OVER (PARTITION BY array_join(rule_ids, ',') ` +
      "ORDER BY landing_date DESC, source_file DESC, line) AS newest FROM quarantine) WHERE newest = 1",
    signal,
  );
  const examples = newest.rows.map(rowOf);
  const rules = new Map<string, Map<string, number>>();
  let rows = 0;
  for (const [joined, date, count] of counts.rows) {
    rows += Number(count);
    for (const rule of rulesOf(joined)) {
      const dates = rules.get(rule) ?? new Map<string, number>();
      dates.set(date ?? "", (dates.get(date ?? "") ?? 0) + Number(count));
      rules.set(rule, dates);
    }
  }
  const found = [...rules].map(([rule, dates]): RuleCount => {
    const example = examples
      .filter((one) => one.rules.includes(rule))
      .sort((one, other) => other.date.localeCompare(one.date) || other.sourceFile.localeCompare(one.sourceFile))[0];
    return {
      rule,
      rows: [...dates.values()].reduce((sum, count) => sum + count, 0),
      dates: [...dates]
        .map(([date, count]) => ({ date, rows: count }))
        .sort((one, other) => other.date.localeCompare(one.date)),
      ...(example === undefined ? {} : { newest: example }),
    };
  });
  return {
    rows,
    rules: found.sort((one, other) => other.rows - one.rows || one.rule.localeCompare(other.rule)),
    bytesScanned: counts.bytesScanned + newest.bytesScanned,
  };
}

/** Rows of one rule, newest landing first. */
export async function quarantinedRows(
  athena: AthenaClient,
  place: QuarantinePlace,
  { rule, date, limit }: { rule: string; date?: string; limit: number },
  signal?: AbortSignal,
): Promise<QuarantineRow[]> {
  const where = `${ruleCondition(rule)}${date === undefined ? "" : ` AND landing_date = DATE '${date}'`}`;
  const { rows } = await ask(
    athena,
    place,
    `SELECT ${ROW} FROM quarantine WHERE ${where} ` +
      `ORDER BY landing_date DESC, source_file DESC, line LIMIT ${String(limit)}`,
    signal,
  );
  return rows.map(rowOf);
}

/** What a replay would read. */
export interface ReplayScope extends DateRange {
  rule: string;
  rows: number;
  files: number;
  dates: string[];
  /** Characters of the lines. */
  characters: number;
}

/** Counts the rows of a rule that landed from `from` on; `to` is the newest date that has any where none is given. */
export async function replayScope(
  athena: AthenaClient,
  place: QuarantinePlace,
  { rule, from, to }: { rule: string; from: string; to?: string },
  signal?: AbortSignal,
): Promise<ReplayScope> {
  const until = to === undefined ? "" : ` AND landing_date <= DATE '${to}'`;
  const { rows } = await ask(
    athena,
    place,
    "SELECT CAST(landing_date AS varchar), count(*), count(DISTINCT source_file), sum(length(line)) FROM quarantine " +
      `WHERE ${ruleCondition(rule)} AND landing_date >= DATE '${from}'${until} GROUP BY 1 ORDER BY 1`,
    signal,
  );
  const sum = (column: number): number => rows.reduce((total, row) => total + Number(row[column] ?? 0), 0);
  const dates = rows.map(([date]) => date ?? "");
  const last = to ?? dates.at(-1) ?? from;
  return { rule, from, to: last, rows: sum(1), files: sum(2), characters: sum(3), dates };
}

function ruleCondition(rule: string): string {
  if (rule === "*") return "cardinality(rule_ids) > 0";
  if (RULE.test(rule)) return `contains(rule_ids, '${rule}')`;
  throw new UserError(
    `"${rule}" is no id of a quality rule.`,
    "See the ids: npm run cli -- quarantine list; * stands for all of them.",
  );
}

async function ask(
  athena: AthenaClient,
  { adhocWorkgroup: workgroup, silverDatabase: database }: QuarantinePlace,
  sql: string,
  signal?: AbortSignal,
): Promise<{ rows: (string | null)[][]; bytesScanned: number }> {
  return queryAthena(athena, { workgroup, database }, sql, signal);
}

function rulesOf(joined: string | null | undefined): string[] {
  return (joined ?? "").split(",").filter((rule) => rule !== "");
}

function rowOf([rules, date, sourceFile, eventId, text, encoding, length]: (string | null)[]): QuarantineRow {
  return {
    rules: rulesOf(rules),
    date: date ?? "",
    sourceFile: sourceFile ?? "",
    ...(eventId === null || eventId === undefined ? {} : { eventId }),
    line: {
      text: text ?? "",
      encoding: encoding === "base64" ? "base64" : "utf-8",
      length: Number(length ?? 0),
    },
  };
}
