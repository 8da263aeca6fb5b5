import { z } from "zod";
import type { LandedLine } from "../generate/event";
import type { ImportedCounts } from "./import-file";
import { byteLines } from "./source";

const stamped = z.object({ event_timestamp: z.string() });
const EARLIEST_LANDING = Date.UTC(2000, 0, 1);

/**
 * JSON lines as they are: no line is changed, dropped or judged here, since that is the silver job's work. A line lands
 * in the hour of its own timestamp; where it has none that can be trusted, in the hour of the line before it.
 *
 * @param now landing time of lines before the first readable timestamp, and the newest possible one.
 */
export async function* eventLines(
  source: AsyncIterable<Buffer>,
  counts: ImportedCounts,
  now: Date,
): AsyncGenerator<LandedLine> {
  let landedAt = now;
  for await (const line of byteLines(source)) {
    // A blank line holds no event: the jobs do not count it either.
    if (line.every((byte) => byte === 32 || byte === 9)) continue;
    const event = parsed(line);
    counts.ledger.note(event);
    const at = timestampOf(event);
    if (at !== undefined && at.getTime() >= EARLIEST_LANDING && at <= now) {
      landedAt = at;
      if (counts.newestEvent === undefined || at > counts.newestEvent) counts.newestEvent = at;
    }
    counts.read += 1;
    yield { line, landedAt };
  }
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return undefined; // It lands as it is, and the silver job quarantines it with its reason.
  }
}

function timestampOf(event: unknown): Date | undefined {
  const checked = stamped.safeParse(event);
  const at = checked.success ? new Date(checked.data.event_timestamp) : undefined;
  return at === undefined || Number.isNaN(at.getTime()) ? undefined : at;
}
