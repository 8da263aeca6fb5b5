import { describeError, logLine } from "../log";
import { instantOfPulse } from "../operations/pulse";
import { createMetricSink, type MetricSink } from "../operations/put-metrics";
import { createOperationsState, type OperationsState } from "../operations/state-store";
import { loadAthena, loadCloudWatch, loadCostExplorer, loadDynamoDb } from "../runtime-sdk";
import { createAthenaQuestions } from "./athena-rows";
import { closeDay, stackValues, teamRequest, type ClosedDay } from "./closed-day";
import { createCostSource, type CostSource } from "./cost-explorer";
import { closingDays } from "./days";
import { COST_TAGS, readClosureSettings, type ClosureSettings } from "./settings";
import { createScanSource, type ScanSource } from "./team-scans";

/** What a closure needs; the shell binds it to AWS. */
export interface ClosureDependencies {
  settings: ClosureSettings;
  costs: CostSource;
  state: Pick<OperationsState, "volumes">;
  scans: ScanSource;
  /** Puts the stack's figures. */
  put: MetricSink;
  /** Puts the scans of each team. */
  putTeams: (closed: ClosedDay) => Promise<void>;
}

/** Says why a day has no cost, and what to do about it. */
export function missingCost(day: string, tagIsKnown: boolean, pipeline: string): string {
  if (tagIsKnown) return `Cost Explorer knows no cost of ${day} yet; the next closure states it again`;
  return (
    `Cost Explorer knows no cost with the tag ${COST_TAGS.pipeline}=${pipeline}: no value is put. Activate ` +
    `"${COST_TAGS.pipeline}" as a cost allocation tag in the account that pays (Billing, Cost allocation tags); costs ` +
    "appear within 24 hours after."
  );
}

function logClosed(closed: readonly ClosedDay[], pipeline: string): void {
  const tagIsKnown = closed.some(({ cost }) => cost !== undefined);
  for (const { at, cost, ...rest } of closed) {
    logLine("info", "day closed", { ...rest, usd: cost?.usd, services: cost?.services, putAt: at.toISOString() });
    if (cost === undefined) logLine("warn", missingCost(rest.day, tagIsKnown, pipeline), { day: rest.day });
  }
}

/**
 * Closes yesterday, and states the day before again (see `closingDays`).
 *
 * Each source and each put stands alone: a query log that cannot be asked hides no cost. What is known is put before the
 * error of what is not.
 *
 * @throws Error naming what failed, after all else is put
 */
export async function closeDays(now: Date, deps: ClosureDependencies): Promise<ClosedDay[]> {
  const { settings } = deps;
  const failures: string[] = [];
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      failures.push(`${what} (${describeError(error)})`);
      return undefined;
    }
  };

  const days = closingDays(now);
  const [first, last] = [days[0].day, days[1].day];
  const [costs, volumes, scans] = await Promise.all([
    attempt("costs", () => deps.costs(first, last)),
    attempt("landed bytes", () => deps.state.volumes(`${first}T00`)),
    attempt("scans of the teams", () => deps.scans(first, last)),
  ]);
  const closed = days.map((one) => closeDay(one, { costs, volumes, scans }, settings.monthlyBudgetUsd));
  if (costs !== undefined) logClosed(closed, settings.dimensions.pipeline);

  for (const one of closed) {
    await attempt(`metrics of ${one.day}`, () => deps.put(stackValues(one), one.at));
    // In a call of its own: a team's name that CloudWatch refuses must not take the stack's figures with it.
    await attempt(`metrics of the teams, ${one.day}`, () => deps.putTeams(one));
  }
  if (failures.length > 0) {
    throw new Error(
      `the closure of ${last} is incomplete: ${failures.join("; ")}. All else was put. Lambda tries twice more, then the ` +
        "event waits in the dead-letter queue; sending it again is safe.",
    );
  }
  return closed;
}

/** Binds a closure to AWS. */
export function connectClosure(env: Record<string, string | undefined>): ClosureDependencies {
  const settings = readClosureSettings(env);
  const athenaSdk = loadAthena();
  const costSdk = loadCostExplorer();
  const dynamoSdk = loadDynamoDb();
  const cloudWatchSdk = loadCloudWatch();
  const cloudWatch = new cloudWatchSdk.CloudWatchClient({});
  const ask = createAthenaQuestions(
    new athenaSdk.AthenaClient({}),
    athenaSdk,
    settings.workgroup,
    (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  );
  return {
    settings,
    // Cost Explorer has one endpoint a partition; the SDK finds it from any region.
    costs: createCostSource(new costSdk.CostExplorerClient({}), costSdk, settings.dimensions.pipeline),
    state: createOperationsState(new dynamoSdk.DynamoDBClient({}), dynamoSdk, settings.table),
    scans: createScanSource(ask, settings.database),
    put: createMetricSink(cloudWatch, cloudWatchSdk, settings.dimensions),
    putTeams: async (closed) => {
      const request = teamRequest(closed, settings.dimensions);
      if (request !== undefined) await cloudWatch.send(new cloudWatchSdk.PutMetricDataCommand(request));
    },
  };
}

/** Factory of the daily closure; clients are made at the first event. */
export function createDailyClosure(): (event: unknown) => Promise<ClosedDay[]> {
  let deps: ClosureDependencies | undefined;
  return async (event) => {
    const now = instantOfPulse(event);
    deps ??= connectClosure(process.env);
    return closeDays(now, deps);
  };
}
