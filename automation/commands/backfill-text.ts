import { humanBytes, table } from "../demo/summary";
import type { StepCost } from "../stack/backfill-cost";
import type { BackfillPlan } from "../stack/backfill";
import type { Journal, JournalChunk, StepFigures } from "../stack/backfill-journal";
import type { DateRange } from "../stack/date-range";
import type { Layer } from "../stack/backfill-volume";
import type { PriceList } from "../costs/prices";

/** Rows of the chunk table that are shown; the rest is summed. */
const MAX_ROWS = 20;

/** `$12.30`, small amounts with four decimals. */
export function usd(amount: number): string {
  return `$${amount.toFixed(amount > 0 && amount < 0.1 ? 4 : 2)}`;
}

/** A range as people read it. */
export function rangeText({ from, to }: DateRange): string {
  return from === to ? from : `${from} to ${to}`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(0)} s`;
  return seconds < 5400 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** The dates of `--from` and `--to` are not the same kind in each layer. */
const READS: Readonly<Record<Layer, string>> = {
  silver: "raw objects by the date on which they landed",
  gold: "silver events by their date",
  warehouse: "gold facts by their date",
};

/** One step's price as quantity × price. */
export function costText({ step, unitHours, priceKey, usd: amount }: StepCost, prices: PriceList): string {
  if (priceKey === undefined) return `${step}: $0 (a cluster is paid by the hour, loads or not)`;
  const { usd: each = 0, unit = "hour" } = prices.prices[priceKey] ?? {};
  return `${step}: ${unitHours.toFixed(3)} ${unit}s × $${String(each)} = ${usd(amount)}`;
}

/** What a backfill would do, how long it takes and what it costs. */
export function describePlan(layer: Layer, range: DateRange, plan: BackfillPlan, prices: PriceList): string {
  const full = plan.chunks.filter(({ volume }) => volume.objects > 0);
  const { objects, bytes, jsonBytes } = plan.volume;
  const rows = full
    .slice(0, MAX_ROWS)
    .map(({ range: dates, volume, costs }) => [
      rangeText(dates),
      String(volume.objects),
      humanBytes(volume.bytes),
      duration(costs.reduce((sum, { seconds }) => sum + seconds, 0)),
      usd(costs.reduce((sum, { usd: amount }) => sum + amount, 0)),
    ]);
  if (full.length > MAX_ROWS) rows.push([`${String(full.length - MAX_ROWS)} more`, "", "", "", ""]);
  const lines = [
    `Backfill of ${layer}, ${rangeText(range)}: reads ${READS[layer]}, whatever was read before.`,
    `${String(objects)} objects, ${humanBytes(bytes)} (about ${humanBytes(jsonBytes)} as JSON), in ${String(full.length)} ` +
      `of ${String(plan.chunks.length)} chunks; the others hold nothing and are passed over.`,
  ];
  if (full.length === 0) return lines.join("\n");
  lines.push(table(["dates", "objects", "bytes", "takes about", "costs about"], rows));
  const steps = [...new Set(full.flatMap(({ costs }) => costs.map(({ step }) => step)))];
  for (const step of steps) lines.push(`  ${costText(sumOf(step, plan), prices)}`);
  lines.push(
    `Together about ${usd(plan.usd)} and ${duration(plan.seconds)} (list prices of ${prices.region}, ${prices.date}; ` +
      "speeds as measured, automation/costs/assumptions.ts).",
  );
  for (const { range: dates, minutes, timeoutMinutes } of plan.tooLong) {
    lines.push(
      `! ${rangeText(dates)} takes about ${minutes.toFixed(0)} minutes, and Glue ends a run after ` +
        `${String(timeoutMinutes)}: give a smaller --chunk-days, or raise clickstream:glueTimeoutMinutes.`,
    );
  }
  return lines.join("\n");
}

function sumOf(step: Layer, plan: BackfillPlan): StepCost {
  const sum: StepCost = { step, unitHours: 0, usd: 0, seconds: 0 };
  for (const cost of plan.chunks.flatMap(({ costs }) => costs)) {
    if (cost.step !== step) continue;
    sum.unitHours += cost.unitHours;
    sum.usd += cost.usd;
    sum.seconds += cost.seconds;
    if (cost.priceKey !== undefined) sum.priceKey = cost.priceKey;
  }
  return sum;
}

/** What one step of a chunk did, in one line. */
export function describeStep(step: Layer, figures: StepFigures): string {
  const { read, accepted, quarantined, duplicates, heldFiles, factRows, dates, revenue, loadedDates } = figures;
  if (step === "silver") {
    const held = Number(heldFiles) > 0 ? `; ${String(heldFiles)} files are held for a drift and were not read` : "";
    return (
      `read ${String(read)} = accepted ${String(accepted)} + quarantined ${String(quarantined)} + ` +
      `duplicates ${String(duplicates)}${held}`
    );
  }
  if (step === "gold") return `${String(dates)} dates, ${String(factRows)} facts, revenue $${String(revenue)}`;
  return `${String(loadedDates)} dates loaded`;
}

const CHUNK_STATES: Readonly<Record<JournalChunk["state"], string>> = {
  pending: "not done",
  done: "done",
  empty: "empty",
  cold: "before the hot window",
};

/** Where a backfill stands, and how to go on with it. */
export function describeStanding(journal: Journal, at: { stack: string; target: string }): string {
  const counts = new Map<string, number>();
  for (const { state } of journal.chunks) counts.set(state, (counts.get(state) ?? 0) + 1);
  const states = [...counts].map(
    ([state, count]) => `${String(count)} ${CHUNK_STATES[state as JournalChunk["state"]]}`,
  );
  const lines = [`Backfill ${journal.id}: ${states.join(", ")} of ${String(journal.chunks.length)} chunks.`];
  const next = journal.chunks.find(({ state }) => state === "pending");
  if (next !== undefined) {
    const done = Object.keys(next.steps);
    const part = done.length === 0 ? "" : ` (${done.join(" and ")} of it done)`;
    lines.push(
      `The next chunk is ${rangeText(next)}${part}. Go on with: ` +
        `npm run cli -- backfill --resume ${journal.id} --stack ${at.stack} --target ${at.target}`,
    );
  }
  return lines.join("\n");
}
