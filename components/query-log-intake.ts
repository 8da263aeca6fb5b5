import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DLQ_RETENTION_SECONDS, MAX_RECEIVES, QUEUE_RETENTION_SECONDS } from "./alert-intake";
import { admitRules } from "./alert-policies";
import type { EventFunction } from "./event-function";
import { componentType, fittingName } from "./naming";
import type { KeyRef, Tags } from "./types";

/** New records become readable within the hour. */
export const PUBLISH_SCHEDULE = "rate(1 hour)";
/** After midnight UTC, so that yesterday is complete; its queries' last events are long through. */
export const RECONCILE_SCHEDULE = "cron(5 1 * * ? *)";

/** Arguments of `QueryLogRules`. */
export interface QueryLogRulesArgs {
  /** Names of the workgroups whose queries are logged. */
  workgroups: pulumi.Input<string>[];
  /** When the warehouse's history is read. @default never */
  pollSchedule?: string;
  tags?: Tags;
}

/** The rules that start work: ended queries, and the clock. */
export class QueryLogRules extends pulumi.ComponentResource {
  readonly athena: aws.cloudwatch.EventRule;
  readonly hourly: aws.cloudwatch.EventRule;
  readonly daily: aws.cloudwatch.EventRule;
  readonly poll?: aws.cloudwatch.EventRule;

  constructor(name: string, args: QueryLogRulesArgs, opts?: pulumi.ComponentResourceOptions) {
    for (const id of ["athena", "hourly", "daily", "poll"]) fittingName("EventBridge rule", `${name}-${id}`);
    super(componentType("QueryLogRules"), name, {}, opts);
    this.athena = this.createRule(`${name}-athena`, "Ended Athena queries", args.tags, {
      eventPattern: pulumi.jsonStringify({
        source: ["aws.athena"],
        "detail-type": ["Athena Query State Change"],
        detail: { currentState: ["SUCCEEDED", "FAILED", "CANCELLED"], workgroupName: args.workgroups },
      }),
    });
    this.hourly = this.createRule(`${name}-hourly`, "Publishes new records of the query log", args.tags, {
      scheduleExpression: PUBLISH_SCHEDULE,
    });
    this.daily = this.createRule(`${name}-daily`, "Finds queries without a record", args.tags, {
      scheduleExpression: RECONCILE_SCHEDULE,
    });
    if (args.pollSchedule !== undefined) {
      this.poll = this.createRule(`${name}-poll`, "Reads the warehouse's query history", args.tags, {
        scheduleExpression: args.pollSchedule,
      });
    }
    this.registerOutputs({});
  }

  /** Every rule there is. */
  get all(): aws.cloudwatch.EventRule[] {
    return [this.athena, this.hourly, this.daily, ...(this.poll === undefined ? [] : [this.poll])];
  }

  private createRule(
    name: string,
    description: string,
    tags: Tags | undefined,
    when: Pick<aws.cloudwatch.EventRuleArgs, "eventPattern" | "scheduleExpression">,
  ): aws.cloudwatch.EventRule {
    return new aws.cloudwatch.EventRule(name, { description, ...when, tags }, { parent: this });
  }
}

/** Arguments of `QueryLogQueue`. */
export interface QueryLogQueueArgs {
  rules: QueryLogRules;
  key: KeyRef;
  /** At least six times the reader's timeout, as AWS asks, in seconds. */
  visibilitySeconds: number;
  tags?: Tags;
}

/** The queue of ended queries, and the dead-letter queue of everything that the log could not deal with. */
export class QueryLogQueue extends pulumi.ComponentResource {
  readonly queue: aws.sqs.Queue;
  readonly deadLetters: aws.sqs.Queue;
  /** The queues' policies: a rule's target must wait for them. */
  readonly policies: aws.sqs.QueuePolicy[];

  constructor(name: string, args: QueryLogQueueArgs, opts?: pulumi.ComponentResourceOptions) {
    fittingName("SQS queue", `${name}-queue`);
    super(componentType("QueryLogQueue"), name, {}, opts);
    this.deadLetters = new aws.sqs.Queue(
      `${name}-dlq`,
      { kmsMasterKeyId: args.key.arn, messageRetentionSeconds: DLQ_RETENTION_SECONDS, tags: args.tags },
      { parent: this },
    );
    this.queue = this.createQueue(name, args, this.deadLetters);
    this.policies = [
      admitRules(`${name}-queue`, this.queue, [args.rules.athena], this),
      admitRules(`${name}-dlq`, this.deadLetters, args.rules.all, this),
    ];
    new aws.cloudwatch.EventTarget(
      `${name}-athena`,
      {
        rule: args.rules.athena.name,
        targetId: "query-log-queue",
        arn: this.queue.arn,
        deadLetterConfig: { arn: this.deadLetters.arn },
      },
      // An event that the queue refuses for lack of permission is dead-lettered without a retry.
      { parent: this, dependsOn: this.policies },
    );
    this.registerOutputs({ queueUrl: this.queue.url, deadLetterQueueUrl: this.deadLetters.url });
  }

  private createQueue(name: string, args: QueryLogQueueArgs, deadLetters: aws.sqs.Queue): aws.sqs.Queue {
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
}

/** Lets a rule start a function with a fixed event; what cannot be delivered ends in `deadLetters`. */
export function startByRule(
  name: string,
  rule: aws.cloudwatch.EventRule,
  target: EventFunction,
  input: object,
  queue: QueryLogQueue,
  parent: pulumi.Resource,
): void {
  const permission = new aws.lambda.Permission(
    name,
    {
      function: target.name,
      action: "lambda:InvokeFunction",
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    },
    { parent },
  );
  new aws.cloudwatch.EventTarget(
    name,
    {
      rule: rule.name,
      targetId: "query-log",
      arn: target.arn,
      input: JSON.stringify(input),
      deadLetterConfig: { arn: queue.deadLetters.arn },
    },
    { parent, dependsOn: [permission, ...queue.policies] },
  );
}
