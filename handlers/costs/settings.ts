import { operationsVariable, readDimensions } from "../operations/pulse-settings";
import type { MetricDimensions } from "../operations/put-metrics";
import { OPERATIONS_ENV } from "../operations/state";

/** Names of the environment variables that the daily closure reads beside `OPERATIONS_ENV`. */
export const COST_ENV = {
  database: "COSTS_QUERY_LOG_DATABASE",
  workgroup: "COSTS_QUERY_LOG_WORKGROUP",
  monthlyBudgetUsd: "COSTS_MONTHLY_BUDGET_USD",
} as const;

/**
 * Keys of the cost allocation tags, which the program puts on every resource. `pipeline` names one stack of one team, so
 * it alone tells the stack's costs; `team` tells those of everything that a team runs.
 */
export const COST_TAGS = { pipeline: "pipeline", team: "team" } as const;

/** View of the query log with the costs of each team's queries, by day and engine. */
export const COST_VIEW = "cost_by_team";

/** What the daily closure is told by its environment. */
export interface ClosureSettings {
  /** The operations table. */
  table: string;
  /** Database of the query log. */
  database: string;
  /** Athena workgroup in which the closure asks the query log. */
  workgroup: string;
  /** USD that a calendar month may cost; above 0. */
  monthlyBudgetUsd: number;
  dimensions: MetricDimensions;
}

/** Reads the settings. @throws Error that names the first variable that is missing or wrong */
export function readClosureSettings(env: Record<string, string | undefined>): ClosureSettings {
  const budget = operationsVariable(env, COST_ENV.monthlyBudgetUsd);
  const monthlyBudgetUsd = Number(budget);
  if (!Number.isFinite(monthlyBudgetUsd) || monthlyBudgetUsd <= 0) {
    throw new Error(
      `Environment variable ${COST_ENV.monthlyBudgetUsd} is "${budget}": it must be US dollars above 0. Deploy the stack again.`,
    );
  }
  return {
    table: operationsVariable(env, OPERATIONS_ENV.table),
    database: operationsVariable(env, COST_ENV.database),
    workgroup: operationsVariable(env, COST_ENV.workgroup),
    monthlyBudgetUsd,
    dimensions: readDimensions(env),
  };
}
