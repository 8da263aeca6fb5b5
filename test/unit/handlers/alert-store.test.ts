import * as sdk from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { createAlertStore, createRecordReceipt } from "../../../handlers/alert-store";

const NOW = new Date("2026-11-01T10:00:00Z");
const NOW_SECONDS = 1_793_527_200;

describe("createAlertStore", () => {
  const dynamo = mockClient(sdk.DynamoDBClient);
  const client = new sdk.DynamoDBClient({ region: "eu-west-1" });
  const store = createAlertStore(client, sdk, {
    table: "orders",
    leaseSeconds: 150,
    rememberDays: 400,
    owner: "me",
  });
  const refused = (item?: Record<string, sdk.AttributeValue>): sdk.ConditionalCheckFailedException =>
    new sdk.ConditionalCheckFailedException({ message: "refused", $metadata: {}, Item: item });

  beforeEach(() => dynamo.reset());
  after(() => dynamo.restore());

  it("claims an order that is unknown, or whose owner let the lease run out, by one conditional put", async () => {
    dynamo.on(sdk.PutItemCommand).resolves({});
    expect(await store.claim("o-1", NOW)).to.deep.equal({ kind: "owned" });
    expect(dynamo.commandCalls(sdk.PutItemCommand)[0]?.args[0].input).to.deep.equal({
      TableName: "orders",
      Item: {
        orderId: { S: "o-1" },
        state: { S: "pending" },
        owner: { S: "me" },
        leaseUntil: { N: String(NOW_SECONDS + 150) },
        expiresAt: { N: String(NOW_SECONDS + 400 * 86_400) },
      },
      ConditionExpression: "attribute_not_exists(orderId) OR (#state = :pending AND leaseUntil <= :now)",
      ExpressionAttributeNames: { "#state": "state" },
      ExpressionAttributeValues: { ":pending": { S: "pending" }, ":now": { N: String(NOW_SECONDS) } },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
  });

  it("tells an order that was sent from one that another invocation holds", async () => {
    dynamo
      .on(sdk.PutItemCommand)
      .rejectsOnce(refused({ orderId: { S: "o-1" }, state: { S: "sent" } }))
      .rejectsOnce(refused({ state: { S: "pending" }, leaseUntil: { N: "99" } }))
      .rejectsOnce(refused());
    expect(await store.claim("o-1", NOW)).to.deep.equal({ kind: "sent" });
    expect(await store.claim("o-1", NOW)).to.deep.equal({ kind: "held", leaseUntil: 99 });
    // Without the old row the safe answer is "held": the message comes back, and no alert is lost.
    expect(await store.claim("o-1", NOW)).to.deep.equal({ kind: "held", leaseUntil: NOW_SECONDS + 150 });
  });

  it("marks an order sent while it owns it, or when the receipt was quicker", async () => {
    dynamo.on(sdk.UpdateItemCommand).resolvesOnce({}).rejectsOnce(refused());
    expect(await store.markSent("o-1", NOW)).to.equal(true);
    expect(await store.markSent("o-1", NOW)).to.equal(false);
    expect(dynamo.commandCalls(sdk.UpdateItemCommand)[0]?.args[0].input).to.deep.equal({
      TableName: "orders",
      Key: { orderId: { S: "o-1" } },
      UpdateExpression: "SET #state = :sent, sentAt = :at REMOVE leaseUntil, #owner",
      ConditionExpression: "#owner = :owner OR #state = :sent",
      ExpressionAttributeNames: { "#state": "state", "#owner": "owner" },
      ExpressionAttributeValues: {
        ":sent": { S: "sent" },
        ":at": { S: "2026-11-01T10:00:00.000Z" },
        ":owner": { S: "me" },
      },
    });
  });

  it("releases its own order at once or later, and accepts that somebody else has it", async () => {
    dynamo.on(sdk.UpdateItemCommand).resolvesOnce({}).resolvesOnce({}).rejectsOnce(refused());
    await store.release("o-1", new Date(0));
    await store.release("o-1", NOW);
    await store.release("o-1", NOW);
    const calls = dynamo.commandCalls(sdk.UpdateItemCommand).map(({ args }) => args[0].input);
    expect(calls.map((input) => input.ExpressionAttributeValues?.[":until"])).to.deep.equal(
      [0, NOW_SECONDS, NOW_SECONDS].map((seconds) => ({ N: String(seconds) })),
    );
    expect(calls[0]).to.include({
      UpdateExpression: "SET leaseUntil = :until",
      ConditionExpression: "#state = :pending AND #owner = :owner",
    });
  });

  it("records a receipt whoever owns the order; one that is sent or gone needs nothing", async () => {
    const record = createRecordReceipt(client, sdk, "orders");
    dynamo.on(sdk.UpdateItemCommand).resolvesOnce({}).rejectsOnce(refused());
    expect([await record("o-1", NOW), await record("o-1", NOW)]).to.deep.equal([true, false]);
    expect(dynamo.commandCalls(sdk.UpdateItemCommand)[0]?.args[0].input).to.deep.equal({
      TableName: "orders",
      Key: { orderId: { S: "o-1" } },
      UpdateExpression: "SET #state = :sent, sentAt = :at REMOVE leaseUntil, #owner",
      // A row that is gone is not pending either: none is made.
      ConditionExpression: "#state = :pending",
      ExpressionAttributeNames: { "#state": "state", "#owner": "owner" },
      ExpressionAttributeValues: {
        ":sent": { S: "sent" },
        ":at": { S: "2026-11-01T10:00:00.000Z" },
        ":pending": { S: "pending" },
      },
    });
  });

  it("passes on every other error", async () => {
    const throttled = Object.assign(new Error("slow down"), { name: "ThrottlingException" });
    dynamo.on(sdk.PutItemCommand).rejects(throttled);
    dynamo.on(sdk.UpdateItemCommand).rejects(throttled);
    const record = createRecordReceipt(client, sdk, "orders");
    for (const call of [store.claim("o", NOW), store.markSent("o", NOW), store.release("o", NOW), record("o", NOW)]) {
      let caught: unknown;
      await call.catch((error: unknown) => (caught = error));
      expect(caught).to.have.property("name", "ThrottlingException");
    }
  });
});
