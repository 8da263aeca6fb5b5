import { createRequire } from "node:module";
import { compileFunction } from "node:vm";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { strToU8, zipSync } from "fflate";
import { EventFunction, logRetentionDays, type EventFunctionArgs } from "../../../components/event-function";
import { InvalidArgumentError } from "../../../components/errors";
import { NamingError } from "../../../components/naming";
import { createAlertReceiptHandler } from "../../../handlers/alert-receipts";
import { createPurchaseAlertHandler } from "../../../handlers/purchase-alerts";
import { createSlackNotifier } from "../../../handlers/slack-notifier";
import { arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../support/cloud-mocks";

const NAME = "clickstream-test-fn";
const KEY = { arn: "arn:aws:kms:::key" };
/** The limit for a Lambda archive. */
const MAX_ARCHIVE_BYTES = 200_000;

const ARGS: EventFunctionArgs = {
  description: "Answers",
  key: KEY,
  factory: () => () => Promise.resolve("ok"),
  statements: [{ Sid: "ReadThing", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::thing/x" }],
};

/** The files of an archive as the program hands it to the engine: path in the archive -> text. */
async function filesOf(recording: Recording, name: string): Promise<Record<string, string>> {
  const archive = recording.inputs("Function", name)["code"] as pulumi.asset.AssetArchive;
  const files: Record<string, string> = {};
  for (const [path, asset] of Object.entries(await archive.assets)) {
    // A package folder would be a FileArchive: it has no text, and none may be there.
    expect(asset, path).to.be.instanceOf(pulumi.asset.StringAsset);
    files[path] = await (asset as pulumi.asset.StringAsset).text;
  }
  return files;
}

describe("EventFunction", () => {
  describe("with what it needs only", () => {
    let recording: Recording;
    before(async () => {
      recording = await deploy(() => new EventFunction(NAME, ARGS));
    });

    it("is a function with its own role, policy and log group, all named after it", () => {
      expect(recording.registrations.map(({ type }) => type).sort()).to.deep.equal([
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:lambda/function:Function",
        "clickstream:components:EventFunction",
      ]);
      expectNamesPrefixed(recording);
    });

    it("has exactly these inputs, with the defaults", () => {
      const { code: _code, ...inputs } = recording.inputs("Function", NAME);
      expect(inputs).to.deep.equal({
        description: "Answers",
        runtime: "nodejs22.x",
        architectures: ["arm64"],
        handler: "__index.handler",
        role: arnOf(NAME),
        memorySize: 512,
        timeout: 30,
        loggingConfig: { logFormat: "Text", logGroup: physicalName(NAME) },
      });
      expect(recording.inputs("LogGroup", NAME)).to.deep.equal({ retentionInDays: 365, kmsKeyId: KEY.arn });
      expect(recording.one("Function", NAME).ignoreChanges).to.deep.equal([]);
    });

    it("may write its own log, use the key and what was given: nothing else", () => {
      expect(recording.policy("RolePolicy", NAME).Statement).to.deep.equal([
        {
          Sid: "WriteOwnLog",
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: `${arnOf(NAME)}:*`,
        },
        {
          Sid: "UseKey",
          Effect: "Allow",
          Action: ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
          Resource: KEY.arn,
        },
        { Sid: "ReadThing", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::thing/x" },
      ]);
      expect(recording.policy("Role", NAME, "assumeRolePolicy").Statement).to.deep.equal([
        {
          Sid: "LambdaService",
          Effect: "Allow",
          Principal: { Service: "lambda.amazonaws.com" },
          Action: "sts:AssumeRole",
        },
      ]);
    });
  });

  it("passes on every option, and grants what each needs", async () => {
    const recording = await deploy(
      () =>
        new EventFunction(NAME, {
          ...ARGS,
          environment: { MODE: "fast" },
          memoryMb: 1024,
          timeoutSeconds: 60,
          reservedConcurrency: 5,
          deadLetterQueueArn: "arn:aws:sqs:::dlq",
          logRetention: "30 days",
          tracing: true,
          tags: { team: "web" },
        }),
    );
    expect(recording.inputs("Function", NAME)).to.deep.include({
      environment: { variables: { MODE: "fast" } },
      kmsKeyArn: KEY.arn,
      memorySize: 1024,
      timeout: 60,
      reservedConcurrentExecutions: 5,
      deadLetterConfig: { targetArn: "arn:aws:sqs:::dlq" },
      tracingConfig: { mode: "Active" },
      tags: { team: "web" },
    });
    expect(recording.inputs("LogGroup", NAME)).to.include({ retentionInDays: 30 });
    expect(recording.statement("RolePolicy", NAME, "DeadLetterOwnEvents")).to.include({
      Action: "sqs:SendMessage",
      Resource: "arn:aws:sqs:::dlq",
    });
    expect(recording.statement("RolePolicy", NAME, "SendTraces")).to.include({ Resource: "*" });
  });

  it("refuses a retention that CloudWatch Logs does not offer, and a name too long for a role", async () => {
    expect(() => logRetentionDays("45 days")).to.throw(InvalidArgumentError, /"45 days".*choose one of 1, 3, 5/);
    expect(logRetentionDays("365 days")).to.equal(365);
    const recording = await deploy(() => {
      expect(() => new EventFunction("f".repeat(57), ARGS)).to.throw(NamingError, /Lambda function name/);
    });
    expect(recording.registrations).to.deep.equal([]);
  });

  const closures = { createAlertReceiptHandler, createPurchaseAlertHandler, createSlackNotifier };
  for (const [closure, factory] of Object.entries(closures)) {
    describe(`archive of ${closure}`, () => {
      let files: Record<string, string>;
      before(async () => {
        files = await filesOf(await deploy(() => new EventFunction(NAME, { ...ARGS, factory })), NAME);
      });

      it("is one file under 200 KB zipped", () => {
        expect(Object.keys(files)).to.deep.equal(["__index.js"]);
        const zipped = zipSync({ "__index.js": strToU8(files["__index.js"] ?? "") });
        expect(zipped.length).to.be.within(1_000, MAX_ARCHIVE_BYTES);
      });

      it("requires the SDK by its name, nothing by a path, and imports nothing", () => {
        const text = files["__index.js"] ?? "";
        const required = [...text.matchAll(/require\("([^"]*)"\)/g)].map((match) => match[1]);
        expect(required).to.include("@aws-sdk/client-sns");
        for (const module of required) expect(module).to.match(/^(@aws-sdk\/client-[a-z0-9-]+|crypto|zlib)$/);
        expect(text).to.not.match(/\bimport\(/);
        expect(text).to.not.contain(process.cwd());
      });

      it("is the same text every time: a second `up` must find no change", async () => {
        // Not through the component, which reads a factory once in the life of a process.
        const options = { exportName: "handler", isFactoryFunction: true };
        const again = await pulumi.runtime.serializeFunction(factory, options);
        expect({ "__index.js": again.text }).to.deep.equal(files);
      });

      it("runs where no file of the project is: it has everything it captured", async () => {
        const text = files["__index.js"] ?? "";
        const module = { handler: undefined as ((event: unknown, context: unknown) => Promise<unknown>) | undefined };
        // As Lambda loads it: a CommonJS module with nothing but Node's own scope.
        const load = compileFunction(text, ["exports", "require"]) as (
          exports: object,
          require: NodeJS.Require,
        ) => void;
        load(module, createRequire(__filename));
        let caught: unknown;
        await module.handler?.({ Records: [] }, {}).catch((error: unknown) => (caught = error));
        // The environment of a test lacks what the component sets; getting there proves that the closure is whole.
        expect((caught as Error).message).to.match(/^Environment variable (ALERT_TABLE|SLACK_SECRET_ARN) is not set/);
      });
    });
  }
});
