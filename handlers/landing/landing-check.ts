import type { LambdaContext, SqsBatchResponse, SqsEvent, SqsRecord } from "../lambda-types";
import { describeError, logLine } from "../log";
import { createMetricSink } from "../operations/put-metrics";
import { retryDelay } from "../purchase-alerts";
import { createOpenObject, createPostpone } from "../queue-clients";
import { loadCloudWatch, loadDynamoDb, loadS3, loadSqs } from "../runtime-sdk";
import { checkObject, failureOf, later, recordHeartbeat, type Checked, type CheckDependencies } from "./check-object";
import { createDriftStore, type OpenDrifts } from "./drift-store";
import { loadSchemas, type EventSchemas } from "./event-schema";
import { createHoldStore } from "./hold-store";
import { parseLanded } from "./landed-object";
import { createLandingStore } from "./landing-store";
import { readLandingSettings } from "./settings";

/** Below this a further message is left for the next invocation, in milliseconds. */
const MIN_REMAINING_MS = 15_000;
/** Left for recording what was found when the reading of an object has to end, in milliseconds. */
const RESERVE_MS = 8_000;

/** What a batch needs; `connect` makes what differs from one invocation to the next. */
export interface LandingDependencies {
  rawBucket: string;
  eventsPrefix: string;
  /** Reads the mappings anew, so that none is older than the invocation. */
  connect: (mayGoOn: () => boolean) => Promise<CheckDependencies>;
  /** Makes a failed message visible again after this many seconds. */
  postpone: (receiptHandle: string, seconds: number) => Promise<void>;
}

/** Handles a batch, one object after the other, and reports the failed messages. */
export async function handleLandings(
  event: SqsEvent,
  context: LambdaContext,
  deps: LandingDependencies,
): Promise<SqsBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  const remaining = (): number => context.getRemainingTimeInMillis?.() ?? Infinity;
  const connected = await deps.connect(() => remaining() > RESERVE_MS);
  let newest: Checked = {};

  const fail = async (record: SqsRecord, reason: string, seconds: number): Promise<void> => {
    batchItemFailures.push({ itemIdentifier: record.messageId });
    logLine("error", "landing not checked; it will be tried again", { messageId: record.messageId, reason, seconds });
    try {
      await deps.postpone(record.receiptHandle, seconds);
    } catch (error) {
      logLine("warn", "retry delay not set; the queue's own timeout applies", { error: describeError(error) });
    }
  };
  for (const record of event.Records) {
    if (remaining() < MIN_REMAINING_MS) {
      await fail(record, "no time left in this invocation", 1);
      continue;
    }
    const received = Number(record.attributes?.ApproximateReceiveCount ?? "1");
    const object = parseLanded(record.body, deps.rawBucket, deps.eventsPrefix);
    if (object.kind === "ignored") continue;
    if (object.kind === "unknown") {
      // It will never be understood, and ends in the dead-letter queue, where it can be looked at.
      await fail(record, `not a message of this queue: ${object.reason}`, retryDelay(received));
      continue;
    }
    try {
      if (object.kind === "heartbeat") await recordHeartbeat(object, connected);
      else {
        const checked = await checkObject(object, connected);
        newest = {
          newestEvent: later(newest.newestEvent, checked.newestEvent),
          newestLanding: later(newest.newestLanding, checked.newestLanding),
        };
      }
    } catch (error) {
      await fail(record, failureOf(object.key, error), retryDelay(received));
    }
  }
  const { newestEvent, newestLanding } = newest;
  if (newestLanding !== undefined) await connected.store.moveWatermark("newestLanding", newestLanding);
  if (newestEvent !== undefined) await connected.store.moveWatermark("newestEvent", newestEvent);
  return { batchItemFailures };
}

/** Binds the dependencies to AWS. */
export function connectLanding(env: Record<string, string | undefined>, schemas: EventSchemas): LandingDependencies {
  const settings = readLandingSettings(env);
  const s3 = loadS3();
  const sqs = loadSqs();
  const dynamo = loadDynamoDb();
  const cloudWatch = loadCloudWatch();
  const s3Client = new s3.S3Client({});
  const sqsClient = new sqs.SQSClient({});
  const dynamoClient = new dynamo.DynamoDBClient({});
  const cloudWatchClient = new cloudWatch.CloudWatchClient({});
  const loaded = loadSchemas(schemas);
  const { table, rawBucket, eventsPrefix, stateBucket, statePrefix, queueUrl } = settings;

  const open = createOpenObject(s3Client, s3);
  const { team, environment, pipeline } = settings;
  const putMetrics = createMetricSink(cloudWatchClient, cloudWatch, { team, environment, pipeline });
  const putOpenDrifts = (counts: OpenDrifts, at: string): Promise<void> =>
    putMetrics({ breakingDriftOpen: counts.breaking, additiveDriftOpen: counts.additive }, new Date(at));
  const holds = createHoldStore(s3Client, s3, stateBucket, statePrefix);
  const common = {
    eventsPrefix,
    open,
    store: createLandingStore(
      dynamoClient,
      dynamo,
      table,
      (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    ),
    drifts: createDriftStore(dynamoClient, dynamo, table),
    holds,
    putOpenDrifts,
  };
  return {
    rawBucket,
    eventsPrefix,
    connect: async (mayGoOn) => ({
      ...common,
      judge: { schemas: loaded, defaultVersion: schemas.defaultVersion, mappings: await holds.mappings() },
      mayGoOn,
    }),
    postpone: createPostpone(sqsClient, sqs, queueUrl),
  };
}

/** Factory of the landing check for these schemas; the SDK clients are made at the first event. */
export function landingCheckFactory(
  schemas: EventSchemas,
): () => (event: SqsEvent, context: LambdaContext) => Promise<SqsBatchResponse> {
  return () => {
    let connected: LandingDependencies | undefined;
    return async (event, context) => {
      connected ??= connectLanding(process.env, schemas);
      return handleLandings(event, context, connected);
    };
  };
}
