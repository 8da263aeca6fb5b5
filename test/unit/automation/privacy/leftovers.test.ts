import {
  GetJobRunsCommand,
  GetPartitionsCommand,
  GetTableCommand,
  GlueClient,
  type JobRun,
} from "@aws-sdk/client-glue";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { countLeftovers, removeLeftovers } from "../../../../automation/privacy/leftovers";
import { touchedDates } from "../../../../automation/privacy/steps";
import { countSql } from "../../../../automation/privacy/warehouse";
import { matching } from "../../../../automation/privacy/export";
import type { AwsClients } from "../../../../automation/stack/clients";
import type { StackOutputs } from "../../../../automation/stack/outputs";
import { VersionedBuckets } from "./versioned-buckets";

const OUTPUTS = {
  silverBucket: "silver",
  silverDatabase: "s",
  goldBucket: "gold",
  goldDatabase: "g",
  artifactsBucket: "jobs",
  resultsBucket: "results",
  archivePath: "s3://gold/archive/",
  silverJob: "silver-job",
  goldJob: "gold-job",
  archiveJob: "archive-job",
} as unknown as StackOutputs;
const DAY = "event_date=2026-03-10";
const TOUCHED = { events: ["2026-03-10"], landings: ["2026-03-11"] };
const BEFORE = new Date("2026-11-26T01:00:00Z");
const SINCE = new Date("2026-11-26T02:00:00Z");
const AFTER = new Date("2026-11-26T03:00:00Z");

class Lake {
  readonly buckets = new VersionedBuckets();
  readonly client = new GlueClient({ region: "eu-west-1" });
  /** Location of the one partition of a table; of dim_users, its own. */
  readonly locations: Record<string, string> = {
    events: `s3://silver/events/${DAY}/run=new`,
    quarantine: "s3://silver/quarantine/landing_date=2026-03-11/run=new/",
    subjects: `s3://silver/subjects/${DAY}/run=new`,
    fact_clicks: `s3://gold/fact_clicks/${DAY}/run=new`,
    dim_users: "s3://gold/dim_users/run=new",
  };
  active: JobRun[] = [];
  readonly clients = { s3: this.buckets.client, glue: this.client } as unknown as AwsClients;
  readonly said: string[] = [];

  constructor() {
    const glue = mockClient(this.client);
    glue.on(GetTableCommand).callsFake(({ Name }: { Name: string }) => ({
      Table: {
        Name,
        PartitionKeys: Name === "dim_users" ? [] : [{ Name: "event_date" }],
        StorageDescriptor: { Location: Name === "dim_users" ? this.locations[Name] : `s3://any/${Name}/` },
      },
    }));
    glue.on(GetPartitionsCommand).callsFake(({ TableName }: { TableName: string }) => ({
      Partitions: [{ Values: ["x"], StorageDescriptor: { Location: this.locations[TableName] } }],
    }));
    glue.on(GetJobRunsCommand).callsFake(({ JobName }: { JobName: string }) => ({
      JobRuns: JobName === "gold-job" ? this.active.splice(0, 1) : [],
    }));
  }

  remove() {
    const onProgress = (line: string): void => void this.said.push(line);
    return removeLeftovers(this.clients, OUTPUTS, TOUCHED, {
      signal: new AbortController().signal,
      onProgress,
      pollMs: 5,
    });
  }
}

describe("what an erasure leaves behind", () => {
  let lake: Lake;
  beforeEach(() => {
    lake = new Lake();
  });

  it("goes: replaced folders, old versions, markers, scratch files and results; what is current stays", async () => {
    const current = [
      `silver/events/${DAY}/run=new/a.parquet`,
      "silver/quarantine/landing_date=2026-03-11/run=new/a.parquet",
      `gold/fact_clicks/${DAY}/run=new/a.parquet`,
      "gold/dim_users/run=new/a.parquet",
    ];
    const untouched = ["silver/events/event_date=2026-03-20/run=old/a.parquet", "jobs/reports/r.json"];
    for (const name of [...current, ...untouched]) lake.buckets.put(name, "kept", BEFORE);
    lake.buckets.put(`silver/events/${DAY}/run=old/a.parquet`, "gone", BEFORE);
    lake.buckets.put(`gold/fact_clicks/${DAY}/run=old/a.parquet`, "gone", BEFORE);
    lake.buckets.remove(`gold/fact_clicks/${DAY}/run=old/a.parquet`);
    lake.buckets.put("gold/dim_users/run=old/a.parquet", "gone", BEFORE);
    lake.buckets.put("jobs/tmp/bronze_to_silver/x", "gone", BEFORE);
    lake.buckets.put("results/bi/q.csv", "gone", BEFORE);
    lake.buckets.remove("results/bi/q.csv");
    const figures = await lake.remove();
    expect(
      figures.filter(({ rows }) => rows > 0).map(({ class: name, rows, bytes }) => [name, rows, bytes]),
    ).to.deep.equal([
      ["old files of silver events", 1, 4],
      ["old files of gold facts", 2, 4],
      ["old files of gold users", 1, 4],
      ["old files of the jobs' scratch folder", 1, 4],
      ["old files of query results", 2, 4],
    ]);
    expect(
      ["silver/", "gold/", "jobs/", "results/"].flatMap((prefix) => lake.buckets.versions(prefix)),
    ).to.have.members([...current, ...untouched].map((name) => `${name} kept`));
  });

  it("goes once the runs that are on have ended; what they published meanwhile stays", async () => {
    const published = `gold/fact_clicks/${DAY}/run=running/a.parquet`;
    lake.buckets.put(published, "kept", AFTER);
    lake.buckets.put(`gold/fact_clicks/${DAY}/run=new/a.parquet`, "old", BEFORE);
    lake.active = [{ Id: "jr_1", JobRunState: "RUNNING" }];
    const waiting = lake.remove();
    lake.locations["fact_clicks"] = `s3://gold/fact_clicks/${DAY}/run=running`;
    await waiting;
    expect(lake.said).to.have.length(1);
    expect(lake.said[0]).to.contain("waiting for gold-job: run jr_1");
    expect(lake.buckets.versions("gold/")).to.deep.equal([`${published} kept`]);
  });

  it("is counted afterwards; what later runs replaced is not taken for it", async () => {
    lake.buckets.put(`silver/events/${DAY}/run=old/a.parquet`, "old", BEFORE);
    lake.buckets.put(`silver/events/${DAY}/run=later/a.parquet`, "clean", AFTER);
    const found = await countLeftovers(lake.clients, OUTPUTS, TOUCHED, SINCE);
    expect(found.filter(({ rows }) => rows > 0)).to.deep.equal([
      { class: "old files of silver events", rows: 1, read: 2 },
    ]);
  });
});

describe("dates and texts of an erasure", () => {
  it("are the located dates and those beside them, over the end of a month", () => {
    const requests = {
      one: { events: { "2026-02-28": 3 }, quarantine: { "1970-01-01": 1 } },
      two: { events: { "2026-03-01": 1 }, quarantine: {} },
    };
    expect(touchedDates({ located_at: "", requests })).to.deep.equal({
      events: ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"],
      landings: ["1970-01-01"],
    });
  });

  it("name nobody in SQL, and never the same hash twice", () => {
    const sql = countSql("hot.dim_users", ["user_id", "email_hash"], ["user-1", "o'neil"]);
    expect(sql).to.match(
      /^SELECT COUNT\(\*\), SUM\(CASE WHEN SHA2\('[0-9a-f]{32}' \|\| TRIM\(user_id\), 256\) IN \('[0-9a-f]{64}', '[0-9a-f]{64}'\) OR /,
    );
    for (const text of [sql, matching(["user_id"], ["user-1", "o'neil"])]) {
      expect(text).to.not.contain("user-1");
      expect(text).to.not.contain("neil");
    }
    const hash = (text: string): string => /IN \('([0-9a-f]{64})'/.exec(text)?.[1] ?? "";
    expect(hash(sql)).to.not.equal(hash(countSql("hot.dim_users", ["user_id"], ["user-1"])));
  });
});
