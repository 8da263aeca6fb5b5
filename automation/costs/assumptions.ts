import { UserError } from "../errors";

/** One number that the bill rests on and that neither the stack nor the price list holds. */
export interface Assumption {
  readonly value: number;
  readonly unit: string;
  /** Bounds of `--set`. */
  readonly min: number;
  readonly max: number;
  /** Where it comes from, or why it is what it is. */
  readonly reason: string;
}

const of = (value: number, unit: string, [min, max]: [number, number], reason: string): Assumption => ({
  value,
  unit,
  min,
  max,
  reason,
});

/** How many events of what size there are. */
const TRAFFIC = {
  gbPerDay: of(500, "GB of JSON a day", [0.001, 1e6], "seed: “500GB/day”, taken as text before compression"),
  eventBytes: of(567, "bytes", [50, 1e5], "generator, 504,794 events measured"),
  gzipRatio: of(0.127, "of the JSON", [0.01, 1], "generator's objects: 36.3 MB of 286.1 MB"),
  rawObjectMb: of(4, "MB of gzip", [0.01, 5000], "the importer's objects: 32 MiB of text"),
  lateDates: of(3, "dates", [0, 30], "earlier dates for which each run finds late events; the generator's reach"),
  historyDays: of(365, "days", [1, 3650], "age of the lake that the bill is about: the end of its first year"),
} as const;

/** What the jobs make of them, and how fast. */
const ETL = {
  silverRatio: of(0.168, "Parquet of the JSON", [0.01, 1], "silver's events: 24.0 MB of 143.0 MB measured"),
  factRatio: of(0.13, "Parquet of the JSON", [0.01, 1], "gold's fact_clicks: 18.6 MB of 143.0 MB measured"),
  usersGb: of(0.1, "GB", [0, 1000], "dim_users: two million users of 50 bytes"),
  // Slopes from 0.1 to 1 GB on two cores (bench/results/etl.json, 2026-11-26): silver takes 132 core-seconds a GB, gold 48;
  // 8.1 of 50.4 s of silver's tasks are the merge (bench/TUNING.md). A core of Glue is taken to be a core of that machine.
  silverMbPerCoreSecond: of(9, "MB of JSON", [0.5, 500], "bench etl: 132 core-seconds a GB, less the merge"),
  mergeMbPerCoreSecond: of(47, "MB of JSON", [0.5, 500], "bench etl: a sixth of silver's 132 core-seconds a GB"),
  goldMbPerCoreSecond: of(21, "MB of JSON", [0.5, 500], "bench etl: 48 core-seconds a GB"),
  runOverheadSeconds: of(60, "seconds a run", [0, 1800], "session, listing, checks; also Glue's minimum of one minute"),
  overheadWorkers: of(2, "workers", [2, 299], "auto-scaling starts with a driver and an executor"),
  manualRunsPerDay: of(2, "runs a day", [0, 96], "runs that people start where the schedule is off"),
  glueLogMbPerRun: of(5, "MB", [0, 1000], "continuous logging of driver and executors"),
} as const;

/** Who asks, and how much. */
const QUERIES = {
  queriesPerDay: of(200, "queries a day", [0, 1e6], "twenty people, ten questions each"),
  hotShare: of(0.8, "of the queries", [0, 1], "seed: “We optimized for the 80% case”"),
  warmShare: of(0.15, "of the queries", [0, 1], "what the seed leaves between its 80 % and its 5 %"),
  coldShare: of(0.05, "of the queries", [0, 1], "seed: “made the 5% case acceptable”"),
  summaryShare: of(0.9, "of the hot queries", [0, 1], "dashboards read daily_sales: 10 MB, the least that is billed"),
  daysPerQuery: of(7, "days", [1, 365], "a week, as `cli explain-savings` asks"),
  columnShare: of(0.1, "of the bytes", [0.001, 1], "columns that a question reads: about 4 of 40"),
  logQueriesPerDay: of(50, "queries a day", [0, 1e5], "publishing the query log hourly, and its views"),
} as const;

/** How a warehouse is used. */
const WAREHOUSE = {
  redshiftRatio: of(0.1, "of the JSON", [0.01, 1], "FACTS: a month of 500 GB a day is about 1.5 TB of columns"),
  reservedYears: of(
    1,
    "years (0 or 1)",
    [0, 1],
    "a cluster that runs day and night is reserved by a person, see outputs",
  ),
  awakeHoursPerDay: of(10, "hours a day", [0, 24], "a cluster that is paused when idle: a working day"),
  awakeDaysPerMonth: of(22, "days a month", [0, 31], "working days"),
  copyMbPerRpuSecond: of(10, "MB of Parquet", [0.1, 1000], "serverless loads; not measured, a cautious guess"),
  querySecondsServerless: of(60, "seconds a query", [1, 3600], "the least that serverless bills"),
} as const;

/** The small things. */
const OPERATIONS = {
  scanMbPerSecond: of(40, "MB of JSON", [1, 1000], "a function that reads an object line by line, one core"),
  smallRunSeconds: of(1, "seconds", [0.01, 900], "functions on a schedule or on a message"),
  rareEventsPerDay: of(200, "events a day", [0, 1e7], "purchases over the threshold, state changes, alarms"),
  lambdaLogKb: of(2, "KB an invocation", [0, 1000], "START, END, REPORT and two lines"),
  metricsPerStack: of(60, "metrics", [0, 10_000], "names in handlers/operations/metrics.ts, by team and job"),
  metricsPerJob: of(25, "metrics", [0, 1000], "Glue's own, by --enable-metrics"),
  kmsRequestsPerDay: of(20_000, "requests a day", [0, 1e9], "bucket keys: about one in a hundred object calls"),
  accessLogShare: of(0.0005, "of the raw bytes", [0, 1], "half a kilobyte a request on objects of megabytes"),
} as const;

/** What the comparison rests on. */
const BEFORE = {
  tbPerNode: of(8, "TB a ra3.4xlarge", [0.5, 128], "Redshift guide: one ra3.4xlarge for four ds2.xlarge of 2 TB each"),
  headroom: of(1.25, "times the data", [1, 3], "at most 80 % full, as space for sorting and vacuum"),
} as const;

/** Every assumption by name. */
export const ASSUMPTIONS = { ...TRAFFIC, ...ETL, ...QUERIES, ...WAREHOUSE, ...OPERATIONS, ...BEFORE };
/** Name of an assumption. */
export type AssumptionName = keyof typeof ASSUMPTIONS;
/** Every assumption by name. */
export const ASSUMPTION_NAMES = Object.keys(ASSUMPTIONS) as AssumptionName[];
/** A value for each. */
export type Assumed = Readonly<Record<AssumptionName, number>>;

/** The values of the file, with others in place of some. */
export function assumed(changes: Partial<Assumed> = {}): Assumed {
  const values = ASSUMPTION_NAMES.map((name): [string, number] => [name, changes[name] ?? ASSUMPTIONS[name].value]);
  return Object.fromEntries(values) as Assumed;
}

/**
 * Reads `name=value` texts.
 * @throws UserError for an unknown name, no number or one out of bounds
 */
export function parseAssumptions(texts: readonly string[]): Partial<Assumed> {
  const changes: Partial<Record<AssumptionName, number>> = {};
  for (const text of texts) {
    const [name = "", value = "", ...rest] = text.split("=");
    if (!Object.hasOwn(ASSUMPTIONS, name)) {
      throw new UserError(`--set ${text}: there is no assumption "${name}".`, `Known: ${ASSUMPTION_NAMES.join(", ")}.`);
    }
    const known = name as AssumptionName;
    const { min, max, unit } = ASSUMPTIONS[known];
    const number = value.trim() === "" || rest.length > 0 ? Number.NaN : Number(value);
    if (!(number >= min && number <= max)) {
      throw new UserError(
        `--set ${text}: the value must be a number from ${String(min)} to ${String(max)} (${unit}).`,
        `For example --set ${name}=${String(ASSUMPTIONS[known].value)}, which is the default.`,
      );
    }
    changes[known] = number;
  }
  return changes;
}
