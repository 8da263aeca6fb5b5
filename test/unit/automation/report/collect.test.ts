import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient, QueryCommand, type AttributeValue } from "@aws-sdk/client-dynamodb";
import { GetJobRunsCommand, GlueClient } from "@aws-sdk/client-glue";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { ALARMS } from "../../../../components/operations/alarm-list";
import { collectReport, periodFor } from "../../../../automation/report/collect";
import { spansOf } from "../../../../automation/report/collect-alarms";
import type { ReportData } from "../../../../automation/report/report-data";
import type { StackOutputs } from "../../../../automation/stack/outputs";

const NOW = new Date("2026-11-25T14:00:00.000Z");
const FROM = new Date("2026-11-11T14:00:00.000Z");
const PIPELINE = "clickstream-x";
const OUTPUTS = {
  pipelineName: PIPELINE,
  statePath: "s3://jobs/state/",
  reportsPath: "s3://jobs/reports/",
  operationsTable: "ops",
  warehouseKind: "none",
  silverJob: "s",
  goldJob: "g",
  archiveJob: "a",
  biWorkgroup: "bi",
  adhocWorkgroup: "adhoc",
  goldDatabase: "gold",
  queryLogDatabase: "queries",
} as unknown as StackOutputs;

describe("the report's data", () => {
  const cloudWatch = mockClient(CloudWatchClient);
  const dynamo = mockClient(DynamoDBClient);
  const glue = mockClient(GlueClient);
  const s3 = mockClient(S3Client);
  const athena = mockClient(AthenaClient);
  const mocks = [cloudWatch, dynamo, glue, s3, athena];
  const region = { region: "eu-west-1" };
  const clients = {
    cloudWatch: new CloudWatchClient(region),
    dynamodb: new DynamoDBClient(region),
    glue: new GlueClient(region),
    s3: new S3Client(region),
    athena: new AthenaClient(region),
    sqs: new SQSClient(region),
  };
  after(() => {
    for (const mock of mocks) mock.restore();
  });

  const run = (job: string, day: string, state = "SUCCEEDED"): Record<string, AttributeValue> => ({
    job: { S: job },
    runId: { S: `${job}-${day}` },
    state: { S: state },
    startedAt: { S: `2026-11-${day}T10:00:00.000Z` },
    endedAt: { S: `2026-11-${day}T10:05:00.000Z` },
  });
  const reports: Record<string, object> = {
    new: {
      mode: "new",
      read: 10,
      accepted: 7,
      quarantined: 2,
      duplicates: 1,
      by_rule: { corrupt_json: 2, structure: 0 },
    },
    replay: { mode: "replay", read: 2, accepted: 1, quarantined: 1, duplicates: 0, by_rule: { corrupt_json: 1 } },
    idle: { mode: "new", read: 0, accepted: 0, quarantined: 0, duplicates: 0, by_rule: {} },
    old: { mode: "new", read: 99, accepted: 99, quarantined: 0, duplicates: 0, by_rule: {} },
  };

  beforeEach(() => {
    for (const mock of mocks) mock.reset();
    const Dimensions = Object.entries({ Team: "web", Environment: "dev", Pipeline: PIPELINE }).map(([Name, Value]) => ({
      Name,
      Value,
    }));
    const alarm = { Namespace: "Clickstream", Dimensions };
    cloudWatch.on(DescribeAlarmsCommand).resolves({
      MetricAlarms: [
        { ...alarm, AlarmName: `${PIPELINE}-etl-failed`, StateValue: "OK" },
        { ...alarm, AlarmName: `${PIPELINE}-volume-off`, StateValue: "OK" },
      ],
    });
    cloudWatch.on(GetMetricDataCommand).callsFake(({ MetricDataQueries, EndTime }: GetMetricDataCommandInput) => ({
      MetricDataResults: MetricDataQueries?.map(({ Id, MetricStat }) =>
        MetricStat?.Metric?.MetricName === "DataFreshness"
          ? { Id, Timestamps: [EndTime ?? NOW, FROM], Values: [2, 1] }
          : { Id, Timestamps: [], Values: [] },
      ),
    }));
    cloudWatch.on(DescribeAlarmHistoryCommand).resolves({});
    const state = (from: string, to: string): string =>
      JSON.stringify({ oldState: { stateValue: from }, newState: { stateValue: to } });
    cloudWatch.on(DescribeAlarmHistoryCommand, { AlarmName: `${PIPELINE}-etl-failed` }).resolves({
      AlarmHistoryItems: [
        { Timestamp: new Date("2026-11-20T10:00:00.000Z"), HistoryData: state("OK", "ALARM") },
        { Timestamp: new Date("2026-11-20T11:00:00.000Z"), HistoryData: state("ALARM", "OK") },
      ],
    });
    dynamo
      .on(QueryCommand)
      .callsFake(
        ({ ExpressionAttributeValues: given }: { ExpressionAttributeValues: Record<string, AttributeValue> }) => {
          const [from, to] = [given[":from"]?.S ?? "", given[":to"]?.S ?? "~"];
          const runs = [run("gold", "24", "FAILED"), run("silver", "13"), run("silver", "10")];
          const within = runs.filter(({ endedAt }) => (endedAt?.S ?? "") >= from && (endedAt?.S ?? "") <= to);
          return { Items: given[":pk"]?.S === "runs" ? within : [] };
        },
      );
    glue.on(GetJobRunsCommand).resolves({});
    s3.on(ListObjectsV2Command).resolves({});
    s3.on(ListObjectsV2Command, { Bucket: "jobs", Prefix: "reports/bronze_to_silver/" }).resolves({
      Contents: Object.keys(reports).map((name, at) => ({
        Key: `reports/bronze_to_silver/${name}.json`,
        LastModified: new Date(name === "old" ? "2026-11-01T00:00:00Z" : NOW.getTime() - at * 3_600_000),
      })),
    });
    s3.on(GetObjectCommand).callsFake(({ Key }: { Key: string }) => ({
      Body: {
        transformToString: async () => JSON.stringify(reports[Key.split("/").at(-1)?.replace(".json", "") ?? ""]),
      },
    }));
    athena.on(StartQueryExecutionCommand).callsFake(async ({ QueryString }: { QueryString: string }) => ({
      QueryExecutionId: QueryString.includes("daily_sales") ? "sales" : "scans",
    }));
    athena.on(GetQueryExecutionCommand).resolves({ QueryExecution: { Status: { State: "SUCCEEDED" } } });
    const answer = (...rows: string[][]): object => ({
      ResultSet: { Rows: rows.map((row) => ({ Data: row.map((VarCharValue) => ({ VarCharValue })) })) },
    });
    athena
      .on(GetQueryResultsCommand, { QueryExecutionId: "sales" })
      .resolves(answer(["2026-11-24", "12.50"], ["2026-11-23", "7.25"]));
    athena.on(GetQueryResultsCommand, { QueryExecutionId: "scans" }).resolves(answer(["2026-11-24", "bi", "0.000123"]));
  });

  const collect = (bill = async () => [{ service: "Amazon S3", usd: 3 }]): Promise<ReportData> =>
    collectReport({ clients, outputs: OUTPUTS, now: NOW, days: 14, bill });

  it("comes from where each figure is kept, oldest first", async () => {
    const data = await collect();
    expect([data.from, data.to]).to.deep.equal([FROM.toISOString(), NOW.toISOString()]);
    expect(data.five.dataFreshness?.rows).to.deep.equal([
      { at: FROM.toISOString(), value: 1 },
      { at: "2026-11-25T15:00:00.000Z", value: 2 },
    ]);
    expect(data.lags.rows.map(({ stage, seconds }) => [stage, seconds])).to.deep.equal([
      ["landed", 1],
      ["landed", 2],
    ]);
    expect(data.runs.rows.map(({ job, state, seconds }) => [job, state, seconds])).to.deep.equal([
      ["silver", "SUCCEEDED", 300],
      ["gold", "FAILED", 300],
    ]);
    expect(data.revenue.rows, data.revenue.why).to.deep.equal([
      { date: "2026-11-23", usd: 7.25 },
      { date: "2026-11-24", usd: 12.5 },
    ]);
    expect(data.scans.rows).to.deep.equal([{ date: "2026-11-24", team: "bi", usd: 0.000123 }]);
    expect(data.services.rows).to.deep.equal([{ service: "Amazon S3", usd: 3 }]);
    expect(data.alarms.rows).to.deep.equal([
      {
        alarm: "A Glue job failed",
        severity: "critical",
        from: "2026-11-20T10:00:00.000Z",
        to: "2026-11-20T11:00:00.000Z",
        on: false,
      },
    ]);
  });

  it("counts each line once: no replay, no idle run, no report from before", async () => {
    const { silver, rules } = await collect();
    expect(silver.rows).to.deep.equal([{ endedAt: NOW.toISOString(), accepted: 7, quarantined: 2, duplicates: 1 }]);
    expect(rules.rows).to.deep.equal([{ rule: "corrupt_json", rows: 2 }]);
  });

  it("says why where there is nothing, and what could not be read; the rest is there", async () => {
    athena.on(StartQueryExecutionCommand).rejects(new Error("no workgroup"));
    const data = await collect(async () => {
      throw new Error("no state");
    });
    expect(data.revenue).to.deep.equal({ rows: [], why: "it could not be read: no workgroup" });
    expect(data.services.why).to.equal("it could not be read: no state");
    expect(data.five.costPerTb).to.deep.include({ rows: [] });
    expect(data.five.costPerTb?.why).to.contain("no day is closed yet");
    expect(data.runs.rows).to.have.length(2);
  });

  it("takes periods that CloudWatch still has for as long, some 340 values a line at most", () => {
    expect([1, 3, 7, 14, 30].map(periodFor)).to.deep.equal([300, 900, 3600, 3600, 14_400]);
    for (const days of [1, 3, 7, 14, 30]) expect((days * 86_400) / periodFor(days)).to.be.at.most(340);
  });
});

describe("when an alarm was on", () => {
  const row = ALARMS.find(({ id }) => id === "etl-failed") ?? ALARMS[0];
  if (row === undefined) throw new Error("there is no alarm");
  const at = (hour: string): Date => new Date(`2026-11-20T${hour}:00:00.000Z`);
  const spans = (state: "OK" | "ALARM", changes: [string, string, string][], since?: Date): string[] =>
    spansOf(
      { row, state, ...(since === undefined ? {} : { since }) },
      changes.map(([hour, was, to]) => ({ at: at(hour), was, to })),
      at("00"),
      at("23"),
    ).map(({ from, to, on }) => `${from.slice(11, 13)}-${to.slice(11, 13)}${on ? " on" : ""}`);

  it("is known by its changes, from before them, and until now", () => {
    expect(spans("OK", [])).to.deep.equal([]);
    expect(spans("ALARM", [])).to.deep.equal(["00-23 on"]);
    expect(spans("ALARM", [], at("05"))).to.deep.equal(["05-23 on"]);
    expect(
      spans("OK", [
        ["02", "OK", "ALARM"],
        ["03", "ALARM", "OK"],
      ]),
    ).to.deep.equal(["02-03"]);
    expect(spans("OK", [["03", "ALARM", "OK"]])).to.deep.equal(["00-03"]);
    expect(spans("OK", [["03", "INSUFFICIENT_DATA", "OK"]])).to.deep.equal([]);
    expect(
      spans("ALARM", [
        ["02", "OK", "ALARM"],
        ["03", "ALARM", "INSUFFICIENT_DATA"],
        ["04", "OK", "ALARM"],
      ]),
    ).to.deep.equal(["02-03", "04-23 on"]);
  });
});
