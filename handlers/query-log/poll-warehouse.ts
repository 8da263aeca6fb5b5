import type * as s3 from "@aws-sdk/client-s3";
import type { LambdaContext } from "../lambda-types";
import { logLine } from "../log";
import { loadRedshiftData, loadS3 } from "../runtime-sdk";
import { connectWarehouse, type Warehouse } from "../warehouse/data-api";
import { clockOf, connectCluster } from "../warehouse/connections";
import { sqlTimestamp } from "./query-record";
import { HISTORY_STATEMENT, redshiftRecord } from "./redshift-record";
import { QUERY_LOG_ENV, queryLogVariable, readWarehouse, STATE_PREFIX, type WarehouseSettings } from "./settings";
import { createStaging, type Staging } from "./staging";

/** How long the SYS views keep a query ("System tables and views reference": seven days). */
export const HISTORY_DAYS = 7;
/** Rows reach the SYS views minutes late: what ended within this time before the watermark is asked for again. */
export const OVERLAP_MINUTES = 60;
/** One after the other, the seven days of a busy warehouse would take longer than the function may run. */
const PUTS_AT_ONCE = 25;

const MILLISECONDS_PER_MINUTE = 60_000;
const MILLISECONDS_PER_DAY = 86_400_000;

/** Until when the history has been read. */
export interface Watermark {
  get(): Promise<Date | undefined>;
  set(time: Date): Promise<void>;
}

/** What a poll takes. */
export interface PollDependencies {
  settings: WarehouseSettings;
  /** Team of users that no team claims. */
  team: string;
  /** False for a paused cluster, or one on its way: it must not be woken for a look at its history. */
  isAwake: () => Promise<boolean>;
  warehouse: Pick<Warehouse, "query">;
  watermark: Watermark;
  staging: Staging;
  now: () => Date;
}

/** What a poll did. `asleep`: nothing was asked, and the watermark stays. */
export type PollReport = { state: "asleep" } | { state: "read"; rows: number; recorded: number; until: string };

/**
 * Records what the warehouse's users ran since the last poll.
 *
 * The watermark moves to the time at which the poll began, and only after every record is written: a poll that dies reads
 * the same again, and a record that exists is left as it is. Without a watermark it begins with all that the SYS views
 * keep.
 */
export async function pollWarehouse(deps: PollDependencies): Promise<PollReport> {
  const { settings, warehouse, watermark, staging } = deps;
  if (!(await deps.isAwake())) {
    logLine("info", "the cluster is paused: nothing is asked, the watermark stays", { warehouse: settings.name });
    return { state: "asleep" };
  }
  const began = deps.now();
  const oldest = began.getTime() - HISTORY_DAYS * MILLISECONDS_PER_DAY;
  const last = await watermark.get();
  if (last !== undefined && last.getTime() < oldest) {
    logLine("warn", "queries may be missing: the last poll is older than what the SYS views keep", {
      warehouse: settings.name,
      lastPoll: last.toISOString(),
      keptDays: HISTORY_DAYS,
    });
  }
  const since = new Date(Math.max(oldest, (last?.getTime() ?? 0) - OVERLAP_MINUTES * MILLISECONDS_PER_MINUTE));
  const rows = await warehouse.query(HISTORY_STATEMENT, { since: sqlTimestamp(since) });
  let recorded = 0;
  for (let at = 0; at < rows.length; at += PUTS_AT_ONCE) {
    const puts = rows.slice(at, at + PUTS_AT_ONCE).map((row) => staging.put(redshiftRecord(row, settings, deps.team)));
    recorded += (await Promise.all(puts)).filter((isNew) => isNew).length;
  }
  await watermark.set(began);
  const report = { state: "read" as const, rows: rows.length, recorded, until: began.toISOString() };
  logLine("info", "history read", { warehouse: settings.name, ...report });
  return report;
}

/** The parts of the SDK that the watermark takes. */
export type WatermarkSdk = Pick<typeof s3, "GetObjectCommand" | "PutObjectCommand">;

/** A watermark in an object `state/<warehouse>.json`. */
export function createWatermark(client: s3.S3Client, sdk: WatermarkSdk, bucket: string, name: string): Watermark {
  const at = { Bucket: bucket, Key: `${STATE_PREFIX}${name}.json` };
  return {
    async get() {
      try {
        const { Body } = await client.send(new sdk.GetObjectCommand(at));
        const { until } = JSON.parse((await Body?.transformToString()) ?? "{}") as { until?: string };
        return until === undefined ? undefined : new Date(until);
      } catch (error) {
        if (error instanceof Error && error.name === "NoSuchKey") return undefined;
        throw error;
      }
    },
    async set(time) {
      const Body = JSON.stringify({ until: time.toISOString() });
      await client.send(new sdk.PutObjectCommand({ ...at, Body, ContentType: "application/json" }));
    },
  };
}

/** Whether a warehouse can be asked without waking it. */
export async function isAwake(kind: WarehouseSettings["kind"], status: () => Promise<string>): Promise<boolean> {
  // A serverless workgroup has no such state: it is always there, and billed while it answers.
  return kind === "workgroup" || (await status()) === "available";
}

/** Binds polling to AWS, for one invocation. */
export function connectPoller(env: Record<string, string | undefined>, context: LambdaContext): PollDependencies {
  const bucket = queryLogVariable(env, QUERY_LOG_ENV.bucket);
  const settings = readWarehouse(env);
  const data = loadRedshiftData();
  const s3Sdk = loadS3();
  const s3Client = new s3Sdk.S3Client({});
  return {
    settings,
    team: queryLogVariable(env, QUERY_LOG_ENV.team),
    isAwake: () => isAwake(settings.kind, () => connectCluster(settings.name).status()),
    warehouse: connectWarehouse(new data.RedshiftDataClient({}), data, settings, clockOf(context)),
    watermark: createWatermark(s3Client, s3Sdk, bucket, settings.name),
    staging: createStaging(s3Client, s3Sdk, bucket),
    now: () => new Date(),
  };
}

/** Factory of the polling function. */
export function createWarehousePoller(): (event: unknown, context: LambdaContext) => Promise<PollReport> {
  return async (_event, context) => pollWarehouse(connectPoller(process.env, context));
}
