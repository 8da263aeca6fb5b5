import { LockTable, type Holder } from "../stack/lock";
import { withLocks } from "../stack/locked";
import { operationsTableOf } from "../stack/operations-table";
import type { AwsClients } from "../stack/clients";
import type { StackOutputs } from "../stack/outputs";
import { privacyOf, subjectsOf, type PrivacyPlace } from "./batch";
import { certifyBatch } from "./certify";
import type { Certificate, ClassFigures } from "./certificate";
import { STATES, type BatchRecord, type RequestState, type StepRecord } from "./ledger";
import { STEPS, type Step } from "./steps";
import { hashesOf } from "./subject";

/** What is held meanwhile: no backfill and no replay works on a layer, and no second erasure. */
const LOCKS = ["privacy", "silver", "gold", "warehouse"];

/** Is told how far a batch is. */
export interface ErasureListener {
  step: (step: Step, number: number, of: number) => void;
  done: (step: Step, record: StepRecord) => void;
  progress: (line: string) => void;
}

/** How to go through with batches. */
export interface ErasureOptions {
  owner: string;
  signal: AbortSignal;
  tell: ErasureListener;
}

/**
 * Goes through with batches, one after the other, from where each stopped: locates, rewrites, verifies, certifies. The
 * ledger is written after each step, and each step may be repeated, so a crash anywhere costs at most one step.
 * @returns the certificates of all requests of the batches
 * @throws LockedError where somebody else erases, fills or replays; UserError where a step cannot go on
 */
export async function eraseBatches(
  clients: AwsClients,
  outputs: StackOutputs,
  batches: readonly BatchRecord[],
  { owner, signal, tell }: ErasureOptions,
): Promise<Certificate[]> {
  const locks = new LockTable(clients.dynamodb, operationsTableOf(outputs));
  const holder: Holder = { owner, what: `the erasure ${batches.map(({ id }) => id).join(", ")}` };
  const certificates: Certificate[] = [];
  await withLocks(locks, LOCKS, holder, signal, async (working) => {
    const place = await privacyOf(clients, outputs);
    for (const given of batches) {
      // Another process may have gone on with it since this one read it.
      const batch = (await place.ledger.batch(given.id)) ?? given;
      await workOff(clients, outputs, place, batch, working, tell);
      certificates.push(...(await certifyBatch(clients, outputs, place, batch)));
    }
  });
  return certificates;
}

async function workOff(
  clients: AwsClients,
  outputs: StackOutputs,
  place: PrivacyPlace,
  batch: BatchRecord,
  signal: AbortSignal,
  tell: ErasureListener,
): Promise<void> {
  const steps = STEPS.filter(({ applies }) => applies?.(outputs) ?? true);
  if (steps.every(({ name }) => batch.steps[name] !== undefined)) return;
  // First of all, and again after a crash: from here on no run brings anybody back.
  for (const subject of await subjectsOf(place, batch)) {
    await place.files.suppress(subject.request, hashesOf(place.key, subject), batch.startedAt);
  }
  for (const [index, step] of steps.entries()) {
    if (batch.steps[step.name] !== undefined) continue;
    signal.throwIfAborted();
    tell.step(step, index + 1, steps.length);
    const started = performance.now();
    let result;
    try {
      result = await step.work({ clients, outputs, place, batch, signal, onProgress: tell.progress });
    } catch (error) {
      // A step may have found that others are to be done again.
      await place.ledger.saveBatch(batch);
      throw error;
    }
    const { classes, run, usd = 0, own = {} } = result;
    const seconds = (performance.now() - started) / 1000;
    const at = new Date().toISOString();
    const record: StepRecord = { at, seconds, usd, classes, ...(run === undefined ? {} : { run }) };
    await recordOwn(place, batch, own);
    batch.steps[step.name] = record;
    if (step.reaches !== undefined) await reach(place, batch, step.reaches, at);
    await place.ledger.saveBatch(batch);
    tell.done(step, record);
  }
}

/** Rows of a request are those of the first finding: a repeated step finds nothing more. */
async function recordOwn(
  { ledger }: PrivacyPlace,
  batch: BatchRecord,
  own: Readonly<Record<string, ClassFigures[]>>,
): Promise<void> {
  for (const [id, classes] of Object.entries(own)) {
    const record = await ledger.request(id);
    if (record === undefined || !batch.requests.includes(id)) continue;
    const before = record.own ?? [];
    const merged = new Map(before.map((one) => [one.class, one]));
    for (const one of classes) {
      if (one.rows >= (merged.get(one.class)?.rows ?? 0)) merged.set(one.class, one);
    }
    await ledger.saveRequest({ ...record, own: [...merged.values()] });
  }
}

async function reach(place: PrivacyPlace, batch: BatchRecord, state: RequestState, at: string): Promise<void> {
  batch.state = state;
  batch.reached[state] = at;
  for (const id of batch.requests) {
    const record = await place.ledger.request(id);
    if (record === undefined || STATES.indexOf(record.state) >= STATES.indexOf(state)) continue;
    await place.ledger.saveRequest({ ...record, state });
  }
}
