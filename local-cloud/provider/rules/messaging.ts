/**
 * SQS and SNS. AWS pages: "CreateQueue", "Amazon SQS message quotas", "Using dead-letter queues in Amazon SQS",
 * "Amazon SNS FIFO topics", "Subscribe", "Amazon SNS subscription filter policies", "Amazon SNS dead-letter queues".
 */
import { isRecord, type Props } from "../mapping";
import {
  between,
  bytes,
  type Check,
  inspect,
  list,
  parseJson,
  type Problems,
  type Rules,
  where,
  within,
} from "./check";
import { patternProblems } from "./events";
import { policy } from "./policies";

/** Attributes that only FIFO queues have. */
const FIFO_ONLY = ["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];
const QUEUE_ARN = /^arn:[\w-]+:sqs:[\w-]+:\d{12}:.+$/;
const fifo = (value: unknown): boolean => String(value).endsWith(".fifo");

/** `counts`: SQS wants to know after how many receives, SNS does not. An empty text takes the policy away. */
function* redriveProblems(value: unknown, counts: boolean): Problems {
  if (value === "") return;
  const redrive = parseJson(value);
  if (!isRecord(redrive)) return yield "must be a redrive policy in JSON";
  const count = Number(redrive["maxReceiveCount"]);
  if (!QUEUE_ARN.test(String(redrive["deadLetterTargetArn"]))) yield "deadLetterTargetArn must be a queue's ARN";
  if (counts && !(Number.isInteger(count) && count >= 1 && count <= 1000))
    yield "maxReceiveCount must be a whole number from 1 to 1000";
}

function* allowProblems(value: unknown): Problems {
  const allow = parseJson(value);
  if (!isRecord(allow)) return yield "must be a redrive allow policy in JSON";
  const { redrivePermission, sourceQueueArns } = allow;
  const sources = list(sourceQueueArns);
  if (!["allowAll", "denyAll", "byQueue"].includes(redrivePermission as string))
    yield "redrivePermission must be allowAll, denyAll or byQueue";
  if ((redrivePermission === "byQueue") !== sources.length > 0 || sources.length > 10)
    yield "sourceQueueArns must be 1 to 10 queues with byQueue, and absent without";
}

const QUEUE: readonly Check[] = [
  within("Attributes", [
    between("DelaySeconds", 0, 900),
    between("MaximumMessageSize", 1_024, 1_048_576),
    between("MessageRetentionPeriod", 60, 1_209_600),
    between("ReceiveMessageWaitTimeSeconds", 0, 20),
    between("VisibilityTimeout", 0, 43_200),
    between("KmsDataKeyReusePeriodSeconds", 60, 86_400),
    where(
      "SqsManagedSseEnabled",
      "cannot be true with a KMS key",
      (on, { KmsMasterKeyId }) => on !== "true" || [undefined, ""].includes(KmsMasterKeyId as string),
    ),
    inspect("RedriveAllowPolicy", (value) => (value === "" ? [] : allowProblems(value))),
    inspect("RedrivePolicy", (value) => redriveProblems(value, true)),
  ]),
  // An empty policy takes the policy away.
  (input) =>
    (input["Attributes"] as Props | undefined)?.["Policy"] === "" ? [] : policy("Attributes.Policy", "queue")(input),
];

export const sqsRules: Rules = {
  CreateQueue: [
    ...QUEUE,
    where("QueueName", "must have 1 to 80 letters, digits, hyphens and underscores, with .fifo", (name) =>
      /^[\w-]{1,75}\.fifo$|^[\w-]{1,80}$/.test(String(name)),
    ),
    where(
      "QueueName",
      "must end with .fifo when, and only when, FifoQueue is true",
      (name, { Attributes }) =>
        Attributes === undefined || fifo(name) === ((Attributes as Props)["FifoQueue"] === "true"),
    ),
    where(
      "Attributes",
      `must not have ${FIFO_ONLY.join(", ")} without FifoQueue`,
      (attributes) =>
        (attributes as Props)["FifoQueue"] === "true" ||
        FIFO_ONLY.every((name) => (attributes as Props)[name] === undefined),
    ),
  ],
  SetQueueAttributes: QUEUE,
};

const arnOf = (service: string): RegExp => new RegExp(`^arn:[\\w-]+:${service}:.+`);

/** What each protocol's endpoint looks like. */
const ENDPOINTS: Readonly<Record<string, RegExp>> = {
  lambda: arnOf("lambda"),
  sqs: arnOf("sqs"),
  firehose: arnOf("firehose"),
  application: arnOf("sns"),
  email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  "email-json": /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  http: /^http:\/\/[^\s/]+/,
  https: /^https:\/\/[^\s/]+/,
  sms: /^\+?[1-9]\d{1,14}$/,
};

function* filterProblems(value: unknown): Problems {
  const filter = parseJson(value);
  if (!isRecord(filter)) return yield "must be a filter policy in JSON";
  if (Object.keys(filter).length > 0) yield* patternProblems(filter);
  if (Object.keys(filter).length > 5) yield "must have at most 5 keys";
}

const flat = (value: unknown): boolean =>
  Object.entries(parseJson(value) ?? {}).every(([key, inner]) => key === "$or" || !isRecord(inner));

const TOPIC: readonly Check[] = [
  policy("Policy", "topic"),
  where("DisplayName", "must have at most 100 characters", (name) => String(name).length <= 100),
];

/** The checks of an attribute that is set by a call of its own. */
const oneAttribute =
  (checks: readonly Check[]): Check =>
  ({ AttributeName, AttributeValue }) =>
    AttributeValue === "" ? [] : checks.flatMap((check) => check({ [String(AttributeName)]: AttributeValue }));

const SUBSCRIPTION: readonly Check[] = [
  inspect("RedrivePolicy", (value) => redriveProblems(value, false)),
  inspect("FilterPolicy", filterProblems),
  where("FilterPolicy", "must have at most 256 KB", (value) => bytes(value) <= 262_144),
  where(
    "FilterPolicyScope",
    "must be MessageAttributes or MessageBody",
    (scope) => scope === "MessageAttributes" || scope === "MessageBody",
  ),
];

export const snsRules: Rules = {
  CreateTopic: [
    where("Name", "must have 1 to 256 letters, digits, hyphens and underscores, with .fifo", (name) =>
      /^[\w-]{1,251}\.fifo$|^[\w-]{1,256}$/.test(String(name)),
    ),
    where(
      "Name",
      "must end with .fifo when, and only when, FifoTopic is true",
      (name, { Attributes }) =>
        Attributes === undefined || fifo(name) === ((Attributes as Props)["FifoTopic"] === "true"),
    ),
    within("Attributes", TOPIC),
  ],
  SetTopicAttributes: [oneAttribute(TOPIC)],
  Subscribe: [
    where(
      "Protocol",
      `must be one of ${Object.keys(ENDPOINTS).join(", ")}`,
      (protocol) => ENDPOINTS[String(protocol)] !== undefined,
    ),
    where(
      "Endpoint",
      "must have the form of its protocol's endpoints",
      (endpoint, { Protocol }) => ENDPOINTS[String(Protocol)]?.test(String(endpoint)) !== false,
    ),
    where(
      "Attributes",
      "must not have RawMessageDelivery unless the protocol is sqs, http, https or firehose",
      (attributes, { Protocol }) =>
        (attributes as Props)["RawMessageDelivery"] !== "true" || /^(sqs|https?|firehose)$/.test(String(Protocol)),
    ),
    within("Attributes", [
      ...SUBSCRIPTION,
      where(
        "FilterPolicy",
        "must not nest keys unless FilterPolicyScope is MessageBody",
        (value, { FilterPolicyScope }) => FilterPolicyScope === "MessageBody" || flat(value),
      ),
    ]),
  ],
  SetSubscriptionAttributes: [oneAttribute(SUBSCRIPTION)],
};
