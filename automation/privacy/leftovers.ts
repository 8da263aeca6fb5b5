import { GetTableCommand, paginateGetPartitions, type GlueClient } from "@aws-sdk/client-glue";
import { setTimeout as sleep } from "node:timers/promises";
import { activeRun, describeRun } from "../stack/job-runs";
import { placeOf, readManifest } from "../stack/archive";
import type { AwsClients } from "../stack/clients";
import type { StackOutputs } from "../stack/outputs";
import { restoredPartitions, unregisterRestored } from "../stack/restored-table";
import type { ClassFigures } from "./certificate";
import { deleteVersions, versionsBelow, type ObjectVersion } from "./versions";

/** Prefix of scratch files in the artifacts bucket; components/job-artifacts.ts, `ARTIFACT_PREFIX`. */
const SCRATCH_PREFIX = "tmp/";
/** How often to look whether a run has ended, in milliseconds. */
const POLL_MS = 2_000;

/** Which partitions the subjects were in. */
export interface TouchedDates {
  /** Dates of events, those beside them included: a session may cross midnight, and gold rewrites both dates. */
  events: readonly string[];
  /** Dates of landing with quarantined lines of the subjects. */
  landings: readonly string[];
}

/** How to wait, and what to say meanwhile. */
export interface LeftoverOptions {
  signal: AbortSignal;
  onProgress: (line: string) => void;
}

/** How to wait, and what to say meanwhile. */
export interface LeftoverOptions {
  signal: AbortSignal;
  onProgress: (line: string) => void;
  /** @default 2000 */
  pollMs?: number;
}

/** Where one class of files is, and which folders of it are current; everything else there is left over. */
interface FileClass {
  class: string;
  bucket: string;
  /** Prefixes to look below. */
  prefixes: string[];
  /** `s3://…/` folders of what is current. */
  current: () => Promise<Set<string>>;
}

/**
 * Deletes for good what is left of rewritten data: replaced and dead run folders, old versions and delete markers of the
 * touched dates, scratch files of the jobs, results of queries.
 *
 * Everything is listed first. Then the runs that are on are waited for, and only then it is asked what is current: whatever
 * was listed is by then either published, and stays, or nobody's.
 */
export async function removeLeftovers(
  clients: AwsClients,
  outputs: StackOutputs,
  touched: TouchedDates,
  options: LeftoverOptions,
): Promise<ClassFigures[]> {
  const classes = classesOf(clients, outputs, touched);
  const listed: { one: FileClass; versions: ObjectVersion[] }[] = [];
  for (const one of classes) listed.push({ one, versions: await versionsOf(clients, one) });
  await untilIdle(clients.glue, [outputs.silverJob, outputs.goldJob, outputs.archiveJob], options);

  const figures: ClassFigures[] = [];
  for (const { one, versions } of listed) {
    const current = await one.current();
    const old = versions.filter((version) => !isCurrent(version, one.bucket, current));
    const { objects, bytes } = await deleteVersions(clients.s3, one.bucket, old);
    figures.push({ class: `old files of ${one.class}`, rows: objects, bytes });
  }
  return figures;
}

/**
 * Counts what `removeLeftovers` would delete and what was there before the erasure; what later runs replaced is clean.
 * @param since when the erasure began to write
 */
export async function countLeftovers(
  clients: AwsClients,
  outputs: StackOutputs,
  touched: TouchedDates,
  since: Date,
): Promise<ClassFigures[]> {
  const figures: ClassFigures[] = [];
  for (const one of classesOf(clients, outputs, touched)) {
    const versions = await versionsOf(clients, one);
    const current = await one.current();
    const old = versions.filter((version) => version.modified < since && !isCurrent(version, one.bucket, current));
    figures.push({ class: `old files of ${one.class}`, rows: old.length, read: versions.length });
  }
  return figures;
}

/** Takes the touched dates out of the table of restored dates. */
export async function removeRestored(
  clients: AwsClients,
  outputs: StackOutputs,
  { events }: TouchedDates,
): Promise<ClassFigures> {
  const restored = await restoredPartitions(clients.glue, outputs.goldDatabase);
  const dates = events.filter((date) => restored.has(date));
  for (const date of dates) await unregisterRestored(clients.glue, outputs.goldDatabase, date);
  return { class: "restored dates", rows: dates.length, read: restored.size };
}

function classesOf(clients: AwsClients, outputs: StackOutputs, { events, landings }: TouchedDates): FileClass[] {
  const { silverBucket, silverDatabase, goldBucket, goldDatabase, artifactsBucket, resultsBucket } = outputs;
  const silver = (name: string, table: string, column: string, dates: readonly string[]): FileClass => ({
    class: name,
    bucket: silverBucket,
    prefixes: dates.map((date) => `${table}/${column}=${date}/`),
    current: () => currentFolders(clients.glue, silverDatabase, table),
  });
  const gold = (name: string, table: string, prefixes: string[]): FileClass => ({
    class: name,
    bucket: goldBucket,
    prefixes,
    current: () => currentFolders(clients.glue, goldDatabase, table),
  });
  const nothing = (name: string, bucket: string, prefix: string): FileClass => ({
    class: name,
    bucket,
    prefixes: [prefix],
    current: () => Promise.resolve(new Set()),
  });
  return [
    silver("silver events", "events", "event_date", events),
    silver("quarantine", "quarantine", "landing_date", landings),
    silver("the subject index", "subjects", "event_date", events),
    gold(
      "gold facts",
      "fact_clicks",
      events.map((date) => `fact_clicks/event_date=${date}/`),
    ),
    gold("gold users", "dim_users", ["dim_users/"]),
    {
      class: "the archive",
      bucket: goldBucket,
      prefixes: events.map((date) => `${placeOf(outputs.archivePath).Key}fact_clicks/event_date=${date}/`),
      current: () => archivedFolders(clients, outputs, events),
    },
    nothing("the jobs' scratch folder", artifactsBucket, SCRATCH_PREFIX),
    nothing("query results", resultsBucket, ""),
  ];
}

async function versionsOf({ s3 }: AwsClients, { bucket, prefixes }: FileClass): Promise<ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  for (const prefix of prefixes) found.push(...(await versionsBelow(s3, bucket, prefix)));
  return found;
}

/** Waits until each job has had no run for a moment; a run that starts later writes to folders that were not listed. */
async function untilIdle(
  glue: GlueClient,
  jobs: readonly string[],
  { signal, onProgress, pollMs = POLL_MS }: LeftoverOptions,
): Promise<void> {
  for (const job of jobs) {
    for (let run = await activeRun(glue, job); run !== undefined; run = await activeRun(glue, job)) {
      onProgress(`waiting for ${job}: ${describeRun(run)}`);
      await sleep(pollMs, undefined, { signal });
    }
  }
}

async function currentFolders(glue: GlueClient, database: string, table: string): Promise<Set<string>> {
  const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
  const own = Table?.StorageDescriptor?.Location;
  // A partitioned table's own location is the root of all folders, current or not.
  if ((Table?.PartitionKeys ?? []).length === 0) return new Set(own === undefined ? [] : [folderOf(own)]);
  const folders = new Set<string>();
  const at = { DatabaseName: database, TableName: table, ExcludeColumnSchema: true };
  for await (const page of paginateGetPartitions({ client: glue }, at)) {
    for (const { StorageDescriptor } of page.Partitions ?? []) {
      if (StorageDescriptor?.Location !== undefined) folders.add(folderOf(StorageDescriptor.Location));
    }
  }
  return folders;
}

async function archivedFolders(
  { s3 }: AwsClients,
  { archivePath }: StackOutputs,
  dates: readonly string[],
): Promise<Set<string>> {
  const folders = new Set<string>();
  for (const date of dates) {
    const manifest = await readManifest(s3, archivePath, date);
    if (manifest !== undefined) folders.add(folderOf(manifest.location));
  }
  return folders;
}

function folderOf(location: string): string {
  const { Bucket, Key } = placeOf(location);
  return `s3://${Bucket}/${Key.replace(/\/*$/, "/")}`;
}

function isCurrent({ key, latest, marker }: ObjectVersion, bucket: string, folders: ReadonlySet<string>): boolean {
  if (!latest || marker) return false;
  const uri = `s3://${bucket}/${key}`;
  return folders.has(uri.slice(0, uri.lastIndexOf("/") + 1));
}
