import { randomUUID } from "node:crypto";
import { createAlertStore } from "./alert-store";
import type { LambdaContext, SqsBatchResponse, SqsEvent, SqsRecord } from "./lambda-types";
import { describeError, logLine } from "./log";
import { createPublish, PUBLISH_CLIENT } from "./publish-alert";
import { parseEvent } from "./purchase";
import { createOpenObject, createPostpone } from "./queue-clients";
import { parseQueueMessage } from "./queue-message";
import { judge, raiseAlert, type AlertDependencies, type Outcome } from "./raise-alert";
import { loadDynamoDb, loadS3, loadSns, loadSqs } from "./runtime-sdk";
import { scanObject, type OpenObject } from "./scan-object";
import { readAlertSettings } from "./settings";

/** Everything a batch needs. */
export interface BatchDependencies extends AlertDependencies {
  open: OpenObject;
  /** Makes a failed message visible again after this many seconds. */
  postpone: (receiptHandle: string, seconds: number) => Promise<void>;
}

/** Below this a further message is left for the next invocation, in milliseconds. */
const MIN_REMAINING_MS = 10_000;

/** Longest wait before a failed message is tried again, in seconds. */
const MAX_RETRY_SECONDS = 900;

/**
 * Seconds before the next try, given how often the message has been received: 5, 15, 45, 135, 405.
 *
 * The queue's own visibility timeout (six times the function's) would hold an alert back for twelve minutes. The first
 * four waits together outlast the lease of an order whose owner died, so the fifth and last receive can take it over.
 */
export function retryDelay(receiveCount: number): number {
  return Math.min(MAX_RETRY_SECONDS, 5 * 3 ** Math.min(Math.max(receiveCount, 1) - 1, 10));
}

/** Handles the body of one message. Never throws. */
export async function processMessage(body: string, deps: BatchDependencies): Promise<Outcome> {
  const message = parseQueueMessage(body);
  if (message.kind === "object") {
    if (message.bucket !== deps.settings.rawBucket) {
      return { kind: "retry", reason: `object in bucket ${message.bucket}, not in ${deps.settings.rawBucket}` };
    }
    return scanObject(message, deps.open, deps);
  }
  if (message.kind === "event") {
    const parsed = parseEvent(message.event);
    // Nobody else keeps a bus event: a bad one ends in the dead-letter queue, where it can be looked at.
    if (parsed.kind === "invalid") return { kind: "retry", reason: `event ${message.id}: ${parsed.reason}` };
    if (parsed.kind === "other") return { kind: "known" };
    const source = { type: "bus" as const, source: message.source, id: message.id };
    const finding = judge(parsed.purchase, source, deps.settings);
    return finding === undefined ? { kind: "known" } : raiseAlert(finding, deps);
  }
  return { kind: "retry", reason: `not a message of this queue: ${message.reason}` };
}

/** Handles a batch, one message after the other (memory stays that of one object), and reports the failed ones. */
export async function handleBatch(
  event: SqsEvent,
  context: LambdaContext,
  deps: BatchDependencies,
): Promise<SqsBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  const fail = async (record: SqsRecord, reason: string, seconds: number): Promise<void> => {
    batchItemFailures.push({ itemIdentifier: record.messageId });
    logLine("error", "message failed; it will be tried again", { messageId: record.messageId, reason, seconds });
    try {
      await deps.postpone(record.receiptHandle, seconds);
    } catch (error) {
      logLine("warn", "retry delay not set; the queue's own timeout applies", { error: describeError(error) });
    }
  };
  for (const record of event.Records) {
    if ((context.getRemainingTimeInMillis?.() ?? Infinity) < MIN_REMAINING_MS) {
      await fail(record, "no time left in this invocation", 1);
      continue;
    }
    let outcome: Outcome;
    try {
      outcome = await processMessage(record.body, deps);
    } catch (error) {
      outcome = { kind: "retry", reason: describeError(error) };
    }
    if (outcome.kind === "retry") {
      const received = Number(record.attributes?.ApproximateReceiveCount ?? "1");
      await fail(record, outcome.reason, retryDelay(received));
    }
  }
  return { batchItemFailures };
}

/** Binds the dependencies to AWS, but for the owner, which differs from one invocation to the next. */
export function connectAlerts(env: Record<string, string | undefined>): (owner: string) => BatchDependencies {
  const settings = readAlertSettings(env);
  const s3 = loadS3();
  const sns = loadSns();
  const sqs = loadSqs();
  const dynamo = loadDynamoDb();
  const s3Client = new s3.S3Client({});
  const snsClient = new sns.SNSClient(PUBLISH_CLIENT);
  const sqsClient = new sqs.SQSClient({});
  const dynamoClient = new dynamo.DynamoDBClient({});

  const open = createOpenObject(s3Client, s3);
  const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const publish = createPublish(snsClient, sns, settings.topicArn, sleep);
  const postpone = createPostpone(sqsClient, sqs, settings.queueUrl);
  const { table, leaseSeconds, rememberDays } = settings;
  return (owner) => ({
    settings,
    store: createAlertStore(dynamoClient, dynamo, { table, leaseSeconds, rememberDays, owner }),
    publish,
    now: () => new Date(),
    open,
    postpone,
  });
}

/** Factory of the purchase handler; runs once per Lambda instance, the SDK clients are made at the first event. */
export function createPurchaseAlertHandler(): (event: SqsEvent, context: LambdaContext) => Promise<SqsBatchResponse> {
  let connected: ((owner: string) => BatchDependencies) | undefined;
  return async (event, context) => {
    connected ??= connectAlerts(process.env);
    return handleBatch(event, context, connected(randomUUID()));
  };
}
