import { Readable } from "node:stream";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type AttributeValue,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { ChangeMessageVisibilityCommand, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { landingCheckFactory } from "../../../../handlers/landing/landing-check";
import type { SqsRecord } from "../../../../handlers/lambda-types";
import { capturingLog } from "../support";
import { events, KEY, linesOf, SCHEMAS } from "./support";

const ENVIRONMENT: Record<string, string> = {
  ...{ OPERATIONS_TABLE: "ops", TEAM: "web", ENVIRONMENT: "dev", PIPELINE: "p" },
  ...{ LANDING_RAW_BUCKET: "raw", LANDING_EVENTS_PREFIX: "events/", LANDING_QUEUE_URL: "https://queue" },
  ...{ LANDING_STATE_BUCKET: "state", LANDING_STATE_PREFIX: "state/" },
};
const HOLD = "state/holds/year=2026/month=11/day=25/hour=13.json";
const uid = (): object => ({ user_id: undefined, anonymous_id: undefined, uid: "u-1" });

describe("the landing check", () => {
  const s3 = mockClient(S3Client);
  const sqs = mockClient(SQSClient);
  const dynamo = mockClient(DynamoDBClient);
  const cloudWatch = mockClient(CloudWatchClient);
  const mocks = [s3, sqs, dynamo, cloudWatch];
  const objects = new Map<string, Buffer>();
  const records = new Map<string, Record<string, AttributeValue>>();
  const counted = new Set<string>();
  const saved: Record<string, string | undefined> = {};

  before(() => {
    for (const [name, value] of Object.entries(ENVIRONMENT)) {
      saved[name] = process.env[name];
      process.env[name] = value;
    }
  });
  after(() => {
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    for (const mock of mocks) mock.restore();
  });
  beforeEach(() => {
    for (const mock of mocks) mock.reset();
    for (const memory of [objects, records, counted]) memory.clear();
    s3.on(GetObjectCommand).callsFake(({ Key }: { Key: string }) => {
      const bytes = objects.get(Key);
      if (bytes === undefined) throw new NoSuchKey({ message: "gone", $metadata: {} });
      const Body = Readable.from([bytes]);
      return { Body: Object.assign(Body, { transformToString: () => Promise.resolve(bytes.toString()) }) };
    });
    s3.on(PutObjectCommand).callsFake(
      ({ Key, Body, IfNoneMatch }: { Key: string; Body: string; IfNoneMatch?: string }) => {
        if (IfNoneMatch === "*" && objects.has(Key))
          throw Object.assign(new Error("no"), { name: "PreconditionFailed" });
        objects.set(Key, Buffer.from(Body));
        return {};
      },
    );
    s3.on(DeleteObjectCommand).callsFake(({ Key }: { Key: string }) => void objects.delete(Key));
    s3.on(ListObjectsV2Command).callsFake(({ Prefix }: { Prefix: string }) => ({
      Contents: [...objects.keys()].filter((key) => key.startsWith(Prefix)).map((Key) => ({ Key })),
    }));
    dynamo.on(GetItemCommand).callsFake(({ Key }: { Key: { sk: { S: string } } }) => ({ Item: records.get(Key.sk.S) }));
    dynamo.on(QueryCommand).callsFake(() => ({ Items: [...records.values()] }));
    dynamo.on(UpdateItemCommand).callsFake(update);
    dynamo
      .on(TransactWriteItemsCommand)
      .callsFake(({ TransactItems }: { TransactItems: { Put?: { Item: { sk: { S: string } } } }[] }) => {
        const marker = TransactItems[0]?.Put?.Item.sk.S ?? "";
        if (counted.has(marker)) {
          const CancellationReasons = [{ Code: "ConditionalCheckFailed" }];
          throw new TransactionCanceledException({ message: "no", $metadata: {}, CancellationReasons });
        }
        counted.add(marker);
        return {};
      });
    cloudWatch.on(PutMetricDataCommand).resolves({});
    sqs.on(ChangeMessageVisibilityCommand).resolves({});
  });

  // The table as far as drifts go; the expressions themselves ran against an emulator when they were written.
  function update(input: UpdateItemCommandInput): object {
    const id = input.Key?.["sk"]?.S ?? "";
    if (input.Key?.["pk"]?.S !== "drift") return {};
    const values = input.ExpressionAttributeValues ?? {};
    const existing = records.get(id);
    const opens = values[":state"] !== undefined;
    if (opens ? existing !== undefined : existing?.["state"]?.S !== "open") {
      throw new ConditionalCheckFailedException({ message: "no", $metadata: {} });
    }
    const item: Record<string, AttributeValue> = { sk: { S: id }, ...existing };
    for (const [name, value] of Object.entries(values)) if (opens) item[name.slice(1)] = value;
    item["hours"] = { SS: [...new Set([...(existing?.["hours"]?.SS ?? []), ...(values[":hours"]?.SS ?? [])])] };
    records.set(id, item);
    return {};
  }

  const record = (id: string, key: string, object: object = {}): SqsRecord => ({
    messageId: id,
    receiptHandle: `handle-${id}`,
    body: JSON.stringify({
      ...{ source: "aws.s3", "detail-type": "Object Created", time: "2026-11-25T13:20:00Z" },
      detail: { bucket: { name: "raw" }, object: { key, size: 100, sequencer: id, ...object } },
    }),
    attributes: { ApproximateReceiveCount: "1" },
  });
  const run = async (...list: SqsRecord[]): Promise<string[]> => {
    const context = { getRemainingTimeInMillis: (): number => 50_000 };
    const { result } = await capturingLog(() => landingCheckFactory(SCHEMAS)()({ Records: list }, context));
    return result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  const metrics = (): unknown[] =>
    cloudWatch.commandCalls(PutMetricDataCommand).map(({ args }) => {
      const { Namespace, MetricData } = args[0].input;
      return [
        Namespace,
        ...(MetricData ?? []).map(({ MetricName, Value, Timestamp }) => [MetricName, Value, Timestamp?.toISOString()]),
      ];
    });
  const moved = (): unknown[] =>
    dynamo
      .commandCalls(UpdateItemCommand)
      .map(({ args }) => args[0].input)
      .filter(({ Key }) => Key?.["pk"]?.S !== "drift")
      .map(({ Key, ExpressionAttributeNames: names, ExpressionAttributeValues: values }) => [
        `${String(Key?.["pk"]?.S)} ${String(Key?.["sk"]?.S)}`,
        names?.["#at"],
        values?.[":at"]?.S,
      ]);

  it("holds the hour of a renamed field, records it, and puts the metric at once, in the same invocation", async () => {
    objects.set(KEY, linesOf(events(10, 10, uid)));
    expect(await run(record("m", KEY))).to.deep.equal([]);
    expect(records.size).to.equal(1);
    const [drift] = [...records.values()];
    expect(drift).to.deep.include({
      kind: { S: "renamed_field" },
      severity: { S: "breaking" },
      state: { S: "open" },
      hour: { S: "2026/11/25/13" },
      suggestedFrom: { S: "uid" },
      suggestedTo: { S: "user_id" },
      firstSeen: { S: "2026-11-25T13:20:00.000Z" },
      schemaVersion: { S: "1" },
    });
    expect(JSON.parse(String(objects.get(HOLD)))).to.deep.equal({
      drift: drift?.["sk"]?.S,
      since: "2026-11-25T13:20:00.000Z",
    });
    const at = "2026-11-25T13:20:00.000Z";
    expect(metrics()).to.deep.equal([["Clickstream", ["BreakingDriftOpen", 1, at], ["AdditiveDriftOpen", 0, at]]]);
    const put = cloudWatch.commandCalls(PutMetricDataCommand)[0]?.args[0].input.MetricData?.[0];
    expect(put?.Dimensions).to.deep.equal([
      { Name: "Team", Value: "web" },
      { Name: "Environment", Value: "dev" },
      { Name: "Pipeline", Value: "p" },
    ]);
  });

  it("only warns of an unknown field: no hold", async () => {
    objects.set(KEY, linesOf(events(30, 30, () => ({ experiment: "a" }))));
    await run(record("m", KEY));
    expect(objects.has(HOLD)).to.equal(false);
    const at = "2026-11-25T13:20:00.000Z";
    expect(metrics()).to.deep.equal([["Clickstream", ["BreakingDriftOpen", 0, at], ["AdditiveDriftOpen", 1, at]]]);
  });

  it("says nothing of good files: volume and watermark only, once for the batch", async () => {
    objects.set(KEY, linesOf(events(5)));
    objects.set(`${KEY}2`, linesOf(events(5, 5, () => ({ event_timestamp: "2026-11-25T13:25:00Z" }))));
    expect(await run(record("a", KEY), record("b", `${KEY}2`))).to.deep.equal([]);
    expect(metrics()).to.deep.equal([]);
    expect(moved()).to.deep.equal([
      ["landing watermark", "newestLanding", "2026-11-25T13:20:00.000Z"],
      // The second file's clocks run ahead: an event is never newer than its landing.
      ["landing watermark", "newestEvent", "2026-11-25T13:20:00.000Z"],
    ]);
    const items = dynamo.commandCalls(TransactWriteItemsCommand)[0]?.args[0].input.TransactItems;
    expect(items?.[0]?.Put?.Item?.["sk"]?.S).to.match(/^#[0-9a-f]{32}$/);
    expect(items?.[1]?.Update).to.deep.include({
      Key: { pk: { S: "volume" }, sk: { S: "2026-11-25T13" } },
      UpdateExpression: "ADD objects :one, bytes :size SET expiresAt = :expires",
    });
    expect(items?.[1]?.Update?.ExpressionAttributeValues?.[":size"]).to.deep.equal({ N: "100" });
  });

  it("counts a write of an object once, however often its message comes, and a drift with it", async () => {
    objects.set(KEY, linesOf(events(10, 10, uid)));
    await run(record("m", KEY));
    await run(record("m", KEY));
    expect(counted.size).to.equal(1);
    expect(records.size).to.equal(1);
    const ids = dynamo
      .commandCalls(TransactWriteItemsCommand)
      .map(({ args }) => args[0].input.TransactItems?.[2]?.Update?.Key);
    expect(ids[0]).to.deep.equal({ pk: { S: "drift" }, sk: { S: [...records.keys()][0] } });
  });

  it("opens no accepted drift again, and no drift of a mapping", async () => {
    objects.set(KEY, linesOf(events(10, 10, uid)));
    await run(record("a", KEY));
    const [id, drift] = [...records.entries()][0] ?? [];
    records.set(id ?? "", { ...drift, state: { S: "accepted" } });
    objects.delete(HOLD);
    cloudWatch.resetHistory();
    await run(record("b", KEY));
    expect([objects.has(HOLD), metrics()]).to.deep.equal([false, []]);
    records.clear();
    objects.set(
      "state/mappings/d-1.json",
      Buffer.from('{"id":"d-1","from":"uid","to":"user_id","since":"x","by":"y"}'),
    );
    objects.set("state/mappings/bad.json", Buffer.from("{"));
    await run(record("c", KEY));
    expect([records.size, objects.has(HOLD)]).to.deep.equal([0, false]);
  });

  it("takes back a hold that crossed with a decision", async () => {
    objects.set(KEY, linesOf(events(10, 10, uid)));
    s3.on(PutObjectCommand).callsFake(({ Key, Body }: { Key: string; Body: string }) => {
      objects.set(Key, Buffer.from(Body));
      for (const [id, item] of records) records.set(id, { ...item, state: { S: "rejected" } });
      return {};
    });
    await run(record("m", KEY));
    expect([objects.has(HOLD), metrics()]).to.deep.equal([false, []]);
  });

  it("leaves a hold of another drift in place", async () => {
    objects.set(HOLD, Buffer.from('{"drift":"d-other","since":"2026-11-25T13:00:00.000Z"}'));
    objects.set(KEY, linesOf(events(10, 10, uid)));
    expect(await run(record("m", KEY))).to.deep.equal([]);
    expect(String(objects.get(HOLD))).to.contain("d-other");
  });

  it("records heartbeats, and passes over what silver does not read", async () => {
    objects.set("heartbeats/web.json", Buffer.from('{"at":"2026-11-25T13:00:00Z"}'));
    expect(
      await run(record("a", "heartbeats/web.json"), record("b", "events/_tmp"), record("c", "events/gone")),
    ).to.deep.equal([]);
    expect(moved()).to.deep.equal([["heartbeat web", "at", "2026-11-25T13:00:00.000Z"]]);
  });

  it("leaves an object alone that an erasure wrote again", async () => {
    const Body = Readable.from([linesOf(events(10, 10, uid))]);
    s3.on(GetObjectCommand).resolves({ Body: Body as never, Metadata: { "clickstream-rewritten": "erasure" } });
    expect(await run(record("m", KEY))).to.deep.equal([]);
    expect([records.size, counted.size, moved()]).to.deep.equal([0, 0, []]);
    expect(Body.destroyed).to.equal(true);
  });

  it("reports only the messages that failed, and lets them come back soon", async () => {
    objects.set(KEY, linesOf(events(5)));
    s3.on(GetObjectCommand, { Key: "events/denied" }).rejects(Object.assign(new Error("no"), { name: "AccessDenied" }));
    const bad = { ...record("bad", KEY), body: "not json" };
    expect(await run(record("denied", "events/denied"), bad, record("good", KEY))).to.deep.equal(["denied", "bad"]);
    expect(sqs.commandCalls(ChangeMessageVisibilityCommand).map(({ args }) => args[0].input)).to.deep.equal([
      { QueueUrl: "https://queue", ReceiptHandle: "handle-denied", VisibilityTimeout: 5 },
      { QueueUrl: "https://queue", ReceiptHandle: "handle-bad", VisibilityTimeout: 5 },
    ]);
  });

  it("fails the message when the metric could not be put, and puts it at the next try", async () => {
    objects.set(KEY, linesOf(events(10, 10, uid)));
    cloudWatch.on(PutMetricDataCommand).rejectsOnce(new Error("throttled")).resolves({});
    expect(await run(record("m", KEY))).to.deep.equal(["m"]);
    expect(await run(record("m", KEY))).to.deep.equal([]);
    expect(metrics()).to.have.length(2);
    expect(counted.size).to.equal(1);
  });
});
