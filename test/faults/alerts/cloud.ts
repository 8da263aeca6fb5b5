import { Readable } from "node:stream";
import * as dynamo from "@aws-sdk/client-dynamodb";
import * as s3 from "@aws-sdk/client-s3";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import { RECEIPT_TRIES, recordReceipts } from "../../../handlers/alert-receipts";
import { createAlertStore, createRecordReceipt } from "../../../handlers/alert-store";
import { createPublish } from "../../../handlers/publish-alert";
import type { BatchDependencies } from "../../../handlers/purchase-alerts";
import { createOpenObject, createPostpone } from "../../../handlers/queue-clients";
import { SETTINGS } from "../../unit/handlers/support";
import type { Mode, Operation, Strike } from "./kinds";

type Row = Record<string, { S?: string; N?: string }>;
type Command = Readonly<{ input: Record<string, unknown> }>;
/** A call to a service, whose effect happens when the schedule and the faults let it. */
type Call = <T>(operation: Operation, effect: () => T, order?: string) => Promise<T>;

/** A strike with the name of its kind. */
export interface Planned extends Strike {
  kind: string;
}

/** Runs a call when the schedule of the test wants it. */
export type Schedule = <T>(label: string, call: () => T) => Promise<T>;

/** DynamoDB, S3, SNS and SQS as far as the alert path calls them, with faults at chosen calls. */
export class Cloud {
  readonly objects = new Map<string, Buffer>();
  /** Alerts that SNS took, by order. */
  readonly alerts = new Map<string, number>();
  /** Kinds of fault that struck. */
  readonly struck: string[] = [];
  /** Delays that the handler asked for, by receipt. */
  readonly delays = new Map<string, number>();
  now = new Date("2026-11-01T10:00:00Z");
  private readonly rows = new Map<string, Row>();
  private readonly calls = new Map<Operation, number>();
  private readonly receipts: Promise<void>[] = [];
  private readonly plan: Planned[];

  constructor(
    plan: readonly Planned[],
    private readonly schedule: Schedule,
  ) {
    this.plan = [...plan];
  }

  /** No more faults. */
  calm(): void {
    this.plan.length = 0;
  }

  /** Lets every receipt be recorded of what the topic has delivered. */
  async delivered(): Promise<void> {
    while (this.receipts.length > 0) await Promise.all(this.receipts.splice(0));
  }

  /** What one invocation gets; `die` is called when a fault ends it, and none of its calls returns after that. */
  invocation(owner: string, die: () => void): BatchDependencies {
    const call = this.callsOf(owner, die);
    const { table, leaseSeconds, rememberDays } = SETTINGS;
    return {
      settings: SETTINGS,
      now: () => this.now,
      store: createAlertStore(
        client<dynamo.DynamoDBClient>((command) => this.dynamo(command, call)),
        dynamo,
        { table, leaseSeconds, rememberDays, owner },
      ),
      open: createOpenObject(
        client<s3.S3Client>(async (command) => {
          const key = String(command.input["Key"]);
          const before = this.struck.length;
          const bytes = await call("get", () => this.objects.get(key));
          if (bytes === undefined) throw named("NoSuchKey", key);
          const cut = this.struck.slice(before).includes(CUT);
          return { Body: cut ? halfOf(bytes) : Readable.from([bytes]) };
        }),
        s3,
      ),
      publish: createPublish(
        client<sns.SNSClient>(({ input }) => {
          const { default: message } = JSON.parse(String(input["Message"])) as { default: string };
          return call("publish", () => this.take(message), orderOf(message));
        }),
        sns,
        SETTINGS.topicArn,
        () => Promise.resolve(),
      ),
      postpone: createPostpone(
        client<sqs.SQSClient>(({ input }) =>
          call("postpone", () => {
            this.delays.set(String(input["ReceiptHandle"]), Number(input["VisibilityTimeout"]));
            return {};
          }),
        ),
        sqs,
        SETTINGS.queueUrl,
      ),
    };
  }

  /** The calls of one process, until a fault ends it. */
  private callsOf(owner: string, die: () => void): Call {
    let dead = false;
    return async <T>(operation: Operation, effect: () => T, order = ""): Promise<T> => {
      if (dead) return new Promise(() => undefined);
      const outcome = await this.schedule(`${owner} ${operation} ${order}`, () => {
        if (dead) return { mode: "dies" as const };
        const mode = this.fault(operation);
        if (mode === "refused" || mode === "fails" || mode === "dies") return { mode };
        return { mode, value: this.settled(effect) };
      });
      if (outcome.mode === "dies" || outcome.mode === "did and dies") {
        dead = true;
        die();
        return new Promise(() => undefined);
      }
      if (outcome.mode === "refused") throw named("ThrottlingException", "Rate exceeded");
      if (outcome.mode === "fails") throw named("InternalErrorException", "500");
      if (outcome.mode === "lost") throw named("TimeoutError", "socket hang up");
      const settled = outcome.value;
      if (settled === undefined) throw new Error("unreachable: a call without fault has an outcome");
      if ("error" in settled) throw settled.error;
      return settled.value;
    };
  }

  /** SNS takes an alert: people get it, and the receipt function. */
  private take(message: string): object {
    const order = orderOf(message);
    this.alerts.set(order, (this.alerts.get(order) ?? 0) + 1);
    for (let copies = this.fault("deliver") === "twice" ? 2 : 1; copies > 0; copies -= 1) {
      this.receipts.push(this.receive(message));
    }
    return {};
  }

  /** The receipt function, with the tries that its SDK makes within seconds; those of its queue would come later. */
  private async receive(body: string): Promise<void> {
    const call = this.callsOf("receipt", () => undefined);
    const record = createRecordReceipt(
      client<dynamo.DynamoDBClient>((command) => this.dynamo(command, call)),
      dynamo,
      SETTINGS.table,
    );
    const event = { Records: [{ messageId: "m", receiptHandle: "r", body }] };
    for (let tries = 0; tries < RECEIPT_TRIES; tries += 1) {
      const { batchItemFailures } = await recordReceipts(event, { record, now: () => this.now });
      if (batchItemFailures.length === 0) return;
    }
  }

  private settled<T>(effect: () => T): { value: T } | { error: Error } {
    try {
      return { value: effect() };
    } catch (error) {
      return { error: error as Error };
    }
  }

  /** The fault that strikes this call, if one does. */
  private fault(operation: Operation): Mode | "none" {
    const number = (this.calls.get(operation) ?? 0) + 1;
    this.calls.set(operation, number);
    const strike = this.plan.find(
      (one) => one.operation === operation && number >= one.nth && number < one.nth + one.calls,
    );
    if (strike === undefined) return "none";
    this.struck.push(strike.kind);
    return strike.mode;
  }

  private async dynamo({ input }: Command, call: Call): Promise<unknown> {
    const condition = String(input["ConditionExpression"]);
    const values = input["ExpressionAttributeValues"] as Row;
    const item = input["Item"] as Row | undefined;
    if (item !== undefined) {
      const order = item["orderId"]?.S ?? "";
      return call("claim", () => this.put(order, item, condition, values), order);
    }
    const order = (input["Key"] as Row)["orderId"]?.S ?? "";
    const update = String(input["UpdateExpression"]);
    const operation = update !== SENT ? "release" : condition === PENDING ? "receipt" : "record";
    return call(operation, () => this.update(order, update, condition, values), order);
  }

  private put(order: string, item: Row, condition: string, values: Row): object {
    if (condition !== "attribute_not_exists(orderId) OR (#state = :pending AND leaseUntil <= :now)") unknown(condition);
    const row = this.rows.get(order);
    const expired = Number(row?.["leaseUntil"]?.N ?? Infinity) <= Number(values[":now"]?.N);
    if (row !== undefined && !(row["state"]?.S === "pending" && expired)) {
      throw new dynamo.ConditionalCheckFailedException({ message: "claimed", $metadata: {}, Item: row as never });
    }
    this.rows.set(order, item);
    return {};
  }

  private update(order: string, update: string, condition: string, values: Row): object {
    const row = this.rows.get(order);
    const holds = CONDITIONS[condition] ?? unknown(condition);
    if (row === undefined || !holds(row, values)) {
      throw new dynamo.ConditionalCheckFailedException({ message: "refused", $metadata: {} });
    }
    const until = values[":until"];
    if (update === SENT) this.rows.set(order, { orderId: { S: order }, state: { S: "sent" } });
    else if (update === "SET leaseUntil = :until" && until !== undefined) {
      this.rows.set(order, { ...row, leaseUntil: until });
    } else unknown(update);
    return {};
  }
}

const SENT = "SET #state = :sent, sentAt = :at REMOVE leaseUntil, #owner";
const PENDING = "#state = :pending";
const owned = (row: Row, values: Row): boolean => row["owner"]?.S === values[":owner"]?.S;
const is = (row: Row, state: string): boolean => row["state"]?.S === state;

/** Conditions of updates, by their text. */
const CONDITIONS: Readonly<Record<string, (row: Row, values: Row) => boolean>> = {
  [PENDING]: (row) => is(row, "pending"),
  "#owner = :owner OR #state = :sent": (row, values) => owned(row, values) || is(row, "sent"),
  "#state = :pending AND #owner = :owner": (row, values) => is(row, "pending") && owned(row, values),
};

const CUT = "S3 body cut off";

function client<C>(send: (command: Command) => Promise<unknown>): C {
  return { send } as unknown as C;
}

/** A body whose connection ends before its length is reached, as Node's HTTP client tells it. */
function halfOf(bytes: Buffer): Readable {
  return Readable.from(
    (async function* () {
      await Promise.resolve();
      yield bytes.subarray(0, Math.ceil(bytes.length / 2));
      throw named("ECONNRESET", "aborted");
    })(),
  );
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function unknown(expression: string): never {
  throw new TypeError(`The fake table does not know "${expression}": teach it what handlers/alert-store.ts asks.`);
}

function orderOf(message: string): string {
  return (JSON.parse(message) as { orderId: string }).orderId;
}
