/**
 * The most common question, asked about one day in four forms while the history behind that day grows from 1 to 365 days.
 * `npm run bench -- history [--events-a-day 500] [--runs 5] [--quick]`
 */
import { wholeNumber } from "../automation/commands/options";
import { humanBytes } from "../automation/demo/summary";
import { withEphemeralStack, type EphemeralStack } from "../automation/ephemeral-stack";
import type { LandedLine } from "../automation/generate/event";
import { EventGenerator } from "../automation/generate/generator";
import { defaultGenerateOptions } from "../automation/generate/options";
import { Lander, toBucket } from "../automation/ingest/lander";
import { explainSavings } from "../automation/savings/explain";
import { benchmark, say, type BenchOptions, type Finding } from "./support/bench";
import type { Goal } from "./support/result";
import { figure, median, spreadOf, spreadText } from "./support/statistics";

interface HistoryOptions extends BenchOptions {
  eventsADay: number;
  runs?: number;
}

/** One form at one length of the history. */
interface Asked {
  days: number;
  form: string;
  /** Of each run; a run is the faster of two questions. */
  seconds: number[];
  bytes: number;
}

const HISTORIES = [1, 7, 30, 90, 365];
const RUNS = 5;
const DAY_MS = 86_400_000;
/** A form is flat when the longest history costs it no more than this many times the bytes of the shortest. */
const FLAT = 1.5;
/** Forms that read the asked day alone; the first form, raw JSON, reads everything. */
const RAW = "raw JSON";

/** The last hour of a day: the landing check holds objects whose events come after the hour of their folder. */
const LAST_HOUR_MS = 23 * 3_600_000;

/** Lines of the days from `from` to `to` days before today, today being 1; a day is one object. */
function* linesOf(from: number, to: number, eventsADay: number, today: number): Generator<LandedLine> {
  const days = to - from + 1;
  // Bad lines are silver's business: without them every form must give the same rows.
  const undisturbed = { corruptPercent: 0, latePercent: 0, replayedPercent: 0 };
  const end = new Date(today - (from - 1) * DAY_MS);
  const options = { ...defaultGenerateOptions(), ...undisturbed, events: eventsADay * days, days, end, seed: from };
  for (const { line, landedAt } of new EventGenerator(options, 1000).lines()) {
    yield { line, landedAt: new Date(Math.floor(landedAt.getTime() / DAY_MS) * DAY_MS + LAST_HOUR_MS) };
  }
}

async function ask(stack: EphemeralStack, days: number, runs: number): Promise<Asked[]> {
  const found = new Map<string, Asked>();
  for (let run = 0; run < runs; run += 1) {
    const outputs = await stack.outputs();
    const { asked } = await explainSavings(stack.clients, outputs, 1, new AbortController().signal, () => undefined);
    for (const { form, seconds, bytesScanned } of asked) {
      const one = found.get(form.name) ?? { days, form: form.name, seconds: [], bytes: bytesScanned };
      one.seconds.push(seconds);
      found.set(form.name, one);
    }
  }
  return [...found.values()];
}

async function measure({ quick, eventsADay, runs = quick ? 2 : RUNS }: HistoryOptions): Promise<Finding> {
  process.env["CLICKSTREAM_SPARK_COMPILER"] ??= "full";
  const histories = quick ? [1, 3] : HISTORIES;
  // The newest whole day: its events have all landed.
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const asked = await withEphemeralStack({ ttl: "6h" }, async ({ stack, outputs }) => {
    const put = toBucket(stack.clients.s3, { bucket: outputs.rawBucket, prefix: outputs.eventsPrefix });
    const all: Asked[] = [];
    let before = 0;
    for (const days of histories) {
      await new Lander(put).land(linesOf(before + 1, days, eventsADay, today));
      before = days;
      await stack.runEtl();
      all.push(...(await ask(stack, days, runs)));
      say(`${String(days)} days: asked`);
    }
    return all;
  });
  return finding(asked, histories, eventsADay);
}

function finding(asked: readonly Asked[], histories: readonly number[], eventsADay: number): Finding {
  const forms = [...new Set(asked.map(({ form }) => form))];
  const at = (form: string, days: number): Asked | undefined =>
    asked.find((one) => one.form === form && one.days === days);
  const ends = [histories[0] ?? 1, histories.at(-1) ?? 1] as const;
  const growth = (form: string): number => (at(form, ends[1])?.bytes ?? 0) / (at(form, ends[0])?.bytes ?? 1);
  const goals = forms
    .filter((form) => form !== RAW)
    .map((form): Goal => {
      const times = growth(form);
      return {
        goal: `"${form}" stays flat from ${String(ends[0])} to ${String(ends[1])} days`,
        measured: `${figure(times)} × the bytes ("${RAW}": ${figure(growth(RAW))} ×)`,
        met: times <= FLAT,
      };
    });
  return {
    curves: {
      id: "history",
      title: "Bytes scanned for one day's sales, as the history grows",
      what: "Bytes that Athena bills for purchases and revenue of one day, in four forms, over the days of history behind it.",
      x: "days of history",
      y: "MB scanned",
      logX: true,
      logY: true,
      points: asked.map(({ form, days, bytes }) => ({ series: form, x: days, y: bytes / 1e6 })),
    },
    method: [
      `One ephemeral stack on the local target, ${String(eventsADay)} events a day, one object a day; after each stretch of ` +
        "history both jobs run, then cli explain-savings asks for purchases and revenue of the newest day.",
      "All forms must give the same rows. Bytes are what Athena would bill without its 10 MB minimum; seconds are the local " +
        "Athena engine's, median of the runs, each the faster of two questions.",
    ],
    tables: [
      {
        caption: "Seconds: median (fastest–slowest), and bytes scanned",
        head: ["days", ...forms],
        rows: histories.map((days) => [
          String(days),
          ...forms.map((form) => {
            const one = at(form, days);
            return one === undefined ? "–" : `${spreadText(spreadOf(one.seconds))} s, ${humanBytes(one.bytes)}`;
          }),
        ]),
      },
    ],
    goals,
    notes: forms.map((form) => {
      const times = median(at(form, ends[1])?.seconds ?? [0]) / median(at(form, ends[0])?.seconds ?? [1]);
      return `"${form}": ${figure(times)} × the seconds at ${String(ends[1])} days.`;
    }),
    data: { eventsADay, asked },
  };
}

benchmark<HistoryOptions>({
  name: "history",
  title: "The most common query as the history grows",
  options: (command) =>
    command
      .option("--events-a-day <n>", "events of each day", wholeNumber(100, 1_000_000), 500)
      .option("--runs <n>", "runs of each form", wholeNumber(1, 50)),
  measure,
});
