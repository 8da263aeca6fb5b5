import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createDailyClosure } from "../../handlers/costs/daily-cost";
import { COST_ENV } from "../../handlers/costs/settings";
import type { MetricDimensions } from "../../handlers/operations/put-metrics";
import { OPERATIONS_ENV } from "../../handlers/operations/state";
import { DLQ_RETENTION_SECONDS } from "../alert-intake";
import { admitRules } from "../alert-policies";
import { EventFunction } from "../event-function";
import { componentType, fittingName } from "../naming";
import { dimensionEnvironment } from "../operations/own-metrics";
import type { OperationsStoreRef } from "../operations/store-ref";
import type { AwsAccount, Tags } from "../types";
import { closureStatements, type QueryLogRef } from "./policies";

/** 07:00 UTC: yesterday is complete, its queries are published, and Cost Explorer had its first refresh of it. */
export const CLOSURE_SCHEDULE = "cron(0 7 * * ? *)";
/** A query on a table of megabytes takes seconds; Athena may queue it for a minute. */
export const CLOSURE_TIMEOUT_SECONDS = 180;

/** Arguments of `DailyClosure`. */
export interface DailyClosureArgs {
  store: OperationsStoreRef;
  account: AwsAccount;
  dimensions: MetricDimensions;
  monthlyBudgetUsd: number;
  queryLog: QueryLogRef;
  /** @default none */
  tags?: Tags;
}

/** Turns yesterday's bill, scans and landings into metrics, every morning; what it cannot do waits in a queue. */
export class DailyClosure extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly deadLetterQueueName: pulumi.Output<string>;
  readonly deadLetterQueueUrl: pulumi.Output<string>;

  constructor(name: string, args: DailyClosureArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("DailyClosure"), name, {}, opts);
    const rule = this.createRule(name, args);
    const deadLetters = this.createDeadLetterQueue(name, args);
    const policy = admitRules(`${name}-dlq`, deadLetters, [rule], this);
    const closure = this.createFunction(name, args, deadLetters);
    this.callByRule(name, rule, closure, deadLetters, policy);
    this.functionName = closure.name;
    this.deadLetterQueueName = deadLetters.name;
    this.deadLetterQueueUrl = deadLetters.url;
    this.registerOutputs({ functionName: this.functionName, deadLetterQueueUrl: this.deadLetterQueueUrl });
  }

  private createRule(name: string, { tags }: DailyClosureArgs): aws.cloudwatch.EventRule {
    return new aws.cloudwatch.EventRule(
      fittingName("EventBridge rule", name),
      { description: "What did yesterday cost?", scheduleExpression: CLOSURE_SCHEDULE, tags },
      { parent: this },
    );
  }

  private createDeadLetterQueue(name: string, { store, tags }: DailyClosureArgs): aws.sqs.Queue {
    return new aws.sqs.Queue(
      fittingName("SQS queue", `${name}-dlq`),
      { kmsMasterKeyId: store.key.arn, messageRetentionSeconds: DLQ_RETENTION_SECONDS, tags },
      { parent: this },
    );
  }

  private createFunction(name: string, args: DailyClosureArgs, deadLetters: aws.sqs.Queue): EventFunction {
    const { store, account, dimensions, monthlyBudgetUsd, queryLog, tags } = args;
    return new EventFunction(
      name,
      {
        description: "Puts yesterday's cost, cost per TB and scans by team as metrics",
        key: store.key,
        factory: createDailyClosure,
        environment: {
          [OPERATIONS_ENV.table]: store.tableName,
          ...dimensionEnvironment(dimensions),
          [COST_ENV.database]: queryLog.database,
          [COST_ENV.workgroup]: queryLog.workgroup,
          [COST_ENV.monthlyBudgetUsd]: String(monthlyBudgetUsd),
        },
        statements: closureStatements(account, store, queryLog),
        memoryMb: 256,
        timeoutSeconds: CLOSURE_TIMEOUT_SECONDS,
        deadLetterQueueArn: deadLetters.arn,
        tags,
      },
      { parent: this },
    );
  }

  private callByRule(
    name: string,
    rule: aws.cloudwatch.EventRule,
    closure: EventFunction,
    deadLetters: aws.sqs.Queue,
    policy: aws.sqs.QueuePolicy,
  ): void {
    const permission = new aws.lambda.Permission(
      name,
      {
        action: "lambda:InvokeFunction",
        function: closure.name,
        principal: "events.amazonaws.com",
        sourceArn: rule.arn,
      },
      { parent: this },
    );
    new aws.cloudwatch.EventTarget(
      name,
      // No input: the closure needs the event's own time.
      { rule: rule.name, targetId: "daily-closure", arn: closure.arn, deadLetterConfig: { arn: deadLetters.arn } },
      { parent: this, dependsOn: [permission, policy] },
    );
  }
}
