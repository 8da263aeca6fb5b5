import { UserError } from "../errors";
import { queryAthena } from "../stack/athena";
import type { AwsClients } from "../stack/clients";
import type { StackOutputs } from "../stack/outputs";
import { queryWarehouse } from "../stack/warehouse";
import { formsOf, type Form, type Window } from "./forms";

/** One form, asked. */
export interface AskedForm {
  form: Form;
  /** Fastest of the runs, in seconds. */
  seconds: number;
  /** As Athena bills it; 0 in the warehouse, where no scan is paid. */
  bytesScanned: number;
  rows: string[];
}

/** The comparison of all forms with the first one. */
export interface Savings {
  window: Window;
  asked: AskedForm[];
  /** How many times faster than the first form, per form. */
  faster: number[];
  /** Percent of the first form's bytes that are not scanned, per form. */
  saved: number[];
}

/** Runs of each form; the fastest counts, since the first one warms caches of the machine rather than of the form. */
const RUNS = 2;

/**
 * Asks the most common question in each of its forms, over the last `days` that gold has.
 * @throws UserError when there is nothing to ask, or the forms do not give one answer
 */
export async function explainSavings(
  clients: AwsClients,
  outputs: StackOutputs,
  days: number,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<Savings> {
  const window = await lastDays(clients, outputs, days, signal);
  const asked: AskedForm[] = [];
  for (const form of formsOf(outputs, window)) {
    progress(`asking: ${form.name}`);
    const runs: AskedForm[] = [];
    for (let run = 0; run < RUNS; run += 1) runs.push(await ask(clients, outputs, form, signal));
    asked.push(runs.reduce((best, one) => (one.seconds < best.seconds ? one : best)));
  }
  requireOneAnswer(asked);
  const [first] = asked;
  if (first === undefined) throw new Error("there are no forms");
  return {
    window,
    asked,
    faster: asked.map(({ seconds }) => first.seconds / seconds),
    saved: asked.map(({ bytesScanned }) => 100 * (1 - bytesScanned / first.bytesScanned)),
  };
}

async function lastDays(
  clients: AwsClients,
  outputs: StackOutputs,
  days: number,
  signal: AbortSignal,
): Promise<Window> {
  const at = { workgroup: outputs.biWorkgroup, database: outputs.goldDatabase };
  const sql = "SELECT CAST(max(event_date) AS varchar) FROM daily_sales WHERE purchases > 0";
  const to = (await queryAthena(clients.athena, at, sql, signal)).rows[0]?.[0];
  if (to === null || to === undefined) {
    throw new UserError("Gold has no purchase to ask about.", "Land events and run the jobs: cli ingest, cli run-etl.");
  }
  return { from: new Date(Date.parse(`${to}T00:00:00Z`) - (days - 1) * 86_400_000).toISOString().slice(0, 10), to };
}

async function ask(clients: AwsClients, outputs: StackOutputs, form: Form, signal: AbortSignal): Promise<AskedForm> {
  if (form.engine === "redshift") {
    const { rows, seconds } = await queryWarehouse(clients, outputs, form.sql);
    return { form, seconds, bytesScanned: 0, rows: rows.map(plain) };
  }
  const at = { workgroup: outputs.adhocWorkgroup, database: form.database ?? outputs.goldDatabase };
  const { rows, seconds, bytesScanned } = await queryAthena(clients.athena, at, form.sql, signal);
  return { form, seconds, bytesScanned, rows: rows.map(plain) };
}

/** A row as text that is the same for 1, "1" and "1.00". */
function plain(row: readonly (string | number | boolean | null)[]): string {
  return row
    .map((cell) => (cell !== null && cell !== "" && !Number.isNaN(Number(cell)) ? String(Number(cell)) : String(cell)))
    .join("|");
}

function requireOneAnswer(asked: readonly AskedForm[]): void {
  const [first] = asked;
  for (const other of asked.slice(1)) {
    const known = new Set(first?.rows);
    const odd = other.rows.find((row) => !known.has(row));
    if (odd === undefined && other.rows.length === first?.rows.length) continue;
    throw new UserError(
      `"${String(first?.form.name)}" gives ${String(first?.rows.length)} rows, "${other.form.name}" ${other.rows.length}` +
        (odd === undefined ? "." : `, and only the latter has ${odd}.`),
      "The raw forms count what silver put into quarantine: compare on a stack without bad lines " +
        "(cli generate --corrupt-percent 0), or run the jobs first if events landed since.",
    );
  }
}
