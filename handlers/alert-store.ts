import type * as dynamoDb from "@aws-sdk/client-dynamodb";

/**
 * What the store answers to a claim: this call owns the order now; the alert was sent before; or another invocation
 * owns it until `leaseUntil` (epoch seconds) and may yet fail.
 */
export type Claim = { kind: "owned" } | { kind: "sent" } | { kind: "held"; leaseUntil: number };

/**
 * Remembers which orders have been alerted.
 *
 * An order's row goes `pending` (with a lease) -> `sent`. Writing `sent` first would lose the alert when the process dies
 * before it publishes; writing only afterwards would let two copies of a purchase both publish. With the lease, a row
 * whose owner died becomes claimable again, and a live owner is never overtaken as long as the lease is longer than the
 * function may run. An owner that dies after publishing and before `sent` causes no second alert either: the topic delivers
 * to alert-receipts.ts too, which makes the row `sent`. What remains takes two faults at once, of the record and of the
 * receipt in all its tries for as long as the order is held: then a second alert goes out, never none.
 */
export interface AlertStore {
  claim(orderId: string, now: Date): Promise<Claim>;
  /** Records that the alert is out; its receipt may have done so. Resolves to false when another owner took over. */
  markSent(orderId: string, now: Date): Promise<boolean>;
  /** Gives the order back at `from`, which may be past, so that the next delivery need not wait for the lease. */
  release(orderId: string, from: Date): Promise<void>;
}

/** Where and how long orders are remembered. */
export interface AlertStoreOptions {
  table: string;
  leaseSeconds: number;
  rememberDays: number;
  /** Names this invocation; two that run at once must differ. */
  owner: string;
}

/** The part of `@aws-sdk/client-dynamodb` that the store uses; the Lambda runtime supplies it. */
export type DynamoDbSdk = Pick<typeof dynamoDb, "PutItemCommand" | "UpdateItemCommand">;

type UpdateSdk = Pick<DynamoDbSdk, "UpdateItemCommand">;

/** A change of one order's row that holds only under a condition. */
interface RowUpdate {
  set: string;
  where: string;
  values: Record<string, dynamoDb.AttributeValue>;
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}

/** Changes rows of a table; resolves to false where the condition does not hold. */
function createUpdate(
  client: dynamoDb.DynamoDBClient,
  sdk: UpdateSdk,
  table: string,
): (orderId: string, update: RowUpdate) => Promise<boolean> {
  return async (orderId, { set, where, values }) => {
    try {
      await client.send(
        new sdk.UpdateItemCommand({
          TableName: table,
          Key: { orderId: { S: orderId } },
          UpdateExpression: set,
          ConditionExpression: where,
          ExpressionAttributeNames: { "#state": "state", "#owner": "owner" },
          ExpressionAttributeValues: values,
        }),
      );
      return true;
    } catch (error) {
      if (!isRefused(error)) throw error;
      return false;
    }
  };
}

/** Makes a row `sent`; neither lease nor owner mean anything from then on. */
function sent(now: Date, where: string, values: RowUpdate["values"]): RowUpdate {
  return {
    set: "SET #state = :sent, sentAt = :at REMOVE leaseUntil, #owner",
    where,
    values: { ":sent": { S: "sent" }, ":at": { S: now.toISOString() }, ...values },
  };
}

/** An `AlertStore` on a DynamoDB table with the key `orderId` (text) and the TTL attribute `expiresAt`. */
export function createAlertStore(
  client: dynamoDb.DynamoDBClient,
  sdk: DynamoDbSdk,
  options: AlertStoreOptions,
): AlertStore {
  const { table, leaseSeconds, rememberDays, owner } = options;
  const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);
  const update = createUpdate(client, sdk, table);

  return {
    async claim(orderId: string, now: Date): Promise<Claim> {
      const nowSeconds = seconds(now);
      try {
        await client.send(
          new sdk.PutItemCommand({
            TableName: table,
            Item: {
              orderId: { S: orderId },
              state: { S: "pending" },
              owner: { S: owner },
              leaseUntil: { N: String(nowSeconds + leaseSeconds) },
              expiresAt: { N: String(nowSeconds + rememberDays * 86_400) },
            },
            // An expired row may stay for days before DynamoDB deletes it; it still counts, which errs on silence
            // only for an order older than the memory.
            ConditionExpression: "attribute_not_exists(orderId) OR (#state = :pending AND leaseUntil <= :now)",
            ExpressionAttributeNames: { "#state": "state" },
            ExpressionAttributeValues: { ":pending": { S: "pending" }, ":now": { N: String(nowSeconds) } },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return { kind: "owned" };
      } catch (error) {
        if (!isRefused(error)) throw error;
        const row = (error as { Item?: Record<string, { S?: string; N?: string }> }).Item;
        if (row?.state?.S === "sent") return { kind: "sent" };
        return { kind: "held", leaseUntil: Number(row?.leaseUntil?.N ?? nowSeconds + leaseSeconds) };
      }
    },

    markSent(orderId: string, now: Date): Promise<boolean> {
      return update(orderId, sent(now, "#owner = :owner OR #state = :sent", { ":owner": { S: owner } }));
    },

    async release(orderId: string, from: Date): Promise<void> {
      // False when someone else owns the order already, or its receipt came: there is nothing left to give back.
      await update(orderId, {
        set: "SET leaseUntil = :until",
        where: "#state = :pending AND #owner = :owner",
        values: { ":until": { N: String(seconds(from)) }, ":pending": { S: "pending" }, ":owner": { S: owner } },
      });
    },
  };
}

/**
 * Records what the topic delivered as sent, whoever owns the order. Resolves to false when its row is `sent` already or
 * gone: neither needs anything.
 */
export function createRecordReceipt(
  client: dynamoDb.DynamoDBClient,
  sdk: UpdateSdk,
  table: string,
): (orderId: string, now: Date) => Promise<boolean> {
  const update = createUpdate(client, sdk, table);
  return (orderId, now) => update(orderId, sent(now, "#state = :pending", { ":pending": { S: "pending" } }));
}
