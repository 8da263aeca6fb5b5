import { expect } from "chai";
import { EphemeralStack } from "../../../automation/ephemeral-stack";
import { Lander, toBucket } from "../../../automation/ingest/lander";
import { AlertProbe } from "../../../automation/stack/alert-probe";
import { queryAthena } from "../../../automation/stack/athena";
import { awsClients, type AwsClients } from "../../../automation/stack/clients";
import { activeRun } from "../../../automation/stack/job-runs";
import type { StackOutputs } from "../../../automation/stack/outputs";
import { privateLocalTarget, type Target } from "../../../automation/stack/target";
import type { Deployed } from "../../integration/support/lake";
import { eventually } from "../../integration/support/processes";
import { faultOptions, Tally } from "../tally";
import { Landed } from "./lines";
import { FaultProxy, type FaultRule } from "./proxy";

/** Endpoints with a proxy before them; `default` has S3, SQS, SNS, DynamoDB and EventBridge. */
const PROXIED = ["default", "glue", "athena", "redshift_data"] as const;
type Proxied = (typeof PROXIED)[number];
const REGION = "us-east-1";
const TABLES = [
  ["silver", "events"],
  ["gold", "fact_clicks"],
] as const;

/** A deployed stack with a warehouse, and clients whose calls go through fault proxies. */
export class FaultyStack implements Deployed {
  readonly tally = new Tally("live", faultOptions(1).seed);
  readonly landed = new Landed();

  private constructor(
    readonly target: Target,
    readonly stack: EphemeralStack,
    readonly outputs: StackOutputs,
    private readonly proxies: ReadonlyMap<Proxied, FaultProxy>,
    readonly faulty: AwsClients,
    private probe?: AlertProbe,
  ) {}

  static async create(): Promise<FaultyStack> {
    const target = await privateLocalTarget();
    const stack = await EphemeralStack.create({ target, config: { warehouseMode: "serverless" } });
    // Remembered before anything can fail, so that it is destroyed whatever happens.
    opened.push(
      () => target.close(),
      () => stack.destroy(),
    );
    const { outputs } = await stack.up();
    const proxies = new Map<Proxied, FaultProxy>();
    for (const name of PROXIED) {
      const proxy = await FaultProxy.start(target.endpointOf(name) ?? "");
      opened.push(() => proxy.stop());
      proxies.set(name, proxy);
    }
    const endpointOf: Target["endpointOf"] = (name) => proxies.get(name as Proxied)?.url ?? target.endpointOf(name);
    const faulty = awsClients({ ...target, endpointOf }, REGION);
    opened.push(() => faulty.destroy());
    const made = new FaultyStack(target, stack, outputs, proxies, faulty);
    opened.push(() => made.tally.write());
    return made;
  }

  /** Clients without faults. */
  get clients(): AwsClients {
    return this.stack.clients;
  }

  /** Whoever listens to the alerts; subscribed once, by the given clients. */
  async alertProbe(clients = this.clients): Promise<AlertProbe> {
    if (this.probe === undefined) {
      const probe = await AlertProbe.subscribe(clients, this.outputs);
      opened.push(() => probe.close());
      this.probe = probe;
    }
    return this.probe;
  }

  /** Does the work while faults strike; at least one must have. */
  async under<T>(kind: string, proxied: Proxied, rules: readonly FaultRule[], work: () => Promise<T>): Promise<T> {
    const proxy = this.proxies.get(proxied);
    if (proxy === undefined) throw new Error(`no proxy for ${proxied}`);
    await proxy.arm(rules);
    this.tally.run([kind]);
    try {
      return await work();
    } finally {
      const fired = await proxy.disarm();
      expect(fired.length, `${kind}: faults that struck`).to.be.greaterThan(0);
    }
  }

  /** Lands good events in one object. */
  async land(clients: AwsClients, events: number): Promise<void> {
    const place = { bucket: this.outputs.rawBucket, prefix: this.outputs.eventsPrefix };
    const landedAt = new Date();
    const lines = this.landed.events(events).map((event) => ({ line: JSON.stringify(event), landedAt }));
    await new Lander(toBucket(clients.s3, place)).land(lines);
  }

  /** Holds silver and gold against what landed, and charges these kinds of fault with the difference. */
  async account(kinds: readonly string[]): Promise<void> {
    const { ids: expected } = this.landed;
    for (const [layer, table] of TABLES) {
      const at = { workgroup: this.outputs.adhocWorkgroup, database: this.outputs[`${layer}Database`] };
      const { rows } = await queryAthena(this.clients.athena, at, `SELECT event_id FROM ${table}`);
      const ids = rows.map(([id]) => String(id));
      const lost = [...expected].filter((id) => !ids.includes(id)).length;
      const duplicated = ids.length - new Set(ids).size;
      this.tally.charge(kinds, { lost, duplicated });
      expect([table, lost, duplicated, ids.length]).to.deep.equal([table, 0, 0, expected.size]);
    }
  }

  /** Holds alerts against the orders that landed, and charges these kinds of fault. @returns orders told again */
  chargeAlerts(kinds: readonly string[], alerts: readonly { orderId: string }[]): string[] {
    const orders = alerts.map(({ orderId }) => orderId);
    const lost = [...this.landed.orders].filter((order) => !orders.includes(order));
    const repeated = orders.filter((order, index) => orders.indexOf(order) !== index);
    this.tally.charge(kinds, { lost: lost.length, duplicated: repeated.length });
    expect(lost, "orders without an alert").to.deep.equal([]);
    return repeated;
  }

  /** Until the job has no run. */
  idle(job: string): Promise<void> {
    return eventually(
      `the end of ${job}`,
      async () => (await activeRun(this.clients.glue, job)) === undefined,
      120,
      100,
    );
  }
}

/** What is to be closed at the end, the last first. */
const opened: (() => unknown)[] = [];
let shared: Promise<FaultyStack> | undefined;

/** The one stack of all live faults. */
export function faultyStack(): Promise<FaultyStack> {
  return (shared ??= FaultyStack.create());
}

after("destroy the stack of the faults", async () => {
  for (const close of opened.reverse()) await close();
});
