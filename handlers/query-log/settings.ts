import type { WarehouseTarget } from "../warehouse/settings";

/** Names of the environment variables that the QueryLog component sets and its functions read. */
export const QUERY_LOG_ENV = {
  bucket: "QUERY_LOG_BUCKET",
  teams: "QUERY_LOG_TEAMS",
  database: "QUERY_LOG_DATABASE",
  workgroup: "QUERY_LOG_WORKGROUP",
  warehouse: "QUERY_LOG_WAREHOUSE",
  team: "QUERY_LOG_TEAM",
} as const;

/** Names that the component and the functions must agree on. */
export const STAGING_PREFIX = "staging/";
export const LOG_PREFIX = "query_log/";
export const STATE_PREFIX = "state/";
export const LOG_TABLE = "query_log";
export const STAGED_TABLE = "query_log_staged";

/** The warehouse as its function knows it. */
export interface WarehouseSettings extends WarehouseTarget {
  /** Team of a database user; users that are not listed belong to the stack's team. */
  teams: Readonly<Record<string, string>>;
}

type Environment = Record<string, string | undefined>;

/** The variable's value; throws an error that names the variable when it is missing or empty. */
export function queryLogVariable(env: Environment, name: string): string {
  const value = env[name];
  if (value === undefined || value === "") {
    throw new Error(`Environment variable ${name} is not set. The QueryLog component sets it; deploy the stack again.`);
  }
  return value;
}

/** The variable's value read as JSON; throws an error that names the variable. */
function readJson(env: Environment, name: string): unknown {
  const text = queryLogVariable(env, name);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`Environment variable ${name} is not JSON: ${text}. Deploy the stack again.`, { cause });
  }
}

/** Team by Athena workgroup: every workgroup of the stack is a key. */
export function readTeams(env: Environment): Readonly<Record<string, string>> {
  return readJson(env, QUERY_LOG_ENV.teams) as Record<string, string>;
}

/** What the poller is told of its warehouse. */
export function readWarehouse(env: Environment): WarehouseSettings {
  return readJson(env, QUERY_LOG_ENV.warehouse) as WarehouseSettings;
}
