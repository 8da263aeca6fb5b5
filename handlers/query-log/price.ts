/** USD per terabyte read: Athena's and Redshift Spectrum's list price, us-east-1 (pricing pages, 2026-11). */
export const USD_PER_TERABYTE = 5;
/** Decimal, as Athena counts its limits. */
const BYTES_PER_TERABYTE = 1e12;
const BYTES_PER_MEGABYTE = 1e6;
/** The least that a query is charged for, in bytes (both pricing pages: 10 MB). */
export const MINIMUM_BYTES = 10 * BYTES_PER_MEGABYTE;

/** USD of one query that read `bytes`: rounded up to the megabyte, at least 10 MB. */
function usdOfScan(bytes: number): number {
  const billed = Math.max(MINIMUM_BYTES, Math.ceil(bytes / BYTES_PER_MEGABYTE) * BYTES_PER_MEGABYTE);
  return (billed / BYTES_PER_TERABYTE) * USD_PER_TERABYTE;
}

/** What decides whether Athena charges. */
export interface AthenaCharge {
  state: string;
  /** StatementType of the execution. */
  statementType: string;
  /** SubstatementType of the execution, if any. */
  substatementType?: string;
  bytesScanned: number;
  /** The result of an earlier query was used again. */
  reused: boolean;
}

/**
 * USD of an Athena query (pricing page, 2026-11): a failed one is free, as is DDL and a result that is used again; a
 * cancelled one is charged for what it had read. CREATE TABLE AS is DDL by its type and charged by what it reads.
 */
export function athenaUsd({ state, statementType, substatementType, bytesScanned, reused }: AthenaCharge): number {
  const reads = statementType === "DML" || substatementType === "CREATE_TABLE_AS_SELECT";
  if (state === "FAILED" || reused) return 0;
  if (state === "SUCCEEDED" && reads) return usdOfScan(bytesScanned);
  return bytesScanned > 0 ? usdOfScan(bytesScanned) : 0;
}

/** USD that Spectrum charges for a Redshift query beside the cluster's hours; 0 for one that read no external table. */
export function spectrumUsd(bytesScanned: number): number {
  return bytesScanned > 0 ? usdOfScan(bytesScanned) : 0;
}
