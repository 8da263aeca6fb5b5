import { gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { MAX_RECEIVES } from "../../../components/alert-intake";
import { ALERT_LEASE_SECONDS, QUEUE_VISIBILITY_SECONDS } from "../../../components/alerting";
import { handleBatch, type BatchDependencies } from "../../../handlers/purchase-alerts";
import { capturingLog, purchaseLine, SETTINGS } from "../../unit/handlers/support";
import { faultOptions, Tally } from "../tally";
import { Cloud, type Planned, type Schedule } from "./cloud";
import { DELIVERY, KINDS } from "./kinds";
import { Queue } from "./queue";

/** Messages of one invocation, as components/alerting.ts maps the queue. */
const BATCH = 5;
const WORKERS = 3;
const BAD_LINES = ["{", '{"event_type":"purchase"}', "", purchaseLine("small", 5)];

/** A message and what it holds: orders of an object, or of one purchase on the bus. */
interface Sent {
  orders: number[];
  source: "plain" | "gzip" | "bus";
  copies: number;
}

interface Scenario {
  sent: Sent[];
  faults: { kind: string; nth: number }[];
  reorder: boolean;
}

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  sent: fc.array(
    fc.record({
      orders: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }),
      source: fc.constantFrom("plain" as const, "gzip" as const, "bus" as const),
      copies: fc.integer({ min: 1, max: 2 }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  faults: fc.array(fc.record({ kind: fc.constantFrom(...Object.keys(KINDS)), nth: fc.integer({ min: 1, max: 4 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
  reorder: fc.boolean(),
});

const orderId = (number: number): string => `o-${String(number)}`;

/** One pipeline from landing to the topic: a queue, functions that run at once, and services with faults. */
class AlertPath {
  readonly cloud: Cloud;
  readonly queue = new Queue(MAX_RECEIVES, QUEUE_VISIBILITY_SECONDS);
  readonly expected = new Set<string>();
  readonly kinds = new Set<string>();
  private invocations = 0;

  constructor(
    private readonly scenario: Scenario,
    private readonly scheduler: fc.Scheduler,
  ) {
    const plan = scenario.faults.flatMap(({ kind, nth }): Planned[] =>
      (KINDS[kind] ?? []).map((strike) => ({
        ...strike,
        kind,
        nth: strike.operation === "postpone" ? 1 : nth,
      })),
    );
    const schedule: Schedule = (label, call) => scheduler.schedule(Promise.resolve(), label).then(call);
    this.cloud = new Cloud(plan, schedule);
    this.send();
  }

  private send(): void {
    const bodies = this.scenario.sent.flatMap((sent, index) => {
      const body = this.body(sent, index);
      if (sent.copies > 1) this.kinds.add(this.scenario.reorder ? DELIVERY.twice : DELIVERY.atOnce);
      return Array.from({ length: sent.copies }, (_, copy) => ({ id: `m${String(index)}-${String(copy)}`, body }));
    });
    if (this.scenario.reorder) {
      this.kinds.add(DELIVERY.reordered);
      bodies.sort((one, other) => other.id.localeCompare(one.id));
    }
    for (const { id, body } of bodies) this.queue.send(id, body);
  }

  private body({ orders, source }: Sent, index: number): string {
    const numbers = source === "bus" ? orders.slice(0, 1) : orders;
    for (const number of numbers) this.expected.add(orderId(number));
    const lines = numbers.map((number) => purchaseLine(orderId(number), 1000 + number));
    if (source === "bus") {
      const detail = JSON.parse(lines[0] ?? "") as object;
      return JSON.stringify({ source: "clickstream.web", id: String(index), "detail-type": "purchase", detail });
    }
    const key = `events/${String(index)}.json`;
    const text = Buffer.from([...BAD_LINES, ...lines].join("\n"));
    this.cloud.objects.set(key, source === "gzip" ? gzipSync(text) : text);
    const detail = { bucket: { name: SETTINGS.rawBucket }, object: { key, size: text.length } };
    return JSON.stringify({ source: "aws.s3", "detail-type": "Object Created", detail });
  }

  /** Lets functions take messages until none is left: each is done with, or a dead letter. */
  async drain(): Promise<void> {
    for (let round = 0; !this.queue.empty; round += 1) {
      expect(round, "rounds without an end").to.be.lessThan(200);
      const now = Math.max(this.seconds, this.queue.nextAt);
      this.cloud.now = new Date(now * 1000);
      const batches = Array.from({ length: WORKERS }, () => this.queue.receive(BATCH, now));
      const invocations = Promise.all(batches.map((records) => this.invoke(records)));
      // Receipts take seconds, the soonest retry comes after five: none is left over for the next round.
      await this.scheduler.waitFor(invocations.then(() => this.cloud.delivered()));
      this.cloud.now = new Date((now + 1) * 1000);
    }
  }

  private async invoke(records: ReturnType<Queue["receive"]>): Promise<void> {
    if (records.length === 0) return;
    this.invocations += 1;
    const owner = `i${String(this.invocations)}`;
    let deps: BatchDependencies | undefined;
    const died = new Promise<undefined>((resolve) => {
      deps = this.cloud.invocation(owner, () => {
        resolve(undefined);
      });
    });
    if (deps === undefined) throw new Error("unreachable: a promise's executor runs at once");
    const answer = await Promise.race([handleBatch({ Records: records }, {}, deps), died]);
    // A function that died says nothing: all its messages come back after the visibility timeout.
    if (answer !== undefined) this.queue.settle(records, answer, this.cloud.delays, this.seconds);
  }

  private get seconds(): number {
    return Math.floor(this.cloud.now.getTime() / 1000);
  }

  /** Orders that neither SNS nor a dead letter has. */
  missing(): string[] {
    const kept = this.queue.deadLetters.map(({ body }) => this.ordersOf(body)).flat();
    return [...this.expected].filter((order) => !this.cloud.alerts.has(order) && !kept.includes(order));
  }

  private ordersOf(body: string): string[] {
    const { detail } = JSON.parse(body) as { detail: { order?: { id: string }; object?: { key: string } } };
    if (detail.order !== undefined) return [detail.order.id];
    const index = Number(/\d+/.exec(detail.object?.key ?? "")?.[0]);
    return (this.scenario.sent[index]?.orders ?? []).map(orderId);
  }
}

describe("faults on the way to an alert", () => {
  const options = faultOptions(150);
  const tally = new Tally("alerts", options.seed);

  before(() => {
    expect(SETTINGS.leaseSeconds, "the lease that is deployed").to.equal(ALERT_LEASE_SECONDS);
    process.stdout.write(`    ${String(options.runs)} runs, seed ${String(options.seed)}\n`);
  });
  after(() => {
    tally.write();
  });

  it("lose no alert, and repeat none", async () => {
    const property = fc.asyncProperty(scenarios, fc.scheduler(), async (scenario, scheduler) => {
      await capturingLog(() => run(scenario, scheduler));
    });
    await fc.assert(property, { seed: options.seed, numRuns: options.runs });
    const untried = Object.keys(KINDS).filter((kind) => !tally.entries().some(([name]) => name === kind));
    expect(untried, "kinds of fault that never struck").to.deep.equal([]);
  }).timeout(300_000);

  async function run(scenario: Scenario, scheduler: fc.Scheduler): Promise<void> {
    const path = new AlertPath(scenario, scheduler);
    const { cloud, queue, kinds } = path;
    await path.drain();
    expect(path.missing(), "orders that are neither alerted nor dead letters").to.deep.equal([]);
    cloud.calm();
    if (queue.redrive() > 0) kinds.add(DELIVERY.redriven);
    await path.drain();
    // The lease of an order whose function was killed may outlast the first receives, never all of them.
    expect(queue.deadLetters, "dead letters after the faults are over").to.deep.equal([]);

    for (const kind of cloud.struck) kinds.add(kind);
    if (kinds.size > 0) tally.run(kinds);
    const lost = [...path.expected].filter((order) => !cloud.alerts.has(order));
    const repeated = [...cloud.alerts].filter(([, alerts]) => alerts > 1);
    tally.charge(kinds, { lost: lost.length, duplicated: repeated.reduce((sum, [, alerts]) => sum + alerts - 1, 0) });
    expect(repeated, "orders with several alerts").to.deep.equal([]);
    expect(lost).to.deep.equal([]);
    expect([...cloud.alerts.keys()].filter((order) => !path.expected.has(order))).to.deep.equal([]);
  }
});
