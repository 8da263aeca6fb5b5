import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { lowestAlertAmount } from "../handlers/purchase";
import { admitRules } from "./alert-policies";
import { componentType, fittingName } from "./naming";
import type { BucketRef, KeyRef, Tags } from "./types";

/** `source` of the events that producers put on the purchase bus. */
export const PURCHASE_EVENT_SOURCE = "clickstream.web";
/** `detail-type` of the events that producers put on the purchase bus. */
export const PURCHASE_DETAIL_TYPE = "purchase";

/** Receives before a message is set aside; the handler's growing delays spread them over about three minutes. */
export const MAX_RECEIVES = 5;
/** Messages kept when nothing reads them: SQS' own default of 4 days, stated so that the next number makes sense. */
export const QUEUE_RETENTION_SECONDS = 4 * 86_400;
/** Dead letters keep their first timestamp, so their queue must keep longer; 14 days is the most. */
export const DLQ_RETENTION_SECONDS = 14 * 86_400;

/** Arguments of `AlertSources`. */
export interface AlertSourcesArgs {
  rawBucket: BucketRef;
  eventsPrefix: string;
  thresholdUsd: number;
  currencies: Readonly<Record<string, number>>;
  tags?: Tags;
}

/** The two rules that find work: new raw objects on the default bus, published purchases on the pipeline's own bus. */
export class AlertSources extends pulumi.ComponentResource {
  readonly bus: aws.cloudwatch.EventBus;
  readonly objectRule: aws.cloudwatch.EventRule;
  readonly purchaseRule: aws.cloudwatch.EventRule;

  constructor(name: string, args: AlertSourcesArgs, opts?: pulumi.ComponentResourceOptions) {
    fittingName("EventBridge bus", `${name}-purchases`);
    fittingName("EventBridge rule", `${name}-purchases`);
    super(componentType("AlertSources"), name, {}, opts);
    this.bus = this.createBus(name, args);
    this.objectRule = this.createObjectRule(name, args);
    this.purchaseRule = this.createPurchaseRule(name, args, this.bus);
    this.registerOutputs({ busName: this.bus.name });
  }

  private createBus(name: string, args: AlertSourcesArgs): aws.cloudwatch.EventBus {
    return new aws.cloudwatch.EventBus(
      `${name}-purchases`,
      { description: "Purchases that producers publish themselves", tags: args.tags },
      { parent: this },
    );
  }

  private createObjectRule(name: string, args: AlertSourcesArgs): aws.cloudwatch.EventRule {
    return new aws.cloudwatch.EventRule(
      `${name}-objects`,
      {
        description: "New raw event files",
        eventPattern: pulumi.jsonStringify({
          source: ["aws.s3"],
          "detail-type": ["Object Created"],
          detail: { bucket: { name: [args.rawBucket.name] }, object: { key: [{ prefix: args.eventsPrefix }] } },
        }),
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createPurchaseRule(
    name: string,
    args: AlertSourcesArgs,
    bus: aws.cloudwatch.EventBus,
  ): aws.cloudwatch.EventRule {
    return new aws.cloudwatch.EventRule(
      `${name}-purchases`,
      {
        description: "Published purchases large enough to alert in some currency",
        eventBusName: bus.name,
        eventPattern: pulumi.jsonStringify({
          source: [PURCHASE_EVENT_SOURCE],
          "detail-type": [PURCHASE_DETAIL_TYPE],
          detail: { order: { amount: [{ numeric: [">=", lowestAlertAmount(args)] }] } },
        }),
        tags: args.tags,
      },
      { parent: this },
    );
  }
}

/** Arguments of `AlertQueue`. */
export interface AlertQueueArgs {
  sources: AlertSources;
  key: KeyRef;
  /** At least six times the reader's timeout, as AWS asks, in seconds. */
  visibilitySeconds: number;
  tags?: Tags;
}

/** The queue between the rules and the function, and the dead-letter queue of both. */
export class AlertQueue extends pulumi.ComponentResource {
  readonly queue: aws.sqs.Queue;
  readonly deadLetters: aws.sqs.Queue;

  constructor(name: string, args: AlertQueueArgs, opts?: pulumi.ComponentResourceOptions) {
    fittingName("SQS queue", `${name}-queue`);
    super(componentType("AlertQueue"), name, {}, opts);
    const rules = [args.sources.objectRule, args.sources.purchaseRule];
    this.deadLetters = this.createDeadLetterQueue(name, args);
    this.queue = this.createQueue(name, args, this.deadLetters);
    const policies = [
      admitRules(`${name}-queue`, this.queue, rules, this),
      admitRules(`${name}-dlq`, this.deadLetters, rules, this),
    ];
    this.createTargets(name, args.sources, policies);
    this.registerOutputs({ queueUrl: this.queue.url, deadLetterQueueUrl: this.deadLetters.url });
  }

  private createDeadLetterQueue(name: string, args: AlertQueueArgs): aws.sqs.Queue {
    return new aws.sqs.Queue(
      `${name}-dlq`,
      { kmsMasterKeyId: args.key.arn, messageRetentionSeconds: DLQ_RETENTION_SECONDS, tags: args.tags },
      { parent: this },
    );
  }

  private createQueue(name: string, args: AlertQueueArgs, deadLetters: aws.sqs.Queue): aws.sqs.Queue {
    return new aws.sqs.Queue(
      `${name}-queue`,
      {
        kmsMasterKeyId: args.key.arn,
        visibilityTimeoutSeconds: args.visibilitySeconds,
        messageRetentionSeconds: QUEUE_RETENTION_SECONDS,
        redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: MAX_RECEIVES }),
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createTargets(name: string, sources: AlertSources, policies: aws.sqs.QueuePolicy[]): void {
    const { bus, objectRule, purchaseRule } = sources;
    const shared = { targetId: "alert-queue", arn: this.queue.arn, deadLetterConfig: { arn: this.deadLetters.arn } };
    // After the policies: an event that the queue refuses for lack of permission is dead-lettered without a retry.
    const options = { parent: this, dependsOn: policies };
    new aws.cloudwatch.EventTarget(`${name}-objects`, { ...shared, rule: objectRule.name }, options);
    new aws.cloudwatch.EventTarget(
      `${name}-purchases`,
      { ...shared, rule: purchaseRule.name, eventBusName: bus.name },
      options,
    );
  }
}
