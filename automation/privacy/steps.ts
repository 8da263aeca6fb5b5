import { createHmac } from "node:crypto";
import { UserError } from "../errors";
import type { AwsClients } from "../stack/clients";
import type { StackOutputs } from "../stack/outputs";
import { secretText, subjectsOf, type PrivacyPlace } from "./batch";
import type { RequestedSubject } from "./batch-files";
import type { ClassFigures } from "./certificate";
import {
  archiveErasure,
  goldAfterErasure,
  locatedFile,
  rawErasure,
  runErasureJob,
  silverErasure,
  verification,
  type Located,
} from "./jobs";
import type { BatchRecord, RequestState } from "./ledger";
import { countLeftovers, removeLeftovers, removeRestored, type TouchedDates } from "./leftovers";
import { clearDeadLetters } from "./queues";
import { countInWarehouse, eraseFromWarehouse, hasWarehouse } from "./warehouse";

/** What the steps of a batch work with. */
export interface StepContext {
  clients: AwsClients;
  outputs: StackOutputs;
  place: PrivacyPlace;
  batch: BatchRecord;
  signal: AbortSignal;
  onProgress: (line: string) => void;
}

/** What a step did. */
export interface StepResult {
  classes: ClassFigures[];
  /** Of a job: its run, and what it was billed. */
  run?: string;
  usd?: number;
  /** By request, where the step counts by request. */
  own?: Readonly<Record<string, ClassFigures[]>>;
}

/** One step of a batch. Each may be repeated: it does what is left to do, and nothing where that is nothing. */
export interface Step {
  name: string;
  /** What it is doing, for people. */
  title: string;
  /** State of the batch once it is done. @default as before */
  reaches?: RequestState;
  /** @default always */
  applies?: (outputs: StackOutputs) => boolean;
  work: (context: StepContext) => Promise<StepResult>;
}

/**
 * The way of a batch. Silver first, since gold, archive and warehouse follow what it publishes; old files and everything
 * that was derived from the data last, when nothing can write them any more; then everything is read again.
 */
export const STEPS: readonly Step[] = [
  { name: "silver", title: "locating, and rewriting silver", reaches: "located", work: eraseFromSilver },
  { name: "gold", title: "recomputing gold", work: recomputeGold },
  { name: "archive", title: "rewriting the archive", work: eraseFromArchive },
  { name: "warehouse", title: "loading and vacuuming the warehouse", applies: hasWarehouse, work: eraseFromHot },
  { name: "raw", title: "rewriting raw objects", work: eraseFromRaw },
  { name: "leftovers", title: "deleting old versions, results and dead letters", reaches: "rewritten", work: clear },
  { name: "verify", title: "reading everything again", reaches: "verified", work: verify },
];

async function eraseFromSilver({ clients, outputs, place, batch, ...how }: StepContext): Promise<StepResult> {
  const args = { "--erase_request": place.files.requestUri(batch.id) };
  const end = await runErasureJob(clients, outputs, "silver", args, silverErasure, how.signal, how.onProgress);
  const { requests, files } = end.report;
  const rows = (of: "events" | "quarantine"): number => requests.reduce((sum, one) => sum + one.rows[of], 0);
  const written = (of: string): number => files[of]?.rewritten ?? 0;
  const own = requests.map(({ request, rows: found }): [string, ClassFigures[]] => [
    request,
    [
      { class: "silver events", rows: found.events },
      { class: "quarantine", rows: found.quarantine },
    ],
  ]);
  return {
    ...end,
    classes: [
      { class: "silver events", rows: rows("events"), files: written("events") },
      { class: "quarantine", rows: rows("quarantine"), files: written("quarantine") },
    ],
    own: Object.fromEntries(own),
  };
}

async function recomputeGold({ clients, outputs, signal, onProgress }: StepContext): Promise<StepResult> {
  // The folders that it replaces hold the persons' rows: they go at once instead of after a day.
  const args = { "--sweep_grace_hours": "0" };
  const end = await runErasureJob(clients, outputs, "gold", args, goldAfterErasure, signal, onProgress);
  return { ...end, classes: [] };
}

async function eraseFromArchive({ clients, outputs, place, batch, ...how }: StepContext): Promise<StepResult> {
  const args = { "--erase_request": place.files.requestUri(batch.id) };
  const end = await runErasureJob(clients, outputs, "archive", args, archiveErasure, how.signal, how.onProgress);
  const { rewritten, removed, waiting } = end.report.erasure;
  if (waiting.length > 0) {
    delete batch.steps["gold"];
    throw new UserError(
      `Gold has not recomputed ${waiting.join(", ")}, which the archive holds.`,
      "Give the command again: it begins with gold, then the archive.",
    );
  }
  return { ...end, classes: [{ class: "archived dates", rows: rewritten.length + removed.length }] };
}

async function eraseFromHot({ clients, outputs }: StepContext): Promise<StepResult> {
  const dates = await eraseFromWarehouse(clients, outputs);
  return { classes: [{ class: "warehouse dates", rows: dates }] };
}

async function eraseFromRaw({ clients, outputs, place, batch, ...how }: StepContext): Promise<StepResult> {
  const args = { "--erase_request": place.files.requestUri(batch.id) };
  const end = await runErasureJob(clients, outputs, "raw", args, rawErasure, how.signal, how.onProgress);
  const { objects, lines, bytes, requests, waiting, versions_deleted: versions } = end.report;
  if (waiting.length > 0) {
    throw new UserError(
      `${String(waiting.length)} raw objects are in a class that must be restored first, for example ${waiting[0] ?? ""}.`,
      `Restore them (aws s3api restore-object --bucket ${outputs.rawBucket} --key KEY) and give the command again.`,
    );
  }
  const own = requests.map(({ request, lines: rows, objects: files }): [string, ClassFigures[]] => [
    request,
    [{ class: "raw lines", rows, files }],
  ]);
  return {
    ...end,
    classes: [
      {
        class: "raw lines",
        rows: lines.removed,
        files: (objects["rewritten"] ?? 0) + (objects["removed"] ?? 0),
        bytes: Math.max(0, bytes.before - bytes.after),
      },
      { class: "old versions of raw objects", rows: versions },
    ],
    own: Object.fromEntries(own),
  };
}

async function clear({ clients, outputs, place, batch, signal, onProgress }: StepContext): Promise<StepResult> {
  const touched = touchedDates(await locatedOf(place, batch));
  const subjects = await subjectsOf(place, batch);
  const restored = await removeRestored(clients, outputs, touched);
  const files = await removeLeftovers(clients, outputs, touched, { signal, onProgress });
  const letters = await clearDeadLetters(clients.sqs, outputs.pipelineName, textsOf(subjects), true);
  return { classes: [restored, ...files, letters] };
}

async function verify(context: StepContext): Promise<StepResult> {
  const { clients, outputs, place, batch, signal, onProgress } = context;
  const subjects = await subjectsOf(place, batch);
  const located = await locatedOf(place, batch);
  const args = { "--erase_request": place.files.requestUri(batch.id), "--verify": "true" };
  const end = await runErasureJob(clients, outputs, "raw", args, verification, signal, onProgress);
  const { found, read, unreadable } = end.report;
  const classes: ClassFigures[] = Object.entries(found).map(([name, rows]) => ({
    class: name.replaceAll("_", " "),
    rows,
    read: read[name] ?? 0,
  }));
  if (hasWarehouse(outputs)) {
    const pseudonymKey = await secretText(clients, outputs.pseudonymSecretArn);
    classes.push(...(await countInWarehouse(clients, outputs, storedValues(subjects, pseudonymKey))));
  }
  classes.push(
    ...(await countLeftovers(clients, outputs, touchedDates(located), new Date(located.located_at))),
    await clearDeadLetters(clients.sqs, outputs.pipelineName, textsOf(subjects), false),
  );
  const left = classes.filter(({ rows }) => rows > 0).map(({ class: name, rows }) => `${String(rows)} in ${name}`);
  const unread = [...unreadable.raw, ...unreadable.archive.map((date) => `archived ${date}`)];
  if (left.length + unread.length > 0) {
    // Whatever brought them back: everything is done once more, which changes nothing where nothing is left.
    batch.steps = {};
    throw new UserError(
      `The batch ${batch.id} is not verified: ` +
        [
          ...left,
          ...(unread.length > 0 ? [`${String(unread.length)} could not be read (${unread[0] ?? ""})`] : []),
        ].join(", ") +
        ".",
      "Give the command again: it goes through every step once more. If it comes to the same, a fault of a job keeps " +
        "them; the report of the run names the requests.",
    );
  }
  return { ...end, classes };
}

/** Where the subjects are. @throws UserError where the file is gone */
export async function locatedOf({ files }: PrivacyPlace, batch: BatchRecord): Promise<Located> {
  const located = await files.readLocated(batch.id, locatedFile);
  if (located !== undefined) return located;
  batch.steps = {};
  throw new UserError(
    `The file that says where the persons of ${batch.id} are is gone.`,
    "Give the command again: it locates them anew.",
  );
}

/** Partitions that the subjects were in, and the dates of events beside them. */
export function touchedDates({ requests }: Located): TouchedDates {
  const events = new Set<string>();
  const landings = new Set<string>();
  for (const { events: byDate, quarantine } of Object.values(requests)) {
    for (const date of Object.keys(byDate)) for (const near of [-1, 0, 1]) events.add(dateBeside(date, near));
    for (const date of Object.keys(quarantine)) landings.add(date);
  }
  return { events: [...events].sort(), landings: [...landings].sort() };
}

function dateBeside(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** What messages name the subjects by. */
function textsOf(subjects: readonly RequestedSubject[]): string[] {
  return [...new Set(subjects.flatMap(({ userId, emails }) => [userId, ...emails]))];
}

/** What tables hold of the subjects: ids, and for addresses their pseudonyms (glue-jobs/clickstream_jobs/privacy.py). */
function storedValues(subjects: readonly RequestedSubject[], pseudonymKey: string): string[] {
  return textsOf(subjects).map((text) =>
    text.includes("@") ? createHmac("sha256", pseudonymKey).update(text, "utf8").digest("hex") : text,
  );
}
