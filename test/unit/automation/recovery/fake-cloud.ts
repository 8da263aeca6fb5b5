import {
  BatchStopJobRunCommand,
  GetJobCommand,
  GetJobRunCommand,
  GetJobRunsCommand,
  GetPartitionsCommand,
  GlueClient,
  StartJobRunCommand,
  type Job,
  type JobRun,
} from "@aws-sdk/client-glue";
import { mockClient } from "aws-sdk-client-mock";
import { assumed } from "../../../../automation/costs/assumptions";
import { loadPrices } from "../../../../automation/costs/prices";
import { newJournal, planBackfill, type BackfillRequest } from "../../../../automation/stack/backfill";
import { JournalStore, type Journal } from "../../../../automation/stack/backfill-journal";
import type { AwsClients } from "../../../../automation/stack/clients";
import type { StackOutputs } from "../../../../automation/stack/outputs";
import { MemoryBuckets, MemoryTable } from "./memory-cloud";

/** Outputs of a stack without a warehouse. */
export const OUTPUTS = {
  pipelineName: "cs",
  rawBucket: "raw",
  eventsPrefix: "events/",
  silverDatabase: "cs_silver",
  goldDatabase: "cs_gold",
  silverJob: "cs-silver-job",
  goldJob: "cs-gold-job",
  reportsPath: "s3://jobs/reports/",
  statePath: "s3://jobs/state/",
  warehouseKind: "none",
  operationsTable: "cs-ops",
} as unknown as StackOutputs;
/** Five days of silver, two at a time. */
export const REQUEST: BackfillRequest = {
  layer: "silver",
  from: "2026-03-01",
  to: "2026-03-05",
  chunkDays: 2,
  by: "ann",
  now: new Date("2026-03-09T00:00:00Z"),
  asOf: new Date("2026-03-06T00:00:00Z"),
  publishLowQuality: false,
};
const COUNTS = { files: 1, read: 10, accepted: 7, quarantined: 2, duplicates: 1, quality_score: 80, by_rule: {} };

/** Two jobs whose runs end at once with a report. */
export class Cloud {
  readonly table = new MemoryTable();
  readonly buckets = new MemoryBuckets();
  readonly client = new GlueClient({ region: "eu-west-1" });
  readonly glue = mockClient(this.client);
  readonly clients = {
    s3: this.buckets.client,
    glue: this.client,
    dynamodb: this.table.client,
  } as unknown as AwsClients;
  /** Each run as `job from..to`, in order. */
  readonly runs: string[] = [];
  job: Job = { WorkerType: "G.1X", NumberOfWorkers: 10, GlueVersion: "5.1", ExecutionClass: "STANDARD", Timeout: 60 };
  state: JobRun["JobRunState"] = "SUCCEEDED";
  onStart: (run: string) => void = () => undefined;

  constructor() {
    this.glue.on(GetJobCommand).callsFake(() => ({ Job: this.job }));
    this.glue.on(GetPartitionsCommand).resolves({});
    this.glue.on(StartJobRunCommand).callsFake((input: { JobName: string; Arguments: Record<string, string> }) => {
      const { JobName, Arguments: given } = input;
      const dates =
        given["--from_date"] === undefined ? "moved" : `${given["--from_date"]}..${given["--to_date"] ?? ""}`;
      const run = `${JobName} ${dates}`;
      this.onStart(run);
      this.runs.push(run);
      const id = `jr_${String(this.runs.length)}`;
      const folder = JobName === OUTPUTS.silverJob ? "bronze_to_silver" : "silver_to_gold";
      const gold = { dates: ["2026-03-01"], fact_rows: 7, users: 2, sales_rows: 3, revenue: "12.00", seconds: 1 };
      const silver = { ...COUNTS, dates: ["2026-03-01"], newest_event: null, seconds: 1, mode: "backfill" };
      const report = { run_id: id, ...(folder === "bronze_to_silver" ? silver : gold) };
      this.buckets.put(`jobs/reports/${folder}/${id}.json`, JSON.stringify(report));
      return { JobRunId: id };
    });
    this.glue.on(GetJobRunCommand).callsFake(({ RunId }: { RunId: string }) => ({
      JobRun: { Id: RunId, JobRunState: this.state, ErrorMessage: "no memory" },
    }));
    this.glue.on(GetJobRunsCommand).resolves({ JobRuns: [] });
    this.glue.on(BatchStopJobRunCommand).callsFake(() => {
      this.state = "STOPPED";
      return {};
    });
  }

  land(date: string, bytes: number, suffix = ".json.gz"): void {
    const [year = "", month = "", day = ""] = date.split("-");
    this.buckets.put(`raw/events/year=${year}/month=${month}/day=${day}/hour=03/a${suffix}`, Buffer.alloc(bytes));
  }

  async journal(): Promise<Journal> {
    const plan = await planBackfill(this.clients, OUTPUTS, REQUEST, assumed(), loadPrices());
    return newJournal(REQUEST, plan);
  }

  stored(id: string): Promise<Journal> {
    return new JournalStore(this.buckets.client, OUTPUTS.statePath).read(id);
  }
}

/** A cloud with raw objects on three of the five dates, and one after them. */
export function landed(): Cloud {
  const cloud = new Cloud();
  cloud.land("2026-03-01", 1_000_000);
  cloud.land("2026-03-02", 500_000, ".json");
  cloud.land("2026-03-05", 2_000_000);
  cloud.land("2026-03-06", 9_000_000);
  return cloud;
}
