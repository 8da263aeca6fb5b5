import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, NoSuchKey, S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { ChangeMessageVisibilityCommand, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import type { SqsBatchResponse, SqsRecord } from "../../../handlers/lambda-types";
import { createPurchaseAlertHandler, retryDelay } from "../../../handlers/purchase-alerts";
import { capturingLog, ENVIRONMENT, objectCreated, purchaseLine, SETTINGS } from "./support";

describe("the purchase alert handler", () => {
  const s3 = mockClient(S3Client);
  const sns = mockClient(SNSClient);
  const sqs = mockClient(SQSClient);
  const dynamo = mockClient(DynamoDBClient);
  const objects = new Map<string, Buffer>();
  let sent: Set<string>;
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
    for (const mock of [s3, sns, sqs, dynamo]) mock.restore();
  });
  beforeEach(() => {
    for (const mock of [s3, sns, sqs, dynamo]) mock.reset();
    objects.clear();
    sent = new Set();
    s3.on(GetObjectCommand).callsFake(({ Key }: { Key: string }) => {
      const bytes = objects.get(Key);
      if (bytes === undefined) throw new NoSuchKey({ message: "gone", $metadata: {} });
      return { Body: Readable.from([bytes]) };
    });
    sns.on(PublishCommand).resolves({ MessageId: "m" });
    sqs.on(ChangeMessageVisibilityCommand).resolves({});
    dynamo.on(UpdateItemCommand).resolves({});
    dynamo.on(PutItemCommand).callsFake(({ Item }: { Item: { orderId: { S: string } } }) => {
      if (sent.has(Item.orderId.S)) {
        throw new ConditionalCheckFailedException({ message: "no", $metadata: {}, Item: { state: { S: "sent" } } });
      }
      sent.add(Item.orderId.S);
      return {};
    });
  });

  const record = (id: string, body: string, received = 1): SqsRecord => ({
    messageId: id,
    receiptHandle: `handle-${id}`,
    body,
    attributes: { ApproximateReceiveCount: String(received) },
  });
  const run = (...records: SqsRecord[]): Promise<{ result: SqsBatchResponse; log: Record<string, unknown>[] }> =>
    capturingLog(() => createPurchaseAlertHandler()({ Records: records }, { getRemainingTimeInMillis: () => 100_000 }));
  const alerts = (): Record<string, unknown>[] =>
    sns.commandCalls(PublishCommand).map(({ args }) => {
      const { default: json } = JSON.parse(args[0].input.Message ?? "{}") as { default: string };
      return JSON.parse(json) as Record<string, unknown>;
    });
  const failures = (response: SqsBatchResponse): string[] =>
    response.batchItemFailures.map((failure) => failure.itemIdentifier);

  it("alerts each large order of a file once, whatever the suffix says of the packing", async () => {
    const lines = [
      purchaseLine("o-1", 1500),
      purchaseLine("o-2", 999.99),
      purchaseLine("o-1", 1500),
      purchaseLine("o-3", 950, "EUR"),
    ];
    objects.set("events/a b+c%20.json", gzipSync(lines.join("\n")));
    objects.set("events/b.json.gz", Buffer.from(lines.join("\r\n")));
    const { result } = await run(
      record("m1", objectCreated("events/a b+c%20.json", "v1")),
      record("m2", objectCreated("events/b.json.gz")),
    );
    expect(result).to.deep.equal({ batchItemFailures: [] });
    expect(alerts().map((alert) => alert.orderId)).to.deep.equal(["o-1", "o-3"]);
    expect(s3.commandCalls(GetObjectCommand).map(({ args }) => args[0].input)).to.deep.equal([
      { Bucket: "raw", Key: "events/a b+c%20.json", VersionId: "v1" },
      { Bucket: "raw", Key: "events/b.json.gz", VersionId: undefined },
    ]);
  });

  it("tells nobody again of purchases in an object that an erasure wrote again", async () => {
    const Body = Readable.from([Buffer.from(purchaseLine("o-1", 1500))]);
    s3.on(GetObjectCommand).resolves({ Body: Body as never, Metadata: { "clickstream-rewritten": "erasure" } });
    const { result, log } = await run(record("m", objectCreated("events/k.json", "v2")));
    expect(result).to.deep.equal({ batchItemFailures: [] });
    expect([alerts(), sent.size, Body.destroyed]).to.deep.equal([[], 0, true]);
    expect(log.map(({ message }) => message)).to.deep.equal([
      "object was written again by an erasure; its purchases are known",
    ]);
  });

  it("publishes JSON, a text for e-mail, and attributes to filter by", async () => {
    objects.set("events/k.json", Buffer.from(purchaseLine("o-1", 1500)));
    await run(record("m", objectCreated("events/k.json", "v7")));
    const input = sns.commandCalls(PublishCommand)[0]?.args[0].input;
    expect(input).to.deep.include({
      TopicArn: SETTINGS.topicArn,
      Subject: "Purchase alert: $1,500.00, order o-1",
      MessageStructure: "json",
      MessageAttributes: {
        kind: { DataType: "String", StringValue: "purchase-alert" },
        severity: { DataType: "String", StringValue: "warning" },
        team: { DataType: "String", StringValue: "data" },
        environment: { DataType: "String", StringValue: "dev" },
        amountUsd: { DataType: "Number", StringValue: "1500" },
      },
    });
    const { email } = JSON.parse(input?.Message ?? "{}") as { email: string };
    expect(email).to.contain("Purchase of $1,500.00 in dev").and.to.contain("user u-1").and.to.contain("order o-1");
    const { detectedAt, ...alert } = alerts()[0] ?? {};
    expect(detectedAt).to.match(/^\d{4}-.*Z$/);
    expect(alert).to.deep.equal({
      version: 1,
      kind: "purchase-alert",
      severity: "warning",
      team: "data",
      environment: "dev",
      orderId: "o-1",
      amount: 1500,
      currency: "USD",
      currencyKnown: true,
      amountUsd: 1500,
      thresholdUsd: 1000,
      userId: "u-1",
      occurredAt: "2026-11-01T10:00:00Z",
      source: { type: "s3", bucket: "raw", key: "events/k.json", versionId: "v7", offset: 0 },
      link: "https://eu-west-1.console.aws.amazon.com/s3/object/raw?region=eu-west-1&prefix=events%2Fk.json",
    });
  });

  it("passes over bad lines, logs where they are but not what they say, and still finds the rest", async () => {
    const bad = `{"event_type":"purchase","user":{"email":"jane@example.org"},`;
    objects.set("events/k", Buffer.from([bad, "\u0000\u0001", "{}", purchaseLine("o-1", 2000)].join("\n")));
    const { result, log } = await run(record("m", objectCreated("events/k")));
    expect(result.batchItemFailures).to.deep.equal([]);
    expect(alerts().map((alert) => alert.orderId)).to.deep.equal(["o-1"]);
    expect(log[0]).to.deep.equal({
      level: "warn",
      message: "line passed over",
      bucket: "raw",
      key: "events/k",
      offset: 0,
      reason: "not JSON",
    });
    expect(JSON.stringify(log)).to.not.contain("jane");
  });

  it("reads what a cut gzip file still holds, warns, and does not try again", async () => {
    const packed = gzipSync(`${purchaseLine("o-1", 2000)}\n${"x".repeat(5_000)}\n`);
    objects.set("events/k", packed.subarray(0, packed.length - 8));
    const { result, log } = await run(record("m", objectCreated("events/k")));
    expect(result.batchItemFailures).to.deep.equal([]);
    expect(alerts()).to.have.length(1);
    expect(log.at(-1)).to.include({ level: "warn", packing: "gzip", published: 1 }).and.to.have.property("damage");
  });

  it("does not try again for an object that is gone", async () => {
    const { result, log } = await run(record("m", objectCreated("events/gone")));
    expect(result.batchItemFailures).to.deep.equal([]);
    expect(log[0]).to.include({ level: "warn", key: "events/gone" });
  });

  it("reports only the messages that failed, and sets when each comes back", async () => {
    objects.set("events/good", Buffer.from(purchaseLine("o-1", 2000)));
    s3.on(GetObjectCommand, { Bucket: "raw", Key: "events/denied", VersionId: undefined }).rejects(
      Object.assign(new Error("no"), { name: "AccessDenied" }),
    );
    const { result } = await run(
      record("denied", objectCreated("events/denied"), 3),
      record("garbage", "not json"),
      record("good", objectCreated("events/good")),
    );
    expect(failures(result)).to.deep.equal(["denied", "garbage"]);
    expect(alerts()).to.have.length(1);
    expect(sqs.commandCalls(ChangeMessageVisibilityCommand).map(({ args }) => args[0].input)).to.deep.equal([
      { QueueUrl: SETTINGS.queueUrl, ReceiptHandle: "handle-denied", VisibilityTimeout: 45 },
      { QueueUrl: SETTINGS.queueUrl, ReceiptHandle: "handle-garbage", VisibilityTimeout: 5 },
    ]);
  });

  it("fails the message when an alert could not be published, after reading the whole file", async () => {
    objects.set("events/k", Buffer.from([purchaseLine("o-1", 2000), purchaseLine("o-2", 3000)].join("\n")));
    sns.on(PublishCommand).rejectsOnce(new Error("throttled")).resolves({ MessageId: "m" });
    const { result } = await run(record("m", objectCreated("events/k")));
    expect(failures(result)).to.deep.equal(["m"]);
    expect(sns.commandCalls(PublishCommand)).to.have.length(2);
  });

  it("alerts a purchase from the bus, shares the memory of orders, and keeps a bad event for the dead-letter queue", async () => {
    const event = (detail: object): string =>
      JSON.stringify({ source: "clickstream.web", "detail-type": "purchase", id: "e-1", detail });
    objects.set("events/k", Buffer.from(purchaseLine("o-1", 2000)));
    const { result } = await run(
      record("m1", event({ user_id: "u", order: { id: "o-1", amount: 2000, currency: "USD" } })),
      record("m2", objectCreated("events/k")),
      record("m3", event({ order: { id: "o-2", amount: 20, currency: "USD" } })),
      record("m4", event({ order: { id: "o-3" } })),
    );
    expect(failures(result)).to.deep.equal(["m4"]);
    expect(alerts()).to.have.length(1);
    expect(alerts()[0]).to.deep.include({
      source: { type: "bus", source: "clickstream.web", id: "e-1" },
      link: "https://eu-west-1.console.aws.amazon.com/dynamodbv2/home?region=eu-west-1#edit-item?itemMode=2&pk=o-1&table=orders",
    });
  });

  it("refuses objects of another bucket", async () => {
    const body = objectCreated("events/k").replace('"raw"', '"other"');
    expect(failures((await run(record("m", body))).result)).to.deep.equal(["m"]);
    expect(s3.commandCalls(GetObjectCommand)).to.have.length(0);
  });

  it("leaves the rest of a batch to the next invocation when the time is nearly over", async () => {
    objects.set("events/k", Buffer.from(purchaseLine("o-1", 2000)));
    const times = [60_000, 9_000];
    const context = { getRemainingTimeInMillis: () => times.shift() ?? 0 };
    const event = { Records: [record("m1", objectCreated("events/k")), record("m2", objectCreated("events/k"))] };
    const { result } = await capturingLog(() => createPurchaseAlertHandler()(event, context));
    expect(failures(result)).to.deep.equal(["m2"]);
  });

  it("names the variable that is missing", async () => {
    const value = process.env.ALERT_TABLE;
    Reflect.deleteProperty(process.env, "ALERT_TABLE");
    let caught: unknown;
    await run(record("m", "{}")).catch((error: unknown) => (caught = error));
    process.env.ALERT_TABLE = value;
    expect(caught).to.be.instanceOf(Error).with.property("message").that.contains("ALERT_TABLE is not set");
  });
});

describe("retryDelay", () => {
  it("grows, and its first four waits outlast the lease of an owner that died", () => {
    expect([1, 2, 3, 4, 5, 9].map(retryDelay)).to.deep.equal([5, 15, 45, 135, 405, 900]);
    expect(5 + 15 + 45 + 135).to.be.greaterThan(SETTINGS.leaseSeconds);
  });
});
