import { loadCloudWatch } from "../runtime-sdk";
import { OPERATIONS_ENV } from "../operations/state";
import { createMetricSink, type MetricSink, type MetricValues } from "../operations/put-metrics";
import { describeError, logLine } from "../log";
import { loadWarehouse, type LoadDependencies, type LoadReport } from "./load";
import type { LoadWindow } from "./load-plan";
import { BOUNDARY } from "./load-sql";

/**
 * What a load leaves behind.
 *
 * @param hotFrom first hot date as the warehouse has it, `YYYY-MM-DD`
 * @param wanted first hot date as it should be
 * @param published when gold published what was loaded; undefined for a load by hand
 */
export function loadMetrics(hotFrom: string, wanted: string, published: Date | undefined, now: Date): MetricValues {
  const days = (Date.parse(wanted) - Date.parse(hotFrom)) / 86_400_000;
  return {
    // A new warehouse's boundary lies in the far future: it holds nothing that it should not.
    boundaryLagDays: Number.isNaN(days) ? undefined : Math.max(0, days),
    warehouseLag: published === undefined ? undefined : Math.max(0, (now.getTime() - published.getTime()) / 1000),
  };
}

/** The oldest run of gold that a batch of messages tells of; undefined where none of them says when it was. */
export function publishedAt(bodies: readonly string[]): Date | undefined {
  const times = bodies.flatMap((body) => {
    try {
      const { time } = JSON.parse(body) as { time?: unknown };
      const instant = typeof time === "string" ? Date.parse(time) : NaN;
      return Number.isNaN(instant) ? [] : [instant];
    } catch {
      // A message by hand; that gold may have changed is all that a load needs to know.
      return [];
    }
  });
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/** Sends the loader's metrics, or nothing for a warehouse that was deployed without dimensions. */
export function connectLoadMetrics(env: Record<string, string | undefined>): MetricSink | undefined {
  const { team: teamName, environment: environmentName, pipeline: pipelineName } = OPERATIONS_ENV;
  const [team, environment, pipeline] = [env[teamName], env[environmentName], env[pipelineName]];
  if (team === undefined || environment === undefined || pipeline === undefined) return undefined;
  const sdk = loadCloudWatch();
  return createMetricSink(new sdk.CloudWatchClient({}), sdk, { team, environment, pipeline });
}

/**
 * Loads, and tells how far behind the warehouse is; after a load that failed, too, as far as it can be asked. Metrics that
 * cannot be sent fail no load.
 * @param put undefined where nothing is measured
 * @param published when gold published what is loaded; undefined for a load by hand
 */
export async function measuredLoad(
  deps: LoadDependencies,
  window: LoadWindow,
  put: MetricSink | undefined,
  published?: Date,
): Promise<LoadReport> {
  const tell = async (measure: () => Promise<MetricValues>): Promise<void> => {
    try {
      await put?.(await measure(), new Date());
    } catch (error) {
      logLine("warn", "the load's metrics were not sent", { error: describeError(error) });
    }
  };
  try {
    const report = await loadWarehouse(deps, window);
    await tell(async () => loadMetrics(report.hotFrom, window.hotFrom, published, new Date()));
    return report;
  } catch (error) {
    if (put !== undefined) {
      await tell(async () => {
        const boundary = (await deps.warehouse.query(BOUNDARY))[0]?.[0];
        return loadMetrics(String(boundary), window.hotFrom, undefined, new Date());
      });
    }
    throw error;
  }
}
