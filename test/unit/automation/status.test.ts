import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient, QueryCommand, type AttributeValue } from "@aws-sdk/client-dynamodb";
import { GetJobRunsCommand, GlueClient } from "@aws-sdk/client-glue";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { commandLine } from "../../../automation/program";
import { UserError } from "../../../automation/errors";
import { readStatus, type StatusOutputs } from "../../../automation/stack/status";
import { durationText, statusText, valueText } from "../../../automation/stack/status-text";
import { STATUS } from "./report/sample";

const NOW = new Date("2026-11-25T14:00:00.000Z");
const PIPELINE = "clickstream-x";
const OUTPUTS: StatusOutputs = {
  pipelineName: PIPELINE,
  statePath: "s3://jobs/state/",
  operationsTable: "ops",
  dashboardUrl: "https://console/dashboard",
  silverJob: "silver-1",
  goldJob: "gold-1",
  archiveJob: "archive-1",
  warehouseKind: "none",
};
const DIMENSIONS = [
  { Name: "Team", Value: "web" },
  { Name: "Environment", Value: "dev" },
  { Name: "Pipeline", Value: PIPELINE },
];
const REPORT = { read: 100, quarantined: 6, by_rule: { corrupt_json: 4, invalid_price: 2, structure: 0 } };

describe("the status of a stack", () => {
  const cloudWatch = mockClient(CloudWatchClient);
  const dynamo = mockClient(DynamoDBClient);
  const glue = mockClient(GlueClient);
  const s3 = mockClient(S3Client);
  const sqs = mockClient(SQSClient);
  const region = { region: "eu-west-1" };
  const clients = {
    cloudWatch: new CloudWatchClient(region),
    dynamodb: new DynamoDBClient(region),
    glue: new GlueClient(region),
    s3: new S3Client(region),
    sqs: new SQSClient(region),
  };
  after(() => {
    for (const mock of [cloudWatch, dynamo, glue, s3, sqs]) mock.restore();
  });

  let asked: GetMetricDataCommandInput[];
  beforeEach(() => {
    for (const mock of [cloudWatch, dynamo, glue, s3, sqs]) mock.reset();
    asked = [];
    cloudWatch.on(DescribeAlarmsCommand).resolves({
      MetricAlarms: [
        {
          AlarmName: `${PIPELINE}-etl-failed`,
          AlarmDescription: "CRITICAL: … Runbook: https://repo/runbooks/etl-failed.md. Owner: x.",
          StateValue: "ALARM",
          StateTransitionedTimestamp: new Date("2026-11-25T13:32:00.000Z"),
          Namespace: "Clickstream",
          Dimensions: DIMENSIONS,
        },
        {
          AlarmName: `${PIPELINE}-dead-letters-alerts`,
          StateValue: "OK",
          Namespace: "AWS/SQS",
          Dimensions: [{ Name: "QueueName", Value: "alerts-dlq" }],
        },
        // Of the list neither: the hidden child of a composite, and an alarm of a pipeline whose name begins alike.
        {
          AlarmName: `${PIPELINE}-gold-stale-metric`,
          StateValue: "ALARM",
          Namespace: "Clickstream",
          Dimensions: DIMENSIONS,
        },
        { AlarmName: `${PIPELINE}-2-etl-failed`, StateValue: "ALARM", Namespace: "Clickstream", Dimensions: [] },
      ],
      CompositeAlarms: [
        { AlarmName: `${PIPELINE}-gold-stale`, StateValue: "ALARM", ActionsSuppressedBy: "Alarm" },
        { AlarmName: `${PIPELINE}-quality-low`, StateValue: "OK" },
      ],
    });
    const values: Record<string, number[]> = { DataFreshness: [600, 6000], EtlSuccessRate: [99.9, 80], GoldLag: [60] };
    cloudWatch.on(GetMetricDataCommand).callsFake((input: GetMetricDataCommandInput) => {
      asked.push(input);
      return {
        MetricDataResults: input.MetricDataQueries?.map(({ Id, MetricStat }) => {
          const found = values[MetricStat?.Metric?.MetricName ?? ""] ?? [];
          // Newest first, as CloudWatch gives them.
          return { Id, Values: found, Timestamps: found.map((_, at) => new Date(NOW.getTime() - (at + 1) * 300_000)) };
        }),
      };
    });
    dynamo
      .on(QueryCommand)
      .callsFake(
        ({ ExpressionAttributeValues: given }: { ExpressionAttributeValues: Record<string, AttributeValue> }) => ({
          Items: given[":pk"]?.S === "job" ? [job("silver", "SUCCEEDED"), job("gold", "FAILED")] : [],
        }),
      );
    glue.on(GetJobRunsCommand).resolves({ JobRuns: [] });
    glue
      .on(GetJobRunsCommand, { JobName: "gold-1" })
      .resolves({ JobRuns: [{ JobRunState: "RUNNING", StartedOn: new Date("2026-11-25T13:50:00.000Z") }] });
    s3.on(ListObjectsV2Command).resolves({});
    sqs
      .on(GetQueueUrlCommand)
      .callsFake(({ QueueName }: { QueueName: string }) => ({ QueueUrl: `https://q/${QueueName}` }));
    sqs.on(GetQueueAttributesCommand, { QueueUrl: "https://q/alerts-dlq" }).resolves({
      Attributes: { ApproximateNumberOfMessages: "3" },
    });
  });

  const job = (sk: string, state: string): Record<string, AttributeValue> => ({
    sk: { S: sk },
    state: { S: state },
    startedAt: { S: "2026-11-25T13:00:00.000Z" },
    endedAt: { S: "2026-11-25T13:04:00.000Z" },
    ...(state === "FAILED" ? { message: { S: "out of memory" } } : { report: { S: JSON.stringify(REPORT) } }),
  });

  it("holds the five metrics against their targets, by the newest value of each, and says how old it is", async () => {
    const { five, flow, cost } = await readStatus(clients, OUTPUTS, NOW);
    expect(five.map(({ metric, value, age, met }) => [metric, value, age, met])).to.deep.equal([
      ["dataFreshness", 600, 300, true],
      ["etlSuccessRate", 99.9, 300, true],
      ["queryP95", undefined, undefined, undefined],
      ["costPerTb", undefined, undefined, undefined],
      ["qualityScore", undefined, undefined, undefined],
    ]);
    expect(flow.map(({ stage, value }) => [stage, value])).to.deep.equal([
      ["landed", 600],
      ["silver", undefined],
      ["gold", 60],
    ]);
    expect(cost).to.deep.equal({ day: {}, budget: {} });
    const [{ MetricDataQueries = [], StartTime } = expect.fail()] = asked;
    expect(StartTime).to.deep.equal(new Date("2026-11-22T14:00:00.000Z"));
    for (const { MetricStat } of MetricDataQueries) expect(MetricStat?.Metric?.Dimensions).to.deep.equal(DIMENSIONS);
    const stats = MetricDataQueries.map(({ MetricStat }) => [MetricStat?.Metric?.MetricName, MetricStat?.Stat]);
    expect(stats).to.deep.include.members([
      ["DataFreshness", "Maximum"],
      ["QualityScore", "Minimum"],
    ]);
  });

  it("knows alarms, queues, jobs and quarantine, and no alarm of another pipeline", async () => {
    const status = await readStatus(clients, OUTPUTS, NOW);
    expect(
      status.alarms.map(({ name, severity, suppressed, runbook }) => [name, severity, suppressed, runbook]),
    ).to.deep.equal([
      [`${PIPELINE}-etl-failed`, "critical", false, "https://repo/runbooks/etl-failed.md"],
      [`${PIPELINE}-gold-stale`, "critical", true, "docs/runbooks/gold-stale.md"],
    ]);
    expect(status.watched).to.equal(4);
    expect(status.deadLetters).to.deep.equal([{ queue: "purchase alerts", messages: 3 }]);
    expect(
      status.jobs.map(({ job: name, state, seconds, runningSince }) => [name, state, seconds, runningSince]),
    ).to.deep.equal([
      ["silver", "SUCCEEDED", 240, undefined],
      ["gold", "FAILED", 240, "2026-11-25T13:50:00.000Z"],
      ["archive", undefined, undefined, undefined],
    ]);
    expect(status.quarantine?.rules).to.deep.equal([
      { rule: "corrupt_json", rows: 4 },
      { rule: "invalid_price", rows: 2 },
    ]);
  });

  it("is refused where nothing measures the stack, and where a part cannot be read", async () => {
    cloudWatch.on(DescribeAlarmsCommand).resolves({});
    const refused: unknown = await readStatus(clients, OUTPUTS, NOW).catch((error: unknown) => error);
    expect(refused)
      .to.be.instanceOf(UserError)
      .with.property("message")
      .that.matches(/no alarm.*\n.*bring it up again/);
    cloudWatch.on(DescribeAlarmsCommand).rejects(new Error("throttled"));
    expect(await readStatus(clients, OUTPUTS, NOW).catch((error: unknown) => String(error))).to.contain("throttled");
  });
});

describe("the status page", () => {
  const text = statusText(STATUS, false);

  it("fits a terminal of 100 columns, whatever is long, and has colours only if asked", () => {
    for (const line of text.split("\n")) if (!line.startsWith("https://")) expect(line.length, line).to.be.at.most(100);
    expect(text).to.not.contain("\u001b");
    const colored = statusText(STATUS, true);
    expect(colored).to.contain("\u001b[31m");
    // eslint-disable-next-line no-control-regex -- the codes are what is taken out
    expect(colored.replaceAll(/\u001b\[\d+m/g, "")).to.equal(text);
  });

  it("says what is wrong, since when, and where the runbook is", () => {
    expect(text).to.match(/✓ Data freshness +12 min +< 90 min +2 min ago/);
    expect(text).to.match(/✗ ETL success rate +97\.62 % +> 99\.5 %/);
    expect(text).to.match(/– Data quality score +no value/);
    expect(text).to.contain("Alarms: 2 of 22 on, 1 critical");
    expect(text).to.match(
      /✗ critical +A Glue job failed, since 2026-11-25 13:32 UTC, explained by another\n +docs\/runbooks\/etl-failed\.md/,
    );
    expect(text).to.contain("1 message of: purchase alerts").and.not.contain("loads of the warehouse");
    expect(text).to.match(/gold +FAILED +29 min ago, took 1 min 35 s, rows are unaccounted for; running for 2 min/);
    expect(text).to.contain("held out of silver: 2026/11/24/10").and.contain("and 2 more");
    expect(text)
      .to.contain("1,204 of 120,400 rows (1.00 %) in the last run, 38 min ago")
      .and.contain("and 1 more rule");
    expect(text).to.contain("$31.40 on the last whole day, 126 % of its budget; $25.00 a day are budgeted");
    expect(text).to.match(/loaded +no value in three days/);
  });

  it("writes durations and values as people say them", () => {
    expect([0, 59.6, 60, 3661, 90_000, 86_400].map(durationText)).to.deep.equal([
      "0 s",
      "1 min",
      "1 min",
      "1 h 1 min",
      "1 d 1 h",
      "1 d",
    ]);
    expect(valueText("queryP95", 240)).to.equal("240 ms");
    expect(valueText("costPerTb", 41.2)).to.equal("$41.20");
    expect(valueText("qualityScore", 99.123)).to.equal("99.12 %");
  });

  it("is a command, as is the report", () => {
    const commands = new Map(commandLine().commands.map((command) => [command.name(), command]));
    expect(commands.get("status")?.options.map(({ long }) => long)).to.include.members([
      "--stack",
      "--json",
      "--exit-code",
    ]);
    expect(commands.get("report")?.options.map(({ long }) => long)).to.include.members(["--stack", "--out", "--days"]);
  });
});
