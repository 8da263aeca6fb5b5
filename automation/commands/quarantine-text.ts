import { table } from "../demo/summary";
import type { QuarantineRow, QuarantineSummary, ReplayScope } from "../stack/quarantine";
import { maskedId, maskedLine, revealedLine } from "../stack/quarantine-line";
import type { LinePlace } from "../stack/quarantine-place";
import type { ReplayResult } from "../stack/replay";
import { rangeText } from "./backfill-text";

/** Dates of a rule that are shown; older ones are summed. */
const MAX_DATES = 7;

/** Why values are not shown. */
export const WHY_MASKED =
  "Values are masked: a quarantined line is kept as it came, so it may hold names, addresses and other personal data " +
  "that silver takes out. --reveal shows it; use it where nobody else looks on.";

/** Counts by rule and date, and the newest line of each rule, masked. */
export function describeSummary({ rows, rules }: QuarantineSummary): string {
  if (rows === 0) return "Quarantine is empty.";
  const counts = rules.map(({ rule, rows: count, dates }) => {
    const older = dates.slice(MAX_DATES).reduce((sum, one) => sum + one.rows, 0);
    const shown = dates.slice(0, MAX_DATES).map((one) => `${one.date}: ${String(one.rows)}`);
    return [rule, String(count), [...shown, ...(older === 0 ? [] : [`older: ${String(older)}`])].join("\n")];
  });
  const examples = rules.flatMap(({ rule, newest }) =>
    newest === undefined ? [] : [`${rule}  ${newest.sourceFile}\n  ${maskedLine(newest.line)}`],
  );
  return [
    table(["rule", "rows", "by landing date"], counts),
    `${String(rows)} rows; one that broke several rules counts in each of them.`,
    "",
    "Newest line of each rule:",
    ...examples,
    "",
    WHY_MASKED.replace("--reveal shows it", "npm run cli -- quarantine show --rule R --reveal shows it"),
  ].join("\n");
}

/** Rows of a rule with their places. */
export function describeRows(rows: readonly QuarantineRow[], places: readonly LinePlace[], reveal: boolean): string {
  const shown = rows.map((row, index) => {
    const line = reveal ? revealedLine(row.line) : maskedLine(row.line);
    const id = row.eventId === undefined ? "" : `  event_id ${reveal ? row.eventId : maskedId(row.eventId)}`;
    return [
      `${row.sourceFile}  ${placeText(places[index])}`,
      `  landed ${row.date}  broke ${row.rules.join(", ")}${id}`,
      `  ${line}`,
    ].join("\n");
  });
  return [...shown, ...(reveal ? [] : ["", WHY_MASKED])].join("\n");
}

function placeText(place: LinePlace | undefined): string {
  if (place?.kind === "found") return `line ${String(place.line)}, byte ${String(place.offset)} of the text`;
  if (place?.kind === "gone") return "the raw object is gone: this is the only copy of the line";
  return "place unknown: the object was written anew, or the line is what was left where it is damaged";
}

/** What a replay will do. */
export function describeScope(scope: ReplayScope): string {
  const rule = scope.rule === "*" ? "any rule" : scope.rule;
  const head = `Replay of ${rule}, landed ${rangeText(scope)}: ${String(scope.rows)} rows of ${String(scope.files)} raw files`;
  if (scope.rows === 0) return `${head}. There is nothing to replay.`;
  return [
    `${head} on ${String(scope.dates.length)} dates.`,
    "Each line is judged again by today's rules and mappings: what passes moves into events, then gold is computed for",
    "the dates it touches; what still breaks a rule stays. Raw files are not read, the job's bookmark does not move.",
  ].join("\n");
}

/** What a replay did: its counts add up. */
export function describeReplay({ silver, gold, load }: ReplayResult): string {
  const { read, accepted, quarantined, duplicates, dates, run_id: run } = silver;
  const lines = [
    `read ${String(read)} = accepted ${String(accepted)} + still in quarantine ${String(quarantined)} + ` +
      `duplicates ${String(duplicates)}  (run ${run})`,
  ];
  if (dates.length > 0) lines.push(`events of ${dates.join(", ")} were published anew`);
  lines.push(
    gold === undefined
      ? "No row passed, so gold stays as it is."
      : `gold: ${String(gold.dates.length)} dates, ${String(gold.fact_rows)} facts, revenue $${gold.revenue}`,
  );
  if (load !== undefined) lines.push(`warehouse: ${String(load.loaded.length)} dates loaded`);
  return lines.join("\n");
}
