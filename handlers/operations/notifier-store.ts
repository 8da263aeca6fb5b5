import type * as dynamoDb from "@aws-sdk/client-dynamodb";
import { describeError, logLine } from "../log";
import { NOTHING_TOLD, type Told } from "./notifier-limit";
import { STATE } from "./state";

/** Sort key of the one item that holds what was told. One item, so that one conditional write decides on both limits. */
export const TOLD_KEY = "told";
/** Writes that lose against another invocation before the store gives up. */
const MAX_TRIES = 8;

/** Changes the record of what was told, against other invocations. */
export interface ToldStore {
  /**
   * Applies `change` to the record and writes it. Runs `change` again when another invocation wrote in between.
   * @returns what `change` returned
   * @throws when the table cannot be reached or keeps changing; nothing is written then
   */
  update<T>(change: (told: Told) => { told: Told; result: T }): Promise<T>;
}

/** The part of `@aws-sdk/client-dynamodb` that the store uses. */
export type ToldSdk = Pick<typeof dynamoDb, "GetItemCommand" | "PutItemCommand">;

/** Reads the record; one that no version of this program wrote is forgotten rather than a reason to tell nobody. */
function parseTold(text: string | undefined): Told {
  if (text === undefined) return NOTHING_TOLD;
  try {
    return { ...NOTHING_TOLD, ...(JSON.parse(text) as Partial<Told>) };
  } catch (error) {
    logLine("error", "the record of what was told is not JSON; beginning a new one", { error: describeError(error) });
    return NOTHING_TOLD;
  }
}

/** A `ToldStore` on the operations table: partition `message`, attributes `told` (JSON) and `version` (a number). */
export function createToldStore(client: dynamoDb.DynamoDBClient, sdk: ToldSdk, table: string): ToldStore {
  const key = { pk: { S: STATE.message }, sk: { S: TOLD_KEY } };
  return {
    async update<T>(change: (told: Told) => { told: Told; result: T }): Promise<T> {
      for (let attempt = 1; ; attempt += 1) {
        const { Item: item } = await client.send(
          new sdk.GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }),
        );
        const version = Number(item?.["version"]?.N ?? 0);
        const { told, result } = change(parseTold(item?.["told"]?.S));
        try {
          await client.send(
            new sdk.PutItemCommand({
              TableName: table,
              Item: { ...key, told: { S: JSON.stringify(told) }, version: { N: String(version + 1) } },
              ConditionExpression: "attribute_not_exists(pk) OR version = :read",
              ExpressionAttributeValues: { ":read": { N: String(version) } },
            }),
          );
          return result;
        } catch (error) {
          const lost = error instanceof Error && error.name === "ConditionalCheckFailedException";
          if (!lost || attempt === MAX_TRIES) throw error;
        }
      }
    },
  };
}
