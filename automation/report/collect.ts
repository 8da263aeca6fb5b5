import { FIVE_METRICS, type MetricId } from "../../handlers/operations/metrics";
import type { RunRow } from "../../handlers/operations/runs";
import { RATE_DAYS } from "../../handlers/operations/runs";
import { messageOf } from "../errors";
import type { AwsClients } from "../stack/clients";
import type { StackOutputs } from "../stack/outputs";
import { operationsState, readStatus, STAGES } from "../stack/status";
import { readAlarms } from "../stack/status-alarms";
import { readHistory, type MetricHistory } from "../stack/status-metrics";
import { alarmSpans } from "./collect-alarms";
import { readRevenue, readScans, readSilverReports } from "./collect-lake";
import type { Finding, LagAt, ReportData, RunDone, ValueAt } from "./report-data";

/** Clients that a report takes. */
export type ReportClients = Pick<AwsClients, "athena" | "cloudWatch" | "dynamodb" | "glue" | "s3" | "sqs">;

/** What a report is of. */
export interface ReportRequest {
  clients: ReportClients;
  outputs: StackOutputs;
  now: Date;
  days: number;
  /** USD of a month by service, from the cost model. */
  bill: () => Promise<{ service: string; usd: number }[]>;
  signal?: AbortSignal;
}

const DAY_MS = 86_400_000;
/** Seconds of a period by the longest range, in days, that it is read for: at most some 340 points a line. */
const PERIODS: readonly [number, number][] = [
  [1, 300],
  [3, 900],
  [14, 3600],
  [56, 4 * 3600],
];

/** The period for a range of days; whole days for a long one. */
export function periodFor(days: number): number {
  return PERIODS.find(([longest]) => days <= longest)?.[1] ?? 86_400;
}

/** Reads everything. A source that fails leaves its plot empty and says why; only without the status there is no report. */
export async function collectReport(request: ReportRequest): Promise<ReportData> {
  const { clients, outputs, now, days, bill, signal } = request;
  const from = new Date(now.getTime() - days * DAY_MS);
  const status = await readStatus(clients, outputs, now);
  const found = await readAlarms(clients.cloudWatch, outputs.pipelineName);
  const stages = STAGES.map(({ metric }) => metric);
  const metrics: MetricId[] = [...new Set([...FIVE_METRICS.map(({ metric }) => metric), ...stages])];
  const period = periodFor(days);
  const to = new Date(now.getTime() + period * 1000);
  const history = await readHistory(clients.cloudWatch, found.dimensions, metrics, { from, to, period });
  const silver = await attempt("no silver run has ended in this time", () =>
    readSilverReports(clients.s3, outputs, from),
  );
  return {
    pipeline: outputs.pipelineName,
    from: from.toISOString(),
    to: now.toISOString(),
    status,
    five: fiveFindings(history),
    lags: lagFinding(history),
    runs: await attempt("no run has ended in this time", async () =>
      runsDone(await allRuns(clients, outputs, from, now)),
    ),
    silver: {
      ...silver,
      rows: silver.rows.map(({ endedAt, accepted, quarantined, duplicates }) => ({
        endedAt,
        accepted,
        quarantined,
        duplicates,
      })),
    },
    rules: {
      rows: rulesOf(silver.rows),
      why: silver.rows.length === 0 ? silver.why : "no row has broken a rule in this time",
    },
    revenue: await attempt("gold has no sales yet", () => readRevenue(clients.athena, outputs, signal)),
    services: await attempt("the cost model has no line for this stack", bill),
    scans: await attempt("the query log has no query of this time yet; it is published once a day", () =>
      readScans(clients.athena, outputs, from, now, signal),
    ),
    alarms: await attempt("no alarm was on in this time", () =>
      alarmSpans(clients.cloudWatch, found.alarms, from, now),
    ),
  };
}

async function attempt<T>(why: string, read: () => Promise<readonly T[]>): Promise<Finding<T>> {
  try {
    return { rows: await read(), why };
  } catch (error) {
    return { rows: [], why: `it could not be read: ${messageOf(error)}` };
  }
}

/** Why a metric has no value, in the words of who puts it. */
const WHY_NO_VALUE: Partial<Record<MetricId, string>> = {
  dataFreshness: "the stack has not measured itself yet; it does every five minutes",
  etlSuccessRate: "no run has ended in the last seven days",
  queryP95: "the query log has no query of the last day; it is read once an hour",
  costPerTb: "no day is closed yet: Cost Explorer knows a day's cost on the next one",
  qualityScore: "no silver run has read rows in this time",
};

function fiveFindings(history: MetricHistory): ReportData["five"] {
  return Object.fromEntries(
    FIVE_METRICS.map(({ metric }): [MetricId, Finding<ValueAt>] => [
      metric,
      {
        rows: history[metric].map(({ at, value }) => ({ at: at.toISOString(), value })),
        why: WHY_NO_VALUE[metric] ?? "there is no value in this time",
      },
    ]),
  );
}

function lagFinding(history: MetricHistory): Finding<LagAt> {
  const rows = STAGES.flatMap(({ metric, stage }) =>
    history[metric].map(({ at, value }) => ({ at: at.toISOString(), stage, seconds: value })),
  );
  return { rows, why: WHY_NO_VALUE.dataFreshness ?? "" };
}

/** The table is asked for some days at a time. */
async function allRuns(
  clients: Pick<AwsClients, "dynamodb">,
  { operationsTable }: Pick<StackOutputs, "operationsTable">,
  from: Date,
  to: Date,
): Promise<RunRow[]> {
  const state = operationsState(clients, operationsTable);
  const runs = new Map<string, RunRow>();
  for (let until = to; until > from; until = new Date(until.getTime() - RATE_DAYS * DAY_MS)) {
    for (const run of await state.runs(until)) if (run.endedAt >= from.toISOString()) runs.set(run.runId, run);
  }
  return [...runs.values()].sort((one, other) => one.endedAt.localeCompare(other.endedAt));
}

function runsDone(runs: readonly RunRow[]): RunDone[] {
  return runs.map(({ endedAt, startedAt, job, state }) => ({
    endedAt,
    job,
    state,
    seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1000,
  }));
}

function rulesOf(reports: readonly { byRule: Readonly<Record<string, number>> }[]): { rule: string; rows: number }[] {
  const sums = new Map<string, number>();
  for (const { byRule } of reports) {
    for (const [rule, rows] of Object.entries(byRule)) sums.set(rule, (sums.get(rule) ?? 0) + rows);
  }
  return [...sums]
    .map(([rule, rows]) => ({ rule, rows }))
    .filter(({ rows }) => rows > 0)
    .sort((one, other) => other.rows - one.rows || one.rule.localeCompare(other.rule));
}
