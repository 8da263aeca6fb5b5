/**
 * DPU-hours and dollars of 500 GB a day, projected from the last `etl` results. `npm run bench -- projection [--gb 500]`
 */
import { z } from "zod";
import { numberBetween } from "../automation/commands/options";
import { ASSUMPTIONS } from "../automation/costs/assumptions";
import { loadPrices, priceOf } from "../automation/costs/prices";
import { benchmark, type BenchOptions, type Finding } from "./support/bench";
import { FORMULA, project, type Projected } from "./support/projection";
import { readResult, RESULTS, TRIALS } from "./support/result";
import { figure, lineThrough, median, percentile } from "./support/statistics";

interface ProjectionOptions extends BenchOptions {
  gb: number;
}

const etlData = z.object({
  cores: z.number(),
  measured: z.array(
    z.object({
      bytes: z.number(),
      contenders: z.array(z.object({ name: z.string(), seconds: z.array(z.number()), cpu: z.array(z.number()) })),
    }),
  ),
});

/** Runs that work on new data alone: the schedule of prod, and one a day. */
const RUNS_PER_DAY = [24, 1];
const JOBS = 2;
/** As deployed, where that was measured (`etl --index`), else without the index of people. */
const CONTENDERS = ["jobs with the index of people", "jobs"];

async function measure({ quick, gb }: ProjectionOptions): Promise<Finding> {
  const etl = await readResult(quick ? TRIALS : RESULTS, "etl");
  const { cores, measured } = etlData.parse(etl.data);
  const measuredNames = measured[0]?.contenders.map(({ name }) => name) ?? [];
  const contender = CONTENDERS.find((name) => measuredNames.includes(name)) ?? "jobs";
  const slopeOf = (kind: "seconds" | "cpu", percent: number): number => {
    const points = measured.map(({ bytes, contenders }) => {
      const runs = contenders.find(({ name }) => name === contender)?.[kind] ?? [];
      return { x: bytes / 1e9, y: percentile(runs, percent) };
    });
    return lineThrough(points).slope;
  };
  // Wall time charges the cores for waiting too, as Glue does; on a busy machine it also charges others' work.
  const coreSecondsPerGb = etl.busy ? slopeOf("cpu", 50) : slopeOf("seconds", 50) * cores;
  const list = loadPrices();
  const prices = { "Glue 5.1": "glue.dpuHour", "Glue 5.1 Flex": "glue.flexDpuHour" } as const;
  const common = { gbPerDay: gb, jobs: JOBS, coreSecondsPerGb, overheadDpus: ASSUMPTIONS.overheadWorkers.value };
  const rows = Object.entries(prices).flatMap(([name, key]) =>
    RUNS_PER_DAY.map((runsPerDay) => {
      const overheadSeconds = ASSUMPTIONS.runOverheadSeconds.value;
      const given = { ...common, runsPerDay, overheadSeconds, usdPerDpuHour: priceOf(list, key).usd };
      return { name, given, projected: project(given) };
    }),
  );
  const show = ({ workDpuHours, overheadDpuHours, dpuHours, usdPerDay, usdPerTb }: Projected): string[] => [
    figure(workDpuHours),
    figure(overheadDpuHours),
    figure(dpuHours),
    usdPerDay.toFixed(2),
    (usdPerDay * 30).toFixed(0),
    usdPerTb.toFixed(2),
  ];
  const sizes = [1, 10, 100, gb].sort((one, other) => one - other);
  return {
    curves: {
      id: "projection",
      title: "Glue, dollars a day over GB a day",
      what: "Projected dollars of a day on Glue over gigabytes of JSON a day, hourly runs, by price.",
      x: "GB a day",
      y: "USD a day",
      logX: true,
      logY: true,
      points: rows
        .filter(({ given }) => given.runsPerDay === RUNS_PER_DAY[0])
        .flatMap(({ name, given }) =>
          sizes.map((size) => ({ series: name, x: size, y: project({ ...given, gbPerDay: size }).usdPerDay })),
        ),
    },
    method: [
      FORMULA,
      `Core-seconds a GB are the slope of ${etl.busy ? "the processor time" : `the wall time × ${String(cores)} cores`} of ` +
        `"${contender}" in bench/results/etl.json (${etl.measuredAt}, commit ${etl.commit}): ${figure(coreSecondsPerGb)}. ` +
        "Overhead and prices are the cost model's (automation/costs).",
    ],
    tables: [
      {
        caption: `${String(gb)} GB of JSON a day`,
        head: [
          "price",
          "runs a day",
          "work, DPU-h",
          "overhead, DPU-h",
          "DPU-h a day",
          "$ a day",
          "$ a month",
          "$ a TB",
        ],
        rows: rows.map(({ name, given, projected }) => [name, String(given.runsPerDay), ...show(projected)]),
      },
    ],
    goals: [],
    notes: [
      "Each event is parsed, merged and computed once: dates that a run writes again, today and those of late events, are the " +
        "cost model's (npm run cli -- cost), and most of what it reckons for Glue. A core of Glue is taken to be a core here.",
      `Spread: the slope of the fastest runs gives ${figure(slopeOf("cpu", 0))}, of the slowest ` +
        `${figure(slopeOf("cpu", 100))} processor seconds a GB (median ${figure(median([slopeOf("cpu", 50)]))}).`,
    ],
    data: { coreSecondsPerGb, rows },
  };
}

benchmark<ProjectionOptions>({
  name: "projection",
  title: "DPU-hours and dollars projected from the ETL benchmark",
  options: (command) => command.option("--gb <n>", "gigabytes of JSON a day", numberBetween(0.1, 1_000_000), 500),
  measure,
});
