import { expect } from "chai";
import {
  AlertReceipts,
  RECEIPT_RECEIVES,
  RECEIPT_TIMEOUT_SECONDS,
  RECEIPT_VISIBILITY_SECONDS,
  type AlertReceiptsArgs,
} from "../../../components/alert-receipts";
import { ALERT_LEASE_SECONDS } from "../../../components/alerting";
import { RECEIPT_WAIT_SECONDS } from "../../../handlers/raise-alert";
import { arnOf, deploy, expectNamesPrefixed, type Recording } from "../support/cloud-mocks";

const NAME = "clickstream-test-alerts-receipt";
const DEAD_LETTERS = arnOf(`${NAME}-dlq`);
const ARGS: AlertReceiptsArgs = {
  key: { arn: "arn:aws:kms:::key" },
  topicArn: "arn:aws:sns:::alerts",
  table: { name: "orders", arn: "arn:aws:dynamodb:::table/orders" },
};

describe("AlertReceipts", () => {
  let recording: Recording;
  before(async () => {
    recording = await deploy(() => new AlertReceipts(NAME, ARGS));
  });

  it("subscribes its queue to purchase alerts alone, after the topic may write there", () => {
    expect(recording.inputs("TopicSubscription", NAME)).to.deep.equal({
      topic: "arn:aws:sns:::alerts",
      protocol: "sqs",
      endpoint: arnOf(`${NAME}-queue`),
      rawMessageDelivery: true,
      filterPolicy: JSON.stringify({ kind: ["purchase-alert"] }),
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: DEAD_LETTERS }),
    });
    const policies = recording.ofType("QueuePolicy").map(({ urn }) => urn);
    expect(policies).to.have.length(2);
    expect(recording.one("TopicSubscription", NAME).dependencies).to.include.members(policies);
    expectNamesPrefixed(recording);
  });

  for (const [queue, Sid] of [
    ["queue", "Receipts"],
    ["dlq", "UndeliverableNotifications"],
  ] as const) {
    it(`lets only the topic, and only over TLS, into the ${queue}`, () => {
      const statements = recording.policy("QueuePolicy", `${NAME}-${queue}`).Statement;
      expect(statements.map((one) => one.Sid)).to.deep.equal(["TlsOnly", Sid]);
      expect(recording.statement("QueuePolicy", `${NAME}-${queue}`, Sid)).to.deep.equal({
        Sid,
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: arnOf(`${NAME}-${queue}`),
        Condition: { ArnEquals: { "aws:SourceArn": "arn:aws:sns:::alerts" } },
      });
    });
  }

  it("repeats a receipt for longer than an order is held, and twice within the wait for it", () => {
    expect(recording.inputs("Queue", `${NAME}-queue`)).to.deep.equal({
      kmsMasterKeyId: "arn:aws:kms:::key",
      visibilityTimeoutSeconds: 30,
      messageRetentionSeconds: 345_600,
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: DEAD_LETTERS, maxReceiveCount: 10 }),
    });
    expect(RECEIPT_VISIBILITY_SECONDS).to.be.at.least(RECEIPT_TIMEOUT_SECONDS);
    expect(RECEIPT_VISIBILITY_SECONDS).to.be.lessThan(RECEIPT_WAIT_SECONDS);
    expect(RECEIPT_VISIBILITY_SECONDS * (RECEIPT_RECEIVES - 1)).to.be.greaterThan(ALERT_LEASE_SECONDS);
    expect(recording.inputs("Queue", `${NAME}-dlq`)).to.deep.equal({
      kmsMasterKeyId: "arn:aws:kms:::key",
      messageRetentionSeconds: 1_209_600,
    });
  });

  it("has a small function that knows the table and takes a few receipts at once", () => {
    expect(recording.inputs("Function", NAME)).to.deep.include({
      environment: { variables: { ALERT_TABLE: "orders" } },
      kmsKeyArn: "arn:aws:kms:::key",
      memorySize: 256,
      timeout: 30,
    });
    expect(recording.inputs("EventSourceMapping", NAME)).to.deep.equal({
      eventSourceArn: arnOf(`${NAME}-queue`),
      functionName: arnOf(NAME),
      batchSize: 10,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 2 },
    });
  });

  it("may update orders, and neither read nor make any", () => {
    const own = recording.policy("RolePolicy", NAME).Statement.slice(2);
    expect(own.map(({ Sid, Effect, Action, Resource }) => [Sid, Effect, Action, Resource])).to.deep.equal([
      [
        "TakeReceipts",
        "Allow",
        ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        arnOf(`${NAME}-queue`),
      ],
      ["RecordOrders", "Allow", "dynamodb:UpdateItem", "arn:aws:dynamodb:::table/orders"],
    ]);
  });

  it("passes on retention, traces and tags", async () => {
    const other = await deploy(
      () => new AlertReceipts(NAME, { ...ARGS, logRetention: "30 days", tracing: true, tags: { team: "web" } }),
    );
    expect(other.inputs("LogGroup", NAME)).to.include({ retentionInDays: 30 });
    expect(other.inputs("Function", NAME)).to.deep.include({
      tracingConfig: { mode: "Active" },
      tags: { team: "web" },
    });
    for (const queue of other.ofType("Queue")) expect(queue.inputs).to.deep.include({ tags: { team: "web" } });
  });
});
