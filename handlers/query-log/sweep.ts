import type * as s3 from "@aws-sdk/client-s3";
import { logLine } from "../log";
import type { PublishedDays } from "./published-days";
import { LOG_PREFIX } from "./settings";

/** The parts of the SDK that sweeping takes. */
export type SweepSdk = Pick<typeof s3, "ListObjectsV2Command" | "DeleteObjectsCommand">;

/** One object of the published part. */
export interface LogObject {
  key: string;
  modified: Date;
}

/** The objects below `query_log/`. */
export interface LogObjects {
  list(): Promise<LogObject[]>;
  remove(keys: readonly string[]): Promise<void>;
}

/** How long a folder that nothing refers to is kept for the queries that still read it, in hours. */
export const SWEEP_GRACE_HOURS = 24;
const MILLISECONDS_PER_HOUR = 3_600_000;

/** Run folders by day: folder (a key prefix with a final slash) -> its objects. */
function byRun(objects: readonly LogObject[]): Map<string, Map<string, LogObject[]>> {
  const days = new Map<string, Map<string, LogObject[]>>();
  for (const object of objects) {
    const [folder, day = ""] = /^query_log\/event_date=([^/]+)\/run=[^/]+\//.exec(object.key) ?? [];
    if (folder === undefined) continue;
    const runs = days.get(day) ?? new Map<string, LogObject[]>();
    days.set(day, runs.set(folder, [...(runs.get(folder) ?? []), object]));
  }
  return days;
}

/**
 * Deletes the folders of runs that a later run replaced, or that were killed, once their newest object is older than the
 * grace period. Resolves to the number of objects deleted.
 */
export async function sweep(now: Date, objects: LogObjects, published: PublishedDays): Promise<number> {
  const limit = now.getTime() - SWEEP_GRACE_HOURS * MILLISECONDS_PER_HOUR;
  const gone: string[] = [];
  for (const [day, runs] of byRun(await objects.list())) {
    const old = [...runs].filter(([, files]) => files.every(({ modified }) => modified.getTime() < limit));
    if (old.length === 0) continue;
    const location = (await published.get(day))?.location ?? "";
    for (const [folder, files] of old) {
      if (!location.endsWith(`/${folder}`)) gone.push(...files.map(({ key }) => key));
    }
  }
  if (gone.length > 0) await objects.remove(gone);
  logLine("info", "swept", { objects: gone.length });
  return gone.length;
}

/** The most that one DeleteObjects takes. */
const DELETE_BATCH = 1000;

/** The objects below `query_log/` of a bucket. */
export function createLogObjects(client: s3.S3Client, sdk: SweepSdk, bucket: string): LogObjects {
  return {
    async list() {
      const found: LogObject[] = [];
      let token: string | undefined;
      do {
        const request = { Bucket: bucket, Prefix: LOG_PREFIX, ContinuationToken: token };
        const page = await client.send(new sdk.ListObjectsV2Command(request));
        for (const { Key, LastModified } of page.Contents ?? []) {
          if (Key !== undefined && LastModified !== undefined) found.push({ key: Key, modified: LastModified });
        }
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return found;
    },
    async remove(keys) {
      for (let at = 0; at < keys.length; at += DELETE_BATCH) {
        const Objects = keys.slice(at, at + DELETE_BATCH).map((Key) => ({ Key }));
        const answer = await client.send(
          new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
        );
        const [first] = answer.Errors ?? [];
        if (first !== undefined) {
          throw new Error(
            `s3://${bucket}/${first.Key ?? ""} was not deleted: ${first.Code ?? ""} ${first.Message ?? ""}. The next ` +
              "sweep tries again; if it stays so, look at the bucket's policy.",
          );
        }
      }
    },
  };
}
