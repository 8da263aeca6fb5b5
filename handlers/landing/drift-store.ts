import type * as dynamoDb from "@aws-sdk/client-dynamodb";
import { STATE } from "../operations/state";
import { driftId, nextStep, readDriftItem, type Drift, type DriftRecord } from "./drift-record";
import { isRefused, queryDrifts, type LandingSdk } from "./landing-store";

/** Stands in `hour` and `hours` for a key without an hour. */
export const NO_HOUR = "none";

/** Open drifts by severity. */
export interface OpenDrifts {
  breaking: number;
  additive: number;
}

/** Drifts in the operations table. */
export interface DriftStore {
  read(id: string): Promise<DriftRecord | undefined>;
  /** Opens the drift, or adds the hour to it; `decided` where people decided on it. */
  record(drift: Drift, at: { hour: string; key: string; landedAt: string }): Promise<"open" | "again" | "decided">;
  countOpen(): Promise<OpenDrifts>;
}

/** Tries when people or another object change a record at the same moment. */
const MAX_TRIES = 3;

/** A `DriftStore` on the operations table. */
export function createDriftStore(client: dynamoDb.DynamoDBClient, sdk: LandingSdk, table: string): DriftStore {
  const keyOf = (id: string): Record<string, dynamoDb.AttributeValue> => ({ pk: { S: STATE.drift }, sk: { S: id } });

  const read = async (id: string): Promise<DriftRecord | undefined> => {
    const { Item } = await client.send(
      new sdk.GetItemCommand({ TableName: table, Key: keyOf(id), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : readDriftItem(Item);
  };

  const open = (drift: Drift, at: { hour: string; key: string; landedAt: string }): dynamoDb.UpdateItemCommandInput => {
    const { kind, severity, path, schemaVersion, example, suggestion } = drift;
    const { hour, key, landedAt } = at;
    const texts: Record<string, string> = {
      ...{ kind, severity, path, schemaVersion, example, hour, key },
      ...{ state: "open", firstSeen: landedAt, lastSeen: landedAt },
      ...(suggestion === undefined ? {} : { suggestedFrom: suggestion.from, suggestedTo: suggestion.to }),
    };
    const values: Record<string, dynamoDb.AttributeValue> = {
      ":lines": { N: String(drift.lines) },
      ":of": { N: String(drift.of) },
      ":zero": { N: "0" },
      ":hours": { SS: [hour] },
      ":rejected": { S: "rejected" },
    };
    for (const [name, text] of Object.entries(texts)) values[`:${name}`] = { S: text };
    const names = [...Object.keys(texts), "lines", "of", "count", "hours"];
    const sets = [...Object.keys(texts), "lines", "of"].map((name) => `#${name} = :${name}`);
    return {
      TableName: table,
      Key: keyOf(driftId(drift)),
      UpdateExpression: `SET ${sets.join(", ")}, #count = if_not_exists(#count, :zero) REMOVE decidedAt ADD #hours :hours`,
      ConditionExpression: "attribute_not_exists(pk) OR (#state = :rejected AND NOT contains(#hours, :hour))",
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: values,
    };
  };

  const again = (id: string, hour: string): dynamoDb.UpdateItemCommandInput => ({
    TableName: table,
    Key: keyOf(id),
    UpdateExpression: "ADD #hours :hours",
    ConditionExpression: "#state = :open",
    ExpressionAttributeNames: { "#hours": "hours", "#state": "state" },
    ExpressionAttributeValues: { ":hours": { SS: [hour] }, ":open": { S: "open" } },
  });

  return {
    read,
    async record(drift, at) {
      const id = driftId(drift);
      for (let attempt = 1; ; attempt += 1) {
        const step = nextStep(await read(id), at.hour);
        if (step === "decided") return step;
        try {
          const input = step === "open" ? open(drift, at) : again(id, at.hour);
          await client.send(new sdk.UpdateItemCommand(input));
          return step;
        } catch (error) {
          // Opened or decided by somebody else since the read: look again.
          if (!isRefused(error) || attempt >= MAX_TRIES) throw error;
        }
      }
    },
    async countOpen() {
      const counts: OpenDrifts = { breaking: 0, additive: 0 };
      for (const item of await queryDrifts(client, sdk, table)) {
        if (item["state"]?.S !== "open") continue;
        if (item["severity"]?.S === "breaking") counts.breaking += 1;
        else counts.additive += 1;
      }
      return counts;
    },
  };
}
