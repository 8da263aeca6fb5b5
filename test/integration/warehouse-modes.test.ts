import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetJobCommand } from "@aws-sdk/client-glue";
import { GetObjectCommand, GetObjectLockConfigurationCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { EphemeralStack } from "../../automation/ephemeral-stack";
import type { StackOutputs } from "../../automation/stack/outputs";
import { loadNow, queryWarehouse } from "../../automation/stack/warehouse";
import { eventually } from "./support/processes";

describe("the modes of the warehouse on one stack", () => {
  let stack: EphemeralStack;
  let outputs: StackOutputs;
  before(async () => {
    stack = await EphemeralStack.create({
      config: { warehouseMode: "serverless", glueNetwork: "vpc", audit: "full" },
    });
    ({ outputs } = await stack.up());
  });
  after(() => stack.destroy());

  it("has a serverless workgroup with the same schema, which a second `up` leaves alone", async () => {
    expect(outputs.warehouseKind).to.equal("workgroup");
    expect(await loadNow(stack.clients, outputs, {})).to.deep.include({ loaded: [], removed: [], users: false });
    const { rows } = await queryWarehouse(stack.clients, outputs, "SELECT COUNT(*) FROM ops.migrations");
    expect(Number(rows[0]?.[0])).to.be.greaterThan(5);
    expect((await stack.up()).touched).to.deep.equal([]);
  });

  it("stands in the stack's network with its jobs, and keeps a trail of its own", async () => {
    const { Job } = await stack.clients.glue.send(new GetJobCommand({ JobName: outputs.silverJob }));
    expect(Job?.Connections?.Connections).to.have.length(2);
    expect(outputs.auditTrailArn).to.match(new RegExp(`:trail/${outputs.pipelineName}-audit$`));
    const lock = await stack.clients.s3.send(new GetObjectLockConfigurationCommand({ Bucket: outputs.auditBucket }));
    expect(lock.ObjectLockConfiguration?.Rule?.DefaultRetention).to.deep.include({ Mode: "GOVERNANCE", Days: 1 });
    // Locked for a day, and gone with the stack all the same: `destroy` empties the bucket past its governance.
    await stack.clients.s3.send(new PutObjectCommand({ Bucket: outputs.auditBucket, Key: "AWSLogs/x", Body: "{}" }));
  });

  it("tells people of a security event, through rule, topic and notifier", async () => {
    const userIdentity = { type: "Root", arn: "arn:aws:iam::000000000000:root" };
    const detail = { eventType: "AwsApiCall", eventName: "CreateAccessKey", userIdentity, eventID: "e-1" };
    // The one rule whose pattern names no service of AWS: nobody else may send events in their name.
    const Entries = [
      { Source: "test", DetailType: "AWS API Call via CloudTrail", Detail: JSON.stringify(detail), Time: new Date() },
    ];
    expect((await stack.clients.eventBridge.send(new PutEventsCommand({ Entries }))).FailedEntryCount).to.equal(0);
    const TableName = outputs.operationsTable;
    const Key = { pk: { S: "message" }, sk: { S: "told" } };
    await eventually(
      "the root user's event told",
      async () => {
        const { Item } = await stack.clients.dynamodb.send(
          new GetItemCommand({ TableName, Key, ConsistentRead: true }),
        );
        return Item?.["told"]?.S?.includes('"key":"security-root-use"') === true;
      },
      120,
    );
  });

  it("keeps the lake when the warehouse goes and when another one comes", async () => {
    const kept = { Bucket: outputs.goldBucket, Key: "fact_clicks/kept" };
    await stack.clients.s3.send(new PutObjectCommand({ ...kept, Body: "rows" }));
    for (const warehouseMode of ["none", "provisioned"]) {
      await stack.configure({ warehouseMode });
      const { outputs: now, changes } = await stack.up();
      expect(now.goldBucket).to.equal(outputs.goldBucket);
      expect(changes.replace ?? 0).to.equal(0);
      const { Body } = await stack.clients.s3.send(new GetObjectCommand(kept));
      expect(await Body?.transformToString()).to.equal("rows");
    }
    const provisioned = await stack.outputs();
    expect(provisioned.warehouseKind).to.equal("cluster");
    await loadNow(stack.clients, provisioned, {});
  });
});
