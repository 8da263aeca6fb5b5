import type { JobKind } from "./state";

/**
 * States of "Glue Job State Change" in which a run has ended (EventBridge reference, "AWS Glue events"; ERROR is what the
 * API reference of JobRun adds). A list, since a closure captures it.
 */
export const ENDED_STATES: readonly string[] = ["SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR"];

/** Ends that are failures. STOPPED is none: somebody stopped the run on purpose. */
export const FAILURE_STATES: readonly string[] = ["FAILED", "TIMEOUT", "ERROR"];

/** Days of runs that rates and usual shares are computed from. */
export const RATE_DAYS = 7;

/** One run that ended, as partition `runs` keeps it. Times are ISO 8601 in UTC with milliseconds: they sort as text. */
export interface RunRow {
  job: JobKind;
  runId: string;
  state: string;
  startedAt: string;
  endedAt: string;
  /** True for a failed attempt that Glue repeats by itself: the run has not ended yet. */
  retried: boolean;
  /** True for a backfill or a replay: it read what it was told, so it says nothing of what is new. */
  partial?: boolean;
  /** Rows, of a silver run that succeeded and read what was new. */
  read?: number;
  quarantined?: number;
  /** Newest event that a silver run read. */
  newestEvent?: string;
}

/** The last ended run of a job, as partition `job` keeps it. */
export interface JobState {
  job: JobKind;
  runId: string;
  state: string;
  startedAt: string;
  endedAt: string;
  /** Whether the run accounted for each row; absent where nothing tells. */
  conservation?: "kept" | "broken";
  /** Newest event that the job's table ever had; never moves backwards. */
  newestEvent?: string;
  /** What Glue said of a failure. */
  message?: string;
  /** The run's own report, JSON text. */
  report?: string;
}

/** True for a state that counts as a failure. */
export function isFailure(state: string): boolean {
  return FAILURE_STATES.includes(state);
}

/**
 * The id that all attempts of a run share: Glue calls the repetitions `<id>_attempt_1` and so on. They count as one run,
 * by its last attempt.
 */
export function familyOf(runId: string): string {
  return runId.replace(/_attempt_\d+$/, "");
}

/** Jobs whose last ended run failed. */
export function failingJobs(jobs: readonly JobState[]): number {
  return jobs.filter(({ state }) => isFailure(state)).length;
}

/** Jobs whose last ended run did not account for each row. */
export function brokenJobs(jobs: readonly JobState[]): number {
  return jobs.filter(({ conservation }) => conservation === "broken").length;
}

/** The later of two ISO texts. */
export function laterOf(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one > other ? one : other;
}

/** Runs that took all that was new. */
export function whole(runs: readonly RunRow[]): RunRow[] {
  return runs.filter(({ partial }) => partial !== true);
}

/** Silver runs that had published before `instant`: what a gold run that started then could read. */
export function silverBefore(runs: readonly RunRow[], instant: string): RunRow[] {
  return runs.filter(({ job, state, endedAt }) => job === "silver" && state === "SUCCEEDED" && endedAt <= instant);
}

/** The newest event that was in silver at an instant, as far as `runs` goes back. */
export function newestInSilver(runs: readonly RunRow[], instant: string): string | undefined {
  return silverBefore(runs, instant).reduce<string | undefined>(
    (newest, { newestEvent }) => laterOf(newest, newestEvent),
    undefined,
  );
}
