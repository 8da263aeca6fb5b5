import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type AttributeValue,
} from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";

type Item = Record<string, AttributeValue>;

interface Put {
  Item: Item;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
}

const text = (value: AttributeValue | undefined): string => value?.S ?? value?.N ?? "";

/** Whether one of the conditions that ledger.ts writes holds. */
function holds(put: Put, before: Item | undefined): boolean {
  const {
    ConditionExpression: all,
    ExpressionAttributeNames: names = {},
    ExpressionAttributeValues: values = {},
  } = put;
  if (all === undefined) return true;
  return all.split(" OR ").some((term) => {
    const absent = /^attribute_not_exists\((\w+)\)$/.exec(term)?.[1];
    if (absent !== undefined) return before?.[absent] === undefined;
    const [, name = "", list = ""] = /^(#\w+) (?:IN \((.+)\)|= :\w+)$/.exec(term) ?? [];
    const wanted = list === "" ? [term.split(" = ")[1] ?? ""] : list.split(", ");
    if (name === "") throw new Error(`the fake table does not know the condition "${term}"`);
    const found = before?.[names[name] ?? name];
    return found !== undefined && wanted.some((one) => text(values[one]) === text(found));
  });
}

/** The ledger's table in memory. */
export class MemoryLedger {
  readonly items = new Map<string, Item>();
  readonly client = new DynamoDBClient({ region: "eu-west-1" });
  /** Fails the next write after it was made, as a lost connection does. */
  loseAnswer = false;

  constructor() {
    const keyOf = (item: Item): string => `${text(item["pk"])}/${text(item["sk"])}`;
    const lost = (): object => {
      if (!this.loseAnswer) return {};
      this.loseAnswer = false;
      throw new Error("the connection is lost");
    };
    const mock = mockClient(this.client);
    mock.on(PutItemCommand).callsFake((put: Put) => {
      if (!holds(put, this.items.get(keyOf(put.Item)))) {
        throw new ConditionalCheckFailedException({ message: "no", $metadata: {} });
      }
      this.items.set(keyOf(put.Item), put.Item);
      return lost();
    });
    mock.on(TransactWriteItemsCommand).callsFake(({ TransactItems }: { TransactItems: { Put: Put }[] }) => {
      if (!TransactItems.every(({ Put: put }) => holds(put, this.items.get(keyOf(put.Item))))) {
        throw new TransactionCanceledException({ message: "no", $metadata: {} });
      }
      for (const { Put: put } of TransactItems) this.items.set(keyOf(put.Item), put.Item);
      return lost();
    });
    mock.on(DeleteItemCommand).callsFake(({ Key }: { Key: Item }) => {
      this.items.delete(keyOf(Key));
      return {};
    });
    mock.on(GetItemCommand).callsFake(({ Key }: { Key: Item }) => ({ Item: this.items.get(keyOf(Key)) }));
    // Pages of two items, so that every reader has to turn them.
    mock.on(QueryCommand).callsFake((query: { ExpressionAttributeValues: Item; ExclusiveStartKey?: Item }) => {
      const { ExpressionAttributeValues: values, ExclusiveStartKey: from } = query;
      const all = [...this.items.values()]
        .filter(({ pk }) => text(pk) === text(values[":pk"]))
        .sort((one, other) => (text(one["sk"]) < text(other["sk"]) ? -1 : 1));
      const rest = all.filter(({ sk }) => from === undefined || text(sk) > text(from["sk"]));
      const page = rest.slice(0, 2);
      const last = page.at(-1);
      return { Items: page, ...(rest.length > 2 && last !== undefined ? { LastEvaluatedKey: last } : {}) };
    });
  }
}
