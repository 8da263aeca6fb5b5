import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Alerting, checkAlertingArgs, type AlertingArgs } from "../../../components/alerting";
import { InvalidArgumentError } from "../../../components/errors";
import { arnOf, deploy, expectNamesPrefixed, physicalName, ACCOUNT, type Recording } from "../support/cloud-mocks";

const NAME = "clickstream-test-alerts";
const ARGS: AlertingArgs = {
  account: ACCOUNT,
  rawBucket: { name: "raw-bucket", arn: "arn:aws:s3:::raw-bucket" },
  rawKey: { arn: "arn:aws:kms:::raw-key" },
  eventsPrefix: "events/",
  thresholdUsd: 1000,
  currencies: { USD: 1, EUR: 1.1 },
  team: "web",
  environment: "dev",
  deletion: { deleteData: false, allowDelete: false },
};
const KEY = arnOf(`${NAME}-key`);

describe("Alerting options", () => {
  it("a new threshold changes the function's environment and the bus rule's pattern, nothing else", async () => {
    const inputsOf = async (thresholdUsd: number): Promise<Map<string, string>> => {
      const recording = await deploy(() => new Alerting(NAME, { ...ARGS, thresholdUsd }));
      const entries = await Promise.all(
        recording.registrations.map(async ({ type, name, inputs }) => {
          const { code, ...rest } = inputs;
          const text = code === undefined ? "" : await closureText(code as pulumi.asset.AssetArchive);
          return [`${type} ${name}`, JSON.stringify(rest) + text] as const;
        }),
      );
      return new Map(entries);
    };
    const before = await inputsOf(1000);
    const after = await inputsOf(2500);
    const changed = [...before.keys()].filter((resource) => before.get(resource) !== after.get(resource));
    expect(changed.sort()).to.deep.equal([
      `aws:cloudwatch/eventRule:EventRule ${NAME}-purchases`,
      `aws:lambda/function:Function ${NAME}-fn`,
    ]);
  });

  describe("with Slack, pager and e-mail, in a deletable stack", () => {
    let recording: Recording;
    before(async () => {
      recording = await deploy(
        () =>
          new Alerting(NAME, {
            ...ARGS,
            deletion: { deleteData: true, allowDelete: true },
            slackWebhook: pulumi.secret("https://hooks.slack.com/services/T/B/secret"),
            // Not marked by the caller: the component has to.
            pagerEndpoint: "https://events.pagerduty.com/integration/key/enqueue",
            alertEmail: "oncall@example.com",
            dashboardUrl: "https://example.org/{orderId}",
          }),
      );
    });

    it("subscribes each, with a dead-letter queue that SNS may write to", () => {
      const redrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(`${NAME}-notify-dlq`) });
      const topic = arnOf(`${NAME}-topic`);
      expect(recording.inputs("TopicSubscription", `${NAME}-slack`)).to.deep.equal({
        topic,
        protocol: "lambda",
        endpoint: arnOf(`${NAME}-slack`),
        redrivePolicy,
      });
      expect(recording.inputs("TopicSubscription", `${NAME}-pager`)).to.deep.equal({
        topic,
        protocol: "https",
        endpoint: "https://events.pagerduty.com/integration/key/enqueue",
        endpointAutoConfirms: true,
        redrivePolicy,
      });
      expect(recording.inputs("TopicSubscription", `${NAME}-email`)).to.deep.equal({
        topic,
        protocol: "email",
        endpoint: "oncall@example.com",
        redrivePolicy,
      });
      expect(recording.inputs("Queue", `${NAME}-notify-dlq`)).to.deep.equal({
        kmsMasterKeyId: KEY,
        messageRetentionSeconds: 1_209_600,
      });
      expect(recording.statement("QueuePolicy", `${NAME}-notify-dlq`, "UndeliverableNotifications")).to.deep.include({
        Principal: { Service: "sns.amazonaws.com" },
        Condition: { ArnEquals: { "aws:SourceArn": topic } },
      });
      expectNamesPrefixed(recording);
    });

    it("keeps webhook and pager endpoint secret, and the webhook out of the function", () => {
      expect(recording.one("SecretVersion", `${NAME}-slack`).secrets).to.deep.equal(["secretString"]);
      expect(recording.one("TopicSubscription", `${NAME}-pager`).secrets).to.deep.equal(["endpoint"]);
      expect(recording.inputs("SecretVersion", `${NAME}-slack`)).to.include({
        secretString: "https://hooks.slack.com/services/T/B/secret",
      });
      expect(recording.inputs("Function", `${NAME}-slack`)).to.deep.include({
        environment: { variables: { SLACK_SECRET_ARN: arnOf(`${NAME}-slack`) } },
        deadLetterConfig: { targetArn: arnOf(`${NAME}-notify-dlq`) },
        kmsKeyArn: KEY,
      });
      expect(recording.statement("RolePolicy", `${NAME}-slack`, "ReadWebhook")).to.include({
        Action: "secretsmanager:GetSecretValue",
        Resource: arnOf(`${NAME}-slack`),
      });
    });

    it("lets this topic alone invoke the notifier", () => {
      expect(recording.inputs("Permission", `${NAME}-slack`)).to.deep.equal({
        function: physicalName(`${NAME}-slack`),
        action: "lambda:InvokeFunction",
        principal: "sns.amazonaws.com",
        sourceArn: arnOf(`${NAME}-topic`),
      });
    });

    it("leaves nothing behind when it is deleted", () => {
      expect(recording.inputs("Secret", `${NAME}-slack`)).to.include({ recoveryWindowInDays: 0 });
      expect(recording.inputs("Table", `${NAME}-orders`)).to.include({ deletionProtectionEnabled: false });
      expect(recording.registrations.filter(({ retainOnDelete }) => retainOnDelete)).to.deep.equal([]);
    });

    it("tells the handler of the dashboard", () => {
      expect(recording.inputs("Function", `${NAME}-fn`)).to.have.nested.property(
        "environment.variables.ALERT_DASHBOARD_URL",
        "https://example.org/{orderId}",
      );
    });
  });

  it("makes only what the one recipient needs", async () => {
    const recording = await deploy(() => new Alerting(NAME, { ...ARGS, alertEmail: "oncall@example.com" }));
    const receipts = `${NAME}-receipt`;
    const subscriptions = recording.ofType("TopicSubscription").map(({ name }) => name);
    expect(subscriptions).to.have.members([`${NAME}-email`, receipts]);
    expect(recording.ofType("Secret")).to.deep.equal([]);
    expect(recording.ofType("Function").map(({ name }) => name)).to.have.members([`${NAME}-fn`, receipts]);
  });

  describe("checkAlertingArgs", () => {
    const bad: [Partial<AlertingArgs>, RegExp][] = [
      [{ thresholdUsd: 0 }, /thresholdUsd is 0: it must be from 0\.01/],
      [{ thresholdUsd: Number.NaN }, /thresholdUsd is NaN/],
      [{ thresholdUsd: 1e10 }, /thresholdUsd is 10000000000/],
      [{ currencies: { EUR: 0 } }, /the rate of EUR is 0/],
      [{ currencies: { EUR: -1 } }, /the rate of EUR is -1/],
      [{ currencies: { EUR: Infinity } }, /the rate of EUR is Infinity/],
      [{ maxConcurrency: 1 }, /maxConcurrency is 1: .*from 2 to 1000/],
      [{ maxConcurrency: 2.5 }, /maxConcurrency is 2\.5/],
    ];
    for (const [change, message] of bad) {
      it(`refuses ${JSON.stringify(change)} before any resource`, async () => {
        const recording = await deploy(() => {
          expect(() => new Alerting(NAME, { ...ARGS, ...change })).to.throw(InvalidArgumentError, message);
        });
        expect(recording.registrations).to.deep.equal([]);
      });
    }

    it("accepts the limits", () => {
      checkAlertingArgs({ thresholdUsd: 0.01, currencies: {}, maxConcurrency: 2 });
      checkAlertingArgs({ thresholdUsd: 1e9, currencies: { JPY: 0.0066 }, maxConcurrency: 1000 });
    });
  });
});

async function closureText(archive: pulumi.asset.AssetArchive): Promise<string> {
  const texts = Object.values(await archive.assets).map((asset) => (asset as pulumi.asset.StringAsset).text);
  return (await Promise.all(texts)).join("\n");
}
