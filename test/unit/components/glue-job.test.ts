import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import { InvalidArgumentError } from "../../../components/errors";
import { GlueJob, validateCompute, type GlueCompute, type GlueJobArgs } from "../../../components/glue-job";
import type { JobStore } from "../../../components/job-artifacts";
import { EtlSchedule } from "../../../components/etl-schedule";
import { ACCOUNT, arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../support/cloud-mocks";

const NAME = "clickstream-test-silver-job";
const STORE: JobStore = {
  bucket: { name: "store", arn: "arn:aws:s3:::store" },
  key: { arn: "arn:store-key" },
  packageUri: pulumi.output("s3://store/packages/p.zip"),
  statePath: pulumi.output("s3://store/state/"),
  reportsPath: pulumi.output("s3://store/reports/"),
  scratchPath: pulumi.output("s3://store/tmp/"),
};
const ARGS: GlueJobArgs = {
  description: "a job",
  account: ACCOUNT,
  scriptUri: "s3://store/scripts/s.py",
  store: STORE,
  key: { arn: "arn:layer-key" },
  statements: [{ Sid: "Own", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:own" }],
  arguments: { "--mine": "1", "--enable-metrics": "overridden" },
  tags: { team: "web" },
};

describe("GlueJob", () => {
  let recording: Recording;
  before(async () => {
    recording = await deploy(() => new GlueJob(NAME, ARGS));
  });

  it("runs Spark with the defaults, encrypted, one run at a time", () => {
    expectNamesPrefixed(recording);
    expect(recording.inputs("Job", NAME)).to.deep.equal({
      description: "a job",
      roleArn: arnOf(`${NAME}-role`),
      command: { name: "glueetl", pythonVersion: "3", scriptLocation: "s3://store/scripts/s.py" },
      glueVersion: "5.1",
      workerType: "G.1X",
      numberOfWorkers: 2,
      executionClass: "STANDARD",
      timeout: 60,
      maxRetries: 0,
      executionProperty: { maxConcurrentRuns: 1 },
      securityConfiguration: physicalName(`${NAME}-security`),
      defaultArguments: {
        "--job-language": "python",
        "--job-bookmark-option": "job-bookmark-enable",
        "--enable-metrics": "overridden",
        "--enable-continuous-cloudwatch-log": "true",
        "--enable-auto-scaling": "true",
        "--extra-py-files": "s3://store/packages/p.zip",
        "--TempDir": "s3://store/tmp/",
        "--state_path": "s3://store/state/",
        "--reports_path": "s3://store/reports/",
        "--metrics_namespace": "Clickstream",
        "--mine": "1",
      },
      tags: { team: "web" },
    });
    expect(recording.inputs("SecurityConfiguration", `${NAME}-security`)).to.deep.equal({
      encryptionConfiguration: {
        s3Encryption: { s3EncryptionMode: "SSE-KMS", kmsKeyArn: "arn:layer-key" },
        cloudwatchEncryption: { cloudwatchEncryptionMode: "SSE-KMS", kmsKeyArn: "arn:layer-key" },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: "CSE-KMS", kmsKeyArn: "arn:layer-key" },
      },
    });
  });

  it("runs in a network with what Glue needs to place it there", async () => {
    const statement = { Sid: "Net", Effect: "Allow" as const, Action: "ec2:DescribeSubnets", Resource: "*" };
    const inside = await deploy(
      () => new GlueJob(NAME, { ...ARGS, network: { connections: ["one", "two"], statements: [statement] } }),
    );
    expect(inside.inputs("Job", NAME)["connections"]).to.deep.equal(["one", "two"]);
    expect(inside.statement("RolePolicy", `${NAME}-policy`, "Net")).to.deep.equal(statement);
    expect(recording.inputs("Job", NAME)).not.to.have.property("connections");
  });

  it("waits for its permissions", () => {
    const policy = recording.one("RolePolicy", `${NAME}-policy`);
    expect(recording.one("Job", NAME).dependencies).to.include(policy.urn);
  });

  it("is assumed by Glue for this account only", () => {
    const { assumeRolePolicy, ...role } = recording.inputs("Role", `${NAME}-role`);
    expect(role).to.deep.equal({ description: "Runs a job", tags: { team: "web" } });
    expect(JSON.parse(assumeRolePolicy as string)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ServiceOfThisAccount",
          Effect: "Allow",
          Principal: { Service: "glue.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
        },
      ],
    });
  });

  it("may do exactly this", () => {
    const logs = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws-glue/jobs/*";
    const list = ["s3:ListBucket", "s3:GetBucketLocation"];
    expect(recording.policy("RolePolicy", `${NAME}-policy`).Statement).to.deep.equal([
      { Sid: "CodeList", Effect: "Allow", Action: list, Resource: "arn:aws:s3:::store" },
      {
        Sid: "CodeGet",
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: [
          "arn:aws:s3:::store/scripts/*",
          "arn:aws:s3:::store/packages/*",
          // Hadoop looks for an object of a folder's own name.
          "arn:aws:s3:::store/scripts",
          "arn:aws:s3:::store/packages",
        ],
      },
      {
        Sid: "StoreList",
        Effect: "Allow",
        Action: [...list, "s3:ListBucketMultipartUploads"],
        Resource: "arn:aws:s3:::store",
      },
      {
        Sid: "StoreWrite",
        Effect: "Allow",
        Action: [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
        ],
        Resource: [
          "arn:aws:s3:::store/state/*",
          "arn:aws:s3:::store/reports/*",
          "arn:aws:s3:::store/tmp/*",
          "arn:aws:s3:::store/state",
          "arn:aws:s3:::store/reports",
          "arn:aws:s3:::store/tmp",
          "arn:aws:s3:::store/state_$folder$",
          "arn:aws:s3:::store/reports_$folder$",
          "arn:aws:s3:::store/tmp_$folder$",
        ],
      },
      {
        Sid: "StoreKey",
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        Resource: ["arn:store-key"],
      },
      {
        Sid: "LayerKey",
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        Resource: ["arn:layer-key"],
      },
      {
        Sid: "Logs",
        Effect: "Allow",
        Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"],
        Resource: [logs, `${logs}:log-stream:*`],
      },
      {
        Sid: "Metrics",
        Effect: "Allow",
        Action: "cloudwatch:PutMetricData",
        Resource: "*",
        Condition: { StringEquals: { "cloudwatch:namespace": ["Clickstream", "Glue"] } },
      },
      ...ARGS.statements,
    ]);
    expect(recording.policy("RolePolicy", `${NAME}-bookmark`).Statement).to.deep.equal([
      {
        Sid: "OwnBookmark",
        Effect: "Allow",
        Action: ["glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns", "glue:*JobBookmark*"],
        Resource: arnOf(NAME),
      },
    ]);
  });

  it("takes FLEX where Glue has it", async () => {
    const compute: GlueCompute = { executionClass: "FLEX", workerType: "G.2X", workers: 10, timeout: "2 minutes" };
    const flex = await deploy(() => new GlueJob(NAME, { ...ARGS, compute }));
    expect(flex.inputs("Job", NAME)).to.deep.include({
      executionClass: "FLEX",
      workerType: "G.2X",
      numberOfWorkers: 10,
      timeout: 2,
    });
  });

  const refused: [GlueCompute, RegExp][] = [
    [{ executionClass: "FLEX", workerType: "G.4X" }, /G\.4X cannot run with executionClass FLEX/],
    [{ workers: 1 }, /workers is 1/],
    [{ workers: 2.5 }, /workers is 2\.5/],
    [{ workers: 300 }, /workers is 300/],
    [{ timeout: "10081 minutes" }, /10081 minutes: Glue stops at 10080/],
    [{ maxRetries: -1 }, /maxRetries is -1/],
    [{ maxRetries: 11 }, /maxRetries is 11/],
  ];
  for (const [compute, message] of refused) {
    it(`refuses ${JSON.stringify(compute)} before any resource`, async () => {
      expect(() => validateCompute(compute)).to.throw(InvalidArgumentError, message);
      const nothing = await deploy(() => {
        expect(() => new GlueJob(NAME, { ...ARGS, compute })).to.throw(InvalidArgumentError, message);
      });
      expect(nothing.registrations).to.deep.equal([]);
    });
  }
});

describe("EtlSchedule", () => {
  it("starts silver by the clock, and gold after its success", async () => {
    const args = { silverJob: "s", goldJob: "g", tags: { team: "web" } };
    const recording = await deploy(() => new EtlSchedule("clickstream-etl", args));
    expectNamesPrefixed(recording);
    expect(recording.inputs("Trigger", "clickstream-etl-start-silver")).to.deep.equal({
      description: "Starts bronze_to_silver by the clock",
      type: "SCHEDULED",
      schedule: "cron(10 * * * ? *)",
      enabled: true,
      actions: [{ jobName: "s" }],
      tags: { team: "web" },
    });
    expect(recording.inputs("Trigger", "clickstream-etl-start-gold")).to.deep.equal({
      description: "Starts silver_to_gold after a successful bronze_to_silver",
      type: "CONDITIONAL",
      enabled: true,
      predicate: { conditions: [{ jobName: "s", logicalOperator: "EQUALS", state: "SUCCEEDED" }] },
      actions: [{ jobName: "g" }],
      tags: { team: "web" },
    });
  });

  it("can be switched off without losing the chain", async () => {
    const args = { silverJob: "s", goldJob: "g", enabled: false, schedule: "cron(0 3 * * ? *)", tags: {} };
    const recording = await deploy(() => new EtlSchedule("clickstream-etl", args));
    expect(recording.inputs("Trigger", "clickstream-etl-start-silver")).to.deep.include({
      enabled: false,
      schedule: "cron(0 3 * * ? *)",
    });
    expect(recording.inputs("Trigger", "clickstream-etl-start-gold")["enabled"]).to.equal(true);
  });
});
