import { setTimeout as sleep } from "node:timers/promises";
import { ConditionalCheckFailedException, ScanCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { alertQueueDrained } from "../../../automation/stack/alert-probe";
import { runGold, runSilver } from "../../../automation/stack/etl";
import { tableHashes } from "../../integration/support/lake";
import { eventually } from "../../integration/support/processes";
import { faultyStack, type FaultyStack } from "./faulty-stack";
import { ALERT_WORKER, killAll, processesOf, SPARK } from "./processes";

describe("processes killed with -9", () => {
  let at: FaultyStack;

  before("bring the stack up", async () => {
    at = await faultyStack();
    await at.alertProbe();
  });

  const kill = async (what: RegExp): Promise<number> =>
    killAll(await processesOf(at.target.cloud?.dir ?? "no folder", what));

  /** Orders in the table of alerts by state. */
  async function orders(state?: string): Promise<string[]> {
    const { Items = [] } = await at.clients.dynamodb.send(new ScanCommand({ TableName: at.outputs.alertTable }));
    const wanted = Items.filter((item) => state === undefined || item["state"]?.S === state);
    return wanted.map((item) => item["orderId"]?.S ?? "");
  }

  /** What time does, sooner: the lease of a killed owner ends. */
  async function endLease(orderId: string): Promise<void> {
    const end = new UpdateItemCommand({
      TableName: at.outputs.alertTable,
      Key: { orderId: { S: orderId } },
      UpdateExpression: "SET leaseUntil = :zero",
      ConditionExpression: "#state = :pending",
      ExpressionAttributeNames: { "#state": "state" },
      ExpressionAttributeValues: { ":zero": { N: "0" }, ":pending": { S: "pending" } },
    });
    await at.clients.dynamodb.send(end).catch((error: unknown) => {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    });
  }

  /** Orders that are pending once every receipt is recorded: nothing changes for three seconds. */
  async function settledPending(): Promise<string[]> {
    let pending = await orders("pending");
    let since = Date.now();
    await eventually(
      "the end of the receipts",
      async () => {
        const now = await orders("pending");
        if (now.sort().join() !== pending.sort().join()) since = Date.now();
        pending = now;
        return Date.now() - since >= 3000;
      },
      60,
      250,
    );
    return pending;
  }

  it("functions, while they alert: no order is lost, and none is told twice", async () => {
    const kind = "Lambda workers killed while they alert";
    const { clients, outputs } = at;
    const probe = await at.alertProbe();
    const known = (await orders()).length;
    // A message of a killed function comes back after the visibility timeout: seconds here, twelve minutes as deployed.
    const soon = { QueueUrl: outputs.alertQueueUrl, Attributes: { VisibilityTimeout: "5" } };
    await clients.sqs.send(new SetQueueAttributesCommand(soon));
    at.tally.run([kind]);
    for (let object = 0; object < 4; object += 1) await at.land(clients, 50);
    await eventually("a claim", async () => (await orders()).length > known, 60, 5);
    expect(await kill(ALERT_WORKER), "functions killed").to.be.greaterThan(0);
    // A lease outlasts the receipts as deployed; here it must not end before them.
    for (const orderId of await settledPending()) await endLease(orderId);
    const alerts = await probe.collect(at.landed.orders.size, () => alertQueueDrained(clients, outputs), 240);
    expect(at.chargeAlerts([kind], alerts), "orders told twice").to.deep.equal([]);
  });

  it("Spark: the run fails with a reason, and its repeat ends in the same rows", async () => {
    const { clients, outputs } = at;
    const jobs = [
      ["Spark killed in silver", (): Promise<unknown> => runSilver(clients, outputs)],
      ["Spark killed in gold", (): Promise<unknown> => runGold(clients, outputs)],
    ] as const;
    await at.land(clients, 30);
    for (const [kind, run] of jobs) {
      at.tally.run([kind]);
      const running = run().then(
        () => "it succeeded",
        (error: unknown) => String(error),
      );
      const ended = running.then(() => true);
      let killed = 0;
      // Standby processes die too; the one that has the run is among them sooner or later.
      while (!(await Promise.race([ended, sleep(300, false)]))) killed += await kill(SPARK);
      expect(killed, "Spark processes").to.be.greaterThan(0);
      expect(await running).to.match(/ended as (FAILED|ERROR)/);
      await run();
    }
    await at.account(jobs.map(([kind]) => kind));
    const before = await tableHashes(at);
    const today = new Date().toISOString().slice(0, 10);
    await runSilver(clients, outputs, { dates: { from: today, to: today } });
    await runGold(clients, outputs, { dates: { from: today, to: today } });
    expect(await tableHashes(at)).to.deep.equal(before);
  });
});
