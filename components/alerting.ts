import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createPurchaseAlertHandler } from "../handlers/purchase-alerts";
import { ALERT_ENV } from "../handlers/settings";
import { AlertQueue, AlertSources } from "./alert-intake";
import { AlertNotifiers, hasRecipients, type AlertRecipients } from "./alert-notifiers";
import { alertFunctionStatements, alertKeyGrants, alertTopicPolicy } from "./alert-policies";
import { AlertReceipts } from "./alert-receipts";
import { dataOptions, mayDelete } from "./deletion";
import { toDays, type Days } from "./duration";
import { EncryptionKey } from "./encryption-key";
import { KEY_USERS } from "./key-users";
import { InvalidArgumentError } from "./errors";
import { EventFunction } from "./event-function";
import { componentType, fittingName } from "./naming";
import type { AwsAccount, BucketRef, DeletionKeys, KeyRef, Tags } from "./types";

/** Longer than the year for which raw events are kept: a file landed again within it alerts no order twice. */
export const DEFAULT_REMEMBER_ORDERS: Days = "400 days";
/** Files read at once at most; 2 is the least that SQS event sources allow. */
export const DEFAULT_MAX_CONCURRENCY = 10;
/** Longest scan of one batch: 5 files of 1 GB of text each, at the 60 MB/s measured for gzip on a busy core. */
export const ALERT_TIMEOUT_SECONDS = 120;
/** AWS asks for at least six times the function's timeout, so that a slow batch is not delivered twice. */
export const QUEUE_VISIBILITY_SECONDS = 6 * ALERT_TIMEOUT_SECONDS;
/** Longer than any invocation lives, so that a live owner of an order is never overtaken. */
export const ALERT_LEASE_SECONDS = ALERT_TIMEOUT_SECONDS + 30;

/** Arguments of `Alerting`. */
export interface AlertingArgs extends AlertRecipients {
  account: AwsAccount;
  /** Bucket whose new objects are scanned; its EventBridge notifications must be on. */
  rawBucket: BucketRef;
  /** Key that encrypts the raw objects. */
  rawKey: KeyRef;
  /** Prefix of the events in the bucket, with a final slash. */
  eventsPrefix: string;
  /** USD from which a purchase alerts; above 0. */
  thresholdUsd: number;
  /** USD per unit of each accepted currency; others are compared 1:1 and flagged. */
  currencies: Readonly<Record<string, number>>;
  /** Named in every message and message attribute. */
  team: string;
  /** Named in every message and message attribute. */
  environment: string;
  /** Link of the messages; `{orderId}` is replaced. @default the object or order in the AWS console */
  dashboardUrl?: pulumi.Input<string>;
  /** Whether table and secrets may be deleted. */
  deletion: DeletionKeys;
  /** @default `DEFAULT_REMEMBER_ORDERS` */
  rememberOrdersFor?: Days;
  /** @default `DEFAULT_MAX_CONCURRENCY` */
  maxConcurrency?: number;
  /** @default not reserved */
  reservedConcurrency?: number;
  /** @default that of `EventFunction` */
  logRetention?: Days;
  /** X-Ray traces of the functions. @default false */
  tracing?: boolean;
  /** @default none */
  tags?: Tags;
}

/** Checks the arguments that no provider checks. @throws InvalidArgumentError before any resource is made */
export function checkAlertingArgs(args: Pick<AlertingArgs, "thresholdUsd" | "currencies" | "maxConcurrency">): void {
  // EventBridge compares numbers up to 5 thousand millions only.
  if (!(args.thresholdUsd >= 0.01 && args.thresholdUsd <= 1e9)) {
    throw new InvalidArgumentError(
      `thresholdUsd is ${args.thresholdUsd}: it must be from 0.01 to 1,000,000,000 US dollars`,
    );
  }
  for (const [code, rate] of Object.entries(args.currencies)) {
    if (!(rate > 0 && Number.isFinite(rate))) {
      throw new InvalidArgumentError(
        `currencies: the rate of ${code} is ${rate}: it must be US dollars per unit, above 0`,
      );
    }
  }
  const concurrency = args.maxConcurrency ?? DEFAULT_MAX_CONCURRENCY;
  if (!Number.isInteger(concurrency) || concurrency < 2 || concurrency > 1000) {
    throw new InvalidArgumentError(
      `maxConcurrency is ${concurrency}: SQS event sources allow whole numbers from 2 to 1000`,
    );
  }
}

/**
 * Tells people about large purchases: new raw objects (default bus) and purchases that producers publish themselves
 * (own bus) reach one queue; one function finds orders at or over the threshold and publishes each to the topic once.
 * `AlertReceipts` records what the topic delivered, so that an order is alerted once even if its publisher died.
 */
export class Alerting extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;
  readonly queueUrl: pulumi.Output<string>;
  readonly queueArn: pulumi.Output<string>;
  readonly deadLetterQueueUrl: pulumi.Output<string>;
  readonly deadLetterQueueArn: pulumi.Output<string>;
  /** Queue of notifications that reached nobody; absent without recipients. */
  readonly undeliveredQueueUrl?: pulumi.Output<string>;
  readonly functionName: pulumi.Output<string>;
  readonly functionArn: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;
  readonly tableName: pulumi.Output<string>;
  readonly busName: pulumi.Output<string>;
  readonly busArn: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: AlertingArgs, opts?: pulumi.ComponentResourceOptions) {
    checkAlertingArgs(args);
    fittingName("SNS topic", `${name}-topic`);
    fittingName("DynamoDB table", `${name}-orders`);
    super(componentType("Alerting"), name, {}, opts);
    const sources = new AlertSources(name, args, { parent: this });
    const key = this.createKey(name, args, sources);
    const { queue, deadLetters } = new AlertQueue(
      name,
      { sources, key, visibilitySeconds: QUEUE_VISIBILITY_SECONDS, tags: args.tags },
      { parent: this },
    );
    const topic = this.createTopic(name, args, key);
    const table = this.createTable(name, args, key);
    const lambda = this.createFunction(name, args, key, queue, topic, table);
    this.createReceipts(name, args, key, topic, table);
    this.createEventSource(name, args, queue, lambda);
    this.undeliveredQueueUrl = this.createNotifiers(name, args, key, topic)?.deadLetterQueueUrl;

    this.topicArn = topic.arn;
    this.queueUrl = queue.url;
    this.queueArn = queue.arn;
    this.deadLetterQueueUrl = deadLetters.url;
    this.deadLetterQueueArn = deadLetters.arn;
    this.functionName = lambda.name;
    this.functionArn = lambda.arn;
    this.logGroupName = lambda.logGroupName;
    this.tableName = table.name;
    this.busName = sources.bus.name;
    this.busArn = sources.bus.arn;
    this.keyArn = key.arn;
    this.registerOutputs({ topicArn: this.topicArn, queueUrl: this.queueUrl, functionName: this.functionName });
  }

  private createKey(name: string, args: AlertingArgs, sources: AlertSources): EncryptionKey {
    return new EncryptionKey(
      `${name}-key`,
      {
        description: `Alert path of ${name}: queues, topic, table, logs, secrets`,
        account: args.account,
        users: KEY_USERS.alerts,
        services: alertKeyGrants(name, args.account, [sources.objectRule, sources.purchaseRule]),
        deletion: args.deletion,
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createTopic(name: string, args: AlertingArgs, key: EncryptionKey): aws.sns.Topic {
    const topic = new aws.sns.Topic(
      `${name}-topic`,
      { displayName: "Clickstream alerts", kmsMasterKeyId: key.arn, tags: args.tags },
      { parent: this },
    );
    new aws.sns.TopicPolicy(
      `${name}-topic`,
      { arn: topic.arn, policy: alertTopicPolicy(topic.arn, args.account) },
      { parent: this },
    );
    return topic;
  }

  private createTable(name: string, args: AlertingArgs, key: EncryptionKey): aws.dynamodb.Table {
    return new aws.dynamodb.Table(
      `${name}-orders`,
      {
        attributes: [{ name: "orderId", type: "S" }],
        hashKey: "orderId",
        billingMode: "PAY_PER_REQUEST",
        ttl: { attributeName: "expiresAt", enabled: true },
        serverSideEncryption: { enabled: true, kmsKeyArn: key.arn },
        pointInTimeRecovery: { enabled: true },
        deletionProtectionEnabled: !mayDelete(args.deletion),
        tags: args.tags,
      },
      { parent: this, ...dataOptions(args.deletion) },
    );
  }

  private createFunction(
    name: string,
    args: AlertingArgs,
    key: EncryptionKey,
    queue: aws.sqs.Queue,
    topic: aws.sns.Topic,
    table: aws.dynamodb.Table,
  ): EventFunction {
    return new EventFunction(
      `${name}-fn`,
      {
        description: "Finds large purchases in new raw files and on the purchase bus, and alerts each order once",
        key,
        factory: createPurchaseAlertHandler,
        environment: {
          [ALERT_ENV.table]: table.name,
          [ALERT_ENV.topicArn]: topic.arn,
          [ALERT_ENV.queueUrl]: queue.url,
          [ALERT_ENV.rawBucket]: args.rawBucket.name,
          [ALERT_ENV.thresholdUsd]: String(args.thresholdUsd),
          [ALERT_ENV.currencies]: JSON.stringify(args.currencies),
          [ALERT_ENV.rememberDays]: String(toDays(args.rememberOrdersFor ?? DEFAULT_REMEMBER_ORDERS)),
          [ALERT_ENV.leaseSeconds]: String(ALERT_LEASE_SECONDS),
          [ALERT_ENV.team]: args.team,
          [ALERT_ENV.environment]: args.environment,
          ...(args.dashboardUrl === undefined ? {} : { [ALERT_ENV.dashboardUrl]: args.dashboardUrl }),
        },
        memoryMb: 1024,
        timeoutSeconds: ALERT_TIMEOUT_SECONDS,
        statements: alertFunctionStatements(args, { queue, topic, table }),
        reservedConcurrency: args.reservedConcurrency,
        logRetention: args.logRetention,
        tracing: args.tracing,
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createNotifiers(
    name: string,
    args: AlertingArgs,
    key: EncryptionKey,
    topic: aws.sns.Topic,
  ): AlertNotifiers | undefined {
    if (!hasRecipients(args)) return undefined;
    const { deletion, pagerEndpoint, slackWebhook, alertEmail, logRetention, tracing, tags } = args;
    const common = { key, topicArn: topic.arn, deletion, logRetention, tracing, tags };
    return new AlertNotifiers(name, { ...common, pagerEndpoint, slackWebhook, alertEmail }, { parent: this });
  }

  private createReceipts(
    name: string,
    { logRetention, tracing, tags }: AlertingArgs,
    key: EncryptionKey,
    topic: aws.sns.Topic,
    table: aws.dynamodb.Table,
  ): AlertReceipts {
    const args = { key, topicArn: topic.arn, table, logRetention, tracing, tags };
    return new AlertReceipts(`${name}-receipt`, args, { parent: this });
  }

  private createEventSource(name: string, args: AlertingArgs, queue: aws.sqs.Queue, lambda: EventFunction): void {
    new aws.lambda.EventSourceMapping(
      `${name}-fn`,
      {
        eventSourceArn: queue.arn,
        functionName: lambda.arn,
        // Few, because the messages of a batch wait for each other, and a file may take seconds.
        batchSize: 5,
        functionResponseTypes: ["ReportBatchItemFailures"],
        scalingConfig: { maximumConcurrency: args.maxConcurrency ?? DEFAULT_MAX_CONCURRENCY },
      },
      { parent: this },
    );
  }
}
