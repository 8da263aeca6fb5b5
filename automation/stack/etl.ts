import { setTimeout as sleep } from "node:timers/promises";
import { GetJobRunCommand, StartJobRunCommand, type GlueClient, type JobRun } from "@aws-sdk/client-glue";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { StackOutputs } from "./outputs";
import { UserError } from "../errors";

const counts = z.record(z.string(), z.number());

const silverReport = z.object({
  run_id: z.string(),
  files: z.number(),
  read: z.number(),
  accepted: z.number(),
  quarantined: z.number(),
  duplicates: z.number(),
  quality_score: z.number(),
  by_rule: counts,
  dates: z.array(z.string()),
  newest_event: z.string().nullable(),
  seconds: z.number(),
});

const goldReport = z.object({
  run_id: z.string(),
  dates: z.array(z.string()),
  fact_rows: z.number(),
  users: z.number(),
  sales_rows: z.number(),
  revenue: z.string(),
  seconds: z.number(),
});

/** What bronze_to_silver reports of one run; counts are lines. */
export type SilverReport = z.infer<typeof silverReport>;
/** What silver_to_gold reports of one run, about the dates that it recomputed. */
export type GoldReport = z.infer<typeof goldReport>;

export interface EtlOptions {
  /** Run's clock: events may be this old or older. @default now */
  asOf?: Date;
  /** Publish rows even where the quality score is under the gate. @default false */
  publishLowQuality?: boolean;
  signal?: AbortSignal;
  onProgress?: (line: string) => void;
}

interface Services {
  glue: GlueClient;
  s3: S3Client;
}

/** Raw to clean events: starts the silver job and waits for its end. */
export async function runSilver(
  services: Services,
  outputs: StackOutputs,
  options: EtlOptions = {},
): Promise<SilverReport> {
  const run = await runJob(services.glue, outputs.silverJob, silverArguments(options), options);
  return readReport(services.s3, outputs, "bronze_to_silver", run, silverReport);
}

/** Clean events to the star schema: starts the gold job and waits for its end. */
export async function runGold(
  services: Services,
  outputs: StackOutputs,
  options: EtlOptions = {},
): Promise<GoldReport> {
  const run = await runJob(services.glue, outputs.goldJob, {}, options);
  return readReport(services.s3, outputs, "silver_to_gold", run, goldReport);
}

function silverArguments(options: EtlOptions): Record<string, string> {
  return {
    ...(options.asOf === undefined ? {} : { "--as_of": options.asOf.toISOString() }),
    ...(options.publishLowQuality === true ? { "--on_low_quality": "publish" } : {}),
  };
}

/** Starts a Glue job without waiting; returns the run's id. */
export async function startJob(glue: GlueClient, job: string, args: Record<string, string>): Promise<string> {
  const { JobRunId } = await glue.send(new StartJobRunCommand({ JobName: job, Arguments: args }));
  if (JobRunId === undefined) throw new Error(`Glue gave no run id for the job ${job}.`);
  return JobRunId;
}

/** Waits for the end of a run, whatever it is. */
export async function waitForRun(
  glue: GlueClient,
  job: string,
  runId: string,
  options: EtlOptions = {},
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

const FINAL: ReadonlySet<string> = new Set(["SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED"]);
const POLL_MS = 250;

async function runJob(
  glue: GlueClient,
  job: string,
  args: Record<string, string>,
  options: EtlOptions,
): Promise<string> {
  const runId = await startJob(glue, job, args);
  const run = await waitForRun(glue, job, runId, options);
  if (run.JobRunState === "SUCCEEDED") return runId;
  throw new UserError(
    `The job ${job} ended as ${run.JobRunState ?? "unknown"} (run ${runId}): ${run.ErrorMessage ?? "no message"}`,
    "Nothing was published by this run and no data is lost: mend the cause and start the job again.",
  );
}

async function readReport<T>(
  s3: S3Client,
  outputs: StackOutputs,
  job: string,
  runId: string,
  schema: z.ZodType<T>,
): Promise<T> {
  const at = new URL(`${outputs.reportsPath}${job}/${runId}.json`);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: at.host, Key: at.pathname.slice(1) }));
  return schema.parse(JSON.parse((await Body?.transformToString()) ?? "null"));
}
