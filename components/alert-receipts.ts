import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createAlertReceiptHandler } from "../handlers/alert-receipts";
import { ALERT_ENV } from "../handlers/settings";
import { QUEUE_RETENTION_SECONDS } from "./alert-intake";
import type { Days } from "./duration";
import { EventFunction } from "./event-function";
import { componentType, fittingName } from "./naming";
import type { KeyRef, Tags } from "./types";
import { admitTopic, redriveTo, undeliveredQueue, type UndeliveredQueue } from "./undelivered-queue";

/** Longest write of one batch, in seconds: the SDK's tries of a throttled item take up to half of it. */
export const RECEIPT_TIMEOUT_SECONDS = 30;
/**
 * How soon a receipt that failed comes again, in seconds. Not six times the timeout: a second delivery does no harm here, and
 * an order is held for a minute only while its receipt is waited for.
 */
export const RECEIPT_VISIBILITY_SECONDS = RECEIPT_TIMEOUT_SECONDS;
/** Receives of one receipt: five minutes, longer than any order is held. */
export const RECEIPT_RECEIVES = 10;

/** Arguments of `AlertReceipts`. */
export interface AlertReceiptsArgs {
  key: KeyRef;
  /** Topic that the purchase function publishes to. */
  topicArn: pulumi.Input<string>;
  /** Table of alerted orders. */
  table: { name: pulumi.Input<string>; arn: pulumi.Input<string> };
  /** @default that of `EventFunction` */
  logRetention?: Days;
  /** @default false */
  tracing?: boolean;
  /** @default none */
  tags?: Tags;
}

/**
 * Has the topic say which alerts are out: a queue is subscribed like everybody else, and its function records each order as
 * sent. So an alert is not repeated when whoever published it died, or had no answer, before it could record that.
 *
 * A queue and not the function itself: a burst of alerts would start as many instances, and a receipt that cannot be written
 * is repeated within the minute for which it matters, which Lambda's own repeats are not.
 */
export class AlertReceipts extends pulumi.ComponentResource {
  constructor(name: string, args: AlertReceiptsArgs, opts?: pulumi.ComponentResourceOptions) {
    fittingName("SQS queue", `${name}-queue`);
    super(componentType("AlertReceipts"), name, {}, opts);
    const undelivered = undeliveredQueue(`${name}-dlq`, args, this);
    const queue = this.createQueue(name, args, undelivered);
    const lambda = this.createFunction(name, args, queue);
    this.createEventSource(name, queue, lambda);
    this.subscribe(name, args, queue, undelivered);
    this.registerOutputs({ functionName: lambda.name, queueUrl: queue.url });
  }

  private createQueue(name: string, { key, tags }: AlertReceiptsArgs, { queue }: UndeliveredQueue): aws.sqs.Queue {
    return new aws.sqs.Queue(
      `${name}-queue`,
      {
        kmsMasterKeyId: key.arn,
        visibilityTimeoutSeconds: RECEIPT_VISIBILITY_SECONDS,
        messageRetentionSeconds: QUEUE_RETENTION_SECONDS,
        redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: queue.arn, maxReceiveCount: RECEIPT_RECEIVES }),
        tags,
      },
      { parent: this },
    );
  }

  private createFunction(
    name: string,
    { key, table, logRetention, tracing, tags }: AlertReceiptsArgs,
    queue: aws.sqs.Queue,
  ): EventFunction {
    return new EventFunction(
      name,
      {
        description: "Records purchase alerts that the topic delivered as sent",
        key,
        factory: createAlertReceiptHandler,
        environment: { [ALERT_ENV.table]: table.name },
        memoryMb: 256,
        timeoutSeconds: RECEIPT_TIMEOUT_SECONDS,
        statements: [
          {
            Sid: "TakeReceipts",
            Effect: "Allow",
            Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            Resource: queue.arn,
          },
          { Sid: "RecordOrders", Effect: "Allow", Action: "dynamodb:UpdateItem", Resource: table.arn },
        ],
        logRetention,
        tracing,
        tags,
      },
      { parent: this },
    );
  }

  private createEventSource(name: string, queue: aws.sqs.Queue, lambda: EventFunction): void {
    new aws.lambda.EventSourceMapping(
      name,
      {
        eventSourceArn: queue.arn,
        functionName: lambda.arn,
        batchSize: 10,
        functionResponseTypes: ["ReportBatchItemFailures"],
        // The least that there is, and enough for hundreds of receipts a second.
        scalingConfig: { maximumConcurrency: 2 },
      },
      { parent: this },
    );
  }

  private subscribe(
    name: string,
    { topicArn }: AlertReceiptsArgs,
    queue: aws.sqs.Queue,
    undelivered: UndeliveredQueue,
  ): void {
    const policy = admitTopic(`${name}-queue`, queue, { topicArn, sid: "Receipts" }, this);
    new aws.sns.TopicSubscription(
      name,
      {
        topic: topicArn,
        protocol: "sqs",
        endpoint: queue.arn,
        // The body is the alert itself; whatever else somebody publishes to the topic is no receipt.
        rawMessageDelivery: true,
        filterPolicy: JSON.stringify({ kind: ["purchase-alert"] }),
        redrivePolicy: redriveTo(undelivered),
      },
      // A message that comes before the policies would be lost.
      { parent: this, dependsOn: [policy, undelivered.policy] },
    );
  }
}
