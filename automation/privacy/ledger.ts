import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type AttributeValue,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { decided } from "../stack/conditional-write";
import { z } from "zod";
import { classFigures, NO_CERTIFICATE, type Certificate, type ChainHead } from "./certificate";

/** The way of a request; each state is reached once and in this order. */
export const STATES = ["requested", "located", "rewritten", "verified", "certified"] as const;
/** How far a request is. */
export type RequestState = (typeof STATES)[number];

const step = z.strictObject({
  at: z.iso.datetime(),
  seconds: z.number().nonnegative(),
  usd: z.number().nonnegative(),
  /** Id of the job run, where the step was one. */
  run: z.string().optional(),
  /** What the step took out or counted. */
  classes: z.array(classFigures),
});
const batch = z.strictObject({
  id: z.string(),
  state: z.enum(STATES),
  startedAt: z.iso.datetime(),
  /** Ids of its requests. */
  requests: z.array(z.string()).min(1),
  /** By name of the step; a step that is not here is to be done. */
  steps: z.record(z.string(), step),
  /** ISO 8601, when each state was reached. */
  reached: z.partialRecord(z.enum(STATES), z.iso.datetime()),
});
const request = z.strictObject({
  id: z.string(),
  batch: z.string(),
  /** Keyed hashes; the ledger knows no id and no address. */
  subject: z.string(),
  emails: z.array(z.string()),
  requestedAt: z.iso.datetime(),
  /** The certified request of the person that this one came after (`erase --again`). */
  before: z.string().optional(),
  state: z.enum(STATES),
  /** Rows of this person, as first found. */
  own: z.array(classFigures).optional(),
  /** Number of its certificate. */
  certificate: z.number().int().optional(),
  /** ISO 8601: since then the person is let in again. */
  allowedAt: z.iso.datetime().optional(),
});

/** What one step of a batch did. */
export type StepRecord = z.infer<typeof step>;
/** Requests that go through together. */
export type BatchRecord = z.infer<typeof batch>;
/** One request of one person. */
export type RequestRecord = z.infer<typeof request>;

/** Longest sequence number as text, so that texts sort as numbers do. */
const SEQ_DIGITS = 10;
const HEAD = { pk: { S: "chain" }, sk: { S: "head" } };

type Item = Record<string, AttributeValue>;

/**
 * The ledger of erasures: one table, `pk` and `sk` text.
 *
 * | pk            | sk            | holds                                                              |
 * | ------------- | ------------- | ------------------------------------------------------------------ |
 * | `batch`       | batch id      | `BatchRecord` as JSON in `record`                                    |
 * | `request`     | request id    | `RequestRecord` as JSON in `record`                                  |
 * | `subject`     | subject hash  | `request`: the one request of the person that counts now             |
 * | `certificate` | number        | `Certificate` as JSON in `record`; never written twice               |
 * | `chain`       | `head`        | `seq`, `hash` of the last certificate                                |
 */
export class Ledger {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly table: string,
  ) {}

  /**
   * Opens a batch of new requests, all or none. One that names the request `before` takes its place as the one that counts.
   * @returns false where another batch has taken one of the subjects meanwhile
   */
  async open(record: BatchRecord, requests: readonly RequestRecord[]): Promise<boolean> {
    // A transaction holds 100 items (DynamoDB, "Service quotas"): subjects are taken one after the other, the batch last,
    // so that what a crash leaves is requests of a batch that does not exist, which `taken` overlooks.
    for (const one of requests) {
      const taken = await decided(
        this.client.send(
          new PutItemCommand({
            TableName: this.table,
            Item: { ...keyOf("subject", one.subject), request: { S: one.id }, batch: { S: one.batch } },
            ConditionExpression: "attribute_not_exists(pk) OR #batch IN (:batch, :former)",
            ExpressionAttributeNames: { "#batch": "batch" },
            ExpressionAttributeValues: {
              ":batch": { S: one.batch },
              ":former": { S: (await this.formerBatchOf(one)) ?? one.batch },
            },
          }),
        ),
      );
      if (!taken) return false;
      await this.saveRequest(one);
    }
    await this.saveBatch(record);
    return true;
  }

  /** The request of a person that counts now: open, or certified and not let in again. */
  async requestOf(subject: string): Promise<RequestRecord | undefined> {
    const item = await this.get("subject", subject);
    let id = item?.["request"]?.S;
    while (id !== undefined) {
      const found = await this.request(id);
      if (found === undefined || (await this.batch(found.batch)) !== undefined) return found;
      // A crash left it without a batch: what it was to come after still counts.
      id = found.before;
    }
    return undefined;
  }

  /** Forgets which request of a person counts: the next one is a new one. */
  async forget(subject: string): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: this.table, Key: keyOf("subject", subject) }));
  }

  async request(id: string): Promise<RequestRecord | undefined> {
    return read(request, await this.get("request", id));
  }

  async batch(id: string): Promise<BatchRecord | undefined> {
    return read(batch, await this.get("batch", id));
  }

  async requests(): Promise<RequestRecord[]> {
    return (await this.all("request")).flatMap((item) => read(request, item) ?? []);
  }

  async batches(): Promise<BatchRecord[]> {
    return (await this.all("batch")).flatMap((item) => read(batch, item) ?? []);
  }

  async saveRequest(record: RequestRecord): Promise<void> {
    const { certificate } = record;
    await this.put(
      "request",
      record.id,
      record,
      certificate === undefined ? {} : { certificate: { N: String(certificate) } },
    );
  }

  /** Writes the whole record; only the holder of the lock does. */
  async saveBatch(record: BatchRecord): Promise<void> {
    await this.put("batch", record.id, record);
  }

  /** Where the chain ends; undefined before the first certificate. */
  async head(): Promise<ChainHead | undefined> {
    const { Item: item } = await this.client.send(
      new GetItemCommand({ TableName: this.table, Key: HEAD, ConsistentRead: true }),
    );
    if (item === undefined) return undefined;
    return { seq: Number(item["seq"]?.N ?? 0), hash: item["hash"]?.S ?? "" };
  }

  /**
   * Adds a certificate at the chain's end, and tells its request, in one transaction.
   * @returns false where the chain ends elsewhere meanwhile, or the request has one
   */
  async append(certified: Certificate, record: RequestRecord): Promise<boolean> {
    const { seq, hash, previous } = certified;
    const next: Item = { ...HEAD, seq: { N: String(seq) }, hash: { S: hash } };
    try {
      await this.client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            {
              Put: {
                TableName: this.table,
                Item: { ...keyOf("certificate", seqText(seq)), record: { S: JSON.stringify(certified) } },
                ConditionExpression: "attribute_not_exists(pk)",
              },
            },
            {
              Put:
                previous === NO_CERTIFICATE
                  ? { TableName: this.table, Item: next, ConditionExpression: "attribute_not_exists(pk)" }
                  : {
                      TableName: this.table,
                      Item: next,
                      ConditionExpression: "#hash = :previous",
                      ExpressionAttributeNames: { "#hash": "hash" },
                      ExpressionAttributeValues: { ":previous": { S: previous } },
                    },
            },
            {
              Put: {
                TableName: this.table,
                Item: {
                  ...keyOf("request", record.id),
                  record: { S: JSON.stringify({ ...record, state: "certified", certificate: seq }) },
                  certificate: { N: String(seq) },
                },
                ConditionExpression: "attribute_not_exists(certificate)",
              },
            },
          ],
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof TransactionCanceledException) return false;
      throw error;
    }
  }

  /** Certificates as they are stored, by their place. */
  async certificates(): Promise<{ place: number; text: string }[]> {
    return (await this.all("certificate")).map((item) => ({
      place: Number(item["sk"]?.S ?? 0),
      text: item["record"]?.S ?? "",
    }));
  }

  /** One certificate as it is stored. */
  async certificate(seq: number): Promise<string | undefined> {
    return (await this.get("certificate", seqText(seq)))?.["record"]?.S;
  }

  /** Batch whose hold of the person ends with this request: one that a crash lost, or that of the request before. */
  private async formerBatchOf({ subject, before }: RequestRecord): Promise<string | undefined> {
    const id = (await this.get("subject", subject))?.["batch"]?.S;
    if (id === undefined || (await this.batch(id)) === undefined) return id;
    return before !== undefined && (await this.request(before))?.batch === id ? id : undefined;
  }

  private async put(pk: string, sk: string, record: object, more: Item = {}): Promise<void> {
    const Item = { ...keyOf(pk, sk), ...more, record: { S: JSON.stringify(record) } };
    await this.client.send(new PutItemCommand({ TableName: this.table, Item }));
  }

  private async get(pk: string, sk: string): Promise<Item | undefined> {
    const { Item: item } = await this.client.send(
      new GetItemCommand({ TableName: this.table, Key: keyOf(pk, sk), ConsistentRead: true }),
    );
    return item;
  }

  private async all(pk: string): Promise<Item[]> {
    const items: Item[] = [];
    let from: Item | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": { S: pk } },
          ConsistentRead: true,
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      items.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return items;
  }
}

function keyOf(pk: string, sk: string): { pk: AttributeValue; sk: AttributeValue } {
  return { pk: { S: pk }, sk: { S: sk } };
}

function seqText(seq: number): string {
  return String(seq).padStart(SEQ_DIGITS, "0");
}

function read<T>(schema: z.ZodType<T>, item: Item | undefined): T | undefined {
  const text = item?.["record"]?.S;
  return text === undefined ? undefined : schema.parse(JSON.parse(text));
}
