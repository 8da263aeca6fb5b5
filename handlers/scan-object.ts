import { describeError, logLine } from "./log";
import { createLineScanner, MAX_LINE_BYTES } from "./line-scanner";
import { readObject } from "./object-reader";
import { parseLine, PURCHASE_NEEDLES } from "./purchase";
import type { QueueMessage } from "./queue-message";
import { judge, raiseAll, type AlertDependencies, type Finding, type Outcome, type RaiseTotals } from "./raise-alert";

/**
 * Opens an object; resolves to undefined when it, or this version of it, is gone, and to `rewritten` when an erasure wrote
 * it again: what is left in it is not new.
 */
export type OpenObject = (
  bucket: string,
  key: string,
  versionId: string | undefined,
) => Promise<AsyncIterable<Uint8Array> | "rewritten" | undefined>;

/** A damaged file would otherwise fill the log with one line per line. */
const MAX_LOGGED_LINES = 10;

/**
 * Streams one raw object and raises an alert for every purchase over the threshold.
 *
 * Bad lines are logged (offset and reason, never their text) and passed over: the silver job quarantines them. Only
 * what a retry can mend, a failed read, claim or publish, makes the outcome `retry`.
 */
export async function scanObject(
  object: Extract<QueueMessage, { kind: "object" }>,
  open: OpenObject,
  deps: AlertDependencies,
): Promise<Outcome> {
  const { bucket, key, versionId } = object;
  if (object.size === 0) return { kind: "known" };
  const totals: RaiseTotals = { published: 0, known: 0, failed: 0 };
  let invalid = 0;
  let purchases = 0;
  let found: Finding[] = [];

  const scanner = createLineScanner(
    PURCHASE_NEEDLES,
    (line, offset) => {
      const parsed = parseLine(line);
      if (parsed.kind === "invalid") {
        invalid += 1;
        if (invalid <= MAX_LOGGED_LINES) {
          logLine("warn", "line passed over", { bucket, key, offset, reason: parsed.reason });
        }
      } else if (parsed.kind === "purchase") {
        purchases += 1;
        const source = { type: "s3" as const, bucket, key, ...(versionId === undefined ? {} : { versionId }), offset };
        const finding = judge(parsed.purchase, source, deps.settings);
        if (finding !== undefined) found.push(finding);
      }
    },
    MAX_LINE_BYTES,
  );
  const flush = async (): Promise<void> => {
    const batch = found;
    found = [];
    if (batch.length > 0) await raiseAll(batch, deps, totals);
  };

  let read;
  try {
    const body = await open(bucket, key, versionId);
    if (body === undefined) {
      logLine("warn", "object is gone; nothing to alert", { bucket, key, versionId });
      return { kind: "known" };
    }
    if (body === "rewritten") {
      logLine("info", "object was written again by an erasure; its purchases are known", { bucket, key, versionId });
      return { kind: "known" };
    }
    read = await readObject(body, (bytes) => scanner.feed(bytes), flush);
  } catch (error) {
    return { kind: "retry", reason: `cannot read s3://${bucket}/${key}: ${describeError(error)}` };
  }
  scanner.end();
  await flush();

  const counts = scanner.counts();
  const summary = { bucket, key, ...counts, packing: read.packing, purchases, invalid, ...totals };
  if (read.unsupported) logLine("warn", `${read.packing} content is not read: land JSON lines, plain or gzip`, summary);
  else if (read.damage !== undefined) {
    logLine("warn", "compressed data is damaged; the lines before the damage were read", {
      ...summary,
      damage: read.damage,
    });
  } else logLine(invalid + counts.oversized > 0 ? "warn" : "info", "object scanned", summary);

  if (totals.failed === 0) return { kind: totals.published > 0 ? "published" : "known" };
  return {
    kind: "retry",
    reason: `${totals.failed} alerts of s3://${bucket}/${key} failed; first: ${totals.firstReason ?? "unknown"}`,
  };
}
