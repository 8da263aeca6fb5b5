import type { PutMetricDataCommandInput } from "@aws-sdk/client-cloudwatch";
import { METRICS_NAMESPACE, type MetricSpec } from "../operations/metrics";
import { metricRequest, type MetricDimensions, type MetricValues } from "../operations/put-metrics";
import type { VolumeHour } from "../operations/volume";
import type { DayCost } from "./cost-explorer";
import { daysInMonth, type ClosingDay, type Day } from "./days";
import type { TeamScan } from "./team-scans";

/** Scan costs of one team; carries `QUERY_TEAM` beside the three dimensions of every metric. */
export const TEAM_SCANS: MetricSpec = {
  name: "TeamScanUsd",
  unit: "None",
  meaning: "USD of what a team's queries read on the last whole day; none for a team that asked nothing",
};

/** Dimension that names the team whose queries they were: `Team` is the team that owns the stack. */
export const QUERY_TEAM = "QueryTeam";

/** Decimal, as prices per TB are. */
const BYTES_PER_TB = 1e12;

/** What is known of one day. */
export interface ClosedDay extends ClosingDay {
  /** USD that the day might cost: the month's budget over its days. */
  budgetUsd: number;
  /** Absent while Cost Explorer knows nothing of it. */
  cost?: DayCost;
  /** Bytes that landed, as they lie in the bucket; absent if that could not be found out. */
  landedBytes?: number;
  /** Absent without a cost, and if nothing landed. */
  usdPerTb?: number;
  /** USD of scans by team; empty if nobody asked anything, absent if that could not be found out. */
  scans?: Record<string, number>;
}

/** What the sources gave; a source that failed is absent. */
export interface Findings {
  costs?: Record<Day, DayCost>;
  volumes?: readonly VolumeHour[];
  scans?: readonly TeamScan[];
}

/** Brings together what is known of one day. */
export function closeDay(closing: ClosingDay, found: Findings, monthlyBudgetUsd: number): ClosedDay {
  const { day, at } = closing;
  const cost = found.costs?.[day];
  const landedBytes = found.volumes
    ?.filter(({ hour }) => hour.startsWith(`${day}T`))
    .reduce((sum, { bytes }) => sum + bytes, 0);
  const scans = found.scans?.filter((scan) => scan.day === day).map(({ team, usd }) => [team, usd] as const);
  const perTb = cost !== undefined && landedBytes !== undefined && landedBytes > 0;
  return {
    day,
    at,
    budgetUsd: monthlyBudgetUsd / daysInMonth(day),
    ...(cost === undefined ? {} : { cost }),
    ...(landedBytes === undefined ? {} : { landedBytes }),
    ...(perTb ? { usdPerTb: cost.usd / (landedBytes / BYTES_PER_TB) } : {}),
    ...(scans === undefined ? {} : { scans: Object.fromEntries(scans) }),
  };
}

/** The stack's own figures of one day; what is not known has no datapoint, so that nobody takes it for free. */
export function stackValues({ budgetUsd, cost, usdPerTb }: ClosedDay): MetricValues {
  return { dailyBudget: budgetUsd, dailyCost: cost?.usd, costPerTb: usdPerTb };
}

/** The scans of each team on one day; undefined when there are none. */
export function teamRequest(
  { at, scans = {} }: ClosedDay,
  dimensions: MetricDimensions,
): PutMetricDataCommandInput | undefined {
  // The three dimensions are made in one place.
  const shared = metricRequest({ dailyBudget: 0 }, dimensions, at)?.MetricData?.[0]?.Dimensions ?? [];
  const data = Object.entries(scans).map(([team, usd]) => ({
    MetricName: TEAM_SCANS.name,
    Dimensions: [...shared, { Name: QUERY_TEAM, Value: team }],
    Timestamp: at,
    Value: usd,
    Unit: TEAM_SCANS.unit,
  }));
  return data.length === 0 ? undefined : { Namespace: METRICS_NAMESPACE, MetricData: data };
}
