import { expect } from "chai";
import { OperationsStore, type OperationsStoreArgs } from "../../../../components/operations/store";
import { ACCOUNT, arnOf, deploy, expectNamesPrefixed, physicalName, valueOf } from "../../support/cloud-mocks";

const NAME = "clickstream-test-ops";
const HERE = "eu-west-1:123456789012";
const ARGS: OperationsStoreArgs = {
  pipelineName: "clickstream-test",
  account: ACCOUNT,
  deletion: { deleteData: false, allowDelete: false },
  tags: { team: "web" },
};

describe("OperationsStore", () => {
  it("is a table of two text keys, billed by request, with an end, a way back, its own key, and protected", async () => {
    let store: OperationsStore | undefined;
    const recording = await deploy(() => (store = new OperationsStore(NAME, ARGS)));
    expectNamesPrefixed(recording);
    expect(recording.inputs("Table", `${NAME}-state`)).to.deep.equal({
      attributes: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
      ],
      hashKey: "pk",
      rangeKey: "sk",
      billingMode: "PAY_PER_REQUEST",
      ttl: { attributeName: "expiresAt", enabled: true },
      serverSideEncryption: { enabled: true, kmsKeyArn: arnOf(`${NAME}-key`) },
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: true,
      tags: { team: "web" },
    });
    expect(recording.one("Table", `${NAME}-state`).retainOnDelete).to.equal(true);
    expect(await valueOf(store?.ref.tableName as never)).to.equal(physicalName(`${NAME}-state`));
    expect(await valueOf(store?.ref.tableArn as never)).to.equal(arnOf(`${NAME}-state`));
  });

  it("lets the services of this stack's rules, topics, alarms and logs use the key, and others if asked", async () => {
    const budgets = {
      sid: "Budgets",
      service: "budgets.amazonaws.com",
      condition: { StringEquals: { "aws:SourceAccount": ACCOUNT.accountId } },
    };
    const recording = await deploy(() => new OperationsStore(NAME, { ...ARGS, services: [budgets] }));
    const granted = (sid: string): unknown => {
      const { Principal, Condition } = recording.statement("Key", `${NAME}-key`, sid);
      return [(Principal as { Service: string }).Service, Condition];
    };
    expect(granted("EventBridgeIntoQueues")).to.deep.equal([
      "events.amazonaws.com",
      { ArnEquals: { "aws:SourceArn": [`arn:aws:events:${HERE}:rule/clickstream-test-*`] } },
    ]);
    expect(granted("SnsIntoDeadLetterQueue")).to.deep.equal([
      "sns.amazonaws.com",
      { ArnLike: { "aws:SourceArn": `arn:aws:sns:${HERE}:clickstream-test-*` } },
    ]);
    expect(granted("AlarmsIntoTopic")).to.deep.equal([
      "cloudwatch.amazonaws.com",
      { StringEquals: { "aws:SourceAccount": ACCOUNT.accountId } },
    ]);
    expect(granted("LogGroups")).to.deep.equal([
      "logs.eu-west-1.amazonaws.com",
      { ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${HERE}:log-group:clickstream-test-*` } },
    ]);
    expect(granted("Budgets")).to.deep.equal(["budgets.amazonaws.com", budgets.condition]);
  });

  it("goes with the stack only when both keys are turned", async () => {
    const deletion = { deleteData: true, allowDelete: true };
    const recording = await deploy(() => new OperationsStore(NAME, { ...ARGS, deletion }));
    expect(recording.inputs("Table", `${NAME}-state`)["deletionProtectionEnabled"]).to.equal(false);
    expect(recording.one("Table", `${NAME}-state`).retainOnDelete).to.equal(false);
  });
});
