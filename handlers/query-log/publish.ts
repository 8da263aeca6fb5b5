import { createHash, randomUUID } from "node:crypto";
import { describeError, logLine } from "../log";
import type { PublishedDays } from "./published-days";
import { firstDayOf } from "./reconcile";
import { LOG_PREFIX } from "./settings";
import type { Staging } from "./staging";
import { unloadStatement, type RunStatement } from "./unload";

/** A further day is begun only while this much time is left, in milliseconds; an UNLOAD of a day takes seconds. */
const MIN_REMAINING_MS = 60_000;

/** What publishing takes. */
export interface PublishDependencies {
  bucket: string;
  database: string;
  staging: Staging;
  published: PublishedDays;
  run: RunStatement;
}

/** What a publication did. */
export interface Published {
  /** Days that readers now see anew, in order. */
  days: string[];
  /** Days with new objects that are left for the next run, for lack of time. */
  left: number;
}

/** Which objects a day is made of. Their names suffice: an object never changes. */
export function digestOf(names: readonly string[]): string {
  return createHash("sha256")
    .update([...names].sort().join("\n"))
    .digest("hex")
    .slice(0, 32);
}

/** `s3://` folder of one run of one day, which nothing else writes to. */
function runFolder(bucket: string, day: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, "");
  return `s3://${bucket}/${LOG_PREFIX}event_date=${day}/run=${stamp}-${randomUUID().slice(0, 8)}/`;
}

/**
 * Publishes each of the last `days` days whose staged objects are not those that its partition was made of: one UNLOAD
 * into a fresh folder, then the partition moves there.
 *
 * The objects are listed before they are read. One that arrives in between is in the folder but not in the digest, so
 * the day is published once more; the same mends a slower run that moves a partition back to an older folder. A day
 * that fails stays as it is, and does not hold up the others.
 *
 * @throws Error naming the days that failed, after the others are done
 */
export async function publish(
  days: number,
  now: Date,
  remainingMs: () => number,
  { bucket, database, staging, published, run }: PublishDependencies,
): Promise<Published> {
  const result: Published = { days: [], left: 0 };
  const failures: string[] = [];
  const staged = [...(await staging.list(firstDayOf(days, now)))].sort(([a], [b]) => b.localeCompare(a));
  for (const [day, names] of staged) {
    const digest = digestOf(names);
    if ((await published.get(day))?.digest === digest) continue;
    if (remainingMs() < MIN_REMAINING_MS) {
      result.left += 1;
      continue;
    }
    try {
      const location = runFolder(bucket, day, now);
      await run(unloadStatement(database, day, location));
      await published.move(day, { location, digest });
      result.days.push(day);
    } catch (error) {
      failures.push(`${day} (${describeError(error)})`);
    }
  }
  result.days.sort();
  logLine("info", "published", { ...result });
  if (failures.length > 0) {
    throw new Error(
      `${failures.length} days of the query log were not published: ${failures.join("; ")}. Readers see the state ` +
        "before; the next run tries again.",
    );
  }
  return result;
}
