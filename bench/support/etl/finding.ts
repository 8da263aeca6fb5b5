/** Seconds of all contenders to throughput, ratios, slopes and goals. */
import type { Finding } from "../bench";
import type { Curves } from "../plot";
import type { Goal, ResultTable } from "../result";
import { figure, lineThrough, median, spreadOf, spreadText, type Line } from "../statistics";
import type { Answer } from "./contenders";

/** All runs at one size. */
export interface Measured {
  gb: number;
  /** Lines. */
  events: number;
  /** Of JSON text, before compression. */
  bytes: number;
  answer: Answer;
  contenders: {
    name: string;
    /** Wall time of each run. */
    seconds: number[];
    /** Processor time of each run, in seconds. */
    cpu: number[];
    /** Wall time of bronze to silver. */
    silver: number[];
  }[];
}

/** The jobs must be this many times faster than naive Spark. */
export const NAIVE_FLOOR = 3;
/** The jobs may take this many times DuckDB's time, at this size. */
export const DUCKDB_GOAL = 2;
export const DUCKDB_GOAL_GB = 4;

/** MB of JSON a second and core. */
export function throughput(bytes: number, seconds: number, cores: number): number {
  return bytes / 1e6 / seconds / cores;
}

/** Median of each run's ratio to the run beside it: what disturbs both cancels out. */
export function pairedRatio(above: readonly number[], below: readonly number[]): number {
  return median(above.map((value, at) => value / (below[at] ?? Number.NaN)));
}

/** Seconds over gigabytes as a line: start-up is its intercept, work its slope. Undefined for a single size. */
export function secondsAGigabyte(
  measured: readonly Measured[],
  name: string,
  kind: "seconds" | "cpu" = "seconds",
): Line | undefined {
  const points = measured.map((size) => ({ x: size.bytes / 1e9, y: median(runsOf(size, name, kind)) }));
  return points.length < 2 ? undefined : lineThrough(points);
}

/** What the benchmark found. */
export function etlFinding(measured: readonly Measured[], cores: number): Finding {
  return {
    curves: curves(measured),
    method: [
      "The deployed scripts bronze_to_silver and silver_to_gold, each a process of its own with the deployed arguments, " +
        `Spark in local mode with ${String(cores)} cores; the naive job and DuckDB get the same files, cores and disk.`,
      "Wall time of all processes, start-up included; runs interleaved, one uncounted run before the first. Every run must " +
        "give DuckDB's counts, revenue, hash of the facts and hash of the daily sales, or the benchmark fails.",
      "Input: gzip JSON lines as the generator lands them, 30 days, one object an hour; MB are of JSON text. Ratios are " +
        "medians of run-by-run ratios.",
    ],
    tables: [sizesTable(measured, cores), slopes(measured, cores)],
    goals: goals(measured),
    notes: measured.map(
      ({ gb, events, answer }) =>
        `${String(gb)} GB: ${String(events)} lines, ${String(answer.facts)} facts, ${String(answer.quarantined)} in ` +
        `quarantine, revenue $${answer.revenue}: the same from every contender.`,
    ),
    data: { cores, measured },
  };
}

function runsOf({ contenders }: Measured, name: string, kind: "seconds" | "cpu" = "seconds"): number[] {
  return contenders.find((one) => one.name === name)?.[kind] ?? [];
}

function sizesTable(measured: readonly Measured[], cores: number): ResultTable {
  return {
    caption: "Seconds: median (fastest–slowest); CPU is processor time of all processes",
    head: [
      "GB",
      "contender",
      "runs",
      "seconds",
      "of that silver",
      "CPU s",
      "MB/s per core",
      "× DuckDB",
      "× DuckDB, CPU",
    ],
    rows: measured.flatMap((size) =>
      size.contenders.map(({ name, seconds, cpu, silver }) => [
        figure(size.bytes / 1e9),
        name,
        String(seconds.length),
        spreadText(spreadOf(seconds)),
        figure(median(silver)),
        spreadText(spreadOf(cpu)),
        figure(throughput(size.bytes, median(seconds), cores)),
        figure(pairedRatio(seconds, runsOf(size, "DuckDB"))),
        figure(pairedRatio(cpu, runsOf(size, "DuckDB", "cpu"))),
      ]),
    ),
  };
}

function slopes(measured: readonly Measured[], cores: number): ResultTable {
  const names = measured[0]?.contenders.map(({ name }) => name) ?? [];
  return {
    caption: "Over size: least squares through the medians",
    head: ["contender", "start-up, s", "s a GB", "MB/s per core without start-up", "start-up, CPU s", "CPU s a GB"],
    rows: names.flatMap((name) => {
      const [wall, cpu] = [secondsAGigabyte(measured, name), secondsAGigabyte(measured, name, "cpu")];
      if (wall === undefined || cpu === undefined) return [];
      const rate = figure(throughput(1e9, wall.slope, cores));
      return [[name, figure(wall.intercept), figure(wall.slope), rate, figure(cpu.intercept), figure(cpu.slope)]];
    }),
  };
}

function goals(measured: readonly Measured[]): Goal[] {
  const largest = measured.at(-1);
  if (largest === undefined) return [];
  const size = `at ${figure(largest.bytes / 1e9)} GB`;
  const than = (kind: "seconds" | "cpu"): number =>
    pairedRatio(runsOf(largest, "naive Spark", kind), runsOf(largest, "jobs", kind));
  const found: Goal[] = [
    {
      goal: `at least ${String(NAIVE_FLOOR)} times as fast as naive Spark`,
      measured: `${figure(than("seconds"))} × ${size} (processor time: ${figure(than("cpu"))} ×)`,
      met: than("seconds") >= NAIVE_FLOOR,
    },
  ];
  const [wall, cpu] = [ratioAtGoal(measured, "seconds"), ratioAtGoal(measured, "cpu")];
  if (wall === undefined || cpu === undefined) return found;
  const measuredThere = measured.some(({ gb }) => gb >= DUCKDB_GOAL_GB);
  found.push({
    goal: `at most ${String(DUCKDB_GOAL)} times DuckDB's time at ${String(DUCKDB_GOAL_GB)} GB`,
    measured: `${figure(wall)} × (processor time: ${figure(cpu)} ×)`,
    met: wall <= DUCKDB_GOAL,
    reason: `${measuredThere ? "interpolated" : "extrapolated"} by each one's line over size`,
  });
  return found;
}

/** The jobs' time over DuckDB's at the goal's size, by the lines of both. */
function ratioAtGoal(measured: readonly Measured[], kind: "seconds" | "cpu"): number | undefined {
  const [jobs, duck] = [secondsAGigabyte(measured, "jobs", kind), secondsAGigabyte(measured, "DuckDB", kind)];
  if (jobs === undefined || duck === undefined) return undefined;
  const at = ({ slope, intercept }: Line): number => intercept + slope * DUCKDB_GOAL_GB;
  return at(jobs) / at(duck);
}

function curves(measured: readonly Measured[]): Curves {
  return {
    id: "etl",
    title: "Both jobs: seconds over gigabytes of JSON",
    what: "Wall time of the real jobs, a naive Spark job and DuckDB over the size of the input; bars from fastest to slowest.",
    x: "GB of JSON",
    y: "seconds",
    logX: true,
    logY: true,
    points: measured.flatMap((size) =>
      size.contenders.map(({ name, seconds }) => ({
        series: name,
        x: size.gb,
        y: median(seconds),
        low: Math.min(...seconds),
        high: Math.max(...seconds),
      })),
    ),
  };
}
