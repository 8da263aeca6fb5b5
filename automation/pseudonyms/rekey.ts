import { paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import type { Assumed } from "../costs/assumptions";
import type { PriceList } from "../costs/prices";
import { UserError } from "../errors";
import {
  jobsOf,
  newJournal,
  planBackfill,
  runBackfill,
  type BackfillListener,
  type BackfillPlan,
} from "../stack/backfill";
import { JournalStore, type Journal } from "../stack/backfill-journal";
import type { AwsClients } from "../stack/clients";
import { daysOf, type DateRange } from "../stack/date-range";
import { requireIdle } from "../stack/job-runs";
import type { StackOutputs } from "../stack/outputs";
import { RekeyStore, type RekeyRecord } from "./record";
import { drawKey, forgetPrevious, newVersion, versionsOf } from "./secret";
import { differences, pseudonymsOf, shapeOf, sourcesOf } from "./shape";

/** What a change of the key will do. */
export interface RekeyPlan {
  /** First and last landing date of the raw objects. */
  range: DateRange;
  backfill: BackfillPlan;
}

/** What a change of the key did. */
export interface RekeyResult {
  version: string;
  /** Distinct pseudonyms before and after. */
  before: number;
  after: number;
  figures: number;
  seconds: number;
}

/** Who does it and with which prices. */
export interface RekeyOptions {
  by: string;
  owner: string;
  now: Date;
  /** Clock of the silver run, for old events. @default now */
  asOf?: Date;
  signal: AbortSignal;
  tell: BackfillListener;
  assumed: Assumed;
  prices: PriceList;
}

type RekeyContext = { clients: AwsClients; outputs: StackOutputs };

/**
 * Looks whether the key can be changed, and what that takes; changes nothing.
 * @throws UserError where rows of silver come from raw objects that are gone: nobody could give them new pseudonyms
 */
export async function planRekey({ clients, outputs }: RekeyContext, options: RekeyOptions): Promise<RekeyPlan> {
  const raw = await rawObjects(clients.s3, outputs);
  const gone = (await sourcesOf(clients.athena, outputs, options.signal)).filter((key) => !raw.has(key));
  if (gone.length > 0) {
    throw new UserError(
      `${String(gone.length)} raw objects that silver's rows come from are gone (${gone.slice(0, 3).join(", ")}${gone.length > 3 ? ", …" : ""}).`,
      "Their rows would keep the old key's pseudonyms, and persons would fall apart in two. Bring the objects back, or erase the " +
        'dates from silver first (docs/keys.md, "When raw data is gone").',
    );
  }
  const dates = [...raw.keys()].flatMap((key) => landingDate(key, outputs.eventsPrefix) ?? []).sort();
  const [from, to] = [dates[0], dates.at(-1)];
  if (from === undefined || to === undefined) {
    throw new UserError("There are no raw events, so there is nothing to give new pseudonyms.", "Land events first.");
  }
  const range = { from, to };
  const backfill = await planBackfill(clients, outputs, request(range, options), options.assumed, options.prices);
  return { range, backfill };
}

/**
 * Gives every person a new pseudonym: a new version of the secret, one run of silver over all raw dates, gold and warehouse
 * after it, and the proof that nothing else has changed. What ended early is gone on with by the next call.
 * @throws UserError where a figure differs or a pseudonym of the old key is left; the old key is kept then
 */
export async function rekey(context: RekeyContext, plan: RekeyPlan, options: RekeyOptions): Promise<RekeyResult> {
  const { clients, outputs } = context;
  const started = performance.now();
  const store = new RekeyStore(clients.s3, outputs.statePath);
  await requireIdle(clients.glue, jobsOf("silver", outputs));
  const record = (await store.find()) ?? (await begin(context, store, options));
  const { current } = await versionsOf(clients.secrets, outputs.pseudonymSecretArn);
  if (current !== record.version) await drawKey(clients.secrets, outputs.pseudonymSecretArn, record.version);
  await runBackfill(
    clients,
    outputs,
    await journalOf(context, store, record, plan, options),
    options.owner,
    options.signal,
    options.tell,
  );
  const after = await verify(context, record, options.signal);
  await forgetPrevious(clients.secrets, outputs.pseudonymSecretArn);
  await store.remove();
  const seconds = (performance.now() - started) / 1000;
  const figures = Object.keys(record.before).length;
  return { version: record.version, before: record.pseudonyms.length, after, figures, seconds };
}

async function begin(
  { clients, outputs }: RekeyContext,
  store: RekeyStore,
  options: RekeyOptions,
): Promise<RekeyRecord> {
  const record: RekeyRecord = {
    format: 1,
    startedAt: options.now.toISOString(),
    by: options.by,
    version: newVersion(),
    before: await shapeOf(clients.athena, outputs, options.signal),
    pseudonyms: [...(await pseudonymsOf(clients.athena, outputs, options.signal))],
  };
  // Before the key changes: whoever goes on after a crash has to know what was.
  await store.save(record);
  return record;
}

async function journalOf(
  { clients, outputs }: RekeyContext,
  store: RekeyStore,
  record: RekeyRecord,
  plan: RekeyPlan,
  options: RekeyOptions,
): Promise<Journal> {
  const journals = new JournalStore(clients.s3, outputs.statePath);
  const found = record.backfill === undefined ? undefined : await journals.find(record.backfill);
  if (found !== undefined) return found;
  const journal = newJournal(request(plan.range, options), plan.backfill);
  await journals.save(journal);
  await store.save({ ...record, backfill: journal.id });
  return journal;
}

async function verify({ clients, outputs }: RekeyContext, record: RekeyRecord, signal: AbortSignal): Promise<number> {
  const wrong = differences(record.before, await shapeOf(clients.athena, outputs, signal));
  const after = await pseudonymsOf(clients.athena, outputs, signal);
  const left = record.pseudonyms.filter((one) => after.has(one)).length;
  if (left > 0) wrong.push(`${String(left)} pseudonyms of the old key are still there`);
  if (wrong.length === 0) return after.size;
  throw new UserError(
    `The new pseudonyms are written, but not everything is as it was:\n  ${wrong.join("\n  ")}`,
    "The old key is kept. Events that landed meanwhile change the figures too: see that none do, and give the command again; " +
      "it goes on with this change and compares once more (docs/keys.md).",
  );
}

/** One chunk: a run publishes all dates at its end, so that no reader finds two keys in a table for longer than that takes. */
function request(range: DateRange, { by, now, asOf }: RekeyOptions): Parameters<typeof newJournal>[0] {
  const clock = asOf === undefined ? {} : { asOf };
  return { ...range, layer: "silver", chunkDays: daysOf(range), by, now, publishLowQuality: true, ...clock };
}

async function rawObjects(s3: S3Client, { rawBucket, eventsPrefix }: StackOutputs): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: rawBucket, Prefix: eventsPrefix })) {
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.add(Key);
  }
  return keys;
}

/** Date in an object's path; undefined for what is not in the landing layout, which no run reads. */
export function landingDate(key: string, eventsPrefix: string): string | undefined {
  const parts = /^year=(\d{4})\/month=(\d{2})\/day=(\d{2})\//.exec(key.slice(eventsPrefix.length));
  return parts === null ? undefined : parts.slice(1, 4).join("-");
}
