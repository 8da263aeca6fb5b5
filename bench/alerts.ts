/**
 * Latency of a purchase alert, from the landing of its object to the subscriber, at 1, 10 and 100 objects a second.
 * `npm run bench -- alerts [--runs 5] [--quick]`
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { wholeNumber } from "../automation/commands/options";
import { withEphemeralStack, type StackSession } from "../automation/ephemeral-stack";
import { hourPrefix } from "../automation/ingest/landing-path";
import { ArrivalProbe } from "./support/alerts/probe";
import { benchmark, say, type BenchOptions, type Finding } from "./support/bench";
import { figure, median, percentile, spreadOf, spreadText } from "./support/statistics";

interface AlertOptions extends BenchOptions {
  runs?: number;
}

/** One run at one rate. */
interface Run {
  /** Objects a second that were asked for. */
  rate: number;
  /** Objects a second that landed. */
  landed: number;
  /** Milliseconds from the end of the put to the subscriber's queue, of each order. */
  latencies: number[];
  missing: number;
  repeated: number;
}

/** Objects of a run by rate: seconds enough for the queues to settle. */
const LOADS = [
  { rate: 1, objects: 20 },
  { rate: 10, objects: 150 },
  { rate: 100, objects: 600 },
];
const RUNS = 5;
const PATIENCE_SECONDS = 300;
const PERCENTILES = [50, 95, 99];

function purchase(orderId: string, at: Date): Buffer {
  const event = {
    event_id: randomUUID(),
    event_type: "purchase",
    event_timestamp: at.toISOString(),
    user_id: "bench-user",
    session_id: "bench-session",
    product: { id: "p-1", category: "bench", price: 2500, quantity: 1 },
    order: { id: orderId, amount: 2500, currency: "USD" },
    schema_version: "1",
  };
  return gzipSync(`${JSON.stringify(event)}\n`);
}

async function run({ stack, outputs }: StackSession, probe: ArrivalProbe, rate: number, objects: number): Promise<Run> {
  const { clients } = stack;
  const landed = new Map<string, number>();
  const repeatedBefore = probe.repeated;
  const puts: Promise<void>[] = [];
  const from = Date.now();
  for (let number = 0; number < objects; number += 1) {
    await sleep(Math.max(0, from + (number * 1000) / rate - Date.now()));
    const order = `o-${randomUUID()}`;
    const at = new Date();
    const Key = `${outputs.eventsPrefix}${hourPrefix(at)}${order}.json.gz`;
    const put = clients.s3.send(new PutObjectCommand({ Bucket: outputs.rawBucket, Key, Body: purchase(order, at) }));
    puts.push(put.then(() => void landed.set(order, Date.now())));
  }
  await Promise.all(puts);
  const seconds = (Date.now() - from) / 1000;
  const missing = await probe.waitFor([...landed.keys()], PATIENCE_SECONDS);
  const latencies = [...landed].flatMap(([order, put]) => {
    const arrived = probe.arrivals.get(order);
    // The notification may overtake the answer to the put.
    return arrived === undefined ? [] : [Math.max(0, arrived - put)];
  });
  return {
    rate,
    landed: objects / seconds,
    latencies,
    missing: missing.length,
    repeated: probe.repeated - repeatedBefore,
  };
}

async function measure({ quick, runs = quick ? 1 : RUNS }: AlertOptions): Promise<Finding> {
  const found = await withEphemeralStack({ ttl: "3h" }, async (session) => {
    const probe = await ArrivalProbe.subscribe(session.stack.clients, session.outputs);
    try {
      // Uncounted: the functions are cold.
      await run(session, probe, 5, 5);
      const all: Run[] = [];
      for (let number = 1; number <= runs; number += 1) {
        for (const { rate, objects } of quick ? [{ rate: 5, objects: 10 }] : LOADS) {
          const one = await run(session, probe, rate, objects);
          all.push(one);
          say(`run ${String(number)}, ${String(rate)} a second: p50 ${figure(percentile(one.latencies, 50))} ms`);
        }
      }
      return all;
    } finally {
      await probe.close();
    }
  });
  return finding(found);
}

function finding(found: readonly Run[]): Finding {
  const rates = [...new Set(found.map(({ rate }) => rate))];
  const of = (rate: number): Run[] => found.filter((one) => one.rate === rate);
  const lost = found.reduce((sum, { missing }) => sum + missing, 0);
  const repeated = found.reduce((sum, one) => sum + one.repeated, 0);
  const objects = found.reduce((sum, { latencies, missing }) => sum + latencies.length + missing, 0);
  const spread = (rate: number, percent: number) =>
    spreadOf(of(rate).map(({ latencies }) => percentile(latencies, percent)));
  return {
    curves: {
      id: "alerts",
      title: "From landing to alert, over objects a second",
      what: "Milliseconds from the landing of an object to its alert at the subscriber: percentiles, medians of the runs.",
      x: "objects a second",
      y: "ms",
      logX: true,
      logY: true,
      points: rates.flatMap((rate) =>
        PERCENTILES.map((percent) => {
          const { median: y, min: low, max: high } = spread(rate, percent);
          return {
            series: `p${String(percent)}`,
            x: rate,
            y: Math.max(1, y),
            low: Math.max(1, low),
            high: Math.max(1, high),
          };
        }),
      ),
    },
    method: [
      "A live stack on the local target: S3 notification, EventBridge rule, SQS queue, Lambda, claim in DynamoDB, SNS topic, a " +
        "subscribed SQS queue. Each object is one dear purchase in gzip.",
      "From the answer to the put until SQS's own stamp on the subscriber's message; the driver, the emulator and all functions " +
        "share the cores of this machine, so the highest rate measures the emulator more than the product.",
    ],
    tables: [
      {
        caption: "Milliseconds: median of the runs' percentiles (fastest–slowest run)",
        head: [
          "asked, objects/s",
          "landed, objects/s",
          "runs",
          "objects a run",
          ...PERCENTILES.map((percent) => `p${String(percent)}`),
        ],
        rows: rates.map((rate) => [
          String(rate),
          figure(median(of(rate).map(({ landed }) => landed))),
          String(of(rate).length),
          String(of(rate)[0]?.latencies.length ?? 0),
          ...PERCENTILES.map((percent) => spreadText(spread(rate, percent))),
        ]),
      },
    ],
    goals: [
      {
        goal: "one alert for each order, none lost, none twice",
        measured: `${String(objects)} orders, ${String(lost)} without an alert, ${String(repeated)} alerts too many`,
        met: lost === 0 && repeated === 0,
      },
    ],
    notes: [],
    data: { found },
  };
}

benchmark<AlertOptions>({
  name: "alerts",
  title: "Latency of purchase alerts",
  options: (command) => command.option("--runs <n>", "runs of each rate", wholeNumber(1, 50)),
  measure,
});
