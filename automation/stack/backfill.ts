import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Assumed } from "../costs/assumptions";
import type { PriceList } from "../costs/prices";
import { baseRpus, computeOf, jobCost, loadCost, stepsOf, type JobCompute, type StepCost } from "./backfill-cost";
import { journalId, JournalStore, type Journal, type JournalChunk, type StepFigures } from "./backfill-journal";
import { volumeOf, volumesOf, type DateVolume, type Layer } from "./backfill-volume";
import type { AwsClients } from "./clients";
import { chunksOf, daysOf, type DateRange } from "./date-range";
import { runGold, runSilver } from "./etl";
import { activeRun, describeRun, JobBusyError } from "./job-runs";
import { LockTable, type Holder } from "./lock";
import { operationsTableOf } from "./operations-table";
import { withLocks } from "./locked";
import type { StackOutputs } from "./outputs";
import { loadNow } from "./warehouse";

/** Dates of a chunk where none are given: a week of 500 GB a day fits into one run of a production-sized job. */
export const DEFAULT_CHUNK_DAYS = 7;
/** Longest wait for a run of somebody else between two chunks, in milliseconds; the schedule starts one every hour. */
const BUSY_PATIENCE_MS = 60 * 60_000;
const BUSY_POLL_MS = 5_000;

/** A backfill that was asked for. */
export interface BackfillRequest extends DateRange {
  layer: Layer;
  chunkDays: number;
  by: string;
  now: Date;
  /** Clock of the silver runs. @default now */
  asOf?: Date;
  publishLowQuality: boolean;
}

/** What a backfill will do and take. */
export interface BackfillPlan {
  volume: DateVolume;
  chunks: { range: DateRange; volume: DateVolume; costs: StepCost[] }[];
  usd: number;
  seconds: number;
  /** Runs that Glue would end before they are ready. */
  tooLong: { range: DateRange; minutes: number; timeoutMinutes: number }[];
}

/** Lists what the dates hold and computes what the backfill costs; changes nothing. */
export async function planBackfill(
  clients: AwsClients,
  outputs: StackOutputs,
  request: BackfillRequest,
  assumed: Assumed,
  prices: PriceList,
): Promise<BackfillPlan> {
  const volumes = await volumesOf(clients, outputs, request.layer, request, assumed);
  const steps = stepsOf(request.layer, outputs);
  const compute = new Map<Layer, JobCompute>();
  if (steps.includes("silver")) compute.set("silver", await computeOf(clients.glue, outputs.silverJob));
  if (steps.includes("gold")) compute.set("gold", await computeOf(clients.glue, outputs.goldJob));
  const rpus = steps.includes("warehouse") ? await baseRpus(clients, outputs) : undefined;
  const tooLong: BackfillPlan["tooLong"] = [];
  const chunks = chunksOf(request, request.chunkDays).map((range) => {
    const volume = volumeOf(volumes, range);
    if (volume.objects === 0) return { range, volume, costs: [] };
    // Gold computes the dates on both sides too, which a session can cross.
    const neighbours = (daysOf(range) + 2) / daysOf(range);
    const costs = steps.map((step) => {
      const job = compute.get(step);
      if (step === "warehouse" || job === undefined) {
        return loadCost(rpus, volume.jsonBytes, assumed, prices);
      }
      const bytes = volume.jsonBytes * (step === "gold" ? neighbours : 1);
      const cost = jobCost(step, job, bytes, assumed, prices);
      const { timeoutMinutes } = job;
      if (cost.seconds > timeoutMinutes * 60) tooLong.push({ range, minutes: cost.seconds / 60, timeoutMinutes });
      return cost;
    });
    return { range, volume, costs };
  });
  const all = chunks.flatMap(({ costs }) => costs);
  return {
    volume: volumeOf(volumes, request),
    chunks,
    usd: all.reduce((sum, { usd }) => sum + usd, 0),
    seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
    tooLong,
  };
}

/** The journal of a new backfill; nothing is written yet. */
export function newJournal(request: BackfillRequest, plan: BackfillPlan): Journal {
  const { layer, from, to, by, now, asOf, publishLowQuality } = request;
  return {
    format: 1,
    id: journalId(layer, request, randomBytes(4).toString("hex")),
    layer,
    from,
    to,
    startedAt: now.toISOString(),
    by,
    ...(asOf === undefined ? {} : { asOf: asOf.toISOString() }),
    publishLowQuality,
    state: "open",
    chunks: plan.chunks.map(({ range, volume: { objects, jsonBytes } }) => ({
      ...range,
      objects,
      jsonBytes,
      state: objects === 0 ? ("empty" as const) : ("pending" as const),
      steps: {},
    })),
  };
}

/** Jobs that a backfill starts. */
export function jobsOf(layer: Layer, outputs: StackOutputs): string[] {
  const jobs = { silver: outputs.silverJob, gold: outputs.goldJob };
  return stepsOf(layer, outputs).flatMap((step) => (step === "warehouse" ? [] : [jobs[step]]));
}

/** What a backfill tells while it works. */
export interface BackfillListener {
  chunk: (chunk: JournalChunk, number: number, of: number) => void;
  step: (chunk: JournalChunk, step: Layer, figures: StepFigures) => void;
  progress: (line: string) => void;
}

/**
 * Works off the chunks of a journal that are not done, oldest first, under the locks of the layers it changes. The
 * journal is written after each step; a run that ended early is finished by another call with the same journal.
 * @throws LockedError where another works on one of the layers
 */
export async function runBackfill(
  clients: AwsClients,
  outputs: StackOutputs,
  journal: Journal,
  owner: string,
  signal: AbortSignal,
  tell: BackfillListener,
): Promise<Journal> {
  const { layer, from, to, id } = journal;
  const holder: Holder = { owner, what: `the backfill ${id} of ${layer}, ${from} to ${to}` };
  const locks = new LockTable(clients.dynamodb, operationsTableOf(outputs));
  const store = new JournalStore(clients.s3, outputs.statePath);
  const steps = stepsOf(layer, outputs);
  return withLocks(locks, steps, holder, signal, async (working) => {
    // Another process may have gone on with it since this one read it.
    const state = (await store.find(id)) ?? journal;
    await store.save(state);
    for (const other of await store.open(layer, state)) {
      if (other.id !== id) await store.save({ ...other, state: "replaced" });
    }
    const hotFrom = layer === "warehouse" ? (await loadNow(clients, outputs, loadOf(state))).hotFrom : undefined;
    for (const [index, chunk] of state.chunks.entries()) {
      if (chunk.state !== "pending") continue;
      working.throwIfAborted();
      if (hotFrom !== undefined && chunk.to < hotFrom) {
        chunk.state = "cold";
        await store.save(state);
        continue;
      }
      tell.chunk(chunk, index + 1, state.chunks.length);
      for (const step of steps) {
        if (chunk.steps[step] !== undefined) continue;
        working.throwIfAborted();
        chunk.steps[step] = await runStep(clients, outputs, state, chunk, step, working, tell.progress);
        await store.save(state);
        tell.step(chunk, step, chunk.steps[step]);
      }
      chunk.state = "done";
      await store.save(state);
    }
    state.state = "done";
    await store.save(state);
    return state;
  });
}

async function runStep(
  clients: AwsClients,
  outputs: StackOutputs,
  journal: Journal,
  { from, to }: JournalChunk,
  step: Layer,
  signal: AbortSignal,
  onProgress: (line: string) => void,
): Promise<StepFigures> {
  const options = { signal, onProgress, stopOnAbort: true };
  if (step === "silver") {
    const { publishLowQuality } = journal;
    const asOf = journal.asOf === undefined ? {} : { asOf: new Date(journal.asOf) };
    const run = { ...options, ...asOf, publishLowQuality, dates: { from, to } };
    const report = await whenIdle(clients, outputs.silverJob, signal, onProgress, () =>
      runSilver(clients, outputs, run),
    );
    const { run_id: runId, files, held_files: heldFiles = 0, read, accepted, quarantined, duplicates } = report;
    return { runId, files, heldFiles, read, accepted, quarantined, duplicates };
  }
  if (step === "gold") {
    // After silver the job itself knows which dates moved, those of late events outside the chunk too.
    const run = journal.layer === "silver" ? options : { ...options, dates: { from, to } };
    const report = await whenIdle(clients, outputs.goldJob, signal, onProgress, () => runGold(clients, outputs, run));
    const { run_id: runId, dates, fact_rows: factRows, revenue } = report;
    return { runId, dates: dates.length, factRows, revenue };
  }
  const request = journal.layer === "warehouse" ? { ...loadOf(journal), from, to, again: true } : {};
  const { loaded, seconds } = await loadNow(clients, outputs, request);
  return { loadedDates: loaded.length, seconds };
}

function loadOf({ asOf }: Journal): { asOf?: string } {
  return asOf === undefined ? {} : { asOf };
}

/** Runs a job; while somebody else's run is on (the schedule's, most likely), waits for its end instead of failing. */
export async function whenIdle<T>(
  { glue }: AwsClients,
  job: string,
  signal: AbortSignal,
  onProgress: (line: string) => void,
  run: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + BUSY_PATIENCE_MS;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof JobBusyError) || Date.now() > deadline) throw error;
      const other = await activeRun(glue, job);
      if (other !== undefined) onProgress(`waiting for ${job}: ${describeRun(other)}`);
      await sleep(BUSY_POLL_MS, undefined, { signal });
    }
  }
}
