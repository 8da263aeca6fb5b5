import type { LambdaContext, SqsBatchResponse, SqsEvent } from "../lambda-types";
import { describeError, logLine } from "../log";
import type { MetricSink } from "../operations/put-metrics";
import { loadGlue, loadRedshiftData, loadSqs } from "../runtime-sdk";
import { requireVariable } from "../settings";
import { clockOf, connectCluster } from "./connections";
import { connectWarehouse, type Clock } from "./data-api";
import type { LakeCatalog, LoadDependencies, LoadReport } from "./load";
import { connectLoadMetrics, measuredLoad, publishedAt } from "./load-metrics";
import { daysBefore, type LoadWindow } from "./load-plan";
import { readTarget, requireWholeNumber, WAREHOUSE_ENV } from "./settings";
import { wake } from "./wake";

/** A load asked for by hand (`cli load`, a backfill, a test); all fields are optional. */
export interface LoadRequest {
  /** First date to look at, `YYYY-MM-DD`. */
  from?: string;
  /** Last date to look at. */
  to?: string;
  /** Load the dates even if nothing changed. */
  again?: boolean;
  /** The instant that counts as now, ISO 8601: the hot window ends there. */
  asOf?: string;
}

/** Waits before the next tries of a message: a warehouse that wakes up, or a lake that settles, takes minutes. */
const RETRY_SECONDS = 60;

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** What a request asks for; throws an error that names what is wrong with it. */
export function windowOf(request: LoadRequest, hotDays: number, now: Date): LoadWindow {
  const asOf = request.asOf === undefined ? now : new Date(request.asOf);
  if (Number.isNaN(asOf.getTime())) {
    throw new Error(`asOf is "${String(request.asOf)}": it must be an ISO 8601 instant such as 2026-03-01T00:00:00Z`);
  }
  const { from, to, again } = request;
  const window = { hotFrom: daysBefore(asOf, hotDays), ...(again === undefined ? {} : { again }) };
  if (from === undefined && to === undefined) return window;
  const only = { from: dateOf("from", from), to: dateOf("to", to) };
  if (only.from > only.to) throw new Error(`from ${only.from} is after to ${only.to}: exchange them`);
  if (only.to < window.hotFrom) {
    throw new Error(
      `${only.from} to ${only.to} ends before ${window.hotFrom}, the first hot date: Spectrum reads those from the lake`,
    );
  }
  return { ...window, only };
}

function dateOf(name: string, text: string | undefined): string {
  const known = text !== undefined && DATE.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  if (text === undefined || known === undefined || Number.isNaN(known.getTime()) || daysBefore(known, 0) !== text) {
    throw new Error(`${name} is "${String(text)}": it must be a date such as 2026-03-01, and both ends are needed`);
  }
  return text;
}

/** What the handlers need of AWS. */
export interface LoaderConnection {
  dependencies: (clock: Clock) => LoadDependencies;
  hotDays: number;
  /** Undefined where the loader was told no dimensions. */
  put: MetricSink | undefined;
  /** Makes a failed message visible again after this many seconds. */
  postpone: (receiptHandle: string, seconds: number) => Promise<void>;
}

/** Binds the loader to AWS. */
export function connectLoader(env: Record<string, string | undefined>): LoaderConnection {
  const target = readTarget(env);
  const role = requireVariable(env, WAREHOUSE_ENV.lakeRoleArn);
  const queueUrl = requireVariable(env, WAREHOUSE_ENV.queueUrl);
  const hotDays = requireWholeNumber(env, WAREHOUSE_ENV.hotDays);
  const data = loadRedshiftData();
  const dataClient = new data.RedshiftDataClient({});
  const sqs = loadSqs();
  const sqsClient = new sqs.SQSClient({});
  const lake = connectLake(requireVariable(env, WAREHOUSE_ENV.goldDatabase));
  const control = connectCluster(target.name);
  return {
    dependencies: (clock) => ({
      warehouse: connectWarehouse(dataClient, data, target, clock),
      lake,
      // A serverless workgroup wakes up with its first statement.
      wake: () => (target.kind === "cluster" ? wake(control, clock) : Promise.resolve()),
      clock,
      role,
    }),
    hotDays,
    put: connectLoadMetrics(env),
    postpone: async (receiptHandle, seconds) => {
      const call = { QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds };
      await sqsClient.send(new sqs.ChangeMessageVisibilityCommand(call));
    },
  };
}

/** The star schema in the Glue catalog. */
export function connectLake(database: string): LakeCatalog {
  const glue = loadGlue();
  const client = new glue.GlueClient({});
  const folder = (location: string | undefined): string => (location ?? "").replace(/\/*$/, "/");
  return {
    dates: async () => {
      const found = new Map<string, string>();
      let page: string | undefined;
      do {
        const answer = await client.send(
          new glue.GetPartitionsCommand({ DatabaseName: database, TableName: "fact_clicks", NextToken: page }),
        );
        for (const { Values, StorageDescriptor } of answer.Partitions ?? []) {
          const date = Values?.[0];
          if (date !== undefined) found.set(date, folder(StorageDescriptor?.Location));
        }
        page = answer.NextToken;
      } while (page !== undefined && page !== "");
      return found;
    },
    users: async () => {
      const { Table } = await client.send(new glue.GetTableCommand({ DatabaseName: database, Name: "dim_users" }));
      const location = folder(Table?.StorageDescriptor?.Location);
      // Before its first run the job has not moved the location into a run's folder.
      return location.includes("/run=") ? location : undefined;
    },
  };
}

/** Loads once for a whole batch: its messages all say the same, that gold may have changed. */
export async function handleMessages(
  { Records }: SqsEvent,
  load: () => Promise<LoadReport>,
  postpone: LoaderConnection["postpone"],
): Promise<SqsBatchResponse> {
  try {
    await load();
    return { batchItemFailures: [] };
  } catch (error) {
    logLine("error", "the load failed; the warehouse keeps its rows and it will be tried again", {
      error: describeError(error),
      tries: Records[0]?.attributes?.ApproximateReceiveCount,
    });
    for (const { receiptHandle } of Records) {
      await postpone(receiptHandle, RETRY_SECONDS).catch((problem: unknown) => {
        logLine("warn", "retry delay not set; the queue's own timeout applies", { error: describeError(problem) });
      });
    }
    return { batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  }
}

/** Factory of the loader: messages of its queue, or one `LoadRequest` by direct invocation. */
export function createWarehouseLoader(): (
  event: SqsEvent | LoadRequest,
  context: LambdaContext,
) => Promise<SqsBatchResponse | LoadReport> {
  let connected: LoaderConnection | undefined;
  return async (event, context) => {
    connected ??= connectLoader(process.env);
    const { dependencies, hotDays, postpone, put } = connected;
    const load = async (request: LoadRequest, published?: Date): Promise<LoadReport> =>
      measuredLoad(dependencies(clockOf(context)), windowOf(request, hotDays, new Date()), put, published);
    if (!("Records" in event)) return load(event);
    const published = publishedAt(event.Records.map(({ body }) => body));
    return handleMessages(event, () => load({}, published), postpone);
  };
}
