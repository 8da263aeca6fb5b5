/* eslint-disable no-console -- handlers log by the console; the tests read it there. */
import type { AlertStore, Claim } from "../../../handlers/alert-store";
import type { AlertSettings } from "../../../handlers/settings";

/** Settings of every handler test. */
export const SETTINGS: AlertSettings = {
  table: "orders",
  topicArn: "arn:aws:sns:eu-west-1:111122223333:alerts",
  queueUrl: "https://sqs.eu-west-1.amazonaws.com/111122223333/alerts",
  rawBucket: "raw",
  thresholdUsd: 1000,
  currencies: { USD: 1, EUR: 1.1 },
  rememberDays: 400,
  leaseSeconds: 150,
  team: "data",
  environment: "dev",
  region: "eu-west-1",
};

/** The same as the component writes them into the function's environment. */
export const ENVIRONMENT: Record<string, string> = {
  ALERT_TABLE: SETTINGS.table,
  ALERT_TOPIC_ARN: SETTINGS.topicArn,
  ALERT_QUEUE_URL: SETTINGS.queueUrl,
  ALERT_RAW_BUCKET: SETTINGS.rawBucket,
  ALERT_THRESHOLD_USD: "1000",
  ALERT_CURRENCIES: '{"USD":1,"EUR":1.1}',
  ALERT_REMEMBER_DAYS: "400",
  ALERT_LEASE_SECONDS: "150",
  ALERT_TEAM: "data",
  ALERT_ENVIRONMENT: "dev",
  AWS_REGION: "eu-west-1",
};

/** A purchase line over the threshold. */
export function purchaseLine(orderId: string, amount: number, currency = "USD"): string {
  return JSON.stringify({
    event_type: "purchase",
    event_timestamp: "2026-11-01T10:00:00Z",
    user_id: "u-1",
    order: { id: orderId, amount, currency },
  });
}

/** An SQS body that announces an object. */
export function objectCreated(key: string, versionId?: string): string {
  const detail = { bucket: { name: "raw" }, object: { key, "version-id": versionId } };
  return JSON.stringify({ source: "aws.s3", "detail-type": "Object Created", detail });
}

interface Row {
  state: "pending" | "sent";
  owner: string;
  leaseUntil: number;
}

/** The table in memory: `storeFor(owner)` gives an invocation's view of it. */
export class MemoryTable {
  readonly rows = new Map<string, Row>();

  /** What the topic's receipt does to an order's row. */
  receipt(orderId: string): void {
    const row = this.rows.get(orderId);
    if (row !== undefined) row.state = "sent";
  }

  storeFor(owner: string): AlertStore {
    const { rows } = this;
    return {
      claim(orderId: string, now: Date): Promise<Claim> {
        const seconds = Math.floor(now.getTime() / 1000);
        const row = rows.get(orderId);
        if (row?.state === "sent") return Promise.resolve({ kind: "sent" });
        if (row !== undefined && row.leaseUntil > seconds) {
          return Promise.resolve({ kind: "held", leaseUntil: row.leaseUntil });
        }
        rows.set(orderId, { state: "pending", owner, leaseUntil: seconds + SETTINGS.leaseSeconds });
        return Promise.resolve({ kind: "owned" });
      },
      markSent(orderId: string): Promise<boolean> {
        const row = rows.get(orderId);
        if (row === undefined || (row.owner !== owner && row.state !== "sent")) return Promise.resolve(false);
        row.state = "sent";
        return Promise.resolve(true);
      },
      release(orderId: string, from: Date): Promise<void> {
        const row = rows.get(orderId);
        if (row?.owner === owner && row.state === "pending") row.leaseUntil = Math.floor(from.getTime() / 1000);
        return Promise.resolve();
      },
    };
  }
}

/** Runs `body` with the console silenced and gives back the JSON log lines it wrote. */
export async function capturingLog<T>(body: () => Promise<T>): Promise<{ result: T; log: Record<string, unknown>[] }> {
  const log: Record<string, unknown>[] = [];
  const original = { log: console.log, error: console.error };
  const record = (line: unknown): void => void log.push(JSON.parse(String(line)) as Record<string, unknown>);
  console.log = record;
  console.error = record;
  try {
    return { result: await body(), log };
  } finally {
    Object.assign(console, original);
  }
}
