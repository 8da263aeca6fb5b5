/** SQS, SNS and EventBridge. */
import { type Props, text } from "../mapping";
import type { Request, TypeSpec } from "../request";
import { plain } from "./plain";

/** Attributes by Pulumi's names of them. */
type Names = Readonly<Record<string, string>>;

/** Attributes travel as strings; those that are not asked for are left out. */
const attributes = (r: Request, names: Names, only = (_: string): boolean => true): Record<string, string> => {
  const given = Object.entries(names).filter(([property]) => only(property) && r.inputs[property] !== undefined);
  return Object.fromEntries(given.map(([property, name]) => [name, text(r.inputs[property])]));
};

/** The attributes of the answer under Pulumi's names. */
const named = (names: Names, held: Props): Props =>
  Object.fromEntries(Object.entries(names).map(([property, name]) => [property, held[name]]));

const notation = (names: Names, json: readonly string[]): string =>
  Object.keys(names)
    .map((property) => `${property}*${json.includes(property) ? "$" : ""}`)
    .join(" ");

/** Sets what has changed, each by a call of its own; an empty text takes an attribute away. */
const setEach = async (r: Request, call: string, names: Names): Promise<void> => {
  for (const [property, AttributeName] of Object.entries(names)) {
    if (r.changed(property)) await r.ask(call, { AttributeName, AttributeValue: text(r.inputs[property]) });
  }
};

const QUEUE = {
  contentBasedDeduplication: "ContentBasedDeduplication",
  deduplicationScope: "DeduplicationScope",
  delaySeconds: "DelaySeconds",
  fifoThroughputLimit: "FifoThroughputLimit",
  kmsDataKeyReusePeriodSeconds: "KmsDataKeyReusePeriodSeconds",
  kmsMasterKeyId: "KmsMasterKeyId",
  maxMessageSize: "MaximumMessageSize",
  messageRetentionSeconds: "MessageRetentionPeriod",
  policy: "Policy",
  receiveWaitTimeSeconds: "ReceiveMessageWaitTimeSeconds",
  redriveAllowPolicy: "RedriveAllowPolicy",
  redrivePolicy: "RedrivePolicy",
  sqsManagedSseEnabled: "SqsManagedSseEnabled",
  visibilityTimeoutSeconds: "VisibilityTimeout",
} as const;

const TOPIC = {
  contentBasedDeduplication: "ContentBasedDeduplication",
  deliveryPolicy: "DeliveryPolicy",
  displayName: "DisplayName",
  kmsMasterKeyId: "KmsMasterKeyId",
  lambdaFailureFeedbackRoleArn: "LambdaFailureFeedbackRoleArn",
  policy: "Policy",
  signatureVersion: "SignatureVersion",
  tracingConfig: "TracingConfig",
} as const;

const SUBSCRIPTION = {
  deliveryPolicy: "DeliveryPolicy",
  filterPolicy: "FilterPolicy",
  filterPolicyScope: "FilterPolicyScope",
  rawMessageDelivery: "RawMessageDelivery",
  redrivePolicy: "RedrivePolicy",
} as const;

const fifo = (flag: string) => (inputs: Props) => (inputs[flag] === true ? ".fifo" : "");

/** Queue and topic names of an ARN or a URL. */
const lastOf = (text: string): string => text.split(/[/:]/).at(-1) as string;

/** The default bus is not part of an id, as with the official provider. */
const onBus = (r: Request, separator: string, ...parts: string[]): string =>
  [...(["", "default"].includes(r.str("eventBusName")) ? [] : [r.str("eventBusName")]), ...parts].join(separator);

const ruleOf = (r: Request): { Name: string; EventBusName: string } => {
  const at = r.id.lastIndexOf("/");
  return { Name: r.id.slice(at + 1), EventBusName: at < 0 ? "default" : r.id.slice(0, at) };
};

/** The rule and the bus that a target hangs on. */
const targetRef = (r: Request): Props => ({
  Rule: r.str("rule"),
  EventBusName: r.inputs["eventBusName"] ?? "default",
});

async function putTarget(r: Request): Promise<void> {
  const { FailedEntries } = await r.call("PutTargets", { ...targetRef(r), Targets: [r.map()] });
  const failed = (FailedEntries as Props[] | undefined)?.[0];
  if (failed !== undefined) throw new Error(`${String(failed["ErrorCode"])}: ${String(failed["ErrorMessage"])}`);
}

const fifoFlag = (r: Request, property: string, name: string): Props =>
  r.inputs[property] === true ? { [name]: "true" } : {};

const queue = plain({
  service: "sqs",
  props: `name!=QueueName fifoQueue!* tags ${notation(QUEUE, ["policy", "redrivePolicy", "redriveAllowPolicy"])}`,
  name: { property: "name", max: 80, suffix: fifo("fifoQueue") },
  tagId: (r) => r.id,
  create: "CreateQueue.QueueUrl",
  read: "GetQueueAttributes(QueueUrl)",
  delete: "DeleteQueue(QueueUrl)",
  more: (r) => ({ Attributes: { ...attributes(r, QUEUE), ...fifoFlag(r, "fifoQueue", "FifoQueue") } }),
  outs: (r) => ({ url: r.id, arn: r.arn("sqs", lastOf(r.id)), name: lastOf(r.id) }),
});

/** One attribute of a queue as a resource of its own. */
function queueSetting(property: "policy" | "redrivePolicy" | "redriveAllowPolicy"): TypeSpec {
  const name = QUEUE[property];
  const set = (r: Request, value: string): Promise<unknown> =>
    r.ask("SetQueueAttributes(QueueUrl)", { Attributes: { [name]: value } }, r.str("queueUrl"));
  return {
    service: "sqs",
    props: `queueUrl!* ${property}$*`,
    create: async (r) => {
      await set(r, r.str(property));
      return { id: r.str("queueUrl") };
    },
    read: async (r) => {
      const value = await r.ask(`GetQueueAttributes(QueueUrl).Attributes.${name}`, { AttributeNames: [name] });
      return value === undefined || value === "" ? undefined : { [property]: value, queueUrl: r.id };
    },
    update: (r) => set(r, r.str(property)),
    delete: (r) => set(r, ""),
  };
}

const topic = plain({
  service: "sns",
  props: `name! fifoTopic!* tags ${notation(TOPIC, ["policy", "deliveryPolicy"])}`,
  name: { property: "name", max: 256, suffix: fifo("fifoTopic") },
  create: "CreateTopic.TopicArn",
  read: "GetTopicAttributes(TopicArn).Attributes",
  delete: "DeleteTopic(TopicArn)",
  more: (r) => ({ Attributes: { ...attributes(r, TOPIC), ...fifoFlag(r, "fifoTopic", "FifoTopic") } }),
  outs: (r) => ({ arn: r.id, owner: r.account, name: lastOf(r.id) }),
});

const setTopicPolicy = (r: Request, AttributeValue: string): Promise<unknown> =>
  r.ask("SetTopicAttributes(TopicArn)", { AttributeName: "Policy", AttributeValue }, r.str("arn"));

const subscription = plain({
  service: "sns",
  props:
    `topic!=TopicArn protocol! endpoint! endpointAutoConfirms~ confirmationTimeoutInMinutes~ ` +
    notation(SUBSCRIPTION, ["deliveryPolicy", "filterPolicy", "redrivePolicy"]),
  create: "Subscribe.SubscriptionArn",
  read: "GetSubscriptionAttributes(SubscriptionArn).Attributes",
  delete: "Unsubscribe(SubscriptionArn)",
  more: (r) => ({ Attributes: attributes(r, SUBSCRIPTION), ReturnSubscriptionArn: true }),
  outs: (r) => ({ arn: r.id, ownerId: r.account, confirmationWasAuthenticated: false }),
});

const bus = plain({
  service: "events",
  props: "name! description kmsKeyIdentifier deadLetterConfig logConfig tags",
  name: { property: "name", max: 256 },
  create: "CreateEventBus",
  read: "DescribeEventBus(Name)",
  update: "UpdateEventBus(Name)",
  delete: "DeleteEventBus(Name)",
  outs: (r) => ({ arn: r.arn("events", `event-bus/${r.id}`) }),
});

export const messagingTypes: Record<string, TypeSpec> = {
  "aws:sqs/queue:Queue": {
    ...queue,
    read: async (r) => {
      const held = await r.ask("GetQueueAttributes(QueueUrl).Attributes", { AttributeNames: ["All"] });
      return { ...named(QUEUE, held as Props), name: lastOf(r.id) };
    },
    update: (r) => {
      // An attribute that is no longer asked for goes back to its default, which an empty text means to SQS.
      const gone = Object.entries(QUEUE).filter(([p]) => r.oldInputs[p] !== undefined && r.inputs[p] === undefined);
      const cleared = Object.fromEntries(gone.map(([, name]) => [name, ""]));
      const Attributes = { ...attributes(r, QUEUE, (property) => r.changed(property)), ...cleared };
      return r.ask("SetQueueAttributes(QueueUrl)", { Attributes });
    },
  },
  "aws:sqs/queuePolicy:QueuePolicy": queueSetting("policy"),
  "aws:sqs/redrivePolicy:RedrivePolicy": queueSetting("redrivePolicy"),
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": queueSetting("redriveAllowPolicy"),
  "aws:sns/topic:Topic": {
    ...topic,
    read: async (r) => ({ ...named(TOPIC, (await topic.read(r)) ?? {}), name: lastOf(r.id) }),
    update: (r) => setEach(r, "SetTopicAttributes(TopicArn)", TOPIC),
  },
  "aws:sns/topicPolicy:TopicPolicy": {
    service: "sns",
    props: "arn!* policy$*",
    create: async (r) => {
      await setTopicPolicy(r, r.str("policy"));
      return { id: r.str("arn") };
    },
    read: async (r) => ({ arn: r.id, policy: await r.ask("GetTopicAttributes(TopicArn).Attributes.Policy") }),
    update: (r) => setTopicPolicy(r, r.str("policy")),
    delete: (r) => setTopicPolicy(r, defaultTopicPolicy(r)),
    outs: (r) => ({ owner: r.account }),
  },
  "aws:sns/topicSubscription:TopicSubscription": {
    ...subscription,
    create: async (r) => {
      const made = await subscription.create(r);
      if (made.id.startsWith("arn:")) return made;
      // The emulator answers "pending confirmation" although it was asked for the ARN.
      const listed = (await r.ask("ListSubscriptionsByTopic(TopicArn).Subscriptions", {}, r.str("topic"))) as Props[];
      const own = listed.find((one) => one["Protocol"] === r.str("protocol") && one["Endpoint"] === r.str("endpoint"));
      return { id: String(own?.["SubscriptionArn"]) };
    },
    read: async (r) => {
      const held = (await subscription.read(r)) ?? {};
      const fixed = { topic: held["TopicArn"], protocol: held["Protocol"], endpoint: held["Endpoint"] };
      return { ...named(SUBSCRIPTION, held), ...fixed };
    },
    update: (r) => setEach(r, "SetSubscriptionAttributes(SubscriptionArn)", SUBSCRIPTION),
  },
  "aws:cloudwatch/eventBus:EventBus": { ...bus, read: async (r) => ({ ...(await bus.read(r)), name: r.id }) },
  "aws:cloudwatch/eventRule:EventRule": {
    service: "events",
    props: "name! eventBusName! description eventPattern$ scheduleExpression roleArn state forceDestroy~ tags",
    maps: "PutRule",
    name: { property: "name", max: 64 },
    create: async (r) => {
      await r.call("PutRule", r.map());
      return { id: onBus(r, "/", r.str("name")) };
    },
    read: async (r) => r.call("DescribeRule", ruleOf(r)),
    // Tags are refused when an existing rule is put; they have been changed already.
    update: (r) => r.call("PutRule", { ...r.map(), Tags: undefined }),
    delete: async (r) => {
      const { Name: Rule, EventBusName } = ruleOf(r);
      if (r.inputs["forceDestroy"] === true) {
        const { Targets } = await r.call("ListTargetsByRule", { Rule, EventBusName });
        const Ids = ((Targets ?? []) as Props[]).map(({ Id }) => Id);
        if (Ids.length > 0) await r.call("RemoveTargets", { Rule, EventBusName, Ids });
      }
      await r.call("DeleteRule", ruleOf(r));
    },
    outs: (r) => {
      const { EventBusName } = ruleOf(r);
      return {
        arn: r.arn("events", `rule/${r.id}`),
        eventBusName: EventBusName,
        state: r.inputs["state"] ?? "ENABLED",
      };
    },
  },
  "aws:cloudwatch/eventTarget:EventTarget": {
    service: "events",
    props:
      "rule!* eventBusName!* targetId!=Id arn deadLetterConfig input inputPath inputTransformer retryPolicy roleArn " +
      "sqsTarget=SqsParameters forceDestroy~",
    maps: "PutTargets.Targets",
    name: { property: "targetId", max: 64 },
    create: async (r) => {
      await putTarget(r);
      return { id: onBus(r, "-", r.str("rule"), r.str("targetId")) };
    },
    read: async (r) => {
      const { Targets } = await r.call("ListTargetsByRule", targetRef(r));
      return (Targets as Props[] | undefined)?.find(({ Id }) => Id === r.str("targetId"));
    },
    update: putTarget,
    delete: (r) => r.call("RemoveTargets", { ...targetRef(r), Ids: [r.str("targetId")] }),
  },
};

/** What SNS itself gives a topic; a topic cannot be without a policy. */
function defaultTopicPolicy(r: Request): string {
  const Action = ["GetTopicAttributes", "SetTopicAttributes", "Subscribe", "Publish"].map((name) => `SNS:${name}`);
  const Condition = { StringEquals: { "AWS:SourceOwner": r.account } };
  const owner = { Sid: "__default_statement_ID", Effect: "Allow", Principal: { AWS: "*" }, Resource: r.id };
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ ...owner, Action, Condition }] });
}
