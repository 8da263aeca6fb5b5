import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchStopJobRunCommand,
  ConcurrentRunsExceededException,
  GetJobRunCommand,
  GetJobRunsCommand,
  StartJobRunCommand,
  type GlueClient,
  type JobRun,
} from "@aws-sdk/client-glue";
import { UserError } from "../errors";

const FINAL: ReadonlySet<string> = new Set(["SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED"]);
const POLL_MS = 250;
/** Newest runs among which the running one is looked for: a job has at most one. */
const NEWEST_RUNS = 20;
/** Longest wait for a run to end after it was told to, in milliseconds. */
const STOP_PATIENCE_MS = 60_000;

/** A job that has a run already: Glue takes one at a time (`maxConcurrentRuns` of components/glue-job.ts). */
export class JobBusyError extends UserError {
  constructor(job: string, run: JobRun | undefined, options?: { cause?: unknown }) {
    super(
      `The job ${job} is running already: ${run === undefined ? "its run ended at this moment" : describeRun(run)}. ` +
        "It takes one run at a time, or two would race for the same partitions.",
      "Wait for the end of that run (it changes nothing that yours needs) and give the command again.",
      options,
    );
    this.name = "JobBusyError";
  }
}

/** Who a run is: its id, its start, and what started it for which work. */
export function describeRun(run: JobRun): string {
  const { Id, StartedOn, TriggerName, Arguments: given = {} } = run;
  const by = TriggerName === undefined ? "by a person or a program" : `by the trigger ${TriggerName}`;
  const dates = (name: string): string => `${given[`--${name}_from`] ?? "?"} to ${given[`--${name}_to`] ?? "?"}`;
  const work =
    given["--replay_rule"] !== undefined
      ? `, a replay of ${given["--replay_rule"]} from quarantine, ${dates("replay")}`
      : given["--from_date"] !== undefined
        ? `, a backfill of ${given["--from_date"]} to ${given["--to_date"] ?? "?"}`
        : "";
  const since = StartedOn === undefined ? "" : ` since ${StartedOn.toISOString()}`;
  return `run ${Id ?? "unknown"}${since}, started ${by}${work}`;
}

/** The run of a job that has not ended, undefined where there is none. */
export async function activeRun(glue: GlueClient, job: string): Promise<JobRun | undefined> {
  const { JobRuns = [] } = await glue.send(new GetJobRunsCommand({ JobName: job, MaxResults: NEWEST_RUNS }));
  return JobRuns.find(({ JobRunState: state }) => state !== undefined && !FINAL.has(state));
}

/** @throws JobBusyError where one of the jobs has a run that has not ended */
export async function requireIdle(glue: GlueClient, jobs: readonly string[]): Promise<void> {
  for (const job of jobs) {
    const run = await activeRun(glue, job);
    if (run !== undefined) throw new JobBusyError(job, run);
  }
}

/**
 * Starts a Glue job without waiting; returns the run's id.
 * @throws JobBusyError where the job has a run already
 */
export async function startJob(glue: GlueClient, job: string, args: Record<string, string>): Promise<string> {
  try {
    const { JobRunId } = await glue.send(new StartJobRunCommand({ JobName: job, Arguments: args }));
    if (JobRunId === undefined) throw new Error(`Glue gave no run id for the job ${job}.`);
    return JobRunId;
  } catch (cause) {
    if (!(cause instanceof ConcurrentRunsExceededException)) throw cause;
    throw new JobBusyError(job, await activeRun(glue, job), { cause });
  }
}

/** How to wait for a run. */
export interface WaitOptions {
  signal?: AbortSignal;
  onProgress?: (line: string) => void;
}

/** Waits for the end of a run, whatever it is. */
export async function waitForRun(
  glue: GlueClient,
  job: string,
  runId: string,
  options: WaitOptions = {},
): Promise<JobRun> {
  let shown: string | undefined;
  for (;;) {
    const { JobRun: run } = await glue.send(new GetJobRunCommand({ JobName: job, RunId: runId }));
    const state = run?.JobRunState;
    if (state !== shown) options.onProgress?.(`${job}: ${state ?? "unknown"}`);
    shown = state;
    if (run !== undefined && state !== undefined && FINAL.has(state)) return run;
    await sleep(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

/** Stops a run and waits until it has ended, a minute at most. A run that ended by itself is no error. */
export async function stopRun(glue: GlueClient, job: string, runId: string): Promise<void> {
  await glue.send(new BatchStopJobRunCommand({ JobName: job, JobRunIds: [runId] }));
  const signal = AbortSignal.timeout(STOP_PATIENCE_MS);
  await waitForRun(glue, job, runId, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
