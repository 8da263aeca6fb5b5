import { createHash } from "node:crypto";
import type * as dynamoDb from "@aws-sdk/client-dynamodb";
import { STATE } from "../operations/state";
import type { DriftItem } from "./drift-record";

/** Days for which a write of an object is remembered: longer than SQS keeps its message (4 days, and 14 as dead letter). */
export const REMEMBER_OBJECT_DAYS = 15;
/** Days for which an hour's volume is kept: four weeks to compare with, and some. */
export const KEEP_VOLUME_DAYS = 35;

/** One write of one object. */
export interface ObjectWrite {
  key: string;
  write: string;
  size: number;
  /** ISO 8601. */
  landedAt: string;
}

/** The operations table as the landing check writes it. Nothing here moves backwards. */
export interface LandingStore {
  /** Moves `landing`/`watermark` forward; ISO 8601. */
  moveWatermark(attribute: "newestEvent" | "newestLanding", at: string): Promise<void>;
  /** Moves a producer's heartbeat forward. */
  moveHeartbeat(producer: string, at: string): Promise<void>;
  /** Adds the object to its hour's volume and to the counts of these drifts; false where that was done before. */
  countOnce(object: ObjectWrite, driftIds: string[]): Promise<boolean>;
}

/** The commands of `@aws-sdk/client-dynamodb` that the stores use; the Lambda runtime supplies it. */
export type LandingSdk = Pick<
  typeof dynamoDb,
  "GetItemCommand" | "UpdateItemCommand" | "QueryCommand" | "TransactWriteItemsCommand"
>;

/** True for DynamoDB's answer that a condition did not hold. */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}

/** Tries of a transaction that met another one on the same hour. */
const MAX_TRIES = 5;

/** A `LandingStore` on the operations table. */
export function createLandingStore(
  client: dynamoDb.DynamoDBClient,
  sdk: LandingSdk,
  table: string,
  sleep: (milliseconds: number) => Promise<void>,
): LandingStore {
  const expiry = (landedAt: string, days: number): string =>
    String(Math.floor(Date.parse(landedAt) / 1000) + days * 86_400);

  const moveForward = async (pk: string, sk: string, attribute: string, at: string): Promise<void> => {
    try {
      await client.send(
        new sdk.UpdateItemCommand({
          TableName: table,
          Key: { pk: { S: pk }, sk: { S: sk } },
          UpdateExpression: "SET #at = :at",
          ConditionExpression: "attribute_not_exists(#at) OR #at < :at",
          ExpressionAttributeNames: { "#at": attribute },
          ExpressionAttributeValues: { ":at": { S: at } },
        }),
      );
    } catch (error) {
      // A newer one is there already.
      if (!isRefused(error)) throw error;
    }
  };

  const transaction = (object: ObjectWrite, driftIds: string[]): dynamoDb.TransactWriteItem[] => {
    const { key, write, size, landedAt } = object;
    const digest = createHash("sha256").update(`${key}\n${write}`).digest("hex").slice(0, 32);
    // "#" sorts before every hour, so that a query over hours never meets the many markers.
    const marker = { pk: { S: STATE.volume }, sk: { S: `#${digest}` } };
    return [
      {
        Put: {
          TableName: table,
          Item: { ...marker, expiresAt: { N: expiry(landedAt, REMEMBER_OBJECT_DAYS) } },
          ConditionExpression: "attribute_not_exists(pk)",
        },
      },
      {
        Update: {
          TableName: table,
          Key: { pk: { S: STATE.volume }, sk: { S: landedAt.slice(0, 13) } },
          UpdateExpression: "ADD objects :one, bytes :size SET expiresAt = :expires",
          ExpressionAttributeValues: {
            ":one": { N: "1" },
            ":size": { N: String(size) },
            ":expires": { N: expiry(landedAt, KEEP_VOLUME_DAYS) },
          },
        },
      },
      ...driftIds.map((id) => ({
        Update: {
          TableName: table,
          Key: { pk: { S: STATE.drift }, sk: { S: id } },
          UpdateExpression: "ADD #count :one SET lastSeen = :at",
          ConditionExpression: "attribute_exists(pk)",
          ExpressionAttributeNames: { "#count": "count" },
          ExpressionAttributeValues: { ":one": { N: "1" }, ":at": { S: landedAt } },
        },
      })),
    ];
  };

  return {
    moveWatermark: (attribute, at) => moveForward(STATE.landing, STATE.watermark, attribute, at),
    moveHeartbeat: (producer, at) => moveForward(STATE.heartbeat, producer, "at", at),
    async countOnce(object: ObjectWrite, driftIds: string[]): Promise<boolean> {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await client.send(new sdk.TransactWriteItemsCommand({ TransactItems: transaction(object, driftIds) }));
          return true;
        } catch (error) {
          if (!(error instanceof Error) || error.name !== "TransactionCanceledException") throw error;
          const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? [];
          if (reasons[0]?.Code === "ConditionalCheckFailed") return false;
          // Another object of the same hour is being counted at this moment.
          if (attempt >= MAX_TRIES || !reasons.some(({ Code }) => Code === "TransactionConflict")) throw error;
          await sleep(50 * 2 ** attempt);
        }
      }
    },
  };
}

/** All items of partition `drift`. */
export async function queryDrifts(
  client: dynamoDb.DynamoDBClient,
  sdk: Pick<typeof dynamoDb, "QueryCommand">,
  table: string,
): Promise<DriftItem[]> {
  const items: DriftItem[] = [];
  let from: Record<string, dynamoDb.AttributeValue> | undefined;
  do {
    const page = await client.send(
      new sdk.QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :drift",
        ExpressionAttributeValues: { ":drift": { S: STATE.drift } },
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    items.push(...((page.Items ?? []) as DriftItem[]));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}
