import type { GlueClient } from "@aws-sdk/client-glue";
import type { S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { LateEventRule } from "../../components/defaults";
import { UserError } from "../errors";
import type { DateRange } from "./date-range";
import { startJob, stopRun, waitForRun, type WaitOptions } from "./job-runs";
import { objectText } from "./object-text";
import type { StackOutputs } from "./outputs";

export { startJob, waitForRun } from "./job-runs";

const counts = z.record(z.string(), z.number());

const silverReport = z.object({
  run_id: z.string(),
  files: z.number(),
  read: z.number(),
  accepted: z.number(),
  quarantined: z.number(),
  duplicates: z.number(),
  /** Rows of erased persons that were left out; absent in reports of older jobs. */
  suppressed: z.number().optional(),
  /** Rows of dates that are over, which wait for the next day's first run; absent in reports of older jobs. */
  late: z.number().optional(),
  /** Rows that earlier runs put off and that this one merged; absent in reports of older jobs. */
  late_accepted: z.number().optional(),
  quality_score: z.number(),
  by_rule: counts,
  dates: z.array(z.string()),
  newest_event: z.string().nullable(),
  seconds: z.number(),
  /** What kind of run it was; absent in reports of older jobs, whose runs were all of the first kind. */
  mode: z.string().optional(),
  /** Raw files that a drift's hold kept out. */
  held_files: z.number().optional(),
});

const goldReport = z.object({
  run_id: z.string(),
  dates: z.array(z.string()),
  fact_rows: z.number(),
  users: z.number(),
  sales_rows: z.number(),
  revenue: z.string(),
  seconds: z.number(),
  /** Newest event of the dates that the run published. */
  newest_event: z.string().nullish(),
});

/** What bronze_to_silver reports of one run; counts are lines. */
export type SilverReport = z.infer<typeof silverReport>;
/** What silver_to_gold reports of one run, about the dates that it recomputed. */
export type GoldReport = z.infer<typeof goldReport>;

/** How a job is to run. */
export interface EtlOptions extends WaitOptions {
  /** Run's clock: events may be this old or older. @default now */
  asOf?: Date;
  /** Publish rows even where the quality score is under the gate. @default false */
  publishLowQuality?: boolean;
  /** When to merge events of dates that are over, instead of as the stack says; `each-run` merges what waits too. */
  lateEvents?: LateEventRule;
  /** Work on exactly these dates, whatever the bookmark says: dates of landing for silver, of events for gold. */
  dates?: DateRange;
  /** Judge rows of quarantine again instead of reading raw files; silver only. */
  replay?: Replay;
  /** Stop the run in Glue when `signal` is aborted, rather than leave it to end by itself. @default false */
  stopOnAbort?: boolean;
}

/** Which rows of quarantine to judge again. */
export interface Replay extends DateRange {
  /** Id of a rule, or `*` for all. */
  rule: string;
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
  const run = await runJob(services.glue, outputs.goldJob, dateArguments(options.dates), options);
  return readReport(services.s3, outputs, "silver_to_gold", run, goldReport);
}

function silverArguments(options: EtlOptions): Record<string, string> {
  const { asOf, publishLowQuality, lateEvents, dates, replay } = options;
  return {
    ...(asOf === undefined ? {} : { "--as_of": asOf.toISOString() }),
    ...(publishLowQuality === true ? { "--on_low_quality": "publish" } : {}),
    ...(lateEvents === undefined ? {} : { "--late_events": lateEvents }),
    ...dateArguments(dates),
    ...(replay === undefined
      ? {}
      : { "--replay_rule": replay.rule, "--replay_from": replay.from, "--replay_to": replay.to }),
  };
}

function dateArguments(dates: DateRange | undefined): Record<string, string> {
  return dates === undefined ? {} : { "--from_date": dates.from, "--to_date": dates.to };
}

/** Starts a job, waits for its end and gives the run's id. @throws UserError where it did not succeed */
export async function runJob(
  glue: GlueClient,
  job: string,
  args: Record<string, string>,
  options: EtlOptions,
): Promise<string> {
  const runId = await startJob(glue, job, args);
  const run = await waitForRun(glue, job, runId, options).catch(async (error: unknown) => {
    if (options.stopOnAbort === true && options.signal?.aborted === true) await stopRun(glue, job, runId);
    throw error;
  });
  if (run.JobRunState === "SUCCEEDED") return runId;
  throw new UserError(
    `The job ${job} ended as ${run.JobRunState ?? "unknown"} (run ${runId}): ${run.ErrorMessage ?? "no message"}`,
    "Nothing was published by this run and no data is lost: mend the cause and start the job again.",
  );
}

/** The report that a job wrote of one run. */
export async function readReport<T>(
  s3: S3Client,
  outputs: StackOutputs,
  job: string,
  runId: string,
  schema: z.ZodType<T>,
): Promise<T> {
  const at = new URL(`${outputs.reportsPath}${job}/${runId}.json`);
  return schema.parse(JSON.parse(await objectText(s3, { Bucket: at.host, Key: at.pathname.slice(1) })));
}
