import { expect } from "chai";
import {
  Alerting,
  ALERT_LEASE_SECONDS,
  ALERT_TIMEOUT_SECONDS,
  QUEUE_VISIBILITY_SECONDS,
  type AlertingArgs,
} from "../../../components/alerting";
import { DLQ_RETENTION_SECONDS, MAX_RECEIVES, QUEUE_RETENTION_SECONDS } from "../../../components/alert-intake";
import { retryDelay } from "../../../handlers/purchase-alerts";
import { readAlertSettings } from "../../../handlers/settings";
import { ACCOUNT, arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../support/cloud-mocks";

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
const RULES = [arnOf(`${NAME}-objects`), arnOf(`${NAME}-purchases`)];
const KEY = arnOf(`${NAME}-key`);

describe("Alerting", () => {
  describe("without recipients", () => {
    let recording: Recording;
    before(async () => {
      recording = await deploy(() => new Alerting(NAME, ARGS));
    });

    it("makes exactly these resources, named after it", () => {
      const made = recording.registrations
        .filter(({ custom }) => custom)
        .map(({ type, name }) => `${type.split(":").at(-1)} ${name.slice(NAME.length)}`);
      expect(made.sort()).to.deep.equal([
        "Alias -key",
        "EventBus -purchases",
        "EventRule -objects",
        "EventRule -purchases",
        "EventSourceMapping -fn",
        "EventSourceMapping -receipt",
        "EventTarget -objects",
        "EventTarget -purchases",
        "Function -fn",
        "Function -receipt",
        "Key -key",
        "LogGroup -fn",
        "LogGroup -receipt",
        "Queue -dlq",
        "Queue -queue",
        "Queue -receipt-dlq",
        "Queue -receipt-queue",
        "QueuePolicy -dlq",
        "QueuePolicy -queue",
        "QueuePolicy -receipt-dlq",
        "QueuePolicy -receipt-queue",
        "Role -fn",
        "Role -receipt",
        "RolePolicy -fn",
        "RolePolicy -receipt",
        "Table -orders",
        "Topic -topic",
        "TopicPolicy -topic",
        "TopicSubscription -receipt",
      ]);
      expectNamesPrefixed(recording);
    });

    it("matches new objects under the events prefix, and published purchases large enough in some currency", () => {
      const pattern = (name: string): unknown =>
        JSON.parse(recording.inputs("EventRule", name)["eventPattern"] as string) as unknown;
      expect(pattern(`${NAME}-objects`)).to.deep.equal({
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: { bucket: { name: ["raw-bucket"] }, object: { key: [{ prefix: "events/" }] } },
      });
      expect(pattern(`${NAME}-purchases`)).to.deep.equal({
        source: ["clickstream.web"],
        "detail-type": ["purchase"],
        detail: { order: { amount: [{ numeric: [">=", 909.09] }] } },
      });
      expect(recording.inputs("EventRule", `${NAME}-objects`)).to.not.have.property("eventBusName");
      expect(recording.inputs("EventRule", `${NAME}-purchases`)).to.include({
        eventBusName: physicalName(`${NAME}-purchases`),
      });
    });

    it("sends both rules to the one queue, each with the dead-letter queue, after the queues admit them", () => {
      const shared = {
        targetId: "alert-queue",
        arn: arnOf(`${NAME}-queue`),
        deadLetterConfig: { arn: arnOf(`${NAME}-dlq`) },
      };
      expect(recording.inputs("EventTarget", `${NAME}-objects`)).to.deep.equal({
        ...shared,
        rule: physicalName(`${NAME}-objects`),
      });
      expect(recording.inputs("EventTarget", `${NAME}-purchases`)).to.deep.equal({
        ...shared,
        rule: physicalName(`${NAME}-purchases`),
        eventBusName: physicalName(`${NAME}-purchases`),
      });
      const admitted = ["queue", "dlq"].map((queue) => recording.one("QueuePolicy", `${NAME}-${queue}`).urn);
      for (const target of recording.ofType("EventTarget")) {
        expect(target.dependencies).to.include.members(admitted);
      }
    });

    it("keeps messages encrypted, invisible for six timeouts, and sets them aside after five receives", () => {
      expect(recording.inputs("Queue", `${NAME}-queue`)).to.deep.equal({
        kmsMasterKeyId: KEY,
        visibilityTimeoutSeconds: 720,
        messageRetentionSeconds: 345_600,
        redrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(`${NAME}-dlq`), maxReceiveCount: 5 }),
      });
      expect(recording.inputs("Queue", `${NAME}-dlq`)).to.deep.equal({
        kmsMasterKeyId: KEY,
        messageRetentionSeconds: 1_209_600,
      });
      expect(QUEUE_VISIBILITY_SECONDS).to.be.at.least(6 * ALERT_TIMEOUT_SECONDS);
      expect(DLQ_RETENTION_SECONDS).to.be.greaterThan(QUEUE_RETENTION_SECONDS);
    });

    it("gives a dead owner's order enough receives to be taken over", () => {
      expect(ALERT_LEASE_SECONDS).to.be.greaterThan(ALERT_TIMEOUT_SECONDS);
      const waits = Array.from({ length: MAX_RECEIVES - 1 }, (_, index) => retryDelay(index + 1));
      expect(waits.reduce((sum, wait) => sum + wait, 0)).to.be.greaterThan(ALERT_LEASE_SECONDS);
    });

    for (const queue of ["queue", "dlq"]) {
      it(`lets only the two rules, and only over TLS, into the ${queue}`, () => {
        expect(recording.policy("QueuePolicy", `${NAME}-${queue}`).Statement).to.deep.equal([
          {
            Sid: "TlsOnly",
            Effect: "Deny",
            Principal: "*",
            Action: "sqs:*",
            Resource: arnOf(`${NAME}-${queue}`),
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
          {
            Sid: "RulesOnly",
            Effect: "Allow",
            Principal: { Service: "events.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: arnOf(`${NAME}-${queue}`),
            Condition: { ArnEquals: { "aws:SourceArn": RULES } },
          },
        ]);
      });
    }

    it("lets EventBridge, SNS, alarms and the log service use the key, each for this path only", () => {
      const statements = recording.policy("Key", `${NAME}-key`).Statement;
      const services = statements.filter(({ Principal }) => "Service" in (Principal as object));
      expect(services.map(({ Sid, Principal, Condition }) => ({ Sid, Principal, Condition }))).to.deep.equal([
        {
          Sid: "EventBridgeIntoQueues",
          Principal: { Service: "events.amazonaws.com" },
          Condition: { ArnEquals: { "aws:SourceArn": RULES } },
        },
        {
          Sid: "SnsIntoDeadLetterQueue",
          Principal: { Service: "sns.amazonaws.com" },
          Condition: { ArnLike: { "aws:SourceArn": `arn:aws:sns:eu-west-1:123456789012:${NAME}-*` } },
        },
        {
          Sid: "AlarmsIntoTopic",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
        },
        {
          Sid: "LogGroups",
          Principal: { Service: "logs.eu-west-1.amazonaws.com" },
          Condition: {
            ArnLike: {
              "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:eu-west-1:123456789012:log-group:${NAME}-*`,
            },
          },
        },
      ]);
      expect(recording.inputs("Key", `${NAME}-key`)).to.include({ enableKeyRotation: true });
    });

    it("encrypts the topic and asks publishers for TLS", () => {
      expect(recording.inputs("Topic", `${NAME}-topic`)).to.deep.equal({
        displayName: "Clickstream alerts",
        kmsMasterKeyId: KEY,
      });
      expect(recording.statement("TopicPolicy", `${NAME}-topic`, "TlsOnly")).to.deep.equal({
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "sns:Publish",
        Resource: arnOf(`${NAME}-topic`),
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      });
      expect(recording.statement("TopicPolicy", `${NAME}-topic`, "OwnAccount")).to.deep.include({
        Principal: { AWS: "arn:aws:iam::123456789012:root" },
      });
    });

    it("remembers orders in an encrypted, recoverable table that forgets by itself", () => {
      expect(recording.inputs("Table", `${NAME}-orders`)).to.deep.equal({
        attributes: [{ name: "orderId", type: "S" }],
        hashKey: "orderId",
        billingMode: "PAY_PER_REQUEST",
        ttl: { attributeName: "expiresAt", enabled: true },
        serverSideEncryption: { enabled: true, kmsKeyArn: KEY },
        pointInTimeRecovery: { enabled: true },
        deletionProtectionEnabled: true,
      });
      expect(recording.one("Table", `${NAME}-orders`).retainOnDelete).to.equal(true);
    });

    it("hands the handler an environment that it accepts", () => {
      const { variables } = recording.inputs("Function", `${NAME}-fn`)["environment"] as {
        variables: Record<string, string>;
      };
      expect(readAlertSettings({ ...variables, AWS_REGION: "eu-west-1" })).to.deep.equal({
        table: physicalName(`${NAME}-orders`),
        topicArn: arnOf(`${NAME}-topic`),
        queueUrl: `https://queue/${NAME}-queue`,
        rawBucket: "raw-bucket",
        thresholdUsd: 1000,
        currencies: { USD: 1, EUR: 1.1 },
        rememberDays: 400,
        leaseSeconds: 150,
        team: "web",
        environment: "dev",
        region: "eu-west-1",
      });
      expect(recording.inputs("Function", `${NAME}-fn`)).to.include({ memorySize: 1024, timeout: 120 });
    });

    it("lets the handler do what it does on exactly its own resources", () => {
      const granted = recording
        .policy("RolePolicy", `${NAME}-fn`)
        .Statement.slice(2)
        .map(({ Sid, Effect, Action, Resource }) => [Sid, Effect, Action, Resource]);
      expect(granted).to.deep.equal([
        ["ReadRawEvents", "Allow", ["s3:GetObject", "s3:GetObjectVersion"], "arn:aws:s3:::raw-bucket/events/*"],
        ["TellGoneFromForbidden", "Allow", ["s3:ListBucket", "s3:ListBucketVersions"], "arn:aws:s3:::raw-bucket"],
        ["DecryptRawEvents", "Allow", "kms:Decrypt", "arn:aws:kms:::raw-key"],
        [
          "TakeMessages",
          "Allow",
          ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"],
          arnOf(`${NAME}-queue`),
        ],
        ["RememberOrders", "Allow", ["dynamodb:PutItem", "dynamodb:UpdateItem"], arnOf(`${NAME}-orders`)],
        ["PublishAlerts", "Allow", "sns:Publish", arnOf(`${NAME}-topic`)],
      ]);
    });

    it("reads the queue in small batches and reports single failures", () => {
      expect(recording.inputs("EventSourceMapping", `${NAME}-fn`)).to.deep.equal({
        eventSourceArn: arnOf(`${NAME}-queue`),
        functionName: arnOf(`${NAME}-fn`),
        batchSize: 5,
        functionResponseTypes: ["ReportBatchItemFailures"],
        scalingConfig: { maximumConcurrency: 10 },
      });
    });
  });
});
