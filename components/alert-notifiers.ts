import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createSlackNotifier } from "../handlers/slack-notifier";
import { SLACK_SECRET_ENV } from "../handlers/settings";
import { dataOptions, mayDelete } from "./deletion";
import type { Days } from "./duration";
import { EventFunction } from "./event-function";
import { componentType, fittingName } from "./naming";
import { policyDocument } from "./policy";
import type { DeletionKeys, KeyRef, Tags } from "./types";

/** Failed deliveries are kept as long as SQS can: 14 days. */
export const NOTIFY_DLQ_RETENTION_SECONDS = 14 * 86_400;

/** Who is told. Every field is optional; what is absent makes no resource. */
export interface AlertRecipients {
  /** HTTPS endpoint that confirms SNS subscriptions by itself, as PagerDuty and Opsgenie do; treated as a secret. */
  pagerEndpoint?: pulumi.Input<string>;
  /** Slack incoming webhook; kept in Secrets Manager and read at run time. */
  slackWebhook?: pulumi.Input<string>;
  /** E-mail address; its owner has to confirm the subscription. */
  alertEmail?: pulumi.Input<string>;
}

/** Arguments of `AlertNotifiers`. */
export interface AlertNotifiersArgs extends AlertRecipients {
  key: KeyRef;
  topicArn: pulumi.Input<string>;
  deletion: DeletionKeys;
  /** @default that of `EventFunction` */
  logRetention?: Days;
  /** @default false */
  tracing?: boolean;
  /** @default none */
  tags?: Tags;
}

/** Whether anybody is to be told at all. */
export function hasRecipients(recipients: AlertRecipients): boolean {
  const { pagerEndpoint, slackWebhook, alertEmail } = recipients;
  return pagerEndpoint !== undefined || slackWebhook !== undefined || alertEmail !== undefined;
}

/** Carries the topic's messages to people: Slack, a pager, e-mail. What cannot be delivered ends in one dead-letter queue. */
export class AlertNotifiers extends pulumi.ComponentResource {
  /** URL of the queue of undeliverable notifications. */
  readonly deadLetterQueueUrl: pulumi.Output<string>;

  constructor(name: string, args: AlertNotifiersArgs, opts?: pulumi.ComponentResourceOptions) {
    fittingName("SQS queue", `${name}-notify-dlq`);
    super(componentType("AlertNotifiers"), name, {}, opts);
    const deadLetters = this.createDeadLetterQueue(name, args);
    const policy = this.createDeadLetterPolicy(name, args, deadLetters);
    const redrivePolicy = pulumi.jsonStringify({ deadLetterTargetArn: deadLetters.arn });
    const subscribe = (kind: string, protocol: string, endpoint: pulumi.Input<string>, confirms?: boolean): void => {
      new aws.sns.TopicSubscription(
        `${name}-${kind}`,
        { topic: args.topicArn, protocol, endpoint, endpointAutoConfirms: confirms, redrivePolicy },
        { parent: this, dependsOn: [policy] },
      );
    };

    if (args.slackWebhook !== undefined) {
      const notifier = this.createSlack(name, args, args.slackWebhook, deadLetters);
      subscribe("slack", "lambda", notifier.arn);
    }
    // Asking for a secret here too: the state must not hold the endpoint in clear text if the caller forgot.
    if (args.pagerEndpoint !== undefined) subscribe("pager", "https", pulumi.secret(args.pagerEndpoint), true);
    if (args.alertEmail !== undefined) subscribe("email", "email", args.alertEmail);

    this.deadLetterQueueUrl = deadLetters.url;
    this.registerOutputs({ deadLetterQueueUrl: this.deadLetterQueueUrl });
  }

  private createDeadLetterQueue(name: string, args: AlertNotifiersArgs): aws.sqs.Queue {
    return new aws.sqs.Queue(
      `${name}-notify-dlq`,
      {
        kmsMasterKeyId: args.key.arn,
        messageRetentionSeconds: NOTIFY_DLQ_RETENTION_SECONDS,
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createDeadLetterPolicy(name: string, args: AlertNotifiersArgs, queue: aws.sqs.Queue): aws.sqs.QueuePolicy {
    return new aws.sqs.QueuePolicy(
      `${name}-notify-dlq`,
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
            Sid: "UndeliverableNotifications",
            Effect: "Allow",
            Principal: { Service: "sns.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: queue.arn,
            Condition: { ArnEquals: { "aws:SourceArn": args.topicArn } },
          },
        ]),
      },
      { parent: this },
    );
  }

  private createSlack(
    name: string,
    args: AlertNotifiersArgs,
    webhook: pulumi.Input<string>,
    deadLetters: aws.sqs.Queue,
  ): EventFunction {
    const secret = new aws.secretsmanager.Secret(
      `${name}-slack`,
      {
        description: "Slack incoming webhook of the purchase alerts",
        kmsKeyId: args.key.arn,
        // 0 deletes at once; 30 days is the longest that a deleted secret can be brought back.
        recoveryWindowInDays: mayDelete(args.deletion) ? 0 : 30,
        tags: args.tags,
      },
      { parent: this, ...dataOptions(args.deletion) },
    );
    const version = new aws.secretsmanager.SecretVersion(
      `${name}-slack`,
      { secretId: secret.id, secretString: pulumi.secret(webhook) },
      { parent: this, ...dataOptions(args.deletion) },
    );
    const notifier = new EventFunction(
      `${name}-slack`,
      {
        description: "Posts purchase alerts to Slack",
        key: args.key,
        factory: createSlackNotifier,
        environment: { [SLACK_SECRET_ENV]: secret.arn },
        memoryMb: 256,
        // Three posts of at most 5 s with two pauses of at most 10 s, and the start.
        timeoutSeconds: 45,
        statements: [
          {
            Sid: "ReadWebhook",
            Effect: "Allow",
            Action: "secretsmanager:GetSecretValue",
            Resource: secret.arn,
          },
        ],
        deadLetterQueueArn: deadLetters.arn,
        logRetention: args.logRetention,
        tracing: args.tracing,
        tags: args.tags,
      },
      { parent: this, dependsOn: [version] },
    );
    new aws.lambda.Permission(
      `${name}-slack`,
      {
        function: notifier.name,
        action: "lambda:InvokeFunction",
        principal: "sns.amazonaws.com",
        sourceArn: args.topicArn,
      },
      { parent: this },
    );
    return notifier;
  }
}
