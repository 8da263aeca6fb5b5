import { SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Stack } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { ephemeralStackName } from "../../automation/stack/stack-name";
import { privateLocalTarget, type Target } from "../../automation/stack/target";
import { openStack, removeStackFolder } from "../../automation/stack/workspace";
import { TABLE } from "../../local-cloud/provider/table";
import { everyType, type Variant } from "./support/every-type";
import { inventory } from "./support/inventory";

/** What of an exported state is looked at. */
interface Exported {
  deployment: { resources?: { type: string }[] };
}

const FIRST: Variant = { amount: 1000, version: 1 };

describe("the local provider with a resource of every type", () => {
  const name = ephemeralStackName();
  let target: Target;
  let endpoint: string;
  let stack: Stack;
  let atFirst: Record<string, number>;
  let resources: number;

  const up = async (variant: Variant): Promise<Record<string, number>> =>
    (await stack.up({ program: everyType(variant), color: "never" })).summary.resourceChanges as Record<string, number>;
  const refresh = async (): Promise<Record<string, number>> =>
    (await stack.refresh({ color: "never" })).summary.resourceChanges as Record<string, number>;

  before(async () => {
    target = await privateLocalTarget();
    endpoint = target.endpointOf("default") ?? "";
    atFirst = await inventory(target);
    stack = await openStack(name, target, everyType(FIRST));
    await stack.setAllConfig({ "aws:region": { value: "us-east-1" } });
    resources = (await up(FIRST))["create"] ?? 0;
  });
  after(async () => {
    await target.close();
    await removeStackFolder(name);
  });

  it("has indeed one of each", async () => {
    const { resources: made = [] } = ((await stack.exportStack()) as Exported).deployment;
    const types = new Set(made.map(({ type }) => type));
    expect(Object.keys(TABLE).filter((type) => !types.has(type))).to.deep.equal([]);
  });

  it("has nothing to change when it is brought up again, and no drift", async () => {
    expect(resources).to.be.greaterThan(90);
    expect(await up(FIRST)).to.deep.equal({ same: resources });
    expect(await refresh()).to.deep.equal({ same: resources });
  });

  it("updates the one resource that changes", async () => {
    expect(await up({ ...FIRST, amount: 2000 })).to.deep.equal({ same: resources - 1, update: 1 });
  });

  it("updates in place whatever can be, all at once, and has no drift after it", async () => {
    const second: Variant = { amount: 2000, version: 2 };
    const { update = 0, ...others } = await up(second);
    expect(update).to.be.greaterThan(60);
    expect(others).to.deep.equal({ same: resources - update });
    expect(await up(second)).to.deep.equal({ same: resources });
    expect(await refresh()).to.deep.equal({ same: resources });
  });

  it("sees and mends what somebody else changed", async () => {
    const client = new SQSClient({
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const QueueUrl = String((await stack.outputs())["queueUrl"]?.value);
    await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "77" } }));
    client.destroy();
    expect(await refresh()).to.deep.equal({ same: resources - 1, update: 1 });
    expect(await up({ amount: 2000, version: 2 })).to.deep.equal({ same: resources - 1, update: 1 });
  });

  it("leaves nothing behind", async () => {
    await stack.destroy({ color: "never" });
    expect(await inventory(target)).to.deep.equal(atFirst);
  });
});
