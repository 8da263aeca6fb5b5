/** The pipeline's own metrics: names, units, and the five that have a target (seed, "Monitoring"). */

/** Namespace of every metric below, and of the jobs' own. */
export const METRICS_NAMESPACE = "Clickstream";

/** Names of dimensions; every metric of a stack carries all three, so that two stacks of a team never mix. */
export const DIMENSIONS = { team: "Team", environment: "Environment", pipeline: "Pipeline" } as const;

/** CloudWatch unit of a metric. */
export type MetricUnit = "Seconds" | "Milliseconds" | "Percent" | "Count" | "Bytes" | "None";

/** One metric: what is measured, in words that survive a restart and a quiet night. */
export interface MetricSpec {
  /** CloudWatch metric name. */
  readonly name: string;
  readonly unit: MetricUnit;
  /** What a value means, and when there is none. */
  readonly meaning: string;
}

/** Every metric that alarms, dashboards and reports use. */
export const METRICS = {
  dataFreshness: {
    name: "DataFreshness",
    unit: "Seconds",
    meaning:
      "now − the later of the newest event landed (never later than its landing) and the producers' newest heartbeat",
  },
  goldFreshness: {
    name: "GoldFreshness",
    unit: "Seconds",
    meaning: "now − the time up to which all that landed can be queried in gold; with nothing pending, DataFreshness",
  },
  etlSuccessRate: {
    name: "EtlSuccessRate",
    unit: "Percent",
    meaning: "runs that succeeded among the runs that ended in the last seven days; none without a run",
  },
  etlFailing: { name: "EtlFailing", unit: "Count", meaning: "jobs whose last ended run failed" },
  conservationBroken: {
    name: "ConservationBroken",
    unit: "Count",
    meaning: "jobs whose last ended run did not account for each row that it read",
  },
  qualityScore: {
    name: "QualityScore",
    unit: "Percent",
    meaning: "valid rows among the rows of the silver job's last run that read any",
  },
  quarantineGrowth: {
    name: "QuarantineGrowth",
    unit: "None",
    meaning: "quarantined share of the last silver run over the usual share of the runs before it; 1 is usual",
  },
  queryP95: {
    name: "QueryP95",
    unit: "Milliseconds",
    meaning: "95th percentile of successful queries of the last day",
  },
  queryP95Baseline: {
    name: "QueryP95Baseline",
    unit: "Milliseconds",
    meaning: "95th percentile of successful queries of the fourteen days before the last day; none without a log",
  },
  costPerTb: { name: "CostPerTb", unit: "None", meaning: "USD of a day over the TB that landed on it" },
  dailyCost: { name: "DailyCostUsd", unit: "None", meaning: "USD of the last whole day, all services of the pipeline" },
  dailyBudget: {
    name: "DailyBudgetUsd",
    unit: "None",
    meaning: "USD that a day may cost: the monthly budget over its days",
  },
  warehouseUnhealthy: {
    name: "WarehouseUnhealthy",
    unit: "Count",
    meaning: "1 while the warehouse can answer nobody and nobody paused it; none without a warehouse",
  },
  breakingDriftOpen: {
    name: "BreakingDriftOpen",
    unit: "Count",
    meaning: "breaking schema drifts that nobody decided on",
  },
  additiveDriftOpen: {
    name: "AdditiveDriftOpen",
    unit: "Count",
    meaning: "additive schema drifts that nobody decided on",
  },
  volumeOff: {
    name: "VolumeOff",
    unit: "Count",
    meaning: "1 while the last whole hour landed far more or far less than is usual for it",
  },
  boundaryLagDays: {
    name: "BoundaryLagDays",
    unit: "Count",
    meaning: "days by which the warehouse's hot boundary is behind the day on which it should be",
  },
  archiveDatesLeft: { name: "ArchiveDatesLeft", unit: "Count", meaning: "dates past the warm window not yet archived" },
  silverLag: { name: "SilverLag", unit: "Seconds", meaning: "newest event landed − newest event in silver" },
  goldLag: { name: "GoldLag", unit: "Seconds", meaning: "newest event in silver − newest event in gold" },
  warehouseLag: {
    name: "WarehouseLag",
    unit: "Seconds",
    meaning: "last gold run − last load of the warehouse after it",
  },
  pulse: { name: "Pulse", unit: "Count", meaning: "1 whenever the stack measured itself; none means that it is blind" },
  pulseFailures: {
    name: "PulseFailures",
    unit: "Count",
    meaning: "parts of the last pulse that could not be measured, whose gauges have no value; the log says why",
  },
  messagesHeldBack: {
    name: "MessagesHeldBack",
    unit: "Count",
    meaning: "alarm messages that the rate limit held back",
  },
} as const satisfies Record<string, MetricSpec>;

/** A key of `METRICS`. */
export type MetricId = keyof typeof METRICS;

/** A target that people agreed on. */
export interface Target {
  readonly metric: MetricId;
  readonly title: string;
  /** In the metric's unit. */
  readonly target: number;
  /** Which side of the target is good. */
  readonly good: "below" | "above";
  /** For people: `< 90 min`. */
  readonly text: string;
}

/** The five metrics of the seed ("The five metrics that matter"), with its targets. */
export const FIVE_METRICS: readonly Target[] = [
  { metric: "dataFreshness", title: "Data freshness", target: 90 * 60, good: "below", text: "< 90 min" },
  { metric: "etlSuccessRate", title: "ETL success rate", target: 99.5, good: "above", text: "> 99.5 %" },
  { metric: "queryP95", title: "Query P95", target: 5000, good: "below", text: "< 5 s" },
  { metric: "costPerTb", title: "Cost per TB processed", target: 50, good: "below", text: "< $50" },
  { metric: "qualityScore", title: "Data quality score", target: 95, good: "above", text: "> 95 %" },
];
