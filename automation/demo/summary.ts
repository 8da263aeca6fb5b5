import Table from "cli-table3";
import pc from "picocolors";
import type { PurchaseAlert } from "../stack/alert-probe";
import type { SilverReport } from "../stack/etl";
import type { LandedInput } from "./expectations";
import type { Answered, LakeAnswers } from "./questions";
import type { Check, DemoReport } from "./report";

const count = (value: number): string => value.toLocaleString("en-US");

/** 1536 → "1.5 KB"; powers of 1000, as AWS bills. */
export function humanBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${units[unit] ?? "B"}`;
}

const heading = (text: string): string => `\n${pc.bold(pc.cyan(text))}`;

/** A table without lines between its rows, in colour where the output is a terminal. */
export const table = (head: string[], rows: (string | number)[][]): string => {
  // Lines between the rows would double the height of a page that is read from top to bottom.
  const chars = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };
  const style = pc.isColorSupported ? { head: ["bold"], border: ["gray"] } : { head: [], border: [] };
  const drawn = new Table({ head, chars, style });
  drawn.push(...rows);
  return drawn.toString();
};

/** The demo's result as a person likes to read it: the flow, quality, alerts, both queries, and the checks. */
export function summaryText(
  input: LandedInput,
  silver: SilverReport,
  lake: LakeAnswers,
  alerts: readonly PurchaseAlert[],
  report: DemoReport,
  checks: readonly Check[],
): string {
  return [
    heading("What came in and where it went"),
    `  ${input.description}: ${count(input.lines)} lines, ${humanBytes(input.textBytes)} of JSON in ${count(input.objects)} objects`,
    `  read ${count(report.read)} = accepted ${count(report.accepted)} + quarantined ${count(report.quarantined)} + duplicates ${count(report.duplicates)}`,
    `  gold: ${count(report.factRows)} facts, ${count(report.users)} users, revenue $${report.revenue}`,
    heading(`Quality: ${silver.quality_score.toFixed(2)} % of the rows are valid`),
    qualityTable(silver),
    heading(`Alerts: ${count(alerts.length)} purchases at or over the threshold`),
    alertTable(alerts),
    heading("The same question, asked twice"),
    questionTable(lake),
    answerTable(lake.gold),
    heading("Seconds"),
    table(Object.keys(report.seconds), [Object.values(report.seconds).map((seconds) => seconds.toFixed(1))]),
    heading("Checks"),
    table(
      ["", "figure", "expected", "found"],
      checks.map((check) => [check.ok ? pc.green("✔") : pc.red("✘"), check.name, check.expected, check.found]),
    ),
  ].join("\n");
}

function qualityTable(silver: SilverReport): string {
  const broken = Object.entries(silver.by_rule).filter(([, rows]) => rows > 0);
  if (broken.length === 0) return "  no rule was broken";
  const sorted = broken.sort(([, left], [, right]) => right - left);
  return table(["rule", "rows"], sorted);
}

const SHOWN_ROWS = 5;

function alertTable(alerts: readonly PurchaseAlert[]): string {
  if (alerts.length === 0) return "  none";
  const dearest = [...alerts].sort((left, right) => right.amountUsd - left.amountUsd);
  const rows = dearest
    .slice(0, SHOWN_ROWS)
    .map((alert) => [
      alert.orderId,
      `$${alert.amountUsd.toFixed(2)}`,
      alert.userId ?? "visitor",
      alert.occurredAt ?? "",
    ]);
  const more = alerts.length > SHOWN_ROWS ? `\n  and ${count(alerts.length - SHOWN_ROWS)} more` : "";
  return table(["order", "amount", "user", "when"], rows) + more;
}

function questionTable(lake: LakeAnswers): string {
  const row = ({ figures }: Answered): string[] => [
    figures.name,
    figures.engine,
    count(figures.rows),
    figures.seconds.toFixed(2),
    humanBytes(figures.bytesScanned),
  ];
  return table(["query", "engine", "rows", "seconds", "scanned"], [row(lake.raw), row(lake.gold)]);
}

function answerTable({ answer }: Answered): string {
  return table(
    answer.columns,
    answer.rows.slice(0, SHOWN_ROWS).map((row) => row.map((cell) => cell ?? "")),
  );
}
