import { requireVariable } from "../settings";

/** Names of the environment variables that the warehouse components set and these handlers read. */
export const WAREHOUSE_ENV = {
  /** Identifier of a provisioned cluster; exactly one of this and `workgroup` is set. */
  cluster: "WAREHOUSE_CLUSTER",
  /** Name of a Redshift Serverless workgroup. */
  workgroup: "WAREHOUSE_WORKGROUP",
  database: "WAREHOUSE_DATABASE",
  secretArn: "WAREHOUSE_SECRET_ARN",
  /** Role that the warehouse takes to read the lake. */
  lakeRoleArn: "WAREHOUSE_LAKE_ROLE_ARN",
  /** Database of the Glue catalog that holds the star schema. */
  goldDatabase: "WAREHOUSE_GOLD_DATABASE",
  hotDays: "WAREHOUSE_HOT_DAYS",
  queueUrl: "WAREHOUSE_QUEUE_URL",
  idleMinutes: "WAREHOUSE_IDLE_MINUTES",
} as const;

/** The warehouse that statements go to, and as whom. */
export interface WarehouseTarget {
  kind: "cluster" | "workgroup";
  /** Cluster identifier or workgroup name. */
  name: string;
  database: string;
  /** Secret with the user's name and password. */
  secretArn: string;
}

/** Reads the target; throws an error that names what is missing. */
export function readTarget(env: Record<string, string | undefined>): WarehouseTarget {
  const cluster = env[WAREHOUSE_ENV.cluster];
  const kind = cluster === undefined || cluster === "" ? "workgroup" : "cluster";
  return {
    kind,
    name: requireVariable(env, kind === "cluster" ? WAREHOUSE_ENV.cluster : WAREHOUSE_ENV.workgroup),
    database: requireVariable(env, WAREHOUSE_ENV.database),
    secretArn: requireVariable(env, WAREHOUSE_ENV.secretArn),
  };
}

/** A variable that holds a whole number of at least one; throws an error that says what it holds instead. */
export function requireWholeNumber(env: Record<string, string | undefined>, name: string): number {
  const text = requireVariable(env, name);
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new Error(
      `Environment variable ${name} is "${text}": it must be a whole number from 1. Deploy the stack again.`,
    );
  }
  return value;
}
