import { describeError, logLine } from "../log";
import { loadCloudWatch, loadDynamoDb, loadGlue, loadS3 } from "../runtime-sdk";
import { judgeConservation, saysConservationBroken } from "./conservation";
import { lagSeconds } from "./freshness";
import { createFindRun, createReadReport, type FindRun, type GlueRun, type ReadReport } from "./job-runs";
import { operationsVariable, PULSE_ENV, readDimensions, readJobs } from "./pulse-settings";
import { createMetricSink, type MetricSink, type MetricValues } from "./put-metrics";
import { quarantineGrowth } from "./quarantine-growth";
import { brokenJobs, ENDED_STATES, failingJobs, laterOf, newestInSilver, type JobState, type RunRow } from "./runs";
import { JOB_KINDS, OPERATIONS_ENV, type JobKind } from "./state";
import { createOperationsState, type OperationsState } from "./state-store";
import { etlSuccessRate } from "./success-rate";

/** Characters of an error message that are kept; the jobs' own are at most 1,000. */
const MAX_MESSAGE = 2_000;

/** "Glue Job State Change", as far as it is read. */
export interface JobStateChange {
  /** When it was sent, ISO 8601. */
  time: string;
  detail: { jobName: string; state: string; jobRunId: string; message?: string };
}

/** Everything that recording takes. */
export interface RecorderDependencies {
  /** Glue job by kind. */
  jobs: Readonly<Record<JobKind, string>>;
  state: OperationsState;
  findRun: FindRun;
  readReport: ReadReport;
  put: MetricSink;
}

/** What was made of an event. */
export interface Recorded {
  job: JobKind;
  runId: string;
  state: string;
  /** False when the job's last ended run stays another one: this one was stopped, is repeated, or its event came late. */
  counts: boolean;
}

/** Checks an event. @throws Error that says what is wrong with it */
export function checkChange(event: unknown): JobStateChange {
  const { time, detail } = (event ?? {}) as Partial<JobStateChange>;
  const known =
    typeof time === "string" &&
    !Number.isNaN(Date.parse(time)) &&
    typeof detail?.jobName === "string" &&
    typeof detail.jobRunId === "string" &&
    ENDED_STATES.includes(detail.state);
  if (!known) {
    throw new Error(
      `not a "Glue Job State Change" of an ended run: ${JSON.stringify(event)?.slice(0, 500)}; ` +
        `it must have time, detail.jobName, detail.jobRunId and a detail.state of ${ENDED_STATES.join(", ")}`,
    );
  }
  return { time, detail };
}

/** The numbers of a report, as far as they are numbers. */
interface ReportFields {
  /** `new`, or what the run was told to read. */
  mode?: string;
  read?: number;
  quarantined?: number;
  newest_event?: string | null;
  seconds?: number;
}

/** A report's fields; none for a text that is not a JSON object. */
function fieldsOf(report: string | undefined): ReportFields | undefined {
  if (report === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(report);
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/** One text for each instant: texts of different precision would not sort as times. */
function iso(instant: Date | string | undefined): string | undefined {
  if (instant === undefined || Number.isNaN(new Date(instant).getTime())) return undefined;
  return new Date(instant).toISOString();
}

/**
 * The row of a run. A failed attempt that Glue will repeat has `retried`: Glue repeats failures, neither time-outs nor stops
 * (developer guide, "Number of retries").
 *
 * Glue's own times come first, since the order of runs is judged by them; the event is sent some seconds later.
 */
export function runRow(
  job: JobKind,
  { time, detail }: JobStateChange,
  run: GlueRun | undefined,
  report: ReportFields | undefined,
): RunRow {
  const endedAt = iso(run?.completedOn) ?? new Date(time).toISOString();
  const ran = typeof report?.seconds === "number" ? report.seconds : 0;
  const row: RunRow = {
    job,
    runId: detail.jobRunId,
    state: detail.state,
    startedAt: iso(run?.startedOn) ?? new Date(Date.parse(endedAt) - ran * 1000).toISOString(),
    endedAt,
    retried: detail.state === "FAILED" && run !== undefined && run.attempt < run.maxRetries,
  };
  const partial = typeof report?.mode === "string" && report.mode !== "new";
  if (partial) row.partial = true;
  if (job !== "silver" || report === undefined) return row;
  const newestEvent = typeof report.newest_event === "string" ? iso(report.newest_event) : undefined;
  return {
    ...row,
    ...(typeof report.read === "number" && !partial ? { read: report.read } : {}),
    ...(typeof report.quarantined === "number" && !partial ? { quarantined: report.quarantined } : {}),
    ...(newestEvent === undefined ? {} : { newestEvent }),
  };
}

/** The job's state after this run. */
export function jobState(
  row: RunRow,
  runs: readonly RunRow[],
  before: JobState | undefined,
  told: { report?: string; message?: string },
): JobState {
  const { job, runId, state, startedAt, endedAt } = row;
  const succeeded = state === "SUCCEEDED";
  const newest = { silver: row.newestEvent, gold: newestInSilver(runs, startedAt), archive: undefined }[job];
  const newestEvent = laterOf(before?.newestEvent, succeeded ? newest : undefined);
  const judged = (): JobState["conservation"] => {
    if (succeeded) return told.report === undefined ? undefined : judgeConservation(job, fieldsOf(told.report));
    return told.message !== undefined && saysConservationBroken(told.message) ? "broken" : undefined;
  };
  const conservation = judged();
  return {
    job,
    runId,
    state,
    startedAt,
    endedAt,
    ...(conservation === undefined ? {} : { conservation }),
    ...(newestEvent === undefined ? {} : { newestEvent }),
    ...(told.message === undefined ? {} : { message: told.message.slice(0, MAX_MESSAGE) }),
    ...(told.report === undefined ? {} : { report: told.report }),
  };
}

/**
 * Records the end of a run, and puts at once what follows from it. The same event again leads to the same rows and values;
 * the event of an older run that comes late is kept in `runs` and changes nothing else.
 */
export async function recordRun(event: unknown, deps: RecorderDependencies): Promise<Recorded> {
  const change = checkChange(event);
  const { jobName, jobRunId: runId, state, message } = change.detail;
  const job = JOB_KINDS.find((kind) => deps.jobs[kind] === jobName);
  if (job === undefined) {
    throw new Error(`job ${jobName} is none of ${Object.values(deps.jobs).join(", ")}: the rule must not send it`);
  }
  const run = await deps.findRun(jobName, runId);
  const report = state === "SUCCEEDED" ? await deps.readReport(job, runId) : undefined;
  const row = runRow(job, change, run, fieldsOf(report));
  await deps.state.putRun(row);
  const recorded = { job, runId, state };
  // A stopped run says nothing about the job; a repeated one has not ended.
  if (state === "STOPPED" || row.retried) return { ...recorded, counts: false };

  const sent = new Date(change.time);
  // The event's time has whole seconds, so that it may lie before the end that it tells of.
  const now = new Date(Math.max(sent.getTime(), Date.parse(row.endedAt)));
  const runs = await deps.state.runs(now);
  const jobs = await deps.state.jobs();
  const said = state === "SUCCEEDED" ? undefined : (run?.errorMessage ?? message);
  const before = jobs.find((one) => one.job === job);
  const latest = jobState(row, runs, before, { report, message: said });
  if (!(await deps.state.putJob(latest))) {
    logLine("info", "a later run is known; this one is only history", { ...recorded });
    return { ...recorded, counts: false };
  }
  const all = [...jobs.filter((one) => one.job !== job), latest];
  await deps.put(await runMetrics(row, runs, all, now, deps.state), now);
  logLine("info", "recorded", { ...recorded, conservation: latest.conservation });
  return { ...recorded, counts: true };
}

/** What the end of a run changes. */
async function runMetrics(
  row: RunRow,
  runs: readonly RunRow[],
  jobs: readonly JobState[],
  now: Date,
  state: OperationsState,
): Promise<MetricValues> {
  const newest = (job: JobKind): string | undefined => jobs.find((one) => one.job === job)?.newestEvent;
  const ofSilver = row.job === "silver" && row.state === "SUCCEEDED";
  const landed = await state.landing();
  return {
    etlFailing: failingJobs(jobs),
    conservationBroken: brokenJobs(jobs),
    etlSuccessRate: etlSuccessRate(runs, now),
    quarantineGrowth: ofSilver ? quarantineGrowth(row, runs) : undefined,
    silverLag: lagSeconds(landed.newestEvent, newest("silver")),
    goldLag: lagSeconds(newest("silver"), newest("gold")),
  };
}

/** Binds the recorder to AWS. */
export function connectRecorder(env: Record<string, string | undefined>): RecorderDependencies {
  const glue = loadGlue();
  const s3 = loadS3();
  const dynamo = loadDynamoDb();
  const cloudWatch = loadCloudWatch();
  const table = operationsVariable(env, OPERATIONS_ENV.table);
  const bucket = operationsVariable(env, PULSE_ENV.reportsBucket);
  const prefix = operationsVariable(env, PULSE_ENV.reportsPrefix);
  return {
    jobs: readJobs(env),
    state: createOperationsState(new dynamo.DynamoDBClient({}), dynamo, table),
    findRun: createFindRun(new glue.GlueClient({}), glue),
    readReport: createReadReport(new s3.S3Client({}), s3, bucket, prefix),
    put: createMetricSink(new cloudWatch.CloudWatchClient({}), cloudWatch, readDimensions(env)),
  };
}

/** Factory of the recorder; a failure is retried by Lambda and then dead-lettered. */
export function createJobRecorder(): (event: unknown) => Promise<Recorded> {
  let deps: RecorderDependencies | undefined;
  return async (event) => {
    deps ??= connectRecorder(process.env);
    try {
      return await recordRun(event, deps);
    } catch (error) {
      logLine("error", "the end of a run was not recorded", { error: describeError(error) });
      throw error;
    }
  };
}
