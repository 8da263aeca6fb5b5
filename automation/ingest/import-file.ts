import { UserError, messageOf } from "../errors";
import { eventLines } from "./events-format";
import { Lander, type LandedSummary, type PutObject } from "./lander";
import { OrderLedger } from "./order-ledger";
import { rees46Lines } from "./rees46-format";
import { openTextFile } from "./source";

/** Input formats of `ingest` and `demo`. */
export const INPUT_FORMATS = ["events", "rees46"] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** What the file itself says, before any job has seen it. */
export interface ImportedCounts {
  /** Rows of the file, good and bad. */
  read: number;
  newestEvent: Date | undefined;
  ledger: OrderLedger;
}

export interface ImportResult extends ImportedCounts {
  landed: LandedSummary;
}

/**
 * Lands one file in the raw bucket.
 *
 * @param now newest possible landing hour. @default the present
 * @throws UserError for a missing, empty, binary, cut or wrongly formatted file; then nothing more is landed.
 */
export async function importFile(
  put: PutObject,
  file: string,
  format: InputFormat,
  alertThresholdUsd: number,
  onProgress?: (soFar: LandedSummary) => void,
  now: Date = new Date(),
): Promise<ImportResult> {
  const source = await openTextFile(file);
  const counts: ImportedCounts = { read: 0, newestEvent: undefined, ledger: new OrderLedger(alertThresholdUsd) };
  const lines = format === "events" ? eventLines(source, counts, now) : rees46Lines(source, counts, now);
  const lander = new Lander(put, onProgress);
  const landed = await lander.land(lines).catch((error: unknown) => {
    if (error instanceof UserError || !isZlibError(error)) throw error;
    throw new UserError(
      `${file} is a gzip file that cannot be read to its end (${messageOf(error)}); ${String(counts.read)} rows came before.`,
      "Get a whole copy of the file, or decompress what is there (gzip -dc) and ingest that.",
      { cause: error },
    );
  });
  if (counts.read === 0) throw new UserError(`${file} has no events in it.`, "Give a file with at least one event.");
  return { ...counts, landed };
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");
}
