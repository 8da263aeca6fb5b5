import * as pulumi from "@pulumi/pulumi";
import type { AlertRecipients } from "../alert-notifiers";
import { CostControls } from "../costs/cost-controls";
import { DEFAULT_MONTHLY_BUDGET_USD } from "../defaults";
import type { StackContext } from "../lake-zone";
import { componentType } from "../naming";
import type { OperationsSettings } from "../pipeline-args";
import type { QueryLog } from "../query-log";
import { Alarms } from "./alarms";
import { ALARMS } from "./alarm-list";
import type { AlarmRow } from "./alarm-list-types";
import { billingKeyGrants } from "./billing-publishers";
import { dimensionsOf, queueName } from "./metric-names";
import { AlarmRoutes } from "./routes";
import { OperationsStore } from "./store";

/** What can go wrong in a stack that only reads: what it costs, its query log, and the way to people. */
const READER_ALARMS: readonly string[] = ["dead-letters", "notifier-failing", "pager-undelivered", "cost-spike"];

/** Rows of the alarm list for a stack that reads another's lake. */
export function readerAlarms(): readonly AlarmRow[] {
  return ALARMS.filter(({ id }) => READER_ALARMS.includes(id));
}

/** Arguments of `ReaderOperations`. */
export interface ReaderOperationsArgs {
  context: StackContext;
  team: string;
  environment: string;
  /** @default each field's own */
  settings?: Pick<OperationsSettings, "monthlyBudgetUsd" | "runbookBaseUrl">;
  /** @default nobody */
  recipients?: AlertRecipients;
  queryLog: QueryLog;
}

/**
 * How a stack that reads another's lake is watched: its budget, its costs of each day and of each team's queries, and the
 * messages that its query log could not deal with. Freshness, jobs and quality are the owner's to watch.
 */
export class ReaderOperations extends pulumi.ComponentResource {
  readonly store: OperationsStore;
  readonly routes: AlarmRoutes;
  readonly costs: CostControls;

  constructor(name: string, args: ReaderOperationsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("ReaderOperations"), name, {}, opts);
    const { account, deletion, pipelineName, tags } = args.context;
    const services = billingKeyGrants(account);
    this.store = new OperationsStore(name, { account, pipelineName, services, deletion, tags }, { parent: this });
    this.routes = this.createRoutes(name, args);
    this.costs = this.createCosts(name, args);
    this.createAlarms(name, args);
    this.registerOutputs({ table: this.store.ref.tableName, intakeTopicArn: this.routes.intakeTopicArn });
  }

  private createRoutes(name: string, args: ReaderOperationsArgs): AlarmRoutes {
    const { account, deletion, tags } = args.context;
    return new AlarmRoutes(
      name,
      {
        store: this.store.ref,
        account,
        dimensions: dimensionsOf(args, args.context),
        ...args.recipients,
        runbookBase: args.settings?.runbookBaseUrl,
        rows: readerAlarms(),
        deletion,
        tags,
      },
      { parent: this },
    );
  }

  private createCosts(name: string, args: ReaderOperationsArgs): CostControls {
    const { context, settings, recipients, queryLog } = args;
    const { account, tags } = context;
    const { database, workgroup, bucketName, keyArn } = queryLog;
    const bucketArn = pulumi.interpolate`arn:${account.partition}:s3:::${bucketName}`;
    return new CostControls(
      `${name}-costs`,
      {
        store: this.store.ref,
        account,
        dimensions: dimensionsOf(args, args.context),
        monthlyBudgetUsd: settings?.monthlyBudgetUsd ?? DEFAULT_MONTHLY_BUDGET_USD,
        alarmTopicArn: this.routes.intakeTopicArn,
        // Budgets publishes to the topic to see whether it may, when it is created.
        alarmTopicReady: [this.routes],
        notifyEmail: recipients?.alertEmail,
        queryLog: { database, workgroup, bucket: { name: bucketName, arn: bucketArn }, key: { arn: keyArn } },
        tags,
      },
      { parent: this },
    );
  }

  private createAlarms(name: string, args: ReaderOperationsArgs): void {
    const { routes, costs } = this;
    new Alarms(
      name,
      {
        dimensions: dimensionsOf(args, args.context),
        intakeTopicArn: routes.intakeTopicArn,
        pagerTopicArn: routes.pagerTopicArn,
        deadLetters: { queries: queueName(args.queryLog.deadLetterQueueUrl), costs: costs.deadLetterQueueName },
        notifierDeadLetters: routes.notifierDeadLetters.name,
        pagerDeadLetters: routes.pagerDeadLetters?.name,
        warehouse: false,
        runbookBase: args.settings?.runbookBaseUrl,
        rows: readerAlarms(),
        tags: args.context.tags,
      },
      { parent: this },
    );
  }
}
