import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { NOTIFIER_ENV } from "../../handlers/operations/notifier-settings";
import type { NotifierRow } from "../../handlers/operations/notifier-row";
import { createNotifier } from "../../handlers/operations/notifier-shell";
import { OPERATIONS_ENV } from "../../handlers/operations/state";
import type { AlertRecipients } from "../alert-notifiers";
import { alertTopicPolicy } from "../alert-policies";
import { capturing, type HandlerFactory } from "../closure-code";
import type { Days } from "../duration";
import { EventFunction } from "../event-function";
import { componentType, fittingName } from "../naming";
import { subscribeFunction, subscribePeople } from "../people-subscriptions";
import type { PolicyStatement } from "../policy";
import { SLACK_TIMEOUT_SECONDS, slackWebhook, type SlackWebhook } from "../slack-webhook";
import type { AwsAccount, DeletionKeys, Tags, DeadLetterQueueRef } from "../types";
import { undeliveredQueue, type UndeliveredQueue } from "../undelivered-queue";
import { ALARMS, notifierRows, runbookFolder } from "./alarm-list";
import type { AlarmRow } from "./alarm-list-types";
import { billingStatements } from "./billing-publishers";
import { dimensionEnvironment, putMetrics } from "./own-metrics";
import { securityRules, securityStatement } from "./security-publishers";
import { stateAccess, type OperationsStoreRef } from "./store-ref";

/** Arguments of `AlarmRoutes`. */
export interface AlarmRoutesArgs extends AlertRecipients {
  store: OperationsStoreRef;
  account: AwsAccount;
  /** Named in every message. */
  dimensions: { team: string; environment: string; pipeline: string };
  /** URL of the folder of the runbooks. @default their path in the repository */
  runbookBase?: string;
  /** Dashboard that messages link to. @default the alarm's page in the console */
  dashboardUrl?: pulumi.Input<string>;
  /** The alarms that the notifier knows. @default `ALARMS` */
  rows?: readonly AlarmRow[];
  deletion: DeletionKeys;
  /** @default that of `EventFunction` */
  logRetention?: Days;
  /** @default false */
  tracing?: boolean;
  tags: Tags;
}

/**
 * Carries alarms to people: CloudWatch → topic `alarms` → notifier → Slack, or topic `pager` (HTTPS, e-mail). CloudWatch
 * may publish to `pager` too, for alarms about the notifier. What cannot be delivered ends in one queue on each way.
 */
export class AlarmRoutes extends pulumi.ComponentResource {
  /** Topic for alarms, for AWS Budgets and Cost Anomaly Detection (`billingKeyGrants` on the store's key), and for the audit. */
  readonly intakeTopicArn: pulumi.Output<string>;
  readonly pagerTopicArn: pulumi.Output<string>;
  /** What the notifier could not tell, and what could not reach it. */
  readonly notifierDeadLetters: DeadLetterQueueRef;
  /** What pager and mail did not take; absent where neither is configured. */
  readonly pagerDeadLetters?: DeadLetterQueueRef;
  readonly functionName: pulumi.Output<string>;

  constructor(name: string, args: AlarmRoutesArgs, opts?: pulumi.ComponentResourceOptions) {
    fittingName("SNS topic", `${name}-alarms`);
    fittingName("SQS queue", `${name}-notifier-dlq`);
    super(componentType("AlarmRoutes"), name, {}, opts);
    const rules = securityRules(args.account, args.dimensions.pipeline);
    const intake = this.createTopic(`${name}-alarms`, "Clickstream alarms", args, (arn) => [
      ...billingStatements(args.account, arn),
      securityStatement("sns:Publish", arn, rules),
    ]);
    const pager = this.createTopic(`${name}-pager`, "Clickstream pager", args);
    const untold = undeliveredQueue(
      `${name}-notifier-dlq`,
      {
        ...queueArgs(args),
        topicArn: intake.arn,
        // Also what the rules of the audit cannot publish: the alarm on this queue pages without the topic.
        statements: (arn) => [securityStatement("sqs:SendMessage", arn, rules)],
      },
      this,
    );
    const notifier = this.createNotifier(name, args, pager, untold);
    subscribeFunction(`${name}-notifier`, { topicArn: intake.arn, lambda: notifier, undelivered: untold }, this);
    this.pagerDeadLetters = this.createPager(name, args, pager);

    this.intakeTopicArn = intake.arn;
    this.pagerTopicArn = pager.arn;
    this.notifierDeadLetters = refTo(untold);
    this.functionName = notifier.name;
    this.registerOutputs({ intakeTopicArn: this.intakeTopicArn, pagerTopicArn: this.pagerTopicArn });
  }

  private createTopic(
    name: string,
    displayName: string,
    { store, account, tags }: AlarmRoutesArgs,
    admit: (topicArn: pulumi.Output<string>) => PolicyStatement[] = () => [],
  ): aws.sns.Topic {
    const topic = new aws.sns.Topic(name, { displayName, kmsMasterKeyId: store.key.arn, tags }, { parent: this });
    new aws.sns.TopicPolicy(
      name,
      { arn: topic.arn, policy: alertTopicPolicy(topic.arn, account, admit(topic.arn)) },
      { parent: this },
    );
    return topic;
  }

  private createPager(name: string, args: AlarmRoutesArgs, topic: aws.sns.Topic): DeadLetterQueueRef | undefined {
    const { pagerEndpoint, alertEmail } = args;
    if (!isPaged(args)) return undefined;
    const undelivered = undeliveredQueue(`${name}-pager-dlq`, { ...queueArgs(args), topicArn: topic.arn }, this);
    subscribePeople(name, { topicArn: topic.arn, pagerEndpoint, alertEmail, undelivered }, this);
    return refTo(undelivered);
  }

  private createNotifier(
    name: string,
    args: AlarmRoutesArgs,
    pager: aws.sns.Topic,
    undelivered: UndeliveredQueue,
  ): EventFunction {
    const { store, deletion, tags, dashboardUrl } = args;
    const slack =
      args.slackWebhook === undefined
        ? undefined
        : slackWebhook(
            `${name}-slack`,
            {
              description: "Slack incoming webhook of the alarms",
              key: store.key,
              webhook: args.slackWebhook,
              deletion,
              tags,
            },
            this,
          );
    const rows = notifierRows(args.rows ?? ALARMS);
    return new EventFunction(
      `${name}-notifier`,
      {
        description: "Tells people of alarms: who is paged, what goes to Slack, what is held back",
        key: store.key,
        factory: capturing(notifierOf, rows),
        environment: {
          [OPERATIONS_ENV.table]: store.tableName,
          ...dimensionEnvironment(args.dimensions),
          [NOTIFIER_ENV.pagerTopic]: pager.arn,
          [NOTIFIER_ENV.paged]: String(isPaged(args)),
          [NOTIFIER_ENV.runbookBase]: runbookFolder(args.runbookBase),
          ...(dashboardUrl === undefined ? {} : { [NOTIFIER_ENV.dashboardUrl]: dashboardUrl }),
          ...slack?.environment,
        },
        memoryMb: 256,
        timeoutSeconds: SLACK_TIMEOUT_SECONDS,
        statements: notifierStatements(args, pager.arn, slack),
        deadLetterQueueArn: undelivered.queue.arn,
        logRetention: args.logRetention,
        tracing: args.tracing,
        tags,
      },
      { parent: this, dependsOn: slack === undefined ? [] : [slack.version] },
    );
  }
}

/** Whether anybody listens to the pager topic. */
function isPaged({ pagerEndpoint, alertEmail }: AlarmRoutesArgs): boolean {
  return pagerEndpoint !== undefined || alertEmail !== undefined;
}

function queueArgs({ store, tags }: AlarmRoutesArgs): { key: OperationsStoreRef["key"]; tags: Tags } {
  return { key: store.key, tags };
}

function refTo({ queue }: UndeliveredQueue): DeadLetterQueueRef {
  return { name: queue.name, url: queue.url, arn: queue.arn };
}

function notifierStatements(
  { store, account, dimensions }: AlarmRoutesArgs,
  pagerTopicArn: pulumi.Output<string>,
  slack: SlackWebhook | undefined,
): PolicyStatement[] {
  const { partition, region, accountId } = account;
  return [
    stateAccess("ReadTold", store, "read", ["message"]),
    stateAccess("WriteTold", store, "write", ["message"]),
    { Sid: "Page", Effect: "Allow", Action: "sns:Publish", Resource: pagerTopicArn },
    {
      Sid: "ReadReasons",
      Effect: "Allow",
      Action: "cloudwatch:DescribeAlarms",
      Resource: pulumi.interpolate`arn:${partition}:cloudwatch:${region}:${accountId}:alarm:${dimensions.pipeline}-*`,
    },
    putMetrics(),
    ...(slack?.statements ?? []),
  ];
}

function notifierOf(rows: readonly NotifierRow[]): HandlerFactory {
  return () => createNotifier(rows);
}
