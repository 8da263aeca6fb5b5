import * as athena from "@aws-sdk/client-athena";
import {
  AthenaClient,
  BatchGetQueryExecutionCommand,
  GetQueryExecutionCommand,
  GetQueryRuntimeStatisticsCommand,
  ListQueryExecutionsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import * as glue from "@aws-sdk/client-glue";
import {
  CreatePartitionCommand,
  GetPartitionCommand,
  GetTableCommand,
  GlueClient,
  UpdatePartitionCommand,
} from "@aws-sdk/client-glue";
import * as s3 from "@aws-sdk/client-s3";
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { createAthenaHistory } from "../../../../handlers/query-log/athena-history";
import { createWatermark } from "../../../../handlers/query-log/poll-warehouse";
import { createPublishedDays } from "../../../../handlers/query-log/published-days";
import { athenaRecord } from "../../../../handlers/query-log/query-record";
import { queryLogVariable, readTeams } from "../../../../handlers/query-log/settings";
import { createStaging } from "../../../../handlers/query-log/staging";
import { createLogObjects } from "../../../../handlers/query-log/sweep";
import { createStatementRunner } from "../../../../handlers/query-log/unload";
import { capturingLog } from "../support";
import { execution } from "./support";

const named = (name: string): Error => Object.assign(new Error(name), { name });
const thrownBy = async (work: Promise<unknown>): Promise<string> => String(await work.catch((error: unknown) => error));

describe("the query log's connections", () => {
  const s3Mock = mockClient(S3Client);
  const glueMock = mockClient(GlueClient);
  const athenaMock = mockClient(AthenaClient);
  const mocks = [s3Mock, glueMock, athenaMock];
  beforeEach(() => mocks.forEach((mock) => mock.reset()));
  after(() => mocks.forEach((mock) => mock.restore()));

  describe("staging area", () => {
    const staging = createStaging(new S3Client({}), s3, "logs");
    const dated = athenaRecord(execution("q-1"), undefined, {}) as NonNullable<ReturnType<typeof athenaRecord>>;

    it("writes an object only where there is none, and takes the refusal for an answer", async () => {
      s3Mock.on(PutObjectCommand).resolvesOnce({}).rejectsOnce(named("PreconditionFailed")).rejects(named("SlowDown"));
      expect(await staging.put(dated)).to.equal(true);
      expect(await staging.put(dated)).to.equal(false);
      expect(await thrownBy(staging.put(dated))).to.contain("SlowDown");
      const input = s3Mock.commandCalls(PutObjectCommand)[0]?.args[0].input;
      expect(input).to.include({
        Bucket: "logs",
        Key: "staging/event_date=2026-11-25/athena-q-1.json",
        IfNoneMatch: "*",
      });
      expect(JSON.parse(input?.Body as string)).to.deep.equal(dated.record);
    });

    it("lists every page by day, from the first day on", async () => {
      const key = (day: string, name: string): { Key: string } => ({ Key: `staging/event_date=${day}/${name}` });
      s3Mock
        .on(ListObjectsV2Command, { ContinuationToken: undefined })
        .resolves({ Contents: [key("2026-11-24", "a.json"), key("2026-11-25", "b.json")], NextContinuationToken: "t" })
        .on(ListObjectsV2Command, { ContinuationToken: "t" })
        .resolves({ Contents: [key("2026-11-25", "c.json"), key("2026-11-25", "c.txt"), { Key: "staging/x" }] });
      expect([...(await staging.list("2026-11-24"))]).to.deep.equal([
        ["2026-11-24", ["a.json"]],
        ["2026-11-25", ["b.json", "c.json"]],
      ]);
      expect(s3Mock.commandCalls(ListObjectsV2Command)[0]?.args[0].input).to.include({
        Prefix: "staging/",
        StartAfter: "staging/event_date=2026-11-24",
      });
    });
  });

  it("keeps the watermark in an object, which is not there at first", async () => {
    const watermark = createWatermark(new S3Client({}), s3, "logs", "wh");
    s3Mock.on(GetObjectCommand).rejectsOnce(named("NoSuchKey")).rejects(named("AccessDenied"));
    expect(await watermark.get()).to.equal(undefined);
    expect(await thrownBy(watermark.get())).to.contain("AccessDenied");
    s3Mock.on(PutObjectCommand).resolves({});
    await watermark.set(new Date("2026-11-25T12:00:00Z"));
    const { Key, Body } = s3Mock.commandCalls(PutObjectCommand)[0]?.args[0].input ?? {};
    expect([Key, Body]).to.deep.equal(["state/wh.json", '{"until":"2026-11-25T12:00:00.000Z"}']);
    const stored = { transformToString: () => Promise.resolve(Body as string) } as never;
    s3Mock.on(GetObjectCommand).resolves({ Body: stored });
    expect(await watermark.get()).to.deep.equal(new Date("2026-11-25T12:00:00Z"));
  });

  describe("published days", () => {
    const days = createPublishedDays(new GlueClient({}), glue, "db");
    const to = { location: "s3://logs/query_log/event_date=2026-11-25/run=2/", digest: "d2" };

    it("tells location and digest of a day, and that there is none", async () => {
      glueMock
        .on(GetPartitionCommand)
        .rejectsOnce(named("EntityNotFoundException"))
        .resolves({ Partition: { StorageDescriptor: { Location: "s3://x/" }, Parameters: { staged_digest: "d1" } } });
      expect(await days.get("2026-11-25")).to.equal(undefined);
      expect(await days.get("2026-11-25")).to.deep.equal({ location: "s3://x/", digest: "d1" });
    });

    it("moves a partition, or makes it, with the columns that the table has now", async () => {
      const StorageDescriptor = { Columns: [{ Name: "query_id", Type: "string" }], Location: "s3://logs/query_log/" };
      glueMock.on(GetTableCommand).resolves({ Table: { Name: "query_log", StorageDescriptor } });
      glueMock.on(UpdatePartitionCommand).resolvesOnce({}).rejects(named("EntityNotFoundException"));
      glueMock.on(CreatePartitionCommand).resolves({});
      await days.move("2026-11-25", to);
      expect(glueMock.commandCalls(CreatePartitionCommand)).to.have.length(0);
      await days.move("2026-11-25", to);
      const PartitionInput = {
        Values: ["2026-11-25"],
        StorageDescriptor: { ...StorageDescriptor, Location: to.location },
        Parameters: { staged_digest: "d2" },
      };
      const at = { DatabaseName: "db", TableName: "query_log" };
      expect(glueMock.commandCalls(UpdatePartitionCommand)[0]?.args[0].input).to.deep.equal({
        ...at,
        PartitionValueList: ["2026-11-25"],
        PartitionInput,
      });
      expect(glueMock.commandCalls(CreatePartitionCommand)[0]?.args[0].input).to.deep.equal({ ...at, PartitionInput });
    });
  });

  it("deletes in batches of a thousand, and says what stayed", async () => {
    const objects = createLogObjects(new S3Client({}), s3, "logs");
    s3Mock.on(DeleteObjectsCommand).resolves({});
    await objects.remove(Array.from({ length: 1_001 }, (_, at) => `k${at}`));
    expect(
      s3Mock.commandCalls(DeleteObjectsCommand).map(({ args }) => args[0].input.Delete?.Objects?.length),
    ).to.deep.equal([1_000, 1]);
    s3Mock.on(DeleteObjectsCommand).resolves({ Errors: [{ Key: "k", Code: "AccessDenied", Message: "no" }] });
    expect(await thrownBy(objects.remove(["k"]))).to.contain("s3://logs/k was not deleted: AccessDenied no");
  });

  it("reads executions in one call, statistics where there are any, and lists by page", async () => {
    const history = createAthenaHistory(new AthenaClient({}), athena);
    athenaMock.on(BatchGetQueryExecutionCommand, { QueryExecutionIds: ["a", "b"] }).resolves({
      QueryExecutions: [execution("a")],
      UnprocessedQueryExecutionIds: [{ QueryExecutionId: "b", ErrorCode: "X" }],
    });
    athenaMock.on(GetQueryRuntimeStatisticsCommand).rejects(named("TooManyRequestsException"));
    athenaMock.on(ListQueryExecutionsCommand).resolves({ QueryExecutionIds: ["a"], NextToken: "t" });
    const { result, log } = await capturingLog(() => history.executions(["a", "b"]));
    expect(result.map(({ QueryExecutionId }) => QueryExecutionId)).to.deep.equal(["a"]);
    expect(log[0]).to.deep.include({ level: "warn", count: 1 });
    expect(await history.executions([])).to.deep.equal([]);
    expect((await capturingLog(() => history.statistics("a"))).result).to.equal(undefined);
    expect(await history.page("wg", "s")).to.deep.equal({ ids: ["a"], next: "t" });
    expect(athenaMock.commandCalls(ListQueryExecutionsCommand)[0]?.args[0].input).to.deep.equal({
      WorkGroup: "wg",
      MaxResults: 50,
      NextToken: "s",
    });
  });

  it("runs a statement to its end, and passes on why it did not succeed", async () => {
    const run = createStatementRunner(new AthenaClient({}), athena, "maintenance");
    athenaMock.on(StartQueryExecutionCommand).resolves({ QueryExecutionId: "q" });
    athenaMock
      .on(GetQueryExecutionCommand)
      .resolvesOnce({ QueryExecution: { Status: { State: "RUNNING" } } })
      .resolvesOnce({ QueryExecution: { Status: { State: "SUCCEEDED" } } })
      .resolves({ QueryExecution: { Status: { State: "FAILED", StateChangeReason: "HIVE_PATH_ALREADY_EXISTS" } } });
    await run("UNLOAD …");
    expect(athenaMock.commandCalls(StartQueryExecutionCommand)[0]?.args[0].input).to.deep.equal({
      QueryString: "UNLOAD …",
      WorkGroup: "maintenance",
    });
    expect(await thrownBy(run("UNLOAD …"))).to.contain("q ended as FAILED: HIVE_PATH_ALREADY_EXISTS");
  });

  it("names the variable that is missing or not JSON", () => {
    expect(() => queryLogVariable({}, "QUERY_LOG_BUCKET")).to.throw(/QUERY_LOG_BUCKET is not set.*deploy/);
    expect(() => readTeams({ QUERY_LOG_TEAMS: "{" })).to.throw(/QUERY_LOG_TEAMS is not JSON: \{/);
  });
});
