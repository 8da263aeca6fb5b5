import type { JobKind } from "./state";

/** Whether a run accounted for each row that it read. */
export type Conservation = "kept" | "broken";

/**
 * What the jobs say when their own check refuses to publish (`ConservationError` in glue-jobs/clickstream_jobs; a test
 * compares the two). Glue passes the text on as the run's error message.
 */
export const CONSERVATION_REFUSALS: readonly RegExp[] = [
  /read \d+ differs from accepted \d+/,
  /rows broke a rule but \d+ were written to quarantine/,
  /silver has \d+ rows, fact_clicks would have \d+/,
  /has \d+ rows and \S+ USD, rewritten they are \d+ rows/,
];

/** True when a failed run's message says that the job's own conservation check refused. */
export function saysConservationBroken(message: string): boolean {
  return CONSERVATION_REFUSALS.some((refusal) => refusal.test(message));
}

/**
 * Judges a report. A field that is missing or no number is broken: such a report accounts for nothing.
 *
 * - silver: read = accepted + quarantined + duplicates + suppressed (rows of erased persons) + late (rows that wait for the
 *   next day's first run); reports of older jobs have neither of the last two;
 * - gold: read (rows of silver) = facts, which the job has compared date by date itself; no more groups of sales than facts,
 *   nor the one without the other;
 * - archive: dates with rows have files, and files have bytes; without a date there is none of them.
 */
export function judgeConservation(job: JobKind, report: unknown): Conservation {
  const fields = (typeof report === "object" && report !== null ? report : {}) as Record<string, unknown>;
  const count = (name: string): number => {
    const value = fields[name];
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : NaN;
  };
  // Comparisons with NaN are false: a missing count is never kept.
  const kept = (): boolean => {
    switch (job) {
      case "silver": {
        const newer = (name: string): number => (fields[name] === undefined ? 0 : count(name));
        const others = newer("suppressed") + newer("late");
        return count("read") === count("accepted") + count("quarantined") + count("duplicates") + others;
      }
      case "gold": {
        const facts = count("fact_rows");
        const sales = count("sales_rows");
        return count("read") === facts && sales <= facts && sales > 0 === facts > 0;
      }
      case "archive": {
        const dates = Array.isArray(fields["dates"]) ? fields["dates"].length : NaN;
        const [rows, files, bytes] = [count("rows"), count("files"), count("bytes")];
        if (dates === 0) return rows === 0 && files === 0 && bytes === 0;
        return dates > 0 && rows >= 0 && (rows === 0 || files > 0) && (files === 0 || bytes > 0);
      }
    }
  };
  return kept() ? "kept" : "broken";
}
