import type { LambdaContext } from "../lambda-types";
import { loadAthena, loadGlue, loadS3 } from "../runtime-sdk";
import { createAthenaHistory, type AthenaRecorder } from "./athena-history";
import { publish, type PublishDependencies, type Published } from "./publish";
import { createPublishedDays } from "./published-days";
import { reconcile, type Reconciled } from "./reconcile";
import { QUERY_LOG_ENV, queryLogVariable, readTeams } from "./settings";
import { createStaging } from "./staging";
import { createLogObjects, sweep, type LogObjects } from "./sweep";
import { createStatementRunner } from "./unload";

/** Days that each publication looks at: Redshift keeps its history for 7, so nothing arrives for an older one. */
export const PUBLISH_DAYS = 8;
/** Days that the daily reconciliation looks at; two, so that one that failed is made good by the next. */
export const RECONCILE_DAYS = 2;
/** Athena keeps its history for 45 days. */
export const MAX_DAYS = 45;

/** What the function is asked for, by its schedules or by a person. */
export interface MaintenanceRequest {
  task: "publish" | "reconcile";
  /** Days to look back, 1 to `MAX_DAYS`. @default `PUBLISH_DAYS`, `RECONCILE_DAYS` */
  days?: number;
}

/** What it answers. */
export interface MaintenanceReport {
  published: Published;
  reconciled?: Reconciled;
  /** Objects of replaced runs that were deleted. */
  swept?: number;
}

/** Everything that maintenance needs. */
export interface MaintenanceDependencies extends PublishDependencies, AthenaRecorder {
  objects: LogObjects;
  now: () => Date;
}

/** Checks a request, which may come from a person's command line. @throws Error that says what is wrong with it */
export function checkRequest(request: unknown): MaintenanceRequest {
  const { task, days } = (request ?? {}) as Record<string, unknown>;
  if (task !== "publish" && task !== "reconcile") {
    throw new Error(`task is ${JSON.stringify(task)}: it must be "publish" or "reconcile", as in {"task":"publish"}`);
  }
  if (days === undefined) return { task };
  if (typeof days !== "number" || !Number.isInteger(days) || days < 1 || days > MAX_DAYS) {
    throw new Error(`days is ${JSON.stringify(days)}: it must be a whole number from 1 to ${MAX_DAYS}`);
  }
  return { task, days };
}

/**
 * `publish` makes new records readable. `reconcile` looks for queries without a record first, and sweeps afterwards; what
 * it found is published even where Athena did not give everything, whose error comes last.
 */
export async function maintain(
  { task, days }: MaintenanceRequest,
  remainingMs: () => number,
  deps: MaintenanceDependencies,
): Promise<MaintenanceReport> {
  const now = deps.now();
  if (task === "publish") return { published: await publish(days ?? PUBLISH_DAYS, now, remainingMs, deps) };
  const back = days ?? RECONCILE_DAYS;
  const [reconciled] = await Promise.allSettled([reconcile(back, now, deps)]);
  const published = await publish(Math.max(back, PUBLISH_DAYS), now, remainingMs, deps);
  const swept = await sweep(now, deps.objects, deps.published);
  if (reconciled.status === "rejected") throw reconciled.reason;
  return { published, reconciled: reconciled.value, swept };
}

/** Binds maintenance to AWS. */
export function connectMaintenance(env: Record<string, string | undefined>): MaintenanceDependencies {
  const bucket = queryLogVariable(env, QUERY_LOG_ENV.bucket);
  const database = queryLogVariable(env, QUERY_LOG_ENV.database);
  const workgroup = queryLogVariable(env, QUERY_LOG_ENV.workgroup);
  const teams = readTeams(env);
  const athenaSdk = loadAthena();
  const glueSdk = loadGlue();
  const s3Sdk = loadS3();
  const athena = new athenaSdk.AthenaClient({});
  const s3 = new s3Sdk.S3Client({});
  return {
    bucket,
    database,
    teams,
    history: createAthenaHistory(athena, athenaSdk),
    staging: createStaging(s3, s3Sdk, bucket),
    published: createPublishedDays(new glueSdk.GlueClient({}), glueSdk, database),
    run: createStatementRunner(athena, athenaSdk, workgroup),
    objects: createLogObjects(s3, s3Sdk, bucket),
    now: () => new Date(),
  };
}

/** Factory of the maintenance function; clients are made at the first event. */
export function createQueryLogMaintainer(): (request: unknown, context: LambdaContext) => Promise<MaintenanceReport> {
  let deps: MaintenanceDependencies | undefined;
  return async (request, context) => {
    const checked = checkRequest(request);
    deps ??= connectMaintenance(process.env);
    return maintain(checked, () => context.getRemainingTimeInMillis?.() ?? Infinity, deps);
  };
}
