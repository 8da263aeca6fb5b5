import * as sdk from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { createAlertStore } from "../../../handlers/alert-store";

const NOW = new Date("2026-11-01T10:00:00Z");
const NOW_SECONDS = 1_793_527_200;

describe("createAlertStore", () => {
  const dynamo = mockClient(sdk.DynamoDBClient);
  const store = createAlertStore(new sdk.DynamoDBClient({ region: "eu-west-1" }), sdk, {
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

  it("marks an order sent only while it owns it", async () => {
    dynamo.on(sdk.UpdateItemCommand).resolvesOnce({}).rejectsOnce(refused());
    expect(await store.markSent("o-1", NOW)).to.equal(true);
    expect(await store.markSent("o-1", NOW)).to.equal(false);
    expect(dynamo.commandCalls(sdk.UpdateItemCommand)[0]?.args[0].input).to.deep.equal({
      TableName: "orders",
      Key: { orderId: { S: "o-1" } },
      UpdateExpression: "SET #state = :sent, sentAt = :at REMOVE leaseUntil, #owner",
      ConditionExpression: "#owner = :owner",
      ExpressionAttributeNames: { "#state": "state", "#owner": "owner" },
      ExpressionAttributeValues: {
        ":sent": { S: "sent" },
        ":at": { S: "2026-11-01T10:00:00.000Z" },
        ":owner": { S: "me" },
      },
    });
  });

  it("releases by ending its own lease, and accepts that somebody else has the order", async () => {
    dynamo.on(sdk.UpdateItemCommand).resolvesOnce({}).rejectsOnce(refused());
    await store.release("o-1");
    await store.release("o-1");
    expect(dynamo.commandCalls(sdk.UpdateItemCommand)[0]?.args[0].input).to.include({
      UpdateExpression: "SET leaseUntil = :zero",
      ConditionExpression: "#state = :pending AND #owner = :owner",
    });
  });

  it("passes on every other error", async () => {
    const throttled = Object.assign(new Error("slow down"), { name: "ThrottlingException" });
    dynamo.on(sdk.PutItemCommand).rejects(throttled);
    dynamo.on(sdk.UpdateItemCommand).rejects(throttled);
    for (const call of [store.claim("o", NOW), store.markSent("o", NOW), store.release("o")]) {
      let caught: unknown;
      await call.catch((error: unknown) => (caught = error));
      expect(caught).to.have.property("name", "ThrottlingException");
    }
  });
});
