import { parseAlert } from "./alert-message";
import { createRecordReceipt } from "./alert-store";
import type { SqsBatchResponse, SqsEvent, SqsRecord } from "./lambda-types";
import { describeError, logLine } from "./log";
import { loadDynamoDb } from "./runtime-sdk";
import { ALERT_ENV, requireVariable } from "./settings";

/** What recording a receipt needs; the shell binds it to AWS. */
export interface ReceiptDependencies {
  /** Resolves to false when there was nothing to record: the order is recorded already, or forgotten. */
  record: (orderId: string, now: Date) => Promise<boolean>;
  now: () => Date;
}

/** Tries to write one receipt within seconds, the pauses between them growing; the queue repeats it after that. */
export const RECEIPT_TRIES = 6;

/**
 * Records every alert that the topic delivered: it is out, whatever became of who published it. What is no alert is passed
 * over. Reports the messages that failed, so that they alone are delivered again.
 */
export async function recordReceipts(event: SqsEvent, deps: ReceiptDependencies): Promise<SqsBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  const one = async ({ messageId, body }: SqsRecord): Promise<void> => {
    const alert = parseAlert(body);
    if (alert === undefined) return;
    const { orderId } = alert;
    try {
      if (await deps.record(orderId, deps.now())) logLine("info", "alert recorded by its receipt", { orderId });
    } catch (error) {
      batchItemFailures.push({ itemIdentifier: messageId });
      logLine("error", "receipt not recorded; it will be tried again", { orderId, error: describeError(error) });
    }
  };
  // All at once: a throttled one must not use up the time of the others.
  await Promise.all(event.Records.map(one));
  return { batchItemFailures };
}

/** Binds the dependencies to DynamoDB. */
export function connectReceipts(env: Record<string, string | undefined>): ReceiptDependencies {
  const table = requireVariable(env, ALERT_ENV.table);
  const sdk = loadDynamoDb();
  const client = new sdk.DynamoDBClient({ maxAttempts: RECEIPT_TRIES });
  return { record: createRecordReceipt(client, sdk, table), now: () => new Date() };
}

/** Factory of the receipt handler; runs once per Lambda instance, the client is made at the first event. */
export function createAlertReceiptHandler(): (event: SqsEvent) => Promise<SqsBatchResponse> {
  let deps: ReceiptDependencies | undefined;
  return async (event) => {
    deps ??= connectReceipts(process.env);
    return recordReceipts(event, deps);
  };
}
