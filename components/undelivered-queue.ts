import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type PolicyStatement } from "./policy";
import type { KeyRef, Tags } from "./types";

/** Failed deliveries are kept as long as SQS can: 14 days. */
export const NOTIFY_DLQ_RETENTION_SECONDS = 14 * 86_400;

/** Arguments of `undeliveredQueue`. */
export interface UndeliveredQueueArgs {
  key: KeyRef;
  /** Topic whose undeliverable notifications the queue takes. */
  topicArn: pulumi.Input<string>;
  /** Statements beside those for SNS and TLS. @default none */
  statements?: (queueArn: pulumi.Output<string>) => PolicyStatement[];
  tags?: Tags;
}

/** A queue and the policy without which SNS may not write to it. */
export interface UndeliveredQueue {
  queue: aws.sqs.Queue;
  policy: aws.sqs.QueuePolicy;
}

/** Makes the queue of what a topic's subscriptions could not deliver, as children of the component that asks. */
export function undeliveredQueue(
  name: string,
  { key, topicArn, statements, tags }: UndeliveredQueueArgs,
  parent: pulumi.Resource,
): UndeliveredQueue {
  const queue = new aws.sqs.Queue(
    name,
    { kmsMasterKeyId: key.arn, messageRetentionSeconds: NOTIFY_DLQ_RETENTION_SECONDS, tags },
    { parent },
  );
  const policy = admitTopic(name, queue, { topicArn, sid: "UndeliverableNotifications", statements }, parent);
  return { queue, policy };
}

/** The redrive policy of a subscription whose undeliverable notifications go there. */
export function redriveTo({ queue }: UndeliveredQueue): pulumi.Output<string> {
  return pulumi.jsonStringify({ deadLetterTargetArn: queue.arn });
}

/** Lets a topic, over TLS, and whoever `statements` name write to a queue, as a child of the component that asks. */
export function admitTopic(
  name: string,
  queue: aws.sqs.Queue,
  { topicArn, sid, statements }: Pick<UndeliveredQueueArgs, "topicArn" | "statements"> & { sid: string },
  parent: pulumi.Resource,
): aws.sqs.QueuePolicy {
  return new aws.sqs.QueuePolicy(
    name,
    {
      queueUrl: queue.url,
      policy: policyDocument([
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "sqs:*",
          Resource: queue.arn,
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
          Sid: sid,
          Effect: "Allow",
          Principal: { Service: "sns.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: queue.arn,
          Condition: { ArnEquals: { "aws:SourceArn": topicArn } },
        },
        ...(statements?.(queue.arn) ?? []),
      ]),
    },
    { parent },
  );
}
