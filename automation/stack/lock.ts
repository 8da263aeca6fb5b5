import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { decided } from "./conditional-write";
import { STATE } from "../../handlers/operations/state";

/** Life of a lock that is not renewed, in seconds. */
export const LOCK_SECONDS = 120;
/** How long after its end a lock may be taken over, in seconds: the clocks of two machines differ by less. */
export const GRACE_SECONDS = 30;
/** An item that nobody removed leaves the table after this, in seconds. */
const KEEP_SECONDS = 86_400;

/** Who holds a lock, and for what. */
export interface Holder {
  /** Unlike any other's, also any other process of the same person. */
  owner: string;
  /** What is being done, for the message of who is refused. */
  what: string;
}

/** What the table says of a lock. */
export interface LockState extends Holder {
  /** Epoch seconds. */
  until: number;
}

// OWNER and UNTIL are reserved words of DynamoDB's expressions.
const NAMES = { "#owner": "owner", "#until": "until" };

/**
 * Locks in partition `lock` of the operations table, each decided by one conditional write. A holder counts itself as
 * holding until its own `until`; another takes over only `GRACE_SECONDS` later, so no two hold at once while their
 * clocks differ by less than that.
 */
export class LockTable {
  /** @param now epoch milliseconds */
  constructor(
    private readonly client: DynamoDBClient,
    private readonly table: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** Takes a lock. @returns epoch seconds until which it is held, undefined where another holds it */
  async take(name: string, { owner, what }: Holder): Promise<number | undefined> {
    const now = this.seconds();
    const until = now + LOCK_SECONDS;
    const Item: Record<string, AttributeValue> = {
      ...this.key(name),
      owner: { S: owner },
      what: { S: what },
      until: { N: String(until) },
      expiresAt: { N: String(until + KEEP_SECONDS) },
    };
    const taken = await decided(
      this.client.send(
        new PutItemCommand({
          TableName: this.table,
          Item,
          // The owner itself too: the SDK repeats a write whose answer got lost.
          ConditionExpression: "attribute_not_exists(pk) OR #until < :expired OR #owner = :owner",
          ExpressionAttributeNames: NAMES,
          ExpressionAttributeValues: { ":expired": { N: String(now - GRACE_SECONDS) }, ":owner": { S: owner } },
        }),
      ),
    );
    return taken ? until : undefined;
  }

  /** Holds on to a lock. @returns epoch seconds until which it is held now, undefined where another has taken it over */
  async renew(name: string, owner: string): Promise<number | undefined> {
    const until = this.seconds() + LOCK_SECONDS;
    const renewed = await decided(
      this.client.send(
        new UpdateItemCommand({
          TableName: this.table,
          Key: this.key(name),
          UpdateExpression: "SET #until = :until, expiresAt = :expires",
          ConditionExpression: "#owner = :owner",
          ExpressionAttributeNames: NAMES,
          ExpressionAttributeValues: {
            ":until": { N: String(until) },
            ":expires": { N: String(until + KEEP_SECONDS) },
            ":owner": { S: owner },
          },
        }),
      ),
    );
    return renewed ? until : undefined;
  }

  /** Lets go of a lock; one that another has taken over stays with the other. */
  async release(name: string, owner: string): Promise<void> {
    await decided(
      this.client.send(
        new DeleteItemCommand({
          TableName: this.table,
          Key: this.key(name),
          ConditionExpression: "#owner = :owner",
          ExpressionAttributeNames: { "#owner": "owner" },
          ExpressionAttributeValues: { ":owner": { S: owner } },
        }),
      ),
    );
  }

  /** What the table says of a lock, undefined where nobody holds it. */
  async read(name: string): Promise<LockState | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.table, Key: this.key(name), ConsistentRead: true }),
    );
    if (Item === undefined) return undefined;
    return {
      owner: Item["owner"]?.S ?? "unknown",
      what: Item["what"]?.S ?? "unknown work",
      until: Number(Item["until"]?.N ?? 0),
    };
  }

  /** Epoch seconds by this table's clock. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  private key(name: string): Record<string, AttributeValue> {
    return { pk: { S: STATE.lock }, sk: { S: name } };
  }
}
