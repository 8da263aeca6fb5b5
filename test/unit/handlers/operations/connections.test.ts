import * as athena from "@aws-sdk/client-athena";
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import * as cloudWatch from "@aws-sdk/client-cloudwatch";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import * as dynamoDb from "@aws-sdk/client-dynamodb";
import { DynamoDBClient, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import * as glue from "@aws-sdk/client-glue";
import { GetJobCommand, GetJobRunCommand, GlueClient } from "@aws-sdk/client-glue";
import * as redshift from "@aws-sdk/client-redshift";
import { DescribeClustersCommand, RedshiftClient } from "@aws-sdk/client-redshift";
import * as serverless from "@aws-sdk/client-redshift-serverless";
import { GetWorkgroupCommand, RedshiftServerlessClient } from "@aws-sdk/client-redshift-serverless";
import * as s3 from "@aws-sdk/client-s3";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { createFindRun, createReadReport } from "../../../../handlers/operations/job-runs";
import { createMetricSink } from "../../../../handlers/operations/put-metrics";
import { createAskLog } from "../../../../handlers/operations/query-p95";
import { createOperationsState } from "../../../../handlers/operations/state-store";
import { createAskCluster, createAskWorkgroup } from "../../../../handlers/operations/warehouse-state";
import { capturingLog } from "../support";
import { fakeClock } from "../warehouse/fake-warehouse";
import { at, run } from "./memory-state";

const named = (name: string): Error => Object.assign(new Error(name), { name });
const thrownBy = async (work: Promise<unknown>): Promise<string> => String(await work.catch((error: unknown) => error));

describe("the pulse's connections", () => {
  const table = mockClient(DynamoDBClient);
  const metrics = mockClient(CloudWatchClient);
  const jobs = mockClient(GlueClient);
  const log = mockClient(AthenaClient);
  const objects = mockClient(S3Client);
  const clusters = mockClient(RedshiftClient);
  const workgroups = mockClient(RedshiftServerlessClient);
  const mocks = [table, metrics, jobs, log, objects, clusters, workgroups];
  beforeEach(() => mocks.forEach((mock) => mock.reset()));
  after(() => mocks.forEach((mock) => mock.restore()));

  describe("metrics", () => {
    it("go out in one call, with three dimensions, their units and their instant; what has no value does not", async () => {
      const put = createMetricSink(new CloudWatchClient({}), cloudWatch, {
        team: "web",
        environment: "dev",
        pipeline: "p",
      });
      await put({ dataFreshness: 60, etlFailing: 0, goldLag: undefined, silverLag: NaN }, new Date(at(5)));
      const common = {
        Dimensions: [
          { Name: "Team", Value: "web" },
          { Name: "Environment", Value: "dev" },
          { Name: "Pipeline", Value: "p" },
        ],
        Timestamp: new Date(at(5)),
      };
      expect(metrics.commandCalls(PutMetricDataCommand).map(({ args }) => args[0].input)).to.deep.equal([
        {
          Namespace: "Clickstream",
          MetricData: [
            { MetricName: "DataFreshness", ...common, Value: 60, Unit: "Seconds" },
            { MetricName: "EtlFailing", ...common, Value: 0, Unit: "Count" },
          ],
        },
      ]);
      await put({}, new Date(at(5)));
      expect(metrics.commandCalls(PutMetricDataCommand)).to.have.length(1);
    });
  });

  describe("table", () => {
    const state = createOperationsState(new DynamoDBClient({}), dynamoDb, "state");
    const inputs = () => table.commandCalls(PutItemCommand).map(({ args }) => args[0].input);

    it("writes a run under a key that is the same for the same run, for 30 days", async () => {
      table.on(PutItemCommand).resolves({});
      await state.putRun(run({ from: 1, to: 2, read: 5, quarantined: 1 }));
      expect(inputs()).to.deep.equal([
        {
          TableName: "state",
          Item: {
            pk: { S: "runs" },
            sk: { S: `${at(2)}#silver#jr_silver_2` },
            job: { S: "silver" },
            runId: { S: "jr_silver_2" },
            state: { S: "SUCCEEDED" },
            startedAt: { S: at(1) },
            endedAt: { S: at(2) },
            retried: { BOOL: false },
            read: { N: "5" },
            quarantined: { N: "1" },
            expiresAt: { N: String(Date.parse(at(2)) / 1000 + 30 * 86_400) },
          },
        },
      ]);
    });

    it("writes a job's state unless a later one is there, and tells refusal from failure", async () => {
      const { retried: _retried, ...last } = run({ to: 2 });
      table
        .on(PutItemCommand)
        .resolvesOnce({})
        .rejectsOnce(named("ConditionalCheckFailedException"))
        .rejects(named("Other"));
      expect(await state.putJob(last)).to.equal(true);
      expect(await state.putJob(last)).to.equal(false);
      expect(await thrownBy(state.putJob(last))).to.contain("Other");
      expect(inputs()[0]).to.deep.include({
        ConditionExpression: "attribute_not_exists(endedAt) OR endedAt <= :endedAt",
        ExpressionAttributeValues: { ":endedAt": { S: at(2) } },
      });
      expect(inputs()[0]?.Item).to.deep.include({ pk: { S: "job" }, sk: { S: "silver" } });
    });

    it("reads what it wrote, over pages, within the days asked for", async () => {
      const row = run({ to: 2, read: 5 });
      const item = {
        pk: { S: "runs" },
        job: { S: row.job },
        runId: { S: row.runId },
        state: { S: row.state },
        startedAt: { S: row.startedAt },
        endedAt: { S: row.endedAt },
        retried: { BOOL: false },
        read: { N: "5" },
      };
      table
        .on(QueryCommand)
        .resolvesOnce({ Items: [item], LastEvaluatedKey: { pk: { S: "runs" }, sk: { S: "x" } } })
        .resolvesOnce({ Items: [item] });
      expect(await state.runs(new Date(at(10)))).to.deep.equal([row, row]);
      const asked = table.commandCalls(QueryCommand).map(({ args }) => args[0].input);
      expect(asked[0]).to.deep.include({
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        ExpressionAttributeValues: {
          ":pk": { S: "runs" },
          ":from": { S: at(10 - 7 * 1440) },
          ":to": { S: `${at(10)}~` },
        },
      });
      expect(asked[1]?.ExclusiveStartKey).to.deep.equal({ pk: { S: "runs" }, sk: { S: "x" } });
    });

    it("reads landings, heartbeats, volumes and open drifts", async () => {
      const answer = (pk: string, items: Record<string, dynamoDb.AttributeValue>[]) =>
        table.on(QueryCommand, { ExpressionAttributeValues: { ":pk": { S: pk } } }, false).resolves({ Items: items });
      answer("landing", [
        { sk: { S: "firstPulse" }, at: { S: at(0) } },
        { sk: { S: "watermark" }, newestEvent: { S: at(1) }, newestLanding: { S: at(2) } },
      ]);
      answer("heartbeat", [{ sk: { S: "shop" }, at: { S: at(3) } }, { sk: { S: "broken" } }]);
      answer("volume", [{ sk: { S: "2026-11-25T01" }, bytes: { N: "7" } }]);
      answer("drift", [
        { state: { S: "open" }, severity: { S: "breaking" } },
        { state: { S: "open" }, severity: { S: "additive" } },
        { state: { S: "accepted" }, severity: { S: "breaking" } },
      ]);
      expect(await state.landing()).to.deep.equal({ newestEvent: at(1), newestLanding: at(2), firstPulse: at(0) });
      expect(await state.heartbeats()).to.deep.equal([at(3)]);
      expect(await state.openDrifts()).to.deep.equal({ breaking: 1, additive: 1 });
    });

    it("keeps the first pulse that somebody else was faster with", async () => {
      table.on(PutItemCommand).rejects(named("ConditionalCheckFailedException"));
      table.on(QueryCommand).resolves({ Items: [{ sk: { S: "firstPulse" }, at: { S: at(1) } }] });
      expect(await state.rememberFirstPulse(new Date(at(2)))).to.equal(at(1));
    });
  });

  describe("Glue and reports", () => {
    const find = createFindRun(new GlueClient({}), glue);
    const read = createReadReport(new S3Client({}), s3, "store", "reports/");

    it("looks up times, attempt and retries, and does without a run that Glue forgot", async () => {
      const times = { StartedOn: new Date(at(1)), CompletedOn: new Date(at(2)) };
      jobs.on(GetJobRunCommand).resolvesOnce({ JobRun: { ...times, Attempt: 1, ErrorMessage: "no" } });
      jobs.on(GetJobCommand).resolves({ Job: { MaxRetries: 2 } });
      expect(await find("p-silver", "jr_1")).to.deep.equal({
        startedOn: times.StartedOn,
        completedOn: times.CompletedOn,
        attempt: 1,
        maxRetries: 2,
        errorMessage: "no",
      });
      jobs.on(GetJobRunCommand).rejects(named("EntityNotFoundException"));
      expect((await capturingLog(() => find("p-silver", "jr_1"))).result).to.equal(undefined);
      jobs.on(GetJobRunCommand).rejects(named("ThrottlingException"));
      expect(await thrownBy(find("p-silver", "jr_1"))).to.contain("ThrottlingException");
    });

    it("reads the report of the job's module, and does without one that is not there", async () => {
      const Body = { transformToString: async () => "{}" };
      objects
        .on(GetObjectCommand)
        .resolvesOnce({ Body: Body as never })
        .rejectsOnce(named("NoSuchKey"))
        .rejects(named("X"));
      expect(await read("gold", "jr_1")).to.equal("{}");
      expect(objects.commandCalls(GetObjectCommand)[0]?.args[0].input).to.deep.equal({
        Bucket: "store",
        Key: "reports/silver_to_gold/jr_1.json",
      });
      expect((await capturingLog(() => read("gold", "jr_1"))).result).to.equal(undefined);
      expect(await thrownBy(read("gold", "jr_1"))).to.contain("X");
    });
  });

  describe("query log", () => {
    it("waits for the answer and gives its one row", async () => {
      log.on(StartQueryExecutionCommand).resolves({ QueryExecutionId: "q" });
      log
        .on(GetQueryExecutionCommand)
        .resolvesOnce({ QueryExecution: { Status: { State: "RUNNING" } } })
        .resolves({ QueryExecution: { Status: { State: "SUCCEEDED" } } });
      const data = (...values: (string | undefined)[]) => ({ Data: values.map((VarCharValue) => ({ VarCharValue })) });
      log.on(GetQueryResultsCommand).resolves({ ResultSet: { Rows: [data("p95_ms"), data("12", undefined, "0")] } });
      const ask = createAskLog(new AthenaClient({}), athena, "wg", fakeClock());
      expect(await ask("SELECT 1")).to.deep.equal(["12", undefined, "0"]);
      expect(log.commandCalls(StartQueryExecutionCommand)[0]?.args[0].input).to.deep.equal({
        QueryString: "SELECT 1",
        WorkGroup: "wg",
      });
    });

    it("cancels a query that outlives its minute or its invocation, and gives Athena's reason for a failure", async () => {
      log.on(StartQueryExecutionCommand).resolves({ QueryExecutionId: "q" });
      log.on(GetQueryExecutionCommand).resolves({ QueryExecution: { Status: { State: "RUNNING" } } });
      log.on(StopQueryExecutionCommand).resolves({});
      for (const [remaining, slept] of [
        [900_000, 120],
        [15_000, 20],
      ] as const) {
        const clock = fakeClock(remaining);
        const ask = createAskLog(new AthenaClient({}), athena, "wg", clock);
        expect(await thrownBy(ask("SELECT 1"))).to.contain("Athena query q is still RUNNING");
        expect(clock.slept).to.have.length(slept);
      }
      expect(log.commandCalls(StopQueryExecutionCommand)).to.have.length(2);
      const failed = { State: "FAILED" as const, StateChangeReason: "bytes scanned limit" };
      log.on(GetQueryExecutionCommand).resolves({ QueryExecution: { Status: failed } });
      const ask = createAskLog(new AthenaClient({}), athena, "wg", fakeClock());
      expect(await thrownBy(ask("SELECT 1"))).to.contain("ended as FAILED: bytes scanned limit");
    });
  });

  describe("warehouse", () => {
    it("asks for a cluster's state, and takes its absence for an answer", async () => {
      const ask = createAskCluster(new RedshiftClient({}), redshift, "c");
      const cluster = { ClusterStatus: "available", ClusterAvailabilityStatus: "Unavailable" };
      clusters
        .on(DescribeClustersCommand)
        .resolvesOnce({ Clusters: [cluster] })
        .rejectsOnce(named("ClusterNotFoundFault"));
      expect(await ask()).to.deep.equal({
        kind: "cluster",
        found: { status: "available", availability: "Unavailable" },
      });
      expect(await ask()).to.deep.equal({ kind: "cluster" });
      clusters.on(DescribeClustersCommand).rejects(named("ThrottlingException"));
      expect(await thrownBy(ask())).to.contain("ThrottlingException");
    });

    it("asks for a workgroup's", async () => {
      const ask = createAskWorkgroup(new RedshiftServerlessClient({}), serverless, "w");
      workgroups
        .on(GetWorkgroupCommand, { workgroupName: "w" })
        .resolvesOnce({ workgroup: { status: "AVAILABLE" } })
        .rejectsOnce(named("ResourceNotFoundException"));
      expect(await ask()).to.deep.equal({ kind: "workgroup", found: { status: "AVAILABLE" } });
      expect(await ask()).to.deep.equal({ kind: "workgroup" });
    });
  });
});
