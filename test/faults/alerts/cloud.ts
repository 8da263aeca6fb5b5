import { Readable } from "node:stream";
import * as dynamo from "@aws-sdk/client-dynamodb";
import * as s3 from "@aws-sdk/client-s3";
import * as sqs from "@aws-sdk/client-sqs";
import { createAlertStore } from "../../../handlers/alert-store";
import type { BatchDependencies } from "../../../handlers/purchase-alerts";
import { createOpenObject, createPostpone } from "../../../handlers/queue-clients";
import type { Notice } from "../../../handlers/raise-alert";
import { SETTINGS } from "../../unit/handlers/support";
import type { Mode, Operation, Strike } from "./kinds";

type Row = Record<string, { S?: string; N?: string }>;
type Command = Readonly<{ input: Record<string, unknown> }>;

/** A strike with the name of its kind. */
export interface Planned extends Strike {
  kind: string;
}

/** Runs a call when the schedule of the test wants it. */
export type Schedule = <T>(label: string, call: () => T) => Promise<T>;

/** DynamoDB, S3, SNS and SQS as far as the purchase handler calls them, with faults at chosen calls. */
export class Cloud {
  readonly objects = new Map<string, Buffer>();
  /** Alerts that SNS took, by order. */
  readonly alerts = new Map<string, number>();
  /** Kinds of fault that struck, and for which order where the call has one. */
  readonly struck: { kind: string; order?: string }[] = [];
  /** Delays that the handler asked for, by receipt. */
  readonly delays = new Map<string, number>();
  now = new Date("2026-11-01T10:00:00Z");
  private readonly rows = new Map<string, Row>();
  private readonly calls = new Map<Operation, number>();
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

  /** What one invocation gets; `die` is called when a fault ends it, and none of its calls returns after that. */
  invocation(owner: string, die: () => void): BatchDependencies {
    let dead = false;
    // Alerts of this invocation that are out and not recorded: whatever kills it now, they go out again.
    const open = new Set<string>();
    const call = async <T>(operation: Operation, effect: () => T, order?: string): Promise<T> => {
      if (dead) return new Promise(() => undefined);
      const outcome = await this.schedule(`${owner} ${operation} ${order ?? ""}`, () => {
        if (dead) return { mode: "dies" as const };
        const mode = this.fault(operation, order);
        if (mode === "refused" || mode === "dies") return { mode };
        const value = this.settled(effect);
        if (operation === "publish" && order !== undefined) open.add(order);
        if (operation === "record" && order !== undefined) open.delete(order);
        return { mode, value };
      });
      if (outcome.mode === "dies" || outcome.mode === "did and dies") {
        dead = true;
        for (const unrecorded of open) this.struck.push({ kind: UNRECORDED, order: unrecorded });
        die();
        return new Promise(() => undefined);
      }
      if (outcome.mode === "refused") throw named("ThrottlingException", "Rate exceeded");
      if (outcome.mode === "lost") throw named("TimeoutError", "socket hang up");
      const settled = outcome.value;
      if (settled === undefined) throw new Error("unreachable: a call without fault has an outcome");
      if ("error" in settled) throw settled.error;
      return settled.value;
    };
    const client = <C>(send: (command: Command) => Promise<unknown>): C => ({ send }) as unknown as C;
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
          const cut = this.struck.slice(before).some(({ kind }) => kind === CUT);
          return { Body: cut ? halfOf(bytes) : Readable.from([bytes]) };
        }),
        s3,
      ),
      publish: (notice) => call("publish", () => void this.count(orderOf(notice)), orderOf(notice)),
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

  private count(order: string): void {
    this.alerts.set(order, (this.alerts.get(order) ?? 0) + 1);
  }

  private settled<T>(effect: () => T): { value: T } | { error: Error } {
    try {
      return { value: effect() };
    } catch (error) {
      return { error: error as Error };
    }
  }

  /** The fault that strikes this call, if one does. */
  private fault(operation: Operation, order: string | undefined): Mode | "none" {
    const number = (this.calls.get(operation) ?? 0) + 1;
    this.calls.set(operation, number);
    const strike = this.plan.find(
      (one) => one.operation === operation && number >= one.nth && number < one.nth + one.calls,
    );
    if (strike === undefined) return "none";
    this.struck.push({ kind: strike.kind, ...(order === undefined ? {} : { order }) });
    return strike.mode;
  }

  private async dynamo(
    { input }: Command,
    call: <T>(operation: Operation, effect: () => T, order?: string) => Promise<T>,
  ): Promise<unknown> {
    const condition = String(input["ConditionExpression"]);
    const values = input["ExpressionAttributeValues"] as Row;
    const item = input["Item"] as Row | undefined;
    if (item !== undefined) {
      const order = item["orderId"]?.S ?? "";
      return call("claim", () => this.put(order, item, condition, values), order);
    }
    const order = (input["Key"] as Row)["orderId"]?.S ?? "";
    const update = String(input["UpdateExpression"]);
    return call(
      update.includes(":sent") ? "record" : "release",
      () => this.update(order, update, condition, values),
      order,
    );
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
    const owned = row?.["owner"]?.S === values[":owner"]?.S;
    const pending = row?.["state"]?.S === "pending";
    if (condition !== "#owner = :owner" && condition !== "#state = :pending AND #owner = :owner") unknown(condition);
    if (row === undefined || !owned || (condition.includes(":pending") && !pending)) {
      throw new dynamo.ConditionalCheckFailedException({ message: "not owned", $metadata: {} });
    }
    if (update === "SET leaseUntil = :zero") this.rows.set(order, { ...row, leaseUntil: { N: "0" } });
    else if (update === "SET #state = :sent, sentAt = :at REMOVE leaseUntil, #owner") {
      this.rows.set(order, { orderId: { S: order }, state: { S: "sent" } });
    } else unknown(update);
    return {};
  }
}

const CUT = "S3 body cut off";
const UNRECORDED = "function killed after publish, before the record";

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

function orderOf(notice: Notice): string {
  return (JSON.parse(notice.json) as { orderId: string }).orderId;
}
