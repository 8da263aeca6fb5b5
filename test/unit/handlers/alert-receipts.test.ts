import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { buildAlert } from "../../../handlers/alert-message";
import {
  connectReceipts,
  createAlertReceiptHandler,
  recordReceipts,
  type ReceiptDependencies,
} from "../../../handlers/alert-receipts";
import type { SqsEvent } from "../../../handlers/lambda-types";
import { capturingLog, SETTINGS } from "./support";

const NOW = new Date("2026-11-01T10:00:00Z");
const ENV = { ALERT_TABLE: "orders", AWS_REGION: "eu-west-1" };

/** The topic's message about an order. */
function alertOf(orderId: string): string {
  const purchase = { orderId, amount: 1500, currency: "USD", userId: "u" };
  const decision = { alert: true, amountUsd: 1500, currencyKnown: true };
  return JSON.stringify(
    buildAlert(purchase, decision, { type: "bus", source: "clickstream.web", id: "e" }, SETTINGS, NOW),
  );
}

function eventOf(...bodies: string[]): SqsEvent {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `m-${String(index)}`,
      receiptHandle: `r-${String(index)}`,
      body,
    })),
  };
}

describe("recordReceipts", () => {
  let recorded: string[];
  beforeEach(() => (recorded = []));
  const deps = (record?: ReceiptDependencies["record"]): ReceiptDependencies => ({
    record: async (orderId, now) => {
      recorded.push(`${orderId} ${now.toISOString()}`);
      return (await record?.(orderId, now)) ?? true;
    },
    now: () => NOW,
  });

  it("records the order of every alert, and passes over what is none", async () => {
    const alarm = JSON.stringify({ AlarmName: "gold-stale", NewStateValue: "ALARM" });
    const { result, log } = await capturingLog(() =>
      recordReceipts(eventOf(alertOf("o-1"), alarm, "not JSON", alertOf("o-2")), deps()),
    );
    expect(result).to.deep.equal({ batchItemFailures: [] });
    expect(recorded).to.deep.equal(["o-1 2026-11-01T10:00:00.000Z", "o-2 2026-11-01T10:00:00.000Z"]);
    expect(log.map(({ level, orderId }) => [level, orderId])).to.deep.equal([
      ["info", "o-1"],
      ["info", "o-2"],
    ]);
  });

  it("says nothing of an order that is recorded already or forgotten", async () => {
    const { result, log } = await capturingLog(() =>
      recordReceipts(
        eventOf(alertOf("o-1")),
        deps(() => Promise.resolve(false)),
      ),
    );
    expect([result, log]).to.deep.equal([{ batchItemFailures: [] }, []]);
  });

  it("records the others when one fails, and reports that one alone", async () => {
    const { result, log } = await capturingLog(() =>
      recordReceipts(
        eventOf(alertOf("o-1"), alertOf("o-2"), alertOf("o-3")),
        deps((orderId) => (orderId === "o-2" ? Promise.reject(new Error("throttled")) : Promise.resolve(true))),
      ),
    );
    expect(result).to.deep.equal({ batchItemFailures: [{ itemIdentifier: "m-1" }] });
    expect(recorded).to.have.length(3);
    expect(log.filter(({ level }) => level === "error")).to.deep.equal([
      {
        level: "error",
        message: "receipt not recorded; it will be tried again",
        orderId: "o-2",
        error: "Error: throttled",
      },
    ]);
  });
});

describe("connectReceipts", () => {
  const dynamo = mockClient(DynamoDBClient);
  beforeEach(() => dynamo.reset());
  after(() => dynamo.restore());

  it("writes to the table that the component names", async () => {
    const gone = new ConditionalCheckFailedException({ message: "gone", $metadata: {} });
    dynamo.on(UpdateItemCommand).resolvesOnce({}).rejectsOnce(gone);
    const { record, now } = connectReceipts(ENV);
    expect([await record("o-1", now()), await record("o-1", now())]).to.deep.equal([true, false]);
    expect(dynamo.commandCalls(UpdateItemCommand)[0]?.args[0].input).to.include({ TableName: "orders" });
  });

  it("tries often enough to outlast a throttled second", async () => {
    dynamo.on(UpdateItemCommand).resolves({});
    const { record } = connectReceipts(ENV);
    await record("o-1", NOW);
    const client = dynamo.call(0).thisValue as DynamoDBClient;
    expect(await client.config.maxAttempts()).to.equal(6);
  });

  it("names the variable that is missing", async () => {
    const saved = process.env.ALERT_TABLE;
    Reflect.deleteProperty(process.env, "ALERT_TABLE");
    let caught: unknown;
    await createAlertReceiptHandler()(eventOf()).catch((error: unknown) => (caught = error));
    if (saved !== undefined) process.env.ALERT_TABLE = saved;
    expect(caught).to.be.instanceOf(Error).with.property("message").that.contains("ALERT_TABLE is not set");
  });
});
