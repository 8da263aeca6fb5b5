import { createRequire } from "node:module";
import { compileFunction } from "node:vm";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient, GetItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type * as pulumi from "@pulumi/pulumi";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { strToU8, zipSync } from "fflate";
import {
  LANDING_TIMEOUT_SECONDS,
  LANDING_VISIBILITY_SECONDS,
  LandingCheck,
  type LandingCheckArgs,
} from "../../../components/landing-check";
import type { EncryptionKey } from "../../../components/encryption-key";
import { compileEventSchemas } from "../../../components/event-schemas";
import { readLandingSettings } from "../../../handlers/landing/settings";
import { events, KEY as LANDED_KEY, linesOf, SCHEMAS } from "../handlers/landing/support";
import { capturingLog } from "../handlers/support";
import { ACCOUNT, arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../support/cloud-mocks";

const NAME = "clickstream-test-landing";
const RENAMED = linesOf(events(10, 10, () => ({ user_id: undefined, anonymous_id: undefined, uid: "u" })));
const MESSAGE = JSON.stringify({
  ...{ source: "aws.s3", "detail-type": "Object Created", time: "2026-11-25T13:20:00Z" },
  detail: { bucket: { name: "raw-bucket" }, object: { key: LANDED_KEY, size: 9, sequencer: "1" } },
});
const OPEN = {
  ...{ sk: { S: "d-1" }, kind: { S: "renamed_field" }, severity: { S: "breaking" }, state: { S: "open" } },
};
const KEY = "arn:aws:kms:::ops-key";
const TABLE = "arn:aws:dynamodb:::table/ops";
const ARGS: LandingCheckArgs = {
  store: { tableName: "ops", tableArn: TABLE, key: { arn: KEY } as unknown as EncryptionKey },
  account: ACCOUNT,
  rawBucket: { name: "raw-bucket", arn: "arn:aws:s3:::raw-bucket" },
  rawKey: { arn: "arn:aws:kms:::raw-key" },
  eventsPrefix: "events/",
  state: {
    bucket: { name: "jobs-bucket", arn: "arn:aws:s3:::jobs-bucket" },
    prefix: "state/",
    key: { arn: "arn:aws:kms:::jobs-key" },
  },
  dimensions: { team: "web", environment: "dev", pipeline: "clickstream-test" },
  tags: { team: "web" },
};

describe("LandingCheck", () => {
  let recording: Recording;
  before(async () => {
    recording = await deploy(() => new LandingCheck(NAME, ARGS));
  });

  it("makes exactly these resources, named after it", () => {
    const made = recording.registrations
      .filter(({ custom }) => custom)
      .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name.slice(NAME.length)}`);
    expect(made.sort()).to.deep.equal([
      "EventRule -objects",
      "EventSourceMapping -fn",
      "EventTarget -objects",
      "Function -fn",
      "LogGroup -fn",
      "Queue -dlq",
      "Queue -queue",
      "QueuePolicy -dlq",
      "QueuePolicy -queue",
      "Role -fn",
      "RolePolicy -fn",
    ]);
    expectNamesPrefixed(recording);
  });

  it("matches new events and heartbeats of the raw bucket, and sends them to its queue, refused ones to the other", () => {
    const { eventPattern } = recording.inputs("EventRule", `${NAME}-objects`);
    expect(JSON.parse(eventPattern as string)).to.deep.equal({
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: {
        bucket: { name: ["raw-bucket"] },
        object: { key: [{ prefix: "events/" }, { prefix: "heartbeats/" }] },
      },
    });
    expect(recording.inputs("EventTarget", `${NAME}-objects`)).to.deep.equal({
      rule: physicalName(`${NAME}-objects`),
      targetId: "landing-queue",
      arn: arnOf(`${NAME}-queue`),
      deadLetterConfig: { arn: arnOf(`${NAME}-dlq`) },
    });
    expect(recording.one("EventTarget", `${NAME}-objects`).dependencies).to.include.members(
      recording.ofType("QueuePolicy").map(({ urn }) => urn),
    );
    for (const queue of ["queue", "dlq"]) {
      expect(recording.statement("QueuePolicy", `${NAME}-${queue}`, "RulesOnly")).to.deep.include({
        Resource: arnOf(`${NAME}-${queue}`),
        Condition: { ArnEquals: { "aws:SourceArn": [arnOf(`${NAME}-objects`)] } },
      });
    }
  });

  it("keeps messages encrypted, invisible for six timeouts, and sets them aside after five receives", () => {
    expect(recording.inputs("Queue", `${NAME}-queue`)).to.deep.equal({
      kmsMasterKeyId: KEY,
      visibilityTimeoutSeconds: 360,
      messageRetentionSeconds: 345_600,
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(`${NAME}-dlq`), maxReceiveCount: 5 }),
      tags: { team: "web" },
    });
    expect(recording.inputs("Queue", `${NAME}-dlq`)).to.deep.equal({
      kmsMasterKeyId: KEY,
      messageRetentionSeconds: 1_209_600,
      tags: { team: "web" },
    });
    expect(LANDING_VISIBILITY_SECONDS).to.be.at.least(6 * LANDING_TIMEOUT_SECONDS);
    expect(recording.inputs("EventSourceMapping", `${NAME}-fn`)).to.deep.equal({
      eventSourceArn: arnOf(`${NAME}-queue`),
      functionName: arnOf(`${NAME}-fn`),
      batchSize: 10,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 5 },
    });
  });

  it("hands the handler an environment that it accepts", () => {
    const { environment, memorySize, timeout } = recording.inputs("Function", `${NAME}-fn`);
    const { variables } = environment as { variables: Record<string, string> };
    expect(readLandingSettings(variables)).to.deep.equal({
      table: "ops",
      rawBucket: "raw-bucket",
      eventsPrefix: "events/",
      stateBucket: "jobs-bucket",
      statePrefix: "state/",
      queueUrl: `https://queue/${NAME}-queue`,
      team: "web",
      environment: "dev",
      pipeline: "clickstream-test",
    });
    expect([memorySize, timeout]).to.deep.equal([1024, 60]);
  });

  it("lets the handler do what it does on exactly its own resources", () => {
    const leading = (...partitions: string[]): object => ({
      "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": partitions },
    });
    const granted = recording
      .policy("RolePolicy", `${NAME}-fn`)
      .Statement.slice(2)
      .map(({ Sid, Action, Resource, Condition }) => [Sid, Action, Resource, ...(Condition ? [Condition] : [])]);
    expect(granted).to.deep.equal([
      [
        "ReadRawObjects",
        ["s3:GetObject", "s3:GetObjectVersion"],
        ["arn:aws:s3:::raw-bucket/events/*", "arn:aws:s3:::raw-bucket/heartbeats/*"],
      ],
      ["TellGoneFromForbidden", ["s3:ListBucket", "s3:ListBucketVersions"], "arn:aws:s3:::raw-bucket"],
      ["DecryptRawObjects", "kms:Decrypt", "arn:aws:kms:::raw-key"],
      [
        "TakeMessages",
        ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"],
        arnOf(`${NAME}-queue`),
      ],
      ["HoldHours", ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"], "arn:aws:s3:::jobs-bucket/state/holds/*"],
      ["ReadMappings", "s3:GetObject", "arn:aws:s3:::jobs-bucket/state/mappings/*"],
      [
        "ListMappingsAndHolds",
        "s3:ListBucket",
        "arn:aws:s3:::jobs-bucket",
        { StringLike: { "s3:prefix": ["state/mappings/*", "state/holds/*"] } },
      ],
      ["UseStateKey", ["kms:Decrypt", "kms:GenerateDataKey"], "arn:aws:kms:::jobs-key"],
      ["ReadDrifts", ["dynamodb:GetItem", "dynamodb:Query"], TABLE, leading("drift")],
      [
        "RecordLandings",
        ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
        TABLE,
        leading("landing", "volume", "heartbeat", "drift"),
      ],
      ["PutMetrics", "cloudwatch:PutMetricData", "*", { StringEquals: { "cloudwatch:namespace": "Clickstream" } }],
    ]);
  });

  describe("archive", () => {
    const textOf = async (made: Recording): Promise<string> => {
      const archive = made.inputs("Function", `${NAME}-fn`)["code"] as pulumi.asset.AssetArchive;
      const assets = await archive.assets;
      expect(Object.keys(assets)).to.deep.equal(["__index.js"]);
      return (assets["__index.js"] as pulumi.asset.StringAsset).text;
    };

    it("holds the validators as code, no package, far below 200 KB, and the schemas compile to the same text every time", async () => {
      const text = await textOf(recording);
      expect(zipSync({ "__index.js": strToU8(text) }).length).to.be.within(5_000, 60_000);
      for (const [, module] of text.matchAll(/require\("([^"]*)"\)/g)) {
        expect(module).to.match(/^(@aws-sdk\/client-(s3|sqs|dynamodb|cloudwatch|[a-z-]+)|crypto|zlib|vm)$/);
      }
      expect(text).to.not.contain(process.cwd());
      expect(compileEventSchemas()).to.deep.equal(SCHEMAS);
    });

    it("runs where no file of the project is: it holds the hour of a renamed field", async () => {
      const s3 = mockClient(S3Client);
      const dynamo = mockClient(DynamoDBClient);
      const cloudWatch = mockClient(CloudWatchClient);
      const { environment } = recording.inputs("Function", `${NAME}-fn`);
      const { variables } = environment as { variables: Record<string, string> };
      const saved = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
      Object.assign(process.env, variables);
      s3.on(ListObjectsV2Command).resolves({});
      s3.on(GetObjectCommand).resolves({ Body: Readable.from([gzipSync(RENAMED)]) as never });
      s3.on(PutObjectCommand).resolves({});
      dynamo.on(GetItemCommand).resolvesOnce({}).resolves({ Item: OPEN });
      dynamo.on(QueryCommand).resolves({ Items: [OPEN] });
      try {
        const module: { handler?: (event: unknown, context: unknown) => Promise<unknown> } = {};
        // As Lambda loads it: a CommonJS module with nothing but Node's own scope.
        const load = compileFunction(await textOf(recording), ["exports", "require"]) as (
          exports: object,
          require: NodeJS.Require,
        ) => void;
        load(module, createRequire(__filename));
        const { result, log } = await capturingLog(async () =>
          module.handler?.({ Records: [{ messageId: "m", receiptHandle: "r", body: MESSAGE }] }, {}),
        );
        expect(result, JSON.stringify(log)).to.deep.equal({ batchItemFailures: [] });
        expect(s3.commandCalls(PutObjectCommand).map(({ args }) => args[0].input.Key)).to.deep.equal([
          "state/holds/year=2026/month=11/day=25/hour=13.json",
        ]);
        const data = cloudWatch.commandCalls(PutMetricDataCommand)[0]?.args[0].input.MetricData;
        expect(data?.map(({ MetricName, Value }) => [MetricName, Value])).to.deep.equal([
          ["BreakingDriftOpen", 1],
          ["AdditiveDriftOpen", 0],
        ]);
      } finally {
        for (const [name, value] of Object.entries(saved)) {
          if (value === undefined) Reflect.deleteProperty(process.env, name);
          else process.env[name] = value;
        }
        for (const mock of [s3, dynamo, cloudWatch]) mock.restore();
      }
    });
  });
});
