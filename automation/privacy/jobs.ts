import { GetJobRunCommand, type GlueClient } from "@aws-sdk/client-glue";
import { z } from "zod";
import { loadPrices, priceOf } from "../costs/prices";
import { whenIdle } from "../stack/backfill";
import { computeOf } from "../stack/backfill-cost";
import type { AwsClients } from "../stack/clients";
import { readReport, runJob } from "../stack/etl";
import type { StackOutputs } from "../stack/outputs";

const count = z.number().int().nonnegative();
const counts = z.record(z.string(), count);

/** What bronze_to_silver reports of an erasure. Rows of requests are as first located, also after a restart. */
export const silverErasure = z.object({
  mode: z.literal("erase"),
  requests: z.array(
    z.object({ request: z.string(), rows: z.object({ events: count, quarantine: count }), source_files: count }),
  ),
  files: z.record(z.string(), z.object({ rewritten: count, copied: count })),
});

/** What erase_raw reports of its rewriting. */
export const rawErasure = z.object({
  mode: z.literal("rewrite"),
  objects: counts,
  versions_deleted: count,
  lines: z.object({ read: count, removed: count }),
  bytes: z.object({ before: count, after: count }),
  requests: z.array(z.object({ request: z.string(), lines: count, objects: count })),
  /** Keys in a class that must be restored before they can be read. */
  waiting: z.array(z.string()),
});

/** What erase_raw reports of its reading everything again. */
export const verification = z.object({
  mode: z.literal("verify"),
  /** By class of storage: rows or lines that hold a subject. */
  found: counts,
  /** By class of storage: rows or lines read. */
  read: counts,
  unreadable: z.object({ raw: z.array(z.string()), archive: z.array(z.string()) }),
  clean: z.boolean(),
});

/** What archive_gold reports of an erasure. */
export const archiveErasure = z.object({
  rows: count,
  files: count,
  bytes: count,
  erasure: z.object({
    rewritten: z.array(z.string()),
    removed: z.array(z.string()),
    clean: z.array(z.string()),
    /** Dates that gold has not recomputed. */
    waiting: z.array(z.string()),
  }),
});

/** What silver_to_gold reports of the run after an erasure. */
export const goldAfterErasure = z.object({ dates: z.array(z.string()), fact_rows: count, users: count });

/** What bronze_to_silver writes of where the subjects of a batch are, before it changes anything. */
export const locatedFile = z.object({
  located_at: z.string(),
  requests: z.record(
    z.string(),
    z.object({ events: counts, quarantine: counts, source_files: z.array(z.string()).optional() }),
  ),
});
/** Where the subjects of a batch are. */
export type Located = z.infer<typeof locatedFile>;

/** The jobs that an erasure runs: outputs that name them, and the folders of their reports. */
export const ERASURE_JOBS = {
  silver: { output: "silverJob", report: "bronze_to_silver" },
  gold: { output: "goldJob", report: "silver_to_gold" },
  archive: { output: "archiveJob", report: "archive_gold" },
  raw: { output: "privacyJob", report: "erase_raw" },
} as const;
/** One of these jobs. */
export type ErasureJob = keyof typeof ERASURE_JOBS;

/** How a run ended. */
export interface JobEnd<T> {
  report: T;
  run: string;
  /** As billed. */
  seconds: number;
  usd: number;
}

/** Runs a job, waiting for its turn while another run of it is on, and reads its report. */
export async function runErasureJob<T>(
  clients: AwsClients,
  outputs: StackOutputs,
  job: ErasureJob,
  args: Record<string, string>,
  schema: z.ZodType<T>,
  signal: AbortSignal,
  onProgress: (line: string) => void,
): Promise<JobEnd<T>> {
  const name = outputs[ERASURE_JOBS[job].output];
  const run = await whenIdle(clients, name, signal, onProgress, () =>
    runJob(clients.glue, name, args, { signal, onProgress, stopOnAbort: true }),
  );
  const report = await readReport(clients.s3, outputs, ERASURE_JOBS[job].report, run, schema);
  return { report, run, ...(await bill(clients.glue, name, run)) };
}

/** Seconds and dollars of a run: Glue bills a minute at least (pricing page), and tells DPU-seconds where it scales. */
async function bill(glue: GlueClient, job: string, run: string): Promise<{ seconds: number; usd: number }> {
  const { JobRun } = await glue.send(new GetJobRunCommand({ JobName: job, RunId: run }));
  const seconds = JobRun?.ExecutionTime ?? 0;
  const { workers, dpus, priceKey } = await computeOf(glue, job);
  const dpuSeconds = JobRun?.DPUSeconds ?? Math.max(60, seconds) * workers * dpus;
  return { seconds, usd: (dpuSeconds / 3600) * priceOf(loadPrices(), priceKey).usd };
}
