import { numberOf, textOf, type ResourceGraph, type ResourceNode } from "../graph/resource-graph";
import { lineOf, num, type Line, type Model } from "./model";
import { DAYS, startsPerMonth } from "./schedule";

/** Lambda polls a queue with five pollers that wait 20 seconds each (Lambda guide, "Using Lambda with Amazon SQS"). */
const IDLE_POLLS_PER_MONTH = 5 * 3 * 60 * 24 * DAYS;
/** Send, receive and delete. */
const REQUESTS_PER_MESSAGE = 3;
const DEFAULT_MEMORY_MB = 128;

/** Functions, queues, topics, buses and tables: what small things happen how often. */
export function eventLines(model: Model): Line[] {
  const { graph } = model;
  return [
    ...functionLines(model),
    ...graph.ofType("aws:sqs/queue:Queue").flatMap((queue) => queueLines(model, queue)),
    ...topicLines(model),
    ...busLines(model),
    ...graph.ofType("aws:dynamodb/table:Table").flatMap((table) => tableLines(model, table)),
  ];
}

/** How often something happens in a month, and what it is. */
export interface Rate {
  count: number;
  what: "objects" | "clock" | "runs" | "queries" | "rare";
}

/** What a rule of EventBridge fires on. */
function rateOf({ volumes: v, assumed: a }: Model, rule: ResourceNode): Rate {
  const schedule = textOf(rule.inputs, "scheduleExpression");
  if (schedule !== undefined) return { count: startsPerMonth(schedule), what: "clock" };
  const pattern = textOf(rule.inputs, "eventPattern") ?? "";
  if (pattern.includes("Object Created")) return { count: v.rawObjectsPerMonth, what: "objects" };
  if (pattern.includes("aws.glue")) return { count: 2 * v.runsPerMonth + DAYS, what: "runs" };
  if (pattern.includes("aws.athena")) return { count: v.queriesPerMonth + a.logQueriesPerDay * DAYS, what: "queries" };
  return { count: a.rareEventsPerDay * DAYS, what: "rare" };
}

/** What arrives at an ARN by rules and, rarely, by messages of a topic. */
function arrivals(model: Model, arn: unknown): Rate[] {
  const { graph, assumed: a } = model;
  const rules = new Map(graph.ofType("aws:cloudwatch/eventRule:EventRule").map((rule) => [rule.outputs["name"], rule]));
  const byRules = graph
    .withInput("aws:cloudwatch/eventTarget:EventTarget", "arn", arn)
    .flatMap(({ inputs }) => rules.get(inputs["rule"]) ?? [])
    .map((rule) => rateOf(model, rule));
  const topics = graph.withInput("aws:sns/topicSubscription:TopicSubscription", "endpoint", arn);
  return [...byRules, ...topics.map((): Rate => ({ count: a.rareEventsPerDay * DAYS, what: "rare" }))];
}

/** Everything that starts a function in a month; by queues, rules and topics. */
export function startsOf(model: Model, fn: ResourceNode): Rate[] {
  const { graph } = model;
  const { arn, name } = fn.outputs;
  const queues = mappings(graph, [arn, name]).map(({ inputs }) => inputs["eventSourceArn"]);
  return [...arrivals(model, arn), ...queues.flatMap((queue) => arrivals(model, queue))];
}

function mappings(graph: ResourceGraph, names: readonly unknown[]): ResourceNode[] {
  return graph
    .ofType("aws:lambda/eventSourceMapping:EventSourceMapping")
    .filter(({ inputs }) => names.includes(inputs["functionName"]));
}

function functionLines(model: Model): Line[] {
  const { assumed: a, volumes: v } = model;
  let requests = 0;
  const lines = model.graph.ofType("aws:lambda/function:Function").map((fn) => {
    const starts = startsOf(model, fn);
    const count = starts.reduce((sum, one) => sum + one.count, 0);
    requests += count;
    const reads = starts.some(({ what }) => what === "objects");
    const seconds = reads ? (v.jsonGbPerDay * 1000 * DAYS) / a.scanMbPerSecond : count * a.smallRunSeconds;
    const gb = (numberOf(fn.inputs, "memorySize") ?? DEFAULT_MEMORY_MB) / 1024;
    const how = reads
      ? `all JSON at ${num(a.scanMbPerSecond)} MB/s`
      : `${num(count)} starts × ${num(a.smallRunSeconds)} s`;
    return lineOf(model, "Lambda", fn.name, "lambda.armGbSecond", seconds * gb, `${how} × ${num(gb)} GB`);
  });
  if (lines.length === 0) return [];
  return [
    ...lines,
    lineOf(model, "Lambda", "invocations", "lambda.requests", requests / 1e6, `${num(requests)} starts`),
  ];
}

function queueLines(model: Model, queue: ResourceNode): Line[] {
  const messages = arrivals(model, queue.outputs["arn"]).reduce((sum, { count }) => sum + count, 0);
  const polled = model.graph.withInput(
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "eventSourceArn",
    queue.outputs["arn"],
  );
  const requests = messages * REQUESTS_PER_MESSAGE + polled.length * IDLE_POLLS_PER_MONTH;
  if (requests === 0) return []; // A dead-letter queue: nothing arrives as long as all is well.
  const because = `${num(messages)} messages × ${String(REQUESTS_PER_MESSAGE)}, ${num(polled.length * IDLE_POLLS_PER_MONTH)} polls`;
  return [lineOf(model, "SQS", queue.name, "sqs.requests", requests / 1e6, because)];
}

function topicLines(model: Model): Line[] {
  const topics = model.graph.ofType("aws:sns/topic:Topic").length;
  if (topics === 0) return [];
  const messages = model.assumed.rareEventsPerDay * DAYS;
  const subscriptions = model.graph.ofType("aws:sns/topicSubscription:TopicSubscription");
  const by = (protocol: string): number => subscriptions.filter(({ inputs }) => inputs["protocol"] === protocol).length;
  const because = `${num(messages)} rare events`;
  return [
    lineOf(model, "SNS", `${num(topics)} topics, publishes`, "sns.requests", (messages * topics) / 1e6, because),
    lineOf(model, "SNS", "deliveries by HTTPS", "sns.http", (messages * by("https")) / 1e6, because),
    lineOf(model, "SNS", "deliveries by e-mail", "sns.email", (messages * by("email")) / 1e5, because),
  ];
}

function busLines(model: Model): Line[] {
  const rules = model.graph.ofType("aws:cloudwatch/eventRule:EventRule");
  if (rules.length === 0) return [];
  const objects = model.volumes.rawObjectsPerMonth;
  const rare = model.assumed.rareEventsPerDay * DAYS;
  const because = `${num(objects)} objects landed, ${num(rare)} events of producers`;
  return [lineOf(model, "EventBridge", "events", "eventbridge.customEvents", (objects + rare) / 1e6, because)];
}

/** Writes that a table sees for each landed object and each five minutes, where it holds the operations' state. */
const WRITES_PER_OBJECT = 2;
const WRITES_PER_PULSE = 10;
/** Of orders: claim, mark, and receipt, which is charged also where the mark came before it. Of other rare events: two. */
const WRITES_PER_ORDER = 3;
const WRITES_PER_EVENT = 2;
const PULSES = 12 * 24 * DAYS;

function tableLines(model: Model, table: ResourceNode): Line[] {
  const rare = model.assumed.rareEventsPerDay * DAYS;
  const state = table.name.includes("-ops");
  const writes =
    rare * (state ? WRITES_PER_EVENT : WRITES_PER_ORDER) +
    (state ? model.volumes.rawObjectsPerMonth * WRITES_PER_OBJECT + PULSES * WRITES_PER_PULSE : 0);
  const because = state ? "each object, each pulse, each rare event" : "claim, mark and receipt of each rare event";
  return [
    lineOf(model, "DynamoDB", `${table.name}: writes`, "dynamodb.writes", writes / 1e6, because),
    lineOf(model, "DynamoDB", `${table.name}: reads`, "dynamodb.reads", (2 * writes) / 1e6, "two reads a write"),
    lineOf(model, "DynamoDB", `${table.name}: storage`, "dynamodb.storage", 1, "an allowance"),
    lineOf(model, "DynamoDB", `${table.name}: recovery`, "dynamodb.recovery", 1, "point-in-time recovery of the same"),
  ];
}
