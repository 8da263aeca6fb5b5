import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { strToU8, zipSync } from "fflate";
import { createRequire } from "node:module";
import { compileFunction } from "node:vm";
import type { EncryptionKey } from "../../../../components/encryption-key";
import { Pulse, pulseEnvironment, type PulseArgs } from "../../../../components/operations/pulse";
import { pulseStatements } from "../../../../components/operations/pulse-policies";
import { ACCOUNT, arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../../support/cloud-mocks";

/** As long as a pipeline's name may be: every name must still fit. */
const PIPELINE = `clickstream-${"x".repeat(27)}`;
const NAME = `${PIPELINE}-ops-pulse`;
const HERE = "eu-west-1:123456789012";
const TABLE = "arn:aws:dynamodb:table/state";
const ARGS: PulseArgs = {
  store: { tableName: "state", tableArn: TABLE, key: { arn: "arn:aws:kms:::ops" } as unknown as EncryptionKey },
  account: ACCOUNT,
  dimensions: { team: "web", environment: "dev", pipeline: PIPELINE },
  jobs: { silver: "p-silver", gold: "p-gold", archive: "p-archive" },
  reports: {
    bucket: { name: "store", arn: "arn:aws:s3:::store" },
    prefix: "reports/",
    key: { arn: "arn:aws:kms:::jobs" },
  },
  queryLog: { database: "x_queries", workgroup: "wg", bucketName: "log", keyArn: "arn:aws:kms:::log" },
  warehouse: { kind: "cluster", name: "wh", arn: "arn:aws:redshift:::cluster:wh" },
  heartbeats: "watermark",
  tags: { team: "web" },
};

/** Statements of a function beside its log and its key. */
function granted(recording: Recording, name: string): unknown[] {
  const own = recording.policy("RolePolicy", name).Statement.slice(2);
  return own.map(({ Sid, Action, Resource, Condition }) => [Sid, Action, Resource, ...(Condition ? [Condition] : [])]);
}

function variables(recording: Recording, name: string): Record<string, string> {
  return (recording.inputs("Function", name)["environment"] as { variables: Record<string, string> }).variables;
}

const partitions = (...keys: string[]) => ({ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": keys } });
const PUT: unknown = [
  "PutMetrics",
  "cloudwatch:PutMetricData",
  "*",
  { StringEquals: { "cloudwatch:namespace": "Clickstream" } },
];
const READ = ["dynamodb:GetItem", "dynamodb:Query"];
const WRITE = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];

describe("Pulse", function () {
  this.timeout(90_000);
  let recording: Recording;
  before(async () => {
    recording = await deploy(() => new Pulse(NAME, ARGS));
  });

  it("makes exactly these resources, named after it", () => {
    expectNamesPrefixed(recording);
    const made = recording.registrations
      .filter(({ custom }) => custom)
      .map(({ type, name }) => `${type.split(":").at(-1)} ${name.slice(NAME.length)}`);
    expect(made.sort()).to.deep.equal([
      "EventRule ",
      "EventRule -record",
      "EventTarget ",
      "EventTarget -record",
      "Function ",
      "Function -record",
      "LogGroup ",
      "LogGroup -record",
      "Permission ",
      "Permission -record",
      "Queue -dlq",
      "QueuePolicy -dlq",
      "Role ",
      "Role -record",
      "RolePolicy ",
      "RolePolicy -record",
    ]);
  });

  it("matches every end of the stack's own jobs, and beats every five minutes", () => {
    expect(JSON.parse(recording.inputs("EventRule", `${NAME}-record`)["eventPattern"] as string)).to.deep.equal({
      source: ["aws.glue"],
      "detail-type": ["Glue Job State Change"],
      detail: {
        jobName: ["p-silver", "p-gold", "p-archive"],
        state: ["SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR"],
      },
    });
    expect(recording.inputs("EventRule", NAME)["scheduleExpression"]).to.equal("rate(5 minutes)");
    expect(recording.inputs("EventTarget", NAME)).to.deep.equal({
      rule: physicalName(NAME),
      targetId: "function",
      arn: arnOf(NAME),
    });
    expect(recording.inputs("EventTarget", `${NAME}-record`)).to.deep.equal({
      rule: physicalName(`${NAME}-record`),
      targetId: "function",
      arn: arnOf(`${NAME}-record`),
      deadLetterConfig: { arn: arnOf(`${NAME}-dlq`) },
    });
    expect(recording.inputs("Permission", `${NAME}-record`)).to.deep.equal({
      action: "lambda:InvokeFunction",
      function: physicalName(`${NAME}-record`),
      principal: "events.amazonaws.com",
      sourceArn: arnOf(`${NAME}-record`),
    });
  });

  it("sets aside what the recorder could not record", () => {
    expect(recording.inputs("Queue", `${NAME}-dlq`)).to.deep.include({ kmsMasterKeyId: "arn:aws:kms:::ops" });
    expect(recording.inputs("Function", `${NAME}-record`)["deadLetterConfig"]).to.deep.equal({
      targetArn: arnOf(`${NAME}-dlq`),
    });
    expect(recording.statement("QueuePolicy", `${NAME}-dlq`, "RulesOnly").Condition).to.deep.equal({
      ArnEquals: { "aws:SourceArn": [arnOf(`${NAME}-record`)] },
    });
    expect(recording.inputs("Function", NAME)["deadLetterConfig"]).to.equal(undefined);
  });

  it("lets the recorder look at its jobs, read reports, write runs and put metrics: nothing else", () => {
    expect(granted(recording, `${NAME}-record`)).to.deep.equal([
      [
        "LookAtRuns",
        ["glue:GetJob", "glue:GetJobRun"],
        ["p-silver", "p-gold", "p-archive"].map((job) => `arn:aws:glue:${HERE}:job/${job}`),
      ],
      ["ReportsList", ["s3:ListBucket", "s3:GetBucketLocation"], "arn:aws:s3:::store"],
      [
        "ReportsGet",
        "s3:GetObject",
        ["/*", ""].flatMap((end) =>
          ["bronze_to_silver", "silver_to_gold", "archive_gold"].map(
            (job) => `arn:aws:s3:::store/reports/${job}${end}`,
          ),
        ),
      ],
      ["ReportsKey", "kms:Decrypt", ["arn:aws:kms:::jobs"]],
      ["ReadState", READ, TABLE, partitions("landing", "job", "runs")],
      ["WriteRuns", WRITE, TABLE, partitions("job", "runs")],
      PUT,
      ["DeadLetterOwnEvents", "sqs:SendMessage", arnOf(`${NAME}-dlq`)],
    ]);
    expect(variables(recording, `${NAME}-record`)).to.deep.equal({
      OPERATIONS_TABLE: "state",
      TEAM: "web",
      ENVIRONMENT: "dev",
      PIPELINE,
      PULSE_JOBS: JSON.stringify(ARGS.jobs),
      PULSE_REPORTS_BUCKET: "store",
      PULSE_REPORTS_PREFIX: "reports/",
    });
  });

  it("lets the pulse read the table, ask the log in its workgroup, and put metrics: nothing else", () => {
    const glue = `arn:aws:glue:${HERE}`;
    expect(granted(recording, NAME)).to.deep.equal([
      ["ReadState", READ, TABLE, partitions("landing", "volume", "heartbeat", "drift", "job", "runs")],
      ["WriteFirstPulse", WRITE, TABLE, partitions("landing")],
      PUT,
      [
        "AskQueryLog",
        [
          "athena:StartQueryExecution",
          "athena:GetQueryExecution",
          "athena:GetQueryResults",
          "athena:StopQueryExecution",
        ],
        `arn:aws:athena:${HERE}:workgroup/wg`,
      ],
      ["QueryLogList", ["s3:ListBucket", "s3:GetBucketLocation"], "arn:aws:s3:::log"],
      [
        "QueryLogGet",
        "s3:GetObject",
        ["/*", ""].flatMap((end) => ["query_log", "results"].map((folder) => `arn:aws:s3:::log/${folder}${end}`)),
      ],
      [
        "WriteAnswers",
        ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
        "arn:aws:s3:::log/results/*",
      ],
      ["QueryLogKey", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], ["arn:aws:kms:::log"]],
      [
        "QueryLogCatalog",
        ["glue:GetDatabase", "glue:GetTable", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"],
        [`${glue}:catalog`, `${glue}:database/x_queries`, `${glue}:table/x_queries/query_log`],
      ],
      ["DefaultDatabase", ["glue:GetDatabase", "glue:GetDatabases"], [`${glue}:catalog`, `${glue}:database/default`]],
      ["SeeCluster", "redshift:DescribeClusters", "*"],
    ]);
    expect(variables(recording, NAME)).to.deep.equal({
      OPERATIONS_TABLE: "state",
      TEAM: "web",
      ENVIRONMENT: "dev",
      PIPELINE,
      PULSE_QUERY_LOG_DATABASE: "x_queries",
      PULSE_QUERY_LOG_WORKGROUP: "wg",
      PULSE_QUERY_LOG_TEAM: "maintenance",
      PULSE_HEARTBEATS: "watermark",
      PULSE_EXPECT_DATA: "true",
      PULSE_WAREHOUSE: '{"kind":"cluster","name":"wh"}',
    });
  });

  for (const [name, variable] of [
    [NAME, "PULSE_QUERY_LOG_DATABASE"],
    [`${NAME}-record`, "OPERATIONS_TABLE"],
  ] as const) {
    it(`hands over a closure of ${name.slice(PIPELINE.length)} that is whole, small, and requires the SDK by name`, async () => {
      const archive = recording.inputs("Function", name)["code"] as pulumi.asset.AssetArchive;
      const files = await archive.assets;
      expect(Object.keys(files)).to.deep.equal(["__index.js"]);
      const text = await (files["__index.js"] as pulumi.asset.StringAsset).text;
      expect(zipSync({ "__index.js": strToU8(text) }).length).to.be.within(1_000, 200_000);
      for (const [, required] of text.matchAll(/require\("([^"]*)"\)/g)) {
        expect(required).to.match(/^@aws-sdk\/client-[a-z0-9-]+$/);
      }
      expect(text).to.not.contain(process.cwd());
      const module = { handler: undefined as ((event: unknown, context: unknown) => Promise<unknown>) | undefined };
      const load = compileFunction(text, ["exports", "require"]) as (exports: object, require: NodeJS.Require) => void;
      load(module, createRequire(__filename));
      let caught: unknown;
      const { error } = console;
      console.error = () => undefined; // eslint-disable-line no-console -- the same
      await module.handler?.({ time: "2026-11-25T00:00:00Z" }, {}).catch((problem: unknown) => (caught = problem));
      console.error = error; // eslint-disable-line no-console -- put back
      // The environment of a test lacks what the component sets; getting there proves that the closure is whole.
      expect((caught as Error).message).to.contain(`Environment variable ${variable} is not set`);
    });
  }

  it("asks a serverless warehouse by no more than it takes, and does without one", () => {
    const arn = "arn:aws:redshift-serverless:::workgroup/1";
    const serverless = { ...ARGS, warehouse: { kind: "workgroup", name: "wh", arn } } as const;
    expect(pulseStatements(serverless).at(-1)).to.deep.equal({
      Sid: "SeeWorkgroup",
      Effect: "Allow",
      Action: "redshift-serverless:GetWorkgroup",
      Resource: arn,
    });
    const { warehouse: _warehouse, ...without } = ARGS;
    expect(pulseStatements(without).at(-1)?.Sid).to.equal("DefaultDatabase");
    const told = pulseEnvironment({ ...without, heartbeats: "ignored", expectData: false });
    expect(told).to.include({ PULSE_HEARTBEATS: "ignored", PULSE_EXPECT_DATA: "false" });
    expect(told).to.not.have.property("PULSE_WAREHOUSE");
  });
});
