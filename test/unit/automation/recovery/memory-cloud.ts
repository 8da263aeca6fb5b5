import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type AttributeValue,
} from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { Readable } from "node:stream";

type Item = Record<string, AttributeValue>;

interface Write {
  Key?: Item;
  Item?: Item;
  ConditionExpression?: string;
  UpdateExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
}

const textOf = (value: AttributeValue | undefined): string => value?.S ?? value?.N ?? "";

/** Whether a condition of the forms that lock.ts writes holds for an item: terms joined by OR. */
function holds(write: Write, item: Item | undefined): boolean {
  const {
    ConditionExpression = "",
    ExpressionAttributeNames: names = {},
    ExpressionAttributeValues: values = {},
  } = write;
  return ConditionExpression.split(" OR ").some((term) => {
    if (term === "attribute_not_exists(pk)") return item === undefined;
    const [left = "", operator = "", right = ""] = term.split(" ");
    const attribute = item?.[names[left] ?? left];
    if (attribute === undefined) return false;
    if (operator === "<") return Number(textOf(attribute)) < Number(textOf(values[right]));
    if (operator === "=") return textOf(attribute) === textOf(values[right]);
    throw new Error(`the fake table does not know the condition "${term}"`);
  });
}

/** An item after `SET a = :a, b = :b`. */
function updated(write: Write, before: Item | undefined): Item {
  const item = { ...before };
  for (const part of (write.UpdateExpression ?? "").replace(/^SET /, "").split(", ")) {
    const [name = "", value = ""] = part.split(" = ");
    const set = write.ExpressionAttributeValues?.[value];
    if (set !== undefined) item[write.ExpressionAttributeNames?.[name] ?? name] = set;
  }
  return item;
}

/** A table of DynamoDB in memory: conditional writes, one at a time. */
export class MemoryTable {
  readonly items = new Map<string, Item>();
  readonly client = new DynamoDBClient({ region: "eu-west-1" });
  /** Waits before each call; lets a test choose the order. */
  before: (what: string) => Promise<void> = () => Promise.resolve();
  private readonly mock = mockClient(this.client);

  constructor() {
    const keyOf = (item: Item | undefined): string => `${textOf(item?.["pk"])}/${textOf(item?.["sk"])}`;
    // Condition and change are one step, as in the service: nothing is awaited between them.
    const change = async (
      what: string,
      key: Item | undefined,
      write: Write,
      to: (id: string) => void,
    ): Promise<object> => {
      await this.before(what);
      const id = keyOf(key);
      if (holds(write, this.items.get(id))) {
        to(id);
        return {};
      }
      throw new ConditionalCheckFailedException({ message: "The conditional request failed", $metadata: {} });
    };
    this.mock
      .on(PutItemCommand)
      .callsFake((write: Write) => change("put", write.Item, write, (id) => this.items.set(id, { ...write.Item })));
    this.mock
      .on(UpdateItemCommand)
      .callsFake((write: Write) =>
        change("update", write.Key, write, (id) => this.items.set(id, updated(write, this.items.get(id)))),
      );
    this.mock
      .on(DeleteItemCommand)
      .callsFake((write: Write) => change("delete", write.Key, write, (id) => this.items.delete(id)));
    this.mock.on(GetItemCommand).callsFake(async ({ Key }: Write) => {
      await this.before("get");
      const item = this.items.get(keyOf(Key));
      return item === undefined ? {} : { Item: item };
    });
  }
}

/** Buckets in memory. */
export class MemoryBuckets {
  /** By `bucket/key`. */
  readonly objects = new Map<string, Buffer>();
  readonly client = new S3Client({ region: "eu-west-1" });
  private readonly mock = mockClient(this.client);

  constructor() {
    this.mock.on(PutObjectCommand).callsFake(({ Bucket, Key, Body }: { Bucket: string; Key: string; Body: string }) => {
      this.objects.set(`${Bucket}/${Key}`, Buffer.from(Body));
      return {};
    });
    this.mock.on(GetObjectCommand).callsFake(({ Bucket, Key }: { Bucket: string; Key: string }) => {
      const found = this.objects.get(`${Bucket}/${Key}`);
      if (found === undefined) throw new NoSuchKey({ message: "no", $metadata: {} });
      const body = Readable.from([found]);
      return { Body: Object.assign(body, { transformToString: () => Promise.resolve(found.toString("utf8")) }) };
    });
    this.mock.on(ListObjectsV2Command).callsFake(({ Bucket, Prefix }: { Bucket: string; Prefix: string }) => ({
      Contents: [...this.objects]
        .filter(([name]) => name.startsWith(`${Bucket}/${Prefix}`))
        .map(([name, body]) => ({ Key: name.slice(Bucket.length + 1), Size: body.length })),
    }));
  }

  put(name: string, body: string | Buffer): void {
    this.objects.set(name, Buffer.from(body));
  }
}
