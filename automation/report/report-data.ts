import type { MetricId } from "../../handlers/operations/metrics";
import type { StackStatus } from "../stack/status";

/** What a source gave. */
export interface Finding<T> {
  rows: readonly T[];
  /** Why there are none; shown instead of an empty plot. */
  why: string;
}

/** A value at an instant (ISO 8601), in the metric's unit. */
export interface ValueAt {
  at: string;
  value: number;
}

/** How far a stage was behind the one before. */
export interface LagAt {
  at: string;
  stage: string;
  seconds: number;
}

/** A run of a job that ended. */
export interface RunDone {
  endedAt: string;
  job: string;
  state: string;
  seconds: number;
}

/** What a silver run made of new lines. */
export interface SilverRows {
  endedAt: string;
  accepted: number;
  quarantined: number;
  duplicates: number;
}

/** An alarm that was, or is, on. */
export interface AlarmSpan {
  alarm: string;
  severity: "critical" | "warning";
  from: string;
  to: string;
  /** True while it is on; `to` is then the report's own time. */
  on: boolean;
}

/** Everything that a report shows, as plain data. */
export interface ReportData {
  pipeline: string;
  /** ISO 8601. */
  from: string;
  to: string;
  status: StackStatus;
  five: Readonly<Partial<Record<MetricId, Finding<ValueAt>>>>;
  lags: Finding<LagAt>;
  runs: Finding<RunDone>;
  silver: Finding<SilverRows>;
  rules: Finding<{ rule: string; rows: number }>;
  revenue: Finding<{ date: string; usd: number }>;
  /** A month, by the cost model; USD. */
  services: Finding<{ service: string; usd: number }>;
  scans: Finding<{ date: string; team: string; usd: number }>;
  alarms: Finding<AlarmSpan>;
}
