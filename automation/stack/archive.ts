import { HeadObjectCommand, ListObjectsV2Command, NoSuchKey, NotFound, type S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import { ARCHIVE_STORAGE_CLASSES } from "../../components/cold-tier";
import { UserError } from "../errors";
import { objectText } from "./object-text";

// The form that glue-jobs/clickstream_jobs/archive_manifest.py writes; fields that only the job needs are let through.
const manifest = z.object({
  format: z.literal(1),
  date: z.iso.date(),
  location: z.string().startsWith("s3://"),
  storage_class: z.enum(ARCHIVE_STORAGE_CLASSES),
  rows: z.number().int(),
  revenue: z.string(),
  archived_at: z.string(),
  files: z.array(z.object({ uri: z.string().startsWith("s3://"), bytes: z.number().int(), rows: z.number().int() })),
});

/** One archived date: its objects and what they hold. */
export type ArchiveManifest = z.infer<typeof manifest>;

/** Whether an object of the archive can be read. */
export type ObjectState =
  | { kind: "archived" }
  | { kind: "restoring" }
  /** `until` is absent where nothing takes the object away. */
  | { kind: "readable"; until?: Date };

/** `s3://bucket/key` in its parts, as the SDK wants them. */
export function placeOf(uri: string): { Bucket: string; Key: string } {
  const { host, pathname } = new URL(uri);
  return { Bucket: host, Key: decodeURIComponent(pathname.slice(1)) };
}

function manifestFolder(archivePath: string): string {
  return `${archivePath}manifests/fact_clicks/`;
}

/**
 * The manifest of a date, undefined if the date is not in the archive.
 * @throws UserError if the object is not a manifest
 */
export async function readManifest(
  s3: S3Client,
  archivePath: string,
  date: string,
): Promise<ArchiveManifest | undefined> {
  const uri = `${manifestFolder(archivePath)}event_date=${date}.json`;
  let text: string;
  try {
    text = await objectText(s3, placeOf(uri));
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
  try {
    return manifest.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new UserError(
      `${uri} is no manifest of the archive: ${reason}`,
      "Restore the version before it; the bucket keeps old ones for 30 days.",
      { cause },
    );
  }
}

/** Dates that the archive holds, oldest first. */
export async function archivedDates(s3: S3Client, archivePath: string): Promise<string[]> {
  const { Bucket, Key: Prefix } = placeOf(manifestFolder(archivePath));
  const dates: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix, ...(token === undefined ? {} : { ContinuationToken: token }) }),
    );
    for (const { Key } of page.Contents ?? []) {
      const date = /event_date=(\d{4}-\d{2}-\d{2})\.json$/.exec(Key ?? "")?.[1];
      if (date !== undefined) dates.push(date);
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return dates.sort();
}

/** State of one object; undefined if there is no such object. */
export async function objectState(s3: S3Client, uri: string): Promise<ObjectState | undefined> {
  try {
    const { StorageClass, Restore } = await s3.send(new HeadObjectCommand(placeOf(uri)));
    if (StorageClass !== "GLACIER" && StorageClass !== "DEEP_ARCHIVE") return { kind: "readable" };
    return restoreState(Restore);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/**
 * State by the `x-amz-restore` header: `ongoing-request="true"`, or
 * `ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"`; absent before and after a restore.
 */
export function restoreState(header: string | undefined): ObjectState {
  if (header === undefined) return { kind: "archived" };
  if (header.includes('ongoing-request="true"')) return { kind: "restoring" };
  const until = /expiry-date="([^"]+)"/.exec(header)?.[1];
  return until === undefined ? { kind: "archived" } : { kind: "readable", until: new Date(until) };
}
