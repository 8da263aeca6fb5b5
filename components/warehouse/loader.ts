import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createWarehouseLoader } from "../../handlers/warehouse/loader";
import type { MetricDimensions } from "../../handlers/operations/put-metrics";
import { WAREHOUSE_ENV } from "../../handlers/warehouse/settings";
import { DLQ_RETENTION_SECONDS } from "../alert-intake";
import { admitRules } from "../alert-policies";
import { DEFAULT_HOT_FOR } from "../defaults";
import { toDays, type Days } from "../duration";
import type { EncryptionKey } from "../encryption-key";
import { EventFunction } from "../event-function";
import { catalogAccess } from "../lake-access";
import { componentType, fittingName } from "../naming";
import { dimensionEnvironment, putMetrics } from "../operations/own-metrics";
import type { AwsAccount, LakeLocation, Tags } from "../types";
import { sendStatements, statementEnvironment } from "./access";
import type { WarehouseRef } from "./settings";

/** Longest run of a Lambda function, in seconds; the rest of a long load is the next message's. */
const LONGEST_RUN_SECONDS = 900;
/** Tries, a minute apart, before a load is set aside and alarms. */
export const MAX_LOADS = 10;

/** Arguments of `WarehouseLoader`. */
export interface WarehouseLoaderArgs {
  account: AwsAccount;
  warehouse: WarehouseRef;
  key: EncryptionKey;
  /** The schema's `applied`: nothing is loaded before it. */
  schema: pulumi.Output<string>;
  clicks: LakeLocation;
  users: LakeLocation;
  goldJob: pulumi.Input<string>;
  /** @default `DEFAULT_HOT_FOR` */
  hotFor?: Days;
  /** Whose metrics the loads are. */
  dimensions: MetricDimensions;
  tags: Tags;
}

/** Loads the warehouse after each successful run of the gold job: rule → queue → function. */
export class WarehouseLoader extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly queueUrl: pulumi.Output<string>;
  readonly deadLetterQueueUrl: pulumi.Output<string>;

  constructor(name: string, args: WarehouseLoaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("WarehouseLoader"), name, {}, opts);
    const rule = this.createRule(name, args);
    const deadLetters = this.createDeadLetterQueue(name, args);
    const queue = this.createQueue(name, args, deadLetters);
    const policies = [
      admitRules(`${name}-queue`, queue, [rule], this),
      admitRules(`${name}-dlq`, deadLetters, [rule], this),
    ];
    new aws.cloudwatch.EventTarget(
      name,
      { rule: rule.name, targetId: "loader-queue", arn: queue.arn, deadLetterConfig: { arn: deadLetters.arn } },
      { parent: this, dependsOn: policies },
    );
    const loader = this.createFunction(name, args, queue);
    new aws.lambda.EventSourceMapping(
      name,
      {
        eventSourceArn: queue.arn,
        functionName: loader.name,
        batchSize: 10,
        functionResponseTypes: ["ReportBatchItemFailures"],
        // Two is the least that AWS takes; a second load waits for the lock and finds nothing left to do.
        scalingConfig: { maximumConcurrency: 2 },
      },
      { parent: this },
    );
    this.functionName = loader.name;
    this.queueUrl = queue.url;
    this.deadLetterQueueUrl = deadLetters.url;
    this.registerOutputs({ functionName: this.functionName });
  }

  private createRule(name: string, args: WarehouseLoaderArgs): aws.cloudwatch.EventRule {
    return new aws.cloudwatch.EventRule(
      fittingName("EventBridge rule", name),
      {
        description: "The gold job published",
        eventPattern: pulumi.jsonStringify({
          source: ["aws.glue"],
          "detail-type": ["Glue Job State Change"],
          detail: { jobName: [args.goldJob], state: ["SUCCEEDED"] },
        }),
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createDeadLetterQueue(name: string, { key, tags }: WarehouseLoaderArgs): aws.sqs.Queue {
    return new aws.sqs.Queue(
      fittingName("SQS queue", `${name}-dlq`),
      { kmsMasterKeyId: key.arn, messageRetentionSeconds: DLQ_RETENTION_SECONDS, tags },
      { parent: this },
    );
  }

  private createQueue(name: string, { key, tags }: WarehouseLoaderArgs, deadLetters: aws.sqs.Queue): aws.sqs.Queue {
    return new aws.sqs.Queue(
      `${name}-queue`,
      {
        kmsMasterKeyId: key.arn,
        // Six times the reader's timeout, as AWS asks; a failed load shortens it to a minute.
        visibilityTimeoutSeconds: 6 * LONGEST_RUN_SECONDS,
        redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: MAX_LOADS }),
        tags,
      },
      { parent: this },
    );
  }

  private createFunction(name: string, args: WarehouseLoaderArgs, queue: aws.sqs.Queue): EventFunction {
    const { account, warehouse, clicks, users, key, dimensions } = args;
    return new EventFunction(
      name,
      {
        description: "Brings the warehouse to what gold has in the hot window",
        key,
        factory: createWarehouseLoader,
        environment: {
          ...statementEnvironment(warehouse),
          [WAREHOUSE_ENV.lakeRoleArn]: warehouse.lakeRoleArn,
          [WAREHOUSE_ENV.goldDatabase]: clicks.database,
          [WAREHOUSE_ENV.hotDays]: String(toDays(args.hotFor ?? DEFAULT_HOT_FOR)),
          ...dimensionEnvironment(dimensions),
          // After the schema: a load before it could only fail.
          [WAREHOUSE_ENV.queueUrl]: pulumi.all([queue.url, args.schema]).apply(([url]) => url),
        },
        statements: [
          ...sendStatements(warehouse),
          catalogAccess("GoldCatalog", account, clicks.database, [clicks.table, users.table], "read"),
          {
            Sid: "ReadQueue",
            Effect: "Allow",
            Action: [
              "sqs:ReceiveMessage",
              "sqs:DeleteMessage",
              "sqs:GetQueueAttributes",
              "sqs:ChangeMessageVisibility",
            ],
            Resource: queue.arn,
          },
          putMetrics(),
        ],
        timeoutSeconds: LONGEST_RUN_SECONDS,
        tags: args.tags,
      },
      { parent: this },
    );
  }
}
