import type { MetricDimensions } from "./put-metrics";
import { JOB_KINDS, OPERATIONS_ENV, type JobKind } from "./state";

/** Environment variables that the Pulse component sets for its functions, beside `OPERATIONS_ENV`. */
export const PULSE_ENV = {
  /** JSON: Glue job by kind. */
  jobs: "PULSE_JOBS",
  reportsBucket: "PULSE_REPORTS_BUCKET",
  /** With a final slash. */
  reportsPrefix: "PULSE_REPORTS_PREFIX",
  queryLogDatabase: "PULSE_QUERY_LOG_DATABASE",
  queryLogWorkgroup: "PULSE_QUERY_LOG_WORKGROUP",
  /** Team of the log's own queries. */
  queryLogTeam: "PULSE_QUERY_LOG_TEAM",
  /** JSON: kind and name; unset without a warehouse. */
  warehouse: "PULSE_WAREHOUSE",
  /** `watermark` or `ignored`. */
  heartbeats: "PULSE_HEARTBEATS",
  /** `true` or `false`. */
  expectData: "PULSE_EXPECT_DATA",
} as const;

type Environment = Record<string, string | undefined>;

/** The variable's value; throws an error that names the variable when it is missing or empty. */
export function operationsVariable(env: Environment, name: string): string {
  const value = env[name];
  if (value === undefined || value === "") {
    throw new Error(
      `Environment variable ${name} is not set. The Operations component sets it; deploy the stack again.`,
    );
  }
  return value;
}

/** Whose metrics a function puts. */
export function readDimensions(env: Environment): MetricDimensions {
  return {
    team: operationsVariable(env, OPERATIONS_ENV.team),
    environment: operationsVariable(env, OPERATIONS_ENV.environment),
    pipeline: operationsVariable(env, OPERATIONS_ENV.pipeline),
  };
}

/** The stack's jobs; throws an error that names what is missing. */
export function readJobs(env: Environment): Readonly<Record<JobKind, string>> {
  const text = operationsVariable(env, PULSE_ENV.jobs);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new Error(`Environment variable ${PULSE_ENV.jobs} is not JSON: ${text}. Deploy the stack again.`, { cause });
  }
  const jobs = parsed as Partial<Record<JobKind, string>>;
  for (const kind of JOB_KINDS) {
    if (typeof jobs[kind] !== "string") {
      throw new Error(`Environment variable ${PULSE_ENV.jobs} has no ${kind} job: ${text}. Deploy the stack again.`);
    }
  }
  return jobs as Record<JobKind, string>;
}

/** The warehouse whose health is asked for. */
export interface PulseWarehouse {
  kind: "cluster" | "workgroup";
  name: string;
}

/** What the pulse is told by its environment. */
export interface PulseSettings {
  heartbeatsCount: boolean;
  expectData: boolean;
  warehouse?: PulseWarehouse;
}

/** Reads the settings of the pulse; throws an error that names what is missing. */
export function readPulseSettings(env: Environment): PulseSettings {
  const warehouse = env[PULSE_ENV.warehouse];
  return {
    heartbeatsCount: operationsVariable(env, PULSE_ENV.heartbeats) !== "ignored",
    expectData: operationsVariable(env, PULSE_ENV.expectData) === "true",
    ...(warehouse === undefined || warehouse === "" ? {} : { warehouse: JSON.parse(warehouse) as PulseWarehouse }),
  };
}
