import { PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { driftTitle, type DriftSeverity } from "../../handlers/landing/drift-record";
import { FIVE_METRICS, type MetricId, type Target } from "../../handlers/operations/metrics";
import type { JobState } from "../../handlers/operations/runs";
import { JOB_KINDS, type JobKind } from "../../handlers/operations/state";
import { createOperationsState, type OperationsState } from "../../handlers/operations/state-store";
import type { AwsClients } from "./clients";
import { listDrifts, listHolds, type HeldHour } from "./drift";
import { activeRun } from "./job-runs";
import type { StackOutputs } from "./outputs";
import { readAlarms, type StackAlarms } from "./status-alarms";
import { readHistory, type MetricHistory } from "./status-metrics";

/** A value and its age; all absent where there was none in the last `STATUS_DAYS` days. */
export interface Gauge {
  value?: number;
  /** Seconds. */
  age?: number;
}

/** One of the five metrics. */
export interface FiveStatus extends Gauge, Pick<Target, "metric" | "title" | "text"> {
  /** Absent without a value. */
  met?: boolean;
}

/** A stage of the flow. `value` is the lag, in seconds. */
export interface StageStatus extends Gauge {
  stage: string;
  /** What it is behind. */
  behind: string;
}

/** A job, by its last ended run and the one that is going on. */
export interface JobStatus {
  job: JobKind;
  /** Of the last ended run. */
  state?: string;
  endedAt?: string;
  /** Of the last ended run. */
  seconds?: number;
  message?: string;
  conservation?: "kept" | "broken";
  /** Start of the run that is going on. */
  runningSince?: string;
}

/** An alarm that is on. */
export interface AlarmStatus {
  name: string;
  title: string;
  severity: "critical" | "warning";
  since?: string;
  /** True while it tells nobody, since another alarm explains it. */
  suppressed: boolean;
  runbook: string;
}

/** All that `cli status` says. */
export interface StackStatus {
  pipeline: string;
  /** ISO 8601. */
  at: string;
  dashboardUrl: string;
  five: FiveStatus[];
  flow: StageStatus[];
  jobs: JobStatus[];
  alarms: AlarmStatus[];
  /** Alarms that there are. */
  watched: number;
  deadLetters: { queue: string; messages: number }[];
  drifts: { id: string; severity: DriftSeverity; what: string; lastSeen: string }[];
  holds: HeldHour[];
  /** Of the last silver run that succeeded. */
  quarantine?: { endedAt: string; read: number; quarantined: number; rules: { rule: string; rows: number }[] };
  cost: { day: Gauge; budget: Gauge };
}

/** How far back a value is looked for: cost comes once a day. */
export const STATUS_DAYS = 3;
const PERIOD = 300;

/** Stages of the flow, by the metric of the lag of each. */
export const STAGES: readonly { metric: MetricId; stage: string; behind: string }[] = [
  { metric: "dataFreshness", stage: "landed", behind: "now" },
  { metric: "silverLag", stage: "silver", behind: "landed" },
  { metric: "goldLag", stage: "gold", behind: "silver" },
  { metric: "warehouseLag", stage: "loaded", behind: "gold" },
];

/** Clients that reading a status takes. */
export type StatusClients = Pick<AwsClients, "cloudWatch" | "dynamodb" | "glue" | "s3" | "sqs">;

/** The part of the outputs that a status takes. */
export type StatusOutputs = Pick<
  StackOutputs,
  | "pipelineName"
  | "statePath"
  | "operationsTable"
  | "dashboardUrl"
  | "silverJob"
  | "goldJob"
  | "archiveJob"
  | "warehouseKind"
>;

/** The operations table of a stack. */
export function operationsState({ dynamodb }: Pick<AwsClients, "dynamodb">, table: string): OperationsState {
  return createOperationsState(dynamodb, { PutItemCommand, QueryCommand }, table);
}

/** Reads how a stack is. @throws whatever AWS says where a part cannot be read: half a status would look like health */
export async function readStatus(clients: StatusClients, outputs: StatusOutputs, now: Date): Promise<StackStatus> {
  const { cloudWatch } = clients;
  const found = await readAlarms(cloudWatch, outputs.pipelineName);
  const from = new Date(now.getTime() - STATUS_DAYS * 86_400_000);
  const stages = STAGES.filter(({ metric }) => metric !== "warehouseLag" || outputs.warehouseKind !== "none");
  const metrics = [
    ...FIVE_METRICS.map(({ metric }) => metric),
    ...stages.map(({ metric }) => metric),
    ...(["dailyCost", "dailyBudget"] as const),
  ];
  const history = await readHistory(cloudWatch, found.dimensions, [...new Set(metrics)], {
    from,
    // The period that is going on begins before its end.
    to: new Date(now.getTime() + PERIOD * 1000),
    period: PERIOD,
  });
  const states = await operationsState(clients, outputs.operationsTable).jobs();
  const drifts = (await listDrifts(clients, outputs)).filter(({ state }) => state === "open");
  return {
    pipeline: outputs.pipelineName,
    at: now.toISOString(),
    dashboardUrl: outputs.dashboardUrl,
    five: FIVE_METRICS.map((target) => fiveStatus(target, history, now)),
    flow: stages.map(({ metric, ...stage }) => ({ ...stage, ...gauge(history, metric, now) })),
    jobs: await Promise.all(JOB_KINDS.map((job) => jobStatus(clients, outputs, job, states))),
    alarms: alarmsOn(found),
    watched: found.alarms.length,
    deadLetters: await Promise.all(found.queues.map((queue) => depth(clients.sqs, queue))),
    drifts: drifts.map((drift) => ({
      id: drift.id,
      severity: drift.severity,
      what: driftTitle(drift),
      lastSeen: drift.lastSeen,
    })),
    holds: await listHolds(clients.s3, outputs.statePath),
    ...quarantineOf(states),
    cost: { day: gauge(history, "dailyCost", now), budget: gauge(history, "dailyBudget", now) },
  };
}

/** The newest value of a metric. */
function gauge(history: MetricHistory, metric: MetricId, now: Date): Gauge {
  const newest = history[metric].at(-1);
  if (newest === undefined) return {};
  return { value: newest.value, age: Math.max(0, (now.getTime() - newest.at.getTime()) / 1000) };
}

function fiveStatus({ metric, title, text, target, good }: Target, history: MetricHistory, now: Date): FiveStatus {
  const found = gauge(history, metric, now);
  const { value } = found;
  if (value === undefined) return { metric, title, text };
  return { metric, title, text, ...found, met: good === "below" ? value < target : value > target };
}

async function jobStatus(
  { glue }: Pick<AwsClients, "glue">,
  outputs: StatusOutputs,
  job: JobKind,
  states: readonly JobState[],
): Promise<JobStatus> {
  const name = { silver: outputs.silverJob, gold: outputs.goldJob, archive: outputs.archiveJob }[job];
  const running = await activeRun(glue, name);
  const last = states.find((one) => one.job === job);
  return {
    job,
    ...(last === undefined
      ? {}
      : {
          state: last.state,
          endedAt: last.endedAt,
          seconds: (Date.parse(last.endedAt) - Date.parse(last.startedAt)) / 1000,
          ...(last.message === undefined ? {} : { message: last.message }),
          ...(last.conservation === undefined ? {} : { conservation: last.conservation }),
        }),
    ...(running?.StartedOn === undefined ? {} : { runningSince: running.StartedOn.toISOString() }),
  };
}

function alarmsOn({ alarms }: StackAlarms): AlarmStatus[] {
  return alarms
    .filter(({ state }) => state === "ALARM")
    .map(({ name, row, part, since, suppressed, runbook }) => ({
      name,
      title: part === undefined ? row.title : `${row.title}: ${part}`,
      severity: row.severity,
      ...(since === undefined ? {} : { since: since.toISOString() }),
      suppressed,
      runbook,
    }));
}

async function depth(
  sqs: SQSClient,
  { title, queueName }: { title: string; queueName: string },
): Promise<{ queue: string; messages: number }> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queueName }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
  );
  return { queue: title, messages: Number(Attributes?.["ApproximateNumberOfMessages"] ?? 0) };
}

/** What the report of the last silver run says of quarantine. */
function quarantineOf(states: readonly JobState[]): Pick<StackStatus, "quarantine"> {
  const silver = states.find(({ job }) => job === "silver");
  if (silver?.report === undefined) return {};
  const {
    read,
    quarantined,
    by_rule: byRule,
  } = JSON.parse(silver.report) as Partial<{
    read: number;
    quarantined: number;
    by_rule: Record<string, number>;
  }>;
  const rules = Object.entries(byRule ?? {})
    .map(([rule, rows]) => ({ rule, rows }))
    .filter(({ rows }) => rows > 0)
    .sort((one, other) => other.rows - one.rows || one.rule.localeCompare(other.rule));
  return { quarantine: { endedAt: silver.endedAt, read: read ?? 0, quarantined: quarantined ?? 0, rules } };
}
