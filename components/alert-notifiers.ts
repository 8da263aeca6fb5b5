import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createSlackNotifier } from "../handlers/slack-notifier";
import type { Days } from "./duration";
import { EventFunction } from "./event-function";
import { componentType, fittingName } from "./naming";
import { subscribeFunction, subscribePeople } from "./people-subscriptions";
import { SLACK_TIMEOUT_SECONDS, slackWebhook } from "./slack-webhook";
import type { DeletionKeys, KeyRef, Tags } from "./types";
import { undeliveredQueue } from "./undelivered-queue";

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
    const undelivered = undeliveredQueue(`${name}-notify-dlq`, args, this);
    const { topicArn } = args;
    if (args.slackWebhook !== undefined) {
      const lambda = this.createSlack(name, args, args.slackWebhook, undelivered.queue);
      subscribeFunction(`${name}-slack`, { topicArn, lambda, undelivered }, this);
    }
    const { pagerEndpoint, alertEmail } = args;
    subscribePeople(name, { topicArn, pagerEndpoint, alertEmail, undelivered }, this);

    this.deadLetterQueueUrl = undelivered.queue.url;
    this.registerOutputs({ deadLetterQueueUrl: this.deadLetterQueueUrl });
  }

  private createSlack(
    name: string,
    args: AlertNotifiersArgs,
    webhook: pulumi.Input<string>,
    deadLetters: aws.sqs.Queue,
  ): EventFunction {
    const slack = slackWebhook(
      `${name}-slack`,
      {
        description: "Slack incoming webhook of the purchase alerts",
        key: args.key,
        webhook,
        deletion: args.deletion,
        tags: args.tags,
      },
      this,
    );
    return new EventFunction(
      `${name}-slack`,
      {
        description: "Posts purchase alerts to Slack",
        key: args.key,
        factory: createSlackNotifier,
        environment: slack.environment,
        memoryMb: 256,
        timeoutSeconds: SLACK_TIMEOUT_SECONDS,
        statements: slack.statements,
        deadLetterQueueArn: deadLetters.arn,
        logRetention: args.logRetention,
        tracing: args.tracing,
        tags: args.tags,
      },
      { parent: this, dependsOn: [slack.version] },
    );
  }
}
