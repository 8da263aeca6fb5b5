import type { LambdaContext } from "../lambda-types";
import { logLine } from "../log";
import { loadRedshiftData } from "../runtime-sdk";
import { connectWarehouse, type Warehouse } from "./data-api";
import { clockOf, connectCluster } from "./connections";
import { readTarget, requireWholeNumber, WAREHOUSE_ENV } from "./settings";

/** What was found, and done about it. */
export interface PauseReport {
  paused: boolean;
  reason: string;
}

/** A cluster that can be put to sleep. */
export interface PausableCluster {
  status: () => Promise<string>;
  pause: () => Promise<void>;
}

/**
 * Statements of the last minutes, but for this function's own: those of people, and loads, which the administrator runs.
 * @param minutes whole number
 */
export function activitySql(minutes: number): string {
  return (
    `SELECT COUNT(*) FROM sys_query_history WHERE query_text NOT LIKE '%sys_query_history%' ` +
    `AND (status IN ('planning', 'queued', 'running', 'returning') OR end_time > DATEADD(minute, -${minutes}, GETDATE()))`
  );
}

/** Pauses a cluster that nobody asked anything for a while. */
export async function pauseWhenIdle(
  cluster: PausableCluster,
  warehouse: Warehouse,
  idleMinutes: number,
): Promise<PauseReport> {
  const status = await cluster.status();
  // Never woken to be asked whether it may sleep.
  if (status !== "available") return { paused: false, reason: `it is ${status}` };
  const active = Number((await warehouse.query(activitySql(idleMinutes)))[0]?.[0] ?? 0);
  if (active > 0) return { paused: false, reason: `${active} statements in ${idleMinutes} minutes` };
  await cluster.pause();
  return { paused: true, reason: `no statement in ${idleMinutes} minutes` };
}

/** Factory of the function that a schedule calls. */
export function createIdlePause(): (event: unknown, context: LambdaContext) => Promise<PauseReport> {
  return async (_event, context) => {
    const target = readTarget(process.env);
    const data = loadRedshiftData();
    const warehouse = connectWarehouse(new data.RedshiftDataClient({}), data, target, clockOf(context));
    const minutes = requireWholeNumber(process.env, WAREHOUSE_ENV.idleMinutes);
    const report = await pauseWhenIdle(connectCluster(target.name), warehouse, minutes);
    logLine("info", report.paused ? "paused" : "left running", { reason: report.reason });
    return report;
  };
}
