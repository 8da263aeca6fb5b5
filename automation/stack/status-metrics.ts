import { paginateGetMetricData, type CloudWatchClient, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { DIMENSIONS, FIVE_METRICS, METRICS, METRICS_NAMESPACE, type MetricId } from "../../handlers/operations/metrics";
import type { MetricDimensions } from "../../handlers/operations/put-metrics";

/** A value of a metric, in the metric's unit, and the start of its period. */
export interface Point {
  at: Date;
  value: number;
}

/** Values by metric, oldest first; a metric without a value in the range has none. */
export type MetricHistory = Readonly<Record<MetricId, readonly Point[]>>;

/** What to read. */
export interface HistoryRange {
  from: Date;
  to: Date;
  /** Seconds. CloudWatch keeps minutes for 15 days, five minutes for 63, hours for 455 (user guide, "Metrics retention"). */
  period: number;
}

/** Metrics of which the lowest value of a period is the worst. */
const LOW_IS_BAD = new Set(FIVE_METRICS.filter(({ good }) => good === "above").map(({ metric }) => metric));

/** GetMetricData takes 500 queries a call (API reference). */
export async function readHistory(
  cloudWatch: CloudWatchClient,
  dimensions: MetricDimensions,
  metrics: readonly MetricId[],
  { from, to, period }: HistoryRange,
): Promise<MetricHistory> {
  const queries = metrics.map((metric, at): MetricDataQuery => ({
    Id: `m${String(at)}`,
    MetricStat: {
      Metric: { Namespace: METRICS_NAMESPACE, MetricName: METRICS[metric].name, Dimensions: pairs(dimensions) },
      Period: period,
      // The worst of a period: what a target is held against.
      Stat: LOW_IS_BAD.has(metric) ? "Minimum" : "Maximum",
    },
  }));
  const found = new Map<MetricId, Point[]>();
  const input = { MetricDataQueries: queries, StartTime: from, EndTime: to };
  for await (const page of paginateGetMetricData({ client: cloudWatch }, input)) {
    for (const { Id, Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      const metric = metrics[Number(Id?.slice(1))];
      if (metric === undefined) continue;
      const points = found.get(metric) ?? [];
      points.push(...Timestamps.map((at, index) => ({ at, value: Values[index] ?? Number.NaN })));
      found.set(metric, points);
    }
  }
  const ascending = (points: Point[]): Point[] => points.sort((one, other) => one.at.getTime() - other.at.getTime());
  const ids = Object.keys(METRICS) as MetricId[];
  return Object.fromEntries(
    ids.map((metric) => [metric, ascending(found.get(metric) ?? [])]),
  ) as unknown as MetricHistory;
}

function pairs({ team, environment, pipeline }: MetricDimensions): { Name: string; Value: string }[] {
  return [
    { Name: DIMENSIONS.team, Value: team },
    { Name: DIMENSIONS.environment, Value: environment },
    { Name: DIMENSIONS.pipeline, Value: pipeline },
  ];
}
