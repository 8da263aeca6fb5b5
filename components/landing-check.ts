import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { HEARTBEATS_PREFIX } from "../handlers/landing/landed-object";
import { landingCheckFactory } from "../handlers/landing/landing-check";
import { LANDING_ENV } from "../handlers/landing/settings";
import { OPERATIONS_ENV } from "../handlers/operations/state";
import { DLQ_RETENTION_SECONDS, MAX_RECEIVES, QUEUE_RETENTION_SECONDS } from "./alert-intake";
import { admitRules } from "./alert-policies";
import { capturing } from "./closure-code";
import type { Days } from "./duration";
import { EventFunction } from "./event-function";
import { compileEventSchemas, DEFAULT_SCHEMAS_DIRECTORY } from "./event-schemas";
import { landingStatements } from "./landing-policies";
import { componentType, fittingName } from "./naming";
import type { OperationsStoreRef } from "./operations/store-ref";
import type { AwsAccount, BucketRef, KeyRef, Tags, DeadLetterQueueRef } from "./types";

/** Longest check of one batch: 10 objects, each 64 MiB of text at most, at the 60 MB/s measured for gzip, and its writes. */
export const LANDING_TIMEOUT_SECONDS = 60;
/** AWS asks for at least six times the function's timeout, so that a slow batch is not delivered twice. */
export const LANDING_VISIBILITY_SECONDS = 6 * LANDING_TIMEOUT_SECONDS;
/** Objects of one invocation; they wait for each other, and each has to be checked within a minute. */
export const LANDING_BATCH_SIZE = 10;
/** Batches at once: an hour's 700 objects (500 GB a day in 32 MiB objects) need a fraction of one. */
export const LANDING_CONCURRENCY = 5;

/** Arguments of `LandingCheck`. */
export interface LandingCheckArgs {
  store: OperationsStoreRef;
  account: AwsAccount;
  /** Bucket whose new objects are checked; its EventBridge notifications must be on. */
  rawBucket: BucketRef;
  /** Key that encrypts the raw objects. */
  rawKey: KeyRef;
  /** Prefix of the events in the bucket, with a final slash. */
  eventsPrefix: string;
  /** Where holds and mappings are; the prefix with a final slash. */
  state: { bucket: BucketRef; prefix: string; key: KeyRef };
  /** Of every metric. */
  dimensions: { team: string; environment: string; pipeline: string };
  /** Folder with `index.json` and the schemas. @default `DEFAULT_SCHEMAS_DIRECTORY` */
  schemasDirectory?: string;
  /** @default that of `EventFunction` */
  logRetention?: Days;
  /** X-Ray traces of the function. @default false */
  tracing?: boolean;
  tags: Tags;
}

/**
 * Checks each object that lands in the raw bucket: a sample of its lines against the producers' schemas, its packing, its
 * hour. Drifts go to the operations table; a breaking one holds its hour out of silver.
 */
export class LandingCheck extends pulumi.ComponentResource {
  readonly queueUrl: pulumi.Output<string>;
  readonly functionName: pulumi.Output<string>;
  readonly functionArn: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;
  /** Messages that were given up: the objects that they name are not checked. */
  readonly deadLetters: DeadLetterQueueRef;

  constructor(name: string, args: LandingCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    fittingName("EventBridge rule", `${name}-objects`);
    fittingName("SQS queue", `${name}-queue`);
    super(componentType("LandingCheck"), name, {}, opts);
    const rule = this.createRule(name, args);
    const deadLetters = this.createDeadLetterQueue(name, args);
    const queue = this.createQueue(name, args, deadLetters);
    this.createTarget(name, rule, queue, deadLetters);
    const lambda = this.createFunction(name, args, queue);
    this.createEventSource(name, queue, lambda);

    this.queueUrl = queue.url;
    this.functionName = lambda.name;
    this.functionArn = lambda.arn;
    this.logGroupName = lambda.logGroupName;
    this.deadLetters = { name: deadLetters.name, arn: deadLetters.arn, url: deadLetters.url };
    this.registerOutputs({ queueUrl: this.queueUrl, functionName: this.functionName });
  }

  private createRule(name: string, args: LandingCheckArgs): aws.cloudwatch.EventRule {
    return new aws.cloudwatch.EventRule(
      `${name}-objects`,
      {
        description: "New raw files and producers' heartbeats",
        eventPattern: pulumi.jsonStringify({
          source: ["aws.s3"],
          "detail-type": ["Object Created"],
          detail: {
            bucket: { name: [args.rawBucket.name] },
            object: { key: [{ prefix: args.eventsPrefix }, { prefix: HEARTBEATS_PREFIX }] },
          },
        }),
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createDeadLetterQueue(name: string, args: LandingCheckArgs): aws.sqs.Queue {
    return new aws.sqs.Queue(
      `${name}-dlq`,
      { kmsMasterKeyId: args.store.key.arn, messageRetentionSeconds: DLQ_RETENTION_SECONDS, tags: args.tags },
      { parent: this },
    );
  }

  private createQueue(name: string, args: LandingCheckArgs, deadLetters: aws.sqs.Queue): aws.sqs.Queue {
    return new aws.sqs.Queue(
      `${name}-queue`,
      {
        kmsMasterKeyId: args.store.key.arn,
        visibilityTimeoutSeconds: LANDING_VISIBILITY_SECONDS,
        messageRetentionSeconds: QUEUE_RETENTION_SECONDS,
        redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: MAX_RECEIVES }),
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createTarget(
    name: string,
    rule: aws.cloudwatch.EventRule,
    queue: aws.sqs.Queue,
    deadLetters: aws.sqs.Queue,
  ): void {
    const policies = [
      admitRules(`${name}-queue`, queue, [rule], this),
      admitRules(`${name}-dlq`, deadLetters, [rule], this),
    ];
    new aws.cloudwatch.EventTarget(
      `${name}-objects`,
      {
        rule: rule.name,
        targetId: "landing-queue",
        arn: queue.arn,
        deadLetterConfig: { arn: deadLetters.arn },
      },
      // After the policies: an event that the queue refuses for lack of permission is dead-lettered without a retry.
      { parent: this, dependsOn: policies },
    );
  }

  private createFunction(name: string, args: LandingCheckArgs, queue: aws.sqs.Queue): EventFunction {
    const { store, state, dimensions } = args;
    return new EventFunction(
      `${name}-fn`,
      {
        description: "Checks each landed object against the producers' schemas and holds hours with breaking drift",
        key: store.key,
        factory: capturing(
          landingCheckFactory,
          compileEventSchemas(args.schemasDirectory ?? DEFAULT_SCHEMAS_DIRECTORY),
        ),
        environment: {
          [OPERATIONS_ENV.table]: store.tableName,
          [OPERATIONS_ENV.team]: dimensions.team,
          [OPERATIONS_ENV.environment]: dimensions.environment,
          [OPERATIONS_ENV.pipeline]: dimensions.pipeline,
          [LANDING_ENV.rawBucket]: args.rawBucket.name,
          [LANDING_ENV.eventsPrefix]: args.eventsPrefix,
          [LANDING_ENV.stateBucket]: state.bucket.name,
          [LANDING_ENV.statePrefix]: state.prefix,
          [LANDING_ENV.queueUrl]: queue.url,
        },
        memoryMb: 1024,
        timeoutSeconds: LANDING_TIMEOUT_SECONDS,
        statements: landingStatements(args, queue),
        logRetention: args.logRetention,
        tracing: args.tracing,
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createEventSource(name: string, queue: aws.sqs.Queue, lambda: EventFunction): void {
    new aws.lambda.EventSourceMapping(
      `${name}-fn`,
      {
        eventSourceArn: queue.arn,
        functionName: lambda.arn,
        batchSize: LANDING_BATCH_SIZE,
        functionResponseTypes: ["ReportBatchItemFailures"],
        scalingConfig: { maximumConcurrency: LANDING_CONCURRENCY },
      },
      { parent: this },
    );
  }
}
