import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { EphemeralStack } from "../../automation/ephemeral-stack";
import { loadNow, queryWarehouse } from "../../automation/stack/warehouse";

describe("the modes of the warehouse on one stack", () => {
  let stack: EphemeralStack;
  before(async () => (stack = await EphemeralStack.create({ config: { warehouseMode: "serverless" } })));
  after(() => stack.destroy());

  it("has a serverless workgroup with the same schema, which a second `up` leaves alone", async () => {
    const { outputs } = await stack.up();
    expect(outputs.warehouseKind).to.equal("workgroup");
    expect(await loadNow(stack.clients, outputs, {})).to.deep.include({ loaded: [], removed: [], users: false });
    const { rows } = await queryWarehouse(stack.clients, outputs, "SELECT COUNT(*) FROM ops.migrations");
    expect(Number(rows[0]?.[0])).to.be.greaterThan(5);
    expect((await stack.up()).touched).to.deep.equal([]);
  });

  it("keeps the lake when the warehouse goes and when another one comes", async () => {
    const { outputs: before } = await stack.up();
    const kept = { Bucket: before.goldBucket, Key: "fact_clicks/kept" };
    await stack.clients.s3.send(new PutObjectCommand({ ...kept, Body: "rows" }));
    for (const warehouseMode of ["none", "provisioned"]) {
      await stack.configure({ warehouseMode });
      const { outputs, changes } = await stack.up();
      expect(outputs.goldBucket).to.equal(before.goldBucket);
      expect(changes.replace ?? 0).to.equal(0);
      const { Body } = await stack.clients.s3.send(new GetObjectCommand(kept));
      expect(await Body?.transformToString()).to.equal("rows");
    }
    const { outputs } = await stack.up();
    expect(outputs.warehouseKind).to.equal("cluster");
    await loadNow(stack.clients, outputs, {});
  });
});
