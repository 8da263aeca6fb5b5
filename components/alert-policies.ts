import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { KeyServiceGrant } from "./encryption-key";
import { policyDocument, type PolicyStatement } from "./policy";
import type { AwsAccount, BucketRef, KeyRef } from "./types";

/** Something with an ARN. */
interface Named {
  arn: pulumi.Input<string>;
}

const ruleArns = (rules: Named[]): pulumi.Output<string[]> => pulumi.all(rules.map((rule) => rule.arn));

/**
 * Services that use the alert key by themselves: EventBridge for the rules' messages into the queues, SNS for receipts and
 * undeliverable notifications into theirs, CloudWatch for alarms, CloudWatch Logs for the functions' log groups. Topic and
 * log groups are named by pattern, since they need the key before they exist.
 */
export function alertKeyGrants(name: string, account: AwsAccount, rules: Named[]): KeyServiceGrant[] {
  const { accountId, partition, region } = account;
  return [
    {
      sid: "EventBridgeIntoQueues",
      service: "events.amazonaws.com",
      condition: { ArnEquals: { "aws:SourceArn": ruleArns(rules) } },
    },
    {
      sid: "SnsIntoDeadLetterQueue",
      service: "sns.amazonaws.com",
      condition: {
        ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:${partition}:sns:${region}:${accountId}:${name}-*` },
      },
    },
    {
      sid: "AlarmsIntoTopic",
      service: "cloudwatch.amazonaws.com",
      condition: { StringEquals: { "aws:SourceAccount": accountId } },
    },
    {
      sid: "LogGroups",
      service: pulumi.interpolate`logs.${region}.amazonaws.com`,
      actions: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
      condition: {
        ArnLike: {
          "kms:EncryptionContext:aws:logs:arn": pulumi.interpolate`arn:${partition}:logs:${region}:${accountId}:log-group:${name}-*`,
        },
      },
    },
  ];
}

/** Only the given rules may send, and everything must come over TLS. */
export function alertQueuePolicy(queueArn: pulumi.Input<string>, rules: Named[]): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "sqs:*",
      Resource: queueArn,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Sid: "RulesOnly",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: queueArn,
      Condition: { ArnEquals: { "aws:SourceArn": ruleArns(rules) } },
    },
  ]);
}

/** Puts `alertQueuePolicy` on a queue, as a child of the component that made both. */
export function admitRules(
  name: string,
  queue: aws.sqs.Queue,
  rules: aws.cloudwatch.EventRule[],
  parent: pulumi.Resource,
): aws.sqs.QueuePolicy {
  return new aws.sqs.QueuePolicy(name, { queueUrl: queue.url, policy: alertQueuePolicy(queue.arn, rules) }, { parent });
}

/**
 * A topic policy replaces the default one, which lets the account use its topic; this keeps that, asks for TLS and lets
 * alarms in. `more` lets in other services.
 */
export function alertTopicPolicy(
  topicArn: pulumi.Input<string>,
  account: AwsAccount,
  more: readonly PolicyStatement[] = [],
): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Sid: "OwnAccount",
      Effect: "Allow",
      Principal: { AWS: pulumi.interpolate`arn:${account.partition}:iam::${account.accountId}:root` },
      Action: ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"],
      Resource: topicArn,
    },
    {
      Sid: "AlarmsOfThisAccount",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: { StringEquals: { "aws:SourceAccount": account.accountId } },
    },
    ...more,
  ]);
}

/** What the purchase function may do, each on the one resource that it works with. */
export function alertFunctionStatements(
  raw: { rawBucket: BucketRef; rawKey: KeyRef; eventsPrefix: string },
  own: { queue: aws.sqs.Queue; topic: aws.sns.Topic; table: aws.dynamodb.Table },
): PolicyStatement[] {
  return [
    {
      Sid: "ReadRawEvents",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: pulumi.interpolate`${raw.rawBucket.arn}/${raw.eventsPrefix}*`,
    },
    {
      // Without it S3 answers "access denied" for an object that is gone, which cannot be told from a real refusal and
      // would be retried until the dead-letter queue. A prefix condition would not match there, GetObject has no prefix.
      Sid: "TellGoneFromForbidden",
      Effect: "Allow",
      Action: ["s3:ListBucket", "s3:ListBucketVersions"],
      Resource: raw.rawBucket.arn,
    },
    { Sid: "DecryptRawEvents", Effect: "Allow", Action: "kms:Decrypt", Resource: raw.rawKey.arn },
    {
      Sid: "TakeMessages",
      Effect: "Allow",
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"],
      Resource: own.queue.arn,
    },
    {
      Sid: "RememberOrders",
      Effect: "Allow",
      Action: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
      Resource: own.table.arn,
    },
    { Sid: "PublishAlerts", Effect: "Allow", Action: "sns:Publish", Resource: own.topic.arn },
  ];
}
