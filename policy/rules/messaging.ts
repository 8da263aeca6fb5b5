import { at, textAt, type Resource, type Resources } from "../resource";
import { unless, type Rule } from "../rule";
import { deniesPlaintext, findings, foreignPrincipals, isPublic, statementsOf } from "../statements";

const TOPIC = "aws:sns/topic:Topic";
const TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy";
const QUEUE = "aws:sqs/queue:Queue";
const QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy";
const BUS = "aws:cloudwatch/eventBus:EventBus";

/** Whether the policy of a topic or queue refuses `action` without TLS. */
function tlsOnly(policy: Resource | undefined, target: Resource, action: string): boolean {
  const statements = statementsOf(policy?.inputs["policy"] ?? target.inputs["policy"]) ?? [];
  return statements.some((one) => deniesPlaintext(one, action, [String(target.outputs["arn"])]));
}

function open(policy: Resource): string[] {
  return findings(policy.inputs["policy"], (one) =>
    isPublic(one) ? `statement ${one.sid} lets everybody do ${one.actions.join(", ")}` : undefined,
  );
}

/** Whether others send their dead letters to a queue: nothing is left to send its own to. */
function isForDeadLetters(queue: Resource, all: Resources): boolean {
  const arn = queue.outputs["arn"];
  return all.list.some(
    (one) =>
      [at(one, "deadLetterConfig.targetArn"), at(one, "deadLetterConfig.arn")].includes(arn) ||
      textAt(one, "redrivePolicy")?.includes(`"${String(arn)}"`),
  );
}

/** Topics, queues and event buses. */
export const MESSAGING_RULES: readonly Rule[] = [
  {
    id: "SNS.4",
    aliases: ["CKV_AWS_169"],
    title: "A topic is not open to the public",
    remedy: "Name the principals, or tie the statement to the account by aws:SourceAccount.",
    types: [TOPIC_POLICY],
    reads: "resource",
    check: open,
  },
  {
    id: "CKV_AWS_385",
    aliases: [],
    title: "A topic is for its own account",
    remedy: "Take other accounts out of the topic's policy.",
    types: [TOPIC_POLICY],
    reads: "stack",
    check: (policy, all) =>
      findings(policy.inputs["policy"], (one) => {
        const foreign = foreignPrincipals(one, all.accounts);
        return foreign.length > 0 ? `statement ${one.sid} lets ${foreign.join(", ")} in` : undefined;
      }),
  },
  {
    id: "CKV_AWS_26",
    aliases: [],
    title: "A topic encrypts at rest",
    remedy: "Set kmsMasterKeyId.",
    types: [TOPIC],
    reads: "resource",
    check: (topic) => unless(textAt(topic, "kmsMasterKeyId") !== undefined, "its messages are not encrypted at rest"),
  },
  {
    id: "AwsSolutions-SNS3",
    aliases: [],
    title: "A topic refuses messages without TLS",
    remedy: "Deny sns:Publish to everybody where aws:SecureTransport is false.",
    types: [TOPIC],
    reads: "stack",
    check: (topic, all) =>
      unless(
        tlsOnly(all.naming(TOPIC_POLICY, "arn", topic)[0], topic, "sns:Publish"),
        "its policy takes messages that were not sent by TLS",
      ),
  },
  {
    id: "SQS.1",
    aliases: ["AwsSolutions-SQS2", "CKV_AWS_27"],
    title: "A queue encrypts at rest",
    remedy: "Set kmsMasterKeyId.",
    types: [QUEUE],
    reads: "resource",
    check: (queue) =>
      unless(
        textAt(queue, "kmsMasterKeyId") !== undefined || at(queue, "sqsManagedSseEnabled") === true,
        "its messages are not encrypted at rest",
      ),
  },
  {
    id: "SQS.3",
    aliases: ["CKV_AWS_168", "CKV_AWS_387"],
    title: "A queue is not open to the public",
    remedy: "Name the principals, or tie the statement to its source by aws:SourceArn.",
    types: [QUEUE_POLICY],
    reads: "resource",
    check: open,
  },
  {
    id: "AwsSolutions-SQS3",
    aliases: [],
    title: "A queue sets aside what nobody could work on",
    remedy: "Give the queue a redrivePolicy.",
    types: [QUEUE],
    reads: "stack",
    check: (queue, all) =>
      unless(
        textAt(queue, "redrivePolicy") !== undefined || isForDeadLetters(queue, all),
        "a message that nobody can work on is tried until it expires",
      ),
  },
  {
    id: "AwsSolutions-SQS4",
    aliases: [],
    title: "A queue refuses requests without TLS",
    remedy: "Deny sqs:* to everybody where aws:SecureTransport is false.",
    types: [QUEUE],
    reads: "stack",
    check: (queue, all) =>
      unless(
        tlsOnly(all.naming(QUEUE_POLICY, "queueUrl", queue)[0], queue, "sqs:*"),
        "its policy lets requests in that do not use TLS",
      ),
  },
  {
    id: "EventBridge.3",
    aliases: [],
    title: "An event bus says who may send to it",
    remedy: "Give the bus an EventBusPolicy.",
    types: [BUS],
    reads: "stack",
    check: (bus, all) =>
      unless(
        all.naming("aws:cloudwatch/eventBusPolicy:EventBusPolicy", "eventBusName", bus).length > 0,
        "it has no policy of its own",
      ),
  },
];
