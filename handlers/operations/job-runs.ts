import type * as glue from "@aws-sdk/client-glue";
import type * as s3 from "@aws-sdk/client-s3";
import { logLine } from "../log";
import type { JobKind } from "./state";

/** What Glue knows of a run beside the event. */
export interface GlueRun {
  startedOn?: Date;
  completedOn?: Date;
  /** 0 for the first attempt. */
  attempt: number;
  /** How often Glue repeats a failed run by itself. */
  maxRetries: number;
  errorMessage?: string;
}

/** Looks runs up; undefined for one that Glue does not know any more. */
export type FindRun = (jobName: string, runId: string) => Promise<GlueRun | undefined>;

/** Runs in Glue. */
export function createFindRun(
  client: glue.GlueClient,
  sdk: Pick<typeof glue, "GetJobRunCommand" | "GetJobCommand">,
): FindRun {
  return async (jobName, runId) => {
    try {
      const { JobRun: run } = await client.send(new sdk.GetJobRunCommand({ JobName: jobName, RunId: runId }));
      const { Job: job } = await client.send(new sdk.GetJobCommand({ JobName: jobName }));
      return {
        startedOn: run?.StartedOn,
        completedOn: run?.CompletedOn,
        attempt: run?.Attempt ?? 0,
        maxRetries: job?.MaxRetries ?? 0,
        errorMessage: run?.ErrorMessage,
      };
    } catch (error) {
      // Everything else is tried again: the times of a run are needed.
      if (!(error instanceof Error && error.name === "EntityNotFoundException")) throw error;
      logLine("warn", "Glue does not know this run any more; the event alone counts", { jobName, runId });
      return undefined;
    }
  };
}

/** Name of each job's module, below which it writes its reports (glue-jobs/clickstream_jobs, `JOB`). */
export const REPORT_FOLDERS: Readonly<Record<JobKind, string>> = {
  silver: "bronze_to_silver",
  gold: "silver_to_gold",
  archive: "archive_gold",
};

/** Reads a run's report, as text; undefined when there is none. */
export type ReadReport = (job: JobKind, runId: string) => Promise<string | undefined>;

/** Reports below `prefix` of a bucket. */
export function createReadReport(
  client: s3.S3Client,
  sdk: Pick<typeof s3, "GetObjectCommand">,
  bucket: string,
  prefix: string,
): ReadReport {
  return async (job, runId) => {
    const key = `${prefix}${REPORT_FOLDERS[job]}/${runId}.json`;
    try {
      const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
      return await Body?.transformToString();
    } catch (error) {
      if (!(error instanceof Error && error.name === "NoSuchKey")) throw error;
      logLine("warn", "a run that succeeded has no report", { bucket, key });
      return undefined;
    }
  };
}
