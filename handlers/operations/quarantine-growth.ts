import type { RunRow } from "./runs";

/** Runs with rows that must have gone before: with fewer there is no usual share. */
export const LEAST_RUNS = 3;
/** One in a thousand: below it a share is noise, and a clean past would make any bad row infinitely many times usual. */
export const LEAST_SHARE = 0.001;
/** Rows of the usual share that each run is diluted with, so that one bad row in a run of ten says nothing. */
export const DILUTION_ROWS = 1_000;

/** The median of numbers, of which there is at least one. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (index: number): number => sorted[index] ?? NaN;
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
}

/**
 * The quarantined share of a silver run over the usual one, 1 being usual; undefined for a run without rows and without
 * `LEAST_RUNS` runs before it. The usual share is the median of the runs before, which one bad day does not move.
 */
export function quarantineGrowth(run: RunRow, others: readonly RunRow[]): number | undefined {
  const { read = 0, quarantined = 0 } = run;
  const shares = others
    .filter(({ job, state, endedAt, runId }) => {
      return job === "silver" && state === "SUCCEEDED" && endedAt < run.endedAt && runId !== run.runId;
    })
    .filter((other) => (other.read ?? 0) > 0)
    .map((other) => (other.quarantined ?? 0) / (other.read ?? 1));
  if (read === 0 || shares.length < LEAST_RUNS) return undefined;
  const usual = Math.max(LEAST_SHARE, median(shares));
  return (quarantined + usual * DILUTION_ROWS) / (read + DILUTION_ROWS) / usual;
}
