import type * as dynamoDb from "@aws-sdk/client-dynamodb";
import type { Landed } from "./freshness";
import { RATE_DAYS, type JobState, type RunRow } from "./runs";
import { STATE, type JobKind } from "./state";
import type { VolumeHour } from "./volume";

/** How long a run stays in partition `runs`, in days. */
export const KEEP_RUNS_DAYS = 30;

/** Drifts that nobody decided on. */
export interface OpenDrifts {
  breaking: number;
  additive: number;
}

/** The operations table as recorder and pulse use it. */
export interface OperationsState {
  landing(): Promise<Landed & { firstPulse?: string }>;
  /** Remembers the first pulse. @returns the one that counts, which may be another's */
  rememberFirstPulse(at: Date): Promise<string>;
  heartbeats(): Promise<string[]>;
  /** Hours from `first` on. */
  volumes(first: string): Promise<VolumeHour[]>;
  openDrifts(): Promise<OpenDrifts>;
  jobs(): Promise<JobState[]>;
  /** Runs that ended in the `RATE_DAYS` before an instant, the instant included. */
  runs(until: Date): Promise<RunRow[]>;
  putRun(run: RunRow): Promise<void>;
  /** @returns false when a later run of the job is known, which then stays */
  putJob(job: JobState): Promise<boolean>;
}

/** The part of the SDK that it takes. */
export type StateSdk = Pick<typeof dynamoDb, "PutItemCommand" | "QueryCommand">;

type Item = Record<string, dynamoDb.AttributeValue>;

/** A text or number attribute. */
function textOf(item: Item, name: string): string | undefined {
  return item[name]?.S ?? item[name]?.N;
}

function numberOf(item: Item, name: string): number | undefined {
  const text = textOf(item, name);
  return text === undefined ? undefined : Number(text);
}

/** Attributes of an object of texts, numbers and booleans; undefined ones are left out. */
function itemOf(fields: object): Item {
  const item: Item = {};
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (typeof value === "string") item[name] = { S: value };
    else if (typeof value === "number") item[name] = { N: String(value) };
    else if (typeof value === "boolean") item[name] = { BOOL: value };
  }
  return item;
}

/** Leaves out what is undefined, so that an absent attribute is an absent field. */
function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function runOf(item: Item): RunRow {
  return defined({
    job: (textOf(item, "job") ?? "") as JobKind,
    runId: textOf(item, "runId") ?? "",
    state: textOf(item, "state") ?? "",
    startedAt: textOf(item, "startedAt") ?? "",
    endedAt: textOf(item, "endedAt") ?? "",
    retried: item["retried"]?.BOOL ?? false,
    partial: item["partial"]?.BOOL,
    read: numberOf(item, "read"),
    quarantined: numberOf(item, "quarantined"),
    newestEvent: textOf(item, "newestEvent"),
  });
}

function jobOf(item: Item): JobState {
  return defined({
    job: (textOf(item, "sk") ?? "") as JobKind,
    runId: textOf(item, "runId") ?? "",
    state: textOf(item, "state") ?? "",
    startedAt: textOf(item, "startedAt") ?? "",
    endedAt: textOf(item, "endedAt") ?? "",
    conservation: textOf(item, "conservation") as JobState["conservation"],
    newestEvent: textOf(item, "newestEvent"),
    message: textOf(item, "message"),
    report: textOf(item, "report"),
  });
}

function refused(error: unknown): boolean {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}

/** The table behind the SDK. */
export function createOperationsState(client: dynamoDb.DynamoDBClient, sdk: StateSdk, table: string): OperationsState {
  /** All items of a partition whose sort keys are in a range, both ends included. */
  const query = async (pk: string, from?: string, to?: string): Promise<Item[]> => {
    const items: Item[] = [];
    let page: Item | undefined;
    const ranged = from !== undefined;
    do {
      const answer: dynamoDb.QueryCommandOutput = await client.send(
        new sdk.QueryCommand({
          TableName: table,
          KeyConditionExpression: ranged ? "pk = :pk AND sk BETWEEN :from AND :to" : "pk = :pk",
          // "~" comes after every character of a key.
          ExpressionAttributeValues: itemOf({ ":pk": pk, ...(ranged ? { ":from": from, ":to": to ?? "~" } : {}) }),
          ConsistentRead: true,
          ExclusiveStartKey: page,
        }),
      );
      items.push(...(answer.Items ?? []));
      page = answer.LastEvaluatedKey;
    } while (page !== undefined);
    return items;
  };

  const landing = async (): Promise<Landed & { firstPulse?: string }> => {
    const items = await query(STATE.landing);
    const named = (sk: string): Item => items.find((item) => item["sk"]?.S === sk) ?? {};
    const mark = named(STATE.watermark);
    return defined({
      newestEvent: textOf(mark, "newestEvent"),
      newestLanding: textOf(mark, "newestLanding"),
      firstPulse: textOf(named(STATE.firstPulse), "at"),
    });
  };

  return {
    landing,
    rememberFirstPulse: async (at) => {
      const item = itemOf({ pk: STATE.landing, sk: STATE.firstPulse, at: at.toISOString() });
      try {
        await client.send(
          new sdk.PutItemCommand({ TableName: table, Item: item, ConditionExpression: "attribute_not_exists(pk)" }),
        );
      } catch (error) {
        if (!refused(error)) throw error;
      }
      return (await landing()).firstPulse ?? at.toISOString();
    },
    heartbeats: async () =>
      (await query(STATE.heartbeat)).flatMap((item) => {
        const at = textOf(item, "at");
        return at === undefined ? [] : [at];
      }),
    volumes: async (first) =>
      (await query(STATE.volume, first)).map((item) => ({
        hour: textOf(item, "sk") ?? "",
        bytes: numberOf(item, "bytes") ?? 0,
      })),
    openDrifts: async () => {
      const open = (await query(STATE.drift)).filter((item) => item["state"]?.S === "open");
      const breaking = open.filter((item) => item["severity"]?.S === "breaking").length;
      return { breaking, additive: open.length - breaking };
    },
    jobs: async () => (await query(STATE.job)).map(jobOf),
    runs: async (until) => {
      const from = new Date(until.getTime() - RATE_DAYS * 86_400_000).toISOString();
      return (await query(STATE.runs, from, `${until.toISOString()}~`)).map(runOf);
    },
    putRun: async (run) => {
      const expiresAt = Math.floor(Date.parse(run.endedAt) / 1000) + KEEP_RUNS_DAYS * 86_400;
      const key = { pk: STATE.runs, sk: `${run.endedAt}#${run.job}#${run.runId}` };
      // The same key for the same run: an event that is delivered again changes nothing.
      await client.send(new sdk.PutItemCommand({ TableName: table, Item: itemOf({ ...key, ...run, expiresAt }) }));
    },
    putJob: async ({ job, ...state }) => {
      try {
        await client.send(
          new sdk.PutItemCommand({
            TableName: table,
            Item: itemOf({ pk: STATE.job, sk: job, ...state }),
            ConditionExpression: "attribute_not_exists(endedAt) OR endedAt <= :endedAt",
            ExpressionAttributeValues: itemOf({ ":endedAt": state.endedAt }),
          }),
        );
        return true;
      } catch (error) {
        if (!refused(error)) throw error;
        return false;
      }
    },
  };
}
