import { createRequire } from "node:module";
import { compileFunction } from "node:vm";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { strToU8, zipSync } from "fflate";
import { EncryptionKey } from "../../../../components/encryption-key";
import { KEY_USERS } from "../../../../components/key-users";
import { billingKeyGrants } from "../../../../components/operations/billing-publishers";
import { AlarmRoutes, type AlarmRoutesArgs } from "../../../../components/operations/routes";
import { readNotifierSettings } from "../../../../handlers/operations/notifier-settings";
import { ACCOUNT, arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../../support/cloud-mocks";

const NAME = "clickstream-test-ops";
const DELETION = { deleteData: false, allowDelete: false };
const KEY = arnOf("clickstream-key");

type Options = Partial<Omit<AlarmRoutesArgs, "store" | "account" | "dimensions">>;

function deployRoutes(options: Options = {}): Promise<Recording> {
  return deploy(() => {
    const key = new EncryptionKey("clickstream-key", {
      description: "test",
      account: ACCOUNT,
      users: KEY_USERS.operations,
      deletion: DELETION,
    });
    return new AlarmRoutes(NAME, {
      store: { tableName: "state", tableArn: "arn:aws:dynamodb:::state", key },
      account: ACCOUNT,
      dimensions: { team: "web", environment: "dev", pipeline: "clickstream-test" },
      deletion: DELETION,
      tags: {},
      ...options,
    });
  });
}

describe("AlarmRoutes", () => {
  const closureOf = async (recording: Recording): Promise<string> => {
    const archive = recording.inputs("Function", `${NAME}-notifier`)["code"] as pulumi.asset.AssetArchive;
    const assets = await archive.assets;
    expect(Object.keys(assets)).to.deep.equal(["__index.js"]);
    return (assets["__index.js"] as pulumi.asset.StringAsset).text;
  };
  let bare: Recording;
  before(async () => {
    bare = await deployRoutes();
  });

  describe("with Slack, pager and e-mail", () => {
    let recording: Recording;
    before(async () => {
      recording = await deployRoutes({
        slackWebhook: pulumi.secret("https://hooks.slack.com/services/T/B/secret"),
        pagerEndpoint: "https://events.pagerduty.com/integration/key/enqueue",
        alertEmail: "oncall@example.com",
        runbookBase: "https://example.org/runbooks",
        dashboardUrl: "https://example.org/dashboard",
      });
    });

    it("makes exactly these resources, named after it", () => {
      const made = recording.registrations
        .filter(({ custom, name }) => custom && name.startsWith(NAME))
        .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name.slice(NAME.length)}`);
      expect(made.sort()).to.deep.equal([
        "Function -notifier",
        "LogGroup -notifier",
        "Permission -notifier",
        "Queue -notifier-dlq",
        "Queue -pager-dlq",
        "QueuePolicy -notifier-dlq",
        "QueuePolicy -pager-dlq",
        "Role -notifier",
        "RolePolicy -notifier",
        "Secret -slack",
        "SecretVersion -slack",
        "Topic -alarms",
        "Topic -pager",
        "TopicPolicy -alarms",
        "TopicPolicy -pager",
        "TopicSubscription -email",
        "TopicSubscription -notifier",
        "TopicSubscription -pager",
      ]);
      expectNamesPrefixed(recording);
    });

    it("topics are encrypted, want TLS, and let in alarms of this account; budgets only into the first", () => {
      const intake = { displayName: "Clickstream alarms", kmsMasterKeyId: KEY, tags: {} };
      expect(recording.inputs("Topic", `${NAME}-alarms`)).to.deep.equal(intake);
      expect(recording.inputs("Topic", `${NAME}-pager`)).to.deep.equal({ ...intake, displayName: "Clickstream pager" });
      const sids = (topic: string): string[] =>
        recording.policy("TopicPolicy", `${NAME}-${topic}`).Statement.map(({ Sid }) => Sid);
      expect(sids("pager")).to.deep.equal(["TlsOnly", "OwnAccount", "AlarmsOfThisAccount"]);
      expect(sids("alarms")).to.deep.equal([
        ...sids("pager"),
        "BudgetsOfThisAccount",
        "CostAnomaliesOfThisAccount",
        "SecurityEventsOfThisPipeline",
      ]);
      for (const [type, name, Action, Resource] of [
        ["TopicPolicy", "alarms", "sns:Publish", arnOf(`${NAME}-alarms`)],
        ["QueuePolicy", "notifier-dlq", "sqs:SendMessage", arnOf(`${NAME}-notifier-dlq`)],
      ] as const) {
        expect(recording.statement(type, `${NAME}-${name}`, "SecurityEventsOfThisPipeline")).to.deep.equal({
          Sid: "SecurityEventsOfThisPipeline",
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action,
          Resource,
          Condition: {
            ArnLike: {
              "aws:SourceArn": `arn:aws:events:eu-west-1:${ACCOUNT.accountId}:rule/clickstream-test-audit-*`,
            },
          },
        });
      }
      expect(recording.statement("TopicPolicy", `${NAME}-pager`, "AlarmsOfThisAccount")).to.deep.equal({
        Sid: "AlarmsOfThisAccount",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: arnOf(`${NAME}-pager`),
        Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT.accountId } },
      });
      expect(recording.statement("TopicPolicy", `${NAME}-alarms`, "BudgetsOfThisAccount")).to.deep.equal({
        Sid: "BudgetsOfThisAccount",
        Effect: "Allow",
        Principal: { Service: "budgets.amazonaws.com" },
        Action: "sns:Publish",
        Resource: arnOf(`${NAME}-alarms`),
        Condition: {
          StringEquals: { "aws:SourceAccount": ACCOUNT.accountId },
          ArnLike: { "aws:SourceArn": `arn:aws:budgets::${ACCOUNT.accountId}:*` },
        },
      });
      expect(recording.statement("TopicPolicy", `${NAME}-alarms`, "CostAnomaliesOfThisAccount")).to.deep.include({
        Principal: { Service: "costalerts.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT.accountId } },
      });
    });

    it("subscribes the notifier to alarms, and people to the pager, each with its own dead-letter queue", () => {
      const redrive = (queue: string): string => JSON.stringify({ deadLetterTargetArn: arnOf(`${NAME}-${queue}`) });
      expect(recording.inputs("TopicSubscription", `${NAME}-notifier`)).to.deep.equal({
        topic: arnOf(`${NAME}-alarms`),
        protocol: "lambda",
        endpoint: arnOf(`${NAME}-notifier`),
        redrivePolicy: redrive("notifier-dlq"),
      });
      expect(recording.inputs("TopicSubscription", `${NAME}-pager`)).to.deep.equal({
        topic: arnOf(`${NAME}-pager`),
        protocol: "https",
        endpoint: "https://events.pagerduty.com/integration/key/enqueue",
        endpointAutoConfirms: true,
        redrivePolicy: redrive("pager-dlq"),
      });
      expect(recording.one("TopicSubscription", `${NAME}-pager`).secrets).to.deep.equal(["endpoint"]);
      expect(recording.inputs("TopicSubscription", `${NAME}-email`)).to.deep.equal({
        topic: arnOf(`${NAME}-pager`),
        protocol: "email",
        endpoint: "oncall@example.com",
        redrivePolicy: redrive("pager-dlq"),
      });
      expect(recording.inputs("Permission", `${NAME}-notifier`)).to.deep.equal({
        function: physicalName(`${NAME}-notifier`),
        action: "lambda:InvokeFunction",
        principal: "sns.amazonaws.com",
        sourceArn: arnOf(`${NAME}-alarms`),
      });
      for (const [queue, topic] of [
        ["notifier-dlq", "alarms"],
        ["pager-dlq", "pager"],
      ] as const) {
        expect(recording.inputs("Queue", `${NAME}-${queue}`)).to.deep.equal({
          kmsMasterKeyId: KEY,
          messageRetentionSeconds: 1_209_600,
          tags: {},
        });
        expect(
          recording.statement("QueuePolicy", `${NAME}-${queue}`, "UndeliverableNotifications").Condition,
        ).to.deep.equal({ ArnEquals: { "aws:SourceArn": arnOf(`${NAME}-${topic}`) } });
      }
    });

    it("hands the notifier an environment that it accepts", () => {
      const { code: _code, ...inputs } = recording.inputs("Function", `${NAME}-notifier`);
      expect(inputs).to.deep.include({
        timeout: 45,
        memorySize: 256,
        kmsKeyArn: KEY,
        deadLetterConfig: { targetArn: arnOf(`${NAME}-notifier-dlq`) },
      });
      const { variables } = inputs["environment"] as { variables: Record<string, string> };
      expect(readNotifierSettings({ ...variables, AWS_REGION: "eu-west-1" })).to.deep.equal({
        table: "state",
        team: "web",
        environment: "dev",
        pipeline: "clickstream-test",
        region: "eu-west-1",
        pagerTopic: arnOf(`${NAME}-pager`),
        paged: true,
        slack: true,
        runbookBase: "https://example.org/runbooks/",
        dashboardUrl: "https://example.org/dashboard",
      });
      expect(recording.one("SecretVersion", `${NAME}-slack`).secrets).to.deep.equal(["secretString"]);
      expect(JSON.stringify(variables)).to.not.contain("hooks.slack.com");
    });

    it("lets the notifier do what it does on exactly its own resources", () => {
      const leadingKeys = { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["message"] } };
      expect(recording.policy("RolePolicy", `${NAME}-notifier`).Statement.slice(2)).to.deep.equal([
        {
          Sid: "ReadTold",
          Effect: "Allow",
          Action: ["dynamodb:GetItem", "dynamodb:Query"],
          Resource: "arn:aws:dynamodb:::state",
          Condition: leadingKeys,
        },
        {
          Sid: "WriteTold",
          Effect: "Allow",
          Action: ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
          Resource: "arn:aws:dynamodb:::state",
          Condition: leadingKeys,
        },
        { Sid: "Page", Effect: "Allow", Action: "sns:Publish", Resource: arnOf(`${NAME}-pager`) },
        {
          Sid: "ReadReasons",
          Effect: "Allow",
          Action: "cloudwatch:DescribeAlarms",
          Resource: "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:clickstream-test-*",
        },
        {
          Sid: "PutMetrics",
          Effect: "Allow",
          Action: "cloudwatch:PutMetricData",
          Resource: "*",
          Condition: { StringEquals: { "cloudwatch:namespace": "Clickstream" } },
        },
        {
          Sid: "ReadWebhook",
          Effect: "Allow",
          Action: "secretsmanager:GetSecretValue",
          Resource: arnOf(`${NAME}-slack`),
        },
        {
          Sid: "DeadLetterOwnEvents",
          Effect: "Allow",
          Action: "sqs:SendMessage",
          Resource: arnOf(`${NAME}-notifier-dlq`),
        },
      ]);
    });

    it("the notifier's archive is one small file that carries the alarm list and runs by itself", async () => {
      const text = await closureOf(recording);
      expect(await closureOf(bare), "a second deployment's").to.equal(text);
      expect(zipSync({ "__index.js": strToU8(text) }).length).to.be.below(200_000);
      const required = [...text.matchAll(/require\("([^"]*)"\)/g)].map((match) => match[1]);
      for (const module of required) expect(module).to.match(/^@aws-sdk\/client-[a-z0-9-]+$/);
      expect(text).to.contain("No data arrives").and.to.not.contain(process.cwd());
      const module = { handler: undefined as ((event: unknown, context: unknown) => Promise<unknown>) | undefined };
      const load = compileFunction(text, ["exports", "require"]) as (exports: object, require: NodeJS.Require) => void;
      load(module, createRequire(__filename));
      let caught: unknown;
      await module.handler?.({ Records: [] }, {}).catch((error: unknown) => (caught = error));
      expect((caught as Error).message).to.match(/^Environment variable OPERATIONS_TABLE is not set/);
    });
  });

  it("without recipients it keeps topics and notifier, and no queue of the pager", () => {
    expect(bare.ofType("TopicSubscription").map(({ name }) => name)).to.deep.equal([`${NAME}-notifier`]);
    expect(bare.ofType("Queue").map(({ name }) => name)).to.deep.equal([`${NAME}-notifier-dlq`]);
    expect(bare.ofType("Secret")).to.deep.equal([]);
    const { variables } = bare.inputs("Function", `${NAME}-notifier`)["environment"] as {
      variables: Record<string, string>;
    };
    expect(readNotifierSettings({ ...variables, AWS_REGION: "eu-west-1" })).to.deep.include({
      paged: false,
      slack: false,
      runbookBase: "docs/runbooks/",
    });
  });

  it("the key's grants for budgets and anomalies are those of the topic's policy", () => {
    expect(billingKeyGrants(ACCOUNT).map(({ sid, service }) => [sid, service])).to.deep.equal([
      ["BudgetsOfThisAccount", "budgets.amazonaws.com"],
      ["CostAnomaliesOfThisAccount", "costalerts.amazonaws.com"],
    ]);
  });
});
