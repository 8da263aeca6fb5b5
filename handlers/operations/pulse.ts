import type { LambdaContext } from "../lambda-types";
import { describeError, logLine } from "../log";
import { loadAthena, loadCloudWatch, loadDynamoDb, loadRedshift, loadRedshiftServerless } from "../runtime-sdk";
import { clockOf } from "../warehouse/connections";
import { dataFreshness, goldFreshness, lagSeconds, type FreshnessInput } from "./freshness";
import {
  operationsVariable,
  PULSE_ENV,
  readDimensions,
  readPulseSettings,
  type PulseSettings,
  type PulseWarehouse,
} from "./pulse-settings";
import { createMetricSink, type MetricSink, type MetricValues } from "./put-metrics";
import { createAskLog, queryTimesStatement, readQueryTimes, type QueryTimes } from "./query-p95";
import { brokenJobs, failingJobs, type JobState } from "./runs";
import { OPERATIONS_ENV, type JobKind } from "./state";
import { createOperationsState, type OperationsState } from "./state-store";
import { etlSuccessRate } from "./success-rate";
import { firstComparedHour, volumeOff } from "./volume";
import { warehouseUnhealthy } from "./warehouse-health";
import { createAskCluster, createAskWorkgroup, type AskWarehouse } from "./warehouse-state";

/** A pulse is sent every 5 minutes; the one of each hour that begins in its first 5 minutes reads the query log too. */
export const PULSE_MINUTES = 5;

/** Everything that a pulse takes. */
export interface PulseDependencies {
  settings: PulseSettings;
  state: OperationsState;
  put: MetricSink;
  /** @default no warehouse */
  warehouse?: AskWarehouse;
  queryTimes: (now: Date, context: LambdaContext) => Promise<QueryTimes>;
}

/** What a pulse measured. */
export interface PulseReport {
  at: string;
  values: MetricValues;
  /** Parts that could not be measured. */
  failed: string[];
}

/** The instant of a schedule's event. @throws Error when it has none */
export function instantOfPulse(event: unknown): Date {
  const { time } = (event ?? {}) as { time?: unknown };
  const at = new Date(typeof time === "string" ? time : NaN);
  if (Number.isNaN(at.getTime())) {
    throw new Error(
      `not a scheduled event: time is ${JSON.stringify(time)}; it must be an ISO 8601 instant, ` +
        'as in {"time":"2026-11-25T13:05:00Z"}',
    );
  }
  return at;
}

/** True for the one pulse of an hour that reads the query log. */
export function readsQueryLog(at: Date): boolean {
  return at.getUTCMinutes() < PULSE_MINUTES;
}

/** The gauges that follow from the operations table. */
export async function tableGauges(state: OperationsState, settings: PulseSettings, now: Date): Promise<MetricValues> {
  const { firstPulse: known, ...landed } = await state.landing();
  const firstPulse = known ?? (await state.rememberFirstPulse(now));
  const [jobs, runs, heartbeats] = [await state.jobs(), await state.runs(now), await state.heartbeats()];
  const [drifts, volumes] = [await state.openDrifts(), await state.volumes(firstComparedHour(now))];
  const { heartbeatsCount, expectData } = settings;
  const input: FreshnessInput = { now, landed, heartbeats, heartbeatsCount, firstPulse, expectData };
  const newest = (job: JobKind): string | undefined => jobs.find((one: JobState) => one.job === job)?.newestEvent;
  return {
    dataFreshness: dataFreshness(input),
    goldFreshness: goldFreshness({ ...input, runs }),
    etlSuccessRate: etlSuccessRate(runs, now),
    etlFailing: failingJobs(jobs),
    conservationBroken: brokenJobs(jobs),
    breakingDriftOpen: drifts.breaking,
    additiveDriftOpen: drifts.additive,
    volumeOff: volumeOff(volumes, now),
    silverLag: lagSeconds(landed.newestEvent, newest("silver")),
    goldLag: lagSeconds(newest("silver"), newest("gold")),
  };
}

/**
 * Measures the stack and puts every gauge, so that alarms need no event to have come. What cannot be measured has no value,
 * is logged and counted (`PulseFailures`), and keeps nothing else from being put.
 *
 * The table is different: without it the stack is blind. Then nothing is put, `Pulse` neither, and the error is thrown.
 */
export async function pulse(event: unknown, context: LambdaContext, deps: PulseDependencies): Promise<PulseReport> {
  const now = instantOfPulse(event);
  const failed: string[] = [];
  const attempt = async (part: string, measure: () => Promise<MetricValues>): Promise<MetricValues> => {
    try {
      return await measure();
    } catch (error) {
      failed.push(part);
      logLine("error", `${part} could not be measured`, { error: describeError(error) });
      return {};
    }
  };
  const { warehouse } = deps;
  const values: MetricValues = {
    ...(await tableGauges(deps.state, deps.settings, now)),
    ...(warehouse === undefined
      ? {}
      : await attempt("warehouse", async () => ({ warehouseUnhealthy: warehouseUnhealthy(await warehouse()) }))),
    pulse: 1,
  };
  // Before the query log, which may take a minute.
  await deps.put(values, now);
  if (readsQueryLog(now)) {
    const times = await attempt("queryTimes", async () => {
      const { p95, baseline } = await deps.queryTimes(now, context);
      return { queryP95: p95, queryP95Baseline: baseline };
    });
    await deps.put(times, now);
    Object.assign(values, times);
  }
  await deps.put({ pulseFailures: failed.length }, now);
  logLine("info", "measured", { at: now.toISOString(), values, failed });
  return { at: now.toISOString(), values, failed };
}

/** The control plane of a warehouse. */
function connectHealth({ kind, name }: PulseWarehouse): AskWarehouse {
  if (kind === "cluster") {
    const redshift = loadRedshift();
    return createAskCluster(new redshift.RedshiftClient({}), redshift, name);
  }
  const serverless = loadRedshiftServerless();
  return createAskWorkgroup(new serverless.RedshiftServerlessClient({}), serverless, name);
}

/** Binds the pulse to AWS. */
export function connectPulse(env: Record<string, string | undefined>): PulseDependencies {
  const dynamo = loadDynamoDb();
  const cloudWatch = loadCloudWatch();
  const athena = loadAthena();
  const athenaClient = new athena.AthenaClient({});
  const database = operationsVariable(env, PULSE_ENV.queryLogDatabase);
  const workgroup = operationsVariable(env, PULSE_ENV.queryLogWorkgroup);
  const ownTeam = operationsVariable(env, PULSE_ENV.queryLogTeam);
  const table = operationsVariable(env, OPERATIONS_ENV.table);
  const settings = readPulseSettings(env);
  return {
    settings,
    state: createOperationsState(new dynamo.DynamoDBClient({}), dynamo, table),
    put: createMetricSink(new cloudWatch.CloudWatchClient({}), cloudWatch, readDimensions(env)),
    ...(settings.warehouse === undefined ? {} : { warehouse: connectHealth(settings.warehouse) }),
    queryTimes: async (now, context) => {
      const ask = createAskLog(athenaClient, athena, workgroup, clockOf(context));
      return readQueryTimes(await ask(queryTimesStatement(database, ownTeam, now)));
    },
  };
}

/** Factory of the pulse, which a schedule calls. */
export function createPulse(): (event: unknown, context: LambdaContext) => Promise<PulseReport> {
  let deps: PulseDependencies | undefined;
  return async (event, context) => {
    deps ??= connectPulse(process.env);
    return pulse(event, context, deps);
  };
}
