import type { Assumed } from "../costs/assumptions";
import type { PriceList } from "../costs/prices";
import { UserError } from "../errors";
import { baseRpus, computeOf, jobCost, loadCost, stepsOf, type StepCost } from "./backfill-cost";
import type { AwsClients } from "./clients";
import { runGold, runSilver, type GoldReport, type SilverReport } from "./etl";
import { LockTable } from "./lock";
import { operationsTableOf } from "./operations-table";
import { withLocks } from "./locked";
import type { StackOutputs } from "./outputs";
import type { ReplayScope } from "./quarantine";
import { loadNow } from "./warehouse";
import type { LoadReport } from "../../handlers/warehouse/load";

/** What a replay did. */
export interface ReplayResult {
  silver: SilverReport;
  /** Absent where no row was accepted: nothing moved. */
  gold?: GoldReport;
  load?: LoadReport;
}

/** What a replay costs: starting the runs, most of it, since quarantine is small. */
export async function replayCost(
  clients: AwsClients,
  outputs: StackOutputs,
  scope: ReplayScope,
  assumed: Assumed,
  prices: PriceList,
): Promise<StepCost[]> {
  const costs: StepCost[] = [];
  for (const step of stepsOf("silver", outputs)) {
    if (step === "warehouse") costs.push(loadCost(await baseRpus(clients, outputs), scope.characters, assumed, prices));
    else {
      const compute = await computeOf(clients.glue, step === "silver" ? outputs.silverJob : outputs.goldJob);
      costs.push(jobCost(step, compute, scope.characters, assumed, prices));
    }
  }
  return costs;
}

/**
 * Judges quarantined rows again by today's rules and mappings: those that pass move into events and on into gold and the
 * warehouse, the others stay.
 * @throws LockedError where a backfill or another replay works on one of the layers
 */
export async function replayQuarantine(
  clients: AwsClients,
  outputs: StackOutputs,
  scope: ReplayScope,
  options: { owner: string; asOf?: Date; signal: AbortSignal; onProgress: (line: string) => void },
): Promise<ReplayResult> {
  const { rule, from, to } = scope;
  const { owner, asOf, onProgress } = options;
  const locks = new LockTable(clients.dynamodb, operationsTableOf(outputs));
  const holder = { owner, what: `the replay of ${rule}, ${from} to ${to}` };
  const steps = stepsOf("silver", outputs);
  return withLocks(locks, steps, holder, options.signal, async (signal) => {
    const run = { signal, onProgress, stopOnAbort: true };
    const silver = await runSilver(clients, outputs, {
      ...run,
      ...(asOf === undefined ? {} : { asOf }),
      replay: { rule, from, to },
      // The gate judges what producers send; these rows are known to be bad until a rule or a mapping changed.
      publishLowQuality: true,
    });
    requireConservation(silver);
    if (silver.accepted === 0) return { silver };
    const gold = await runGold(clients, outputs, run);
    return { silver, gold, ...(steps.includes("warehouse") ? { load: await loadNow(clients, outputs, {}) } : {}) };
  });
}

/** @throws UserError where lines are missing or too many in a report */
export function requireConservation(report: SilverReport): void {
  const { run_id: run, read, accepted, quarantined, duplicates, suppressed = 0 } = report;
  if (read === accepted + quarantined + duplicates + suppressed) return;
  throw new UserError(
    `Run ${run} does not add up: read ${String(read)} ≠ accepted ${String(accepted)} + still in quarantine ` +
      `${String(quarantined)} + duplicates ${String(duplicates)} + of erased persons ${String(suppressed)}.`,
    "Keep the report of the run and compare the tables before you replay more: this is a fault of the job.",
  );
}
