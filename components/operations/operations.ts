import * as pulumi from "@pulumi/pulumi";
import type { JobKind } from "../../handlers/operations/state";
import type { AlertRecipients } from "../alert-notifiers";
import { CostControls } from "../costs/cost-controls";
import { DEFAULT_MONTHLY_BUDGET_USD } from "../defaults";
import { ARTIFACT_PREFIX, type JobArtifacts } from "../job-artifacts";
import { LandingCheck } from "../landing-check";
import type { ZoneContext } from "../lake-zone";
import { componentType } from "../naming";
import type { OperationsSettings } from "../pipeline-args";
import type { LakeLocation } from "../types";
import { Alarms } from "./alarms";
import { billingKeyGrants } from "./billing-publishers";
import { dashboardUrl, OperationsDashboard } from "./dashboard";
import { dimensionsOf, lastPart, queueName } from "./metric-names";
import { Pulse, type PulseQueryLog, type PulseWarehouseRef } from "./pulse";
import { AlarmRoutes } from "./routes";
import { OperationsStore } from "./store";

/** Arguments of `Operations`. */
export interface OperationsArgs {
  zone: ZoneContext;
  team: string;
  environment: string;
  /** @default each field's own */
  settings?: OperationsSettings;
  /** Who is told of alarms; critical ones page, the others go to Slack. @default nobody */
  recipients?: AlertRecipients;
  /** Where events land. */
  raw: LakeLocation;
  /** Bucket of the jobs' reports, holds and mappings. */
  artifacts: JobArtifacts;
  /** Names of the Glue jobs. */
  jobs: Readonly<Record<JobKind, pulumi.Input<string>>>;
  queryLog: PulseQueryLog;
  /** @default no warehouse */
  warehouse?: PulseWarehouseRef;
  /** URLs of the dead-letter queues of the other parts. */
  deadLetters: { alerts: pulumi.Input<string>; queries: pulumi.Input<string>; loads?: pulumi.Input<string> };
  /** Topic of purchase alerts. */
  alertTopicArn: pulumi.Input<string>;
}

/** How the stack is watched: it measures itself, checks what lands, reckons what it costs, and tells people. */
export class Operations extends pulumi.ComponentResource {
  readonly store: OperationsStore;
  readonly routes: AlarmRoutes;
  readonly pulse: Pulse;
  readonly landing: LandingCheck;
  readonly costs: CostControls;
  readonly alarms: Alarms;
  readonly dashboard: OperationsDashboard;

  constructor(name: string, args: OperationsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("Operations"), name, {}, opts);
    this.store = this.createStore(name, args);
    this.routes = this.createRoutes(name, args);
    this.pulse = this.createPulse(name, args);
    this.landing = this.createLanding(name, args);
    this.costs = this.createCosts(name, args);
    this.alarms = this.createAlarms(name, args);
    this.dashboard = this.createDashboard(name, args);
    this.registerOutputs({ table: this.store.ref.tableName, intakeTopicArn: this.routes.intakeTopicArn });
  }

  private createStore(name: string, { zone }: OperationsArgs): OperationsStore {
    const { account, deletion, pipelineName, tags } = zone;
    const services = billingKeyGrants(account);
    return new OperationsStore(name, { account, pipelineName, services, deletion, tags }, { parent: this });
  }

  private createRoutes(name: string, args: OperationsArgs): AlarmRoutes {
    const { account, deletion, tags } = args.zone;
    const common = { store: this.store.ref, account, dimensions: dimensionsOf(args, args.zone), deletion, tags };
    const told = {
      runbookBase: args.settings?.runbookBaseUrl,
      dashboardUrl: dashboardUrl(account, args.zone.pipelineName),
    };
    return new AlarmRoutes(name, { ...common, ...args.recipients, ...told }, { parent: this });
  }

  private createPulse(name: string, args: OperationsArgs): Pulse {
    const { zone, artifacts, jobs, queryLog, warehouse, settings } = args;
    return new Pulse(
      `${name}-pulse`,
      {
        store: this.store.ref,
        account: zone.account,
        dimensions: dimensionsOf(args, args.zone),
        jobs,
        reports: { bucket: artifacts.bucket, prefix: ARTIFACT_PREFIX.reports, key: artifacts.key },
        queryLog,
        warehouse,
        heartbeats: settings?.heartbeats ?? "watermark",
        tags: zone.tags,
      },
      { parent: this },
    );
  }

  private createLanding(name: string, args: OperationsArgs): LandingCheck {
    const { zone, raw, artifacts } = args;
    return new LandingCheck(
      `${name}-land`,
      {
        store: this.store.ref,
        account: zone.account,
        rawBucket: raw.bucket,
        rawKey: raw.key,
        eventsPrefix: raw.prefix,
        state: { bucket: artifacts.bucket, prefix: ARTIFACT_PREFIX.state, key: artifacts.key },
        dimensions: dimensionsOf(args, args.zone),
        tags: zone.tags,
      },
      { parent: this },
    );
  }

  private createCosts(name: string, args: OperationsArgs): CostControls {
    const { zone, settings, recipients } = args;
    const { database, workgroup, bucketName, keyArn } = args.queryLog;
    const bucketArn = pulumi.interpolate`arn:${zone.account.partition}:s3:::${bucketName}`;
    return new CostControls(
      `${name}-costs`,
      {
        store: this.store.ref,
        account: zone.account,
        dimensions: dimensionsOf(args, args.zone),
        monthlyBudgetUsd: settings?.monthlyBudgetUsd ?? DEFAULT_MONTHLY_BUDGET_USD,
        alarmTopicArn: this.routes.intakeTopicArn,
        // Budgets publishes to the topic to see whether it may, when it is created.
        alarmTopicReady: [this.routes],
        notifyEmail: recipients?.alertEmail,
        queryLog: { database, workgroup, bucket: { name: bucketName, arn: bucketArn }, key: { arn: keyArn } },
        tags: zone.tags,
      },
      { parent: this },
    );
  }

  private createAlarms(name: string, args: OperationsArgs): Alarms {
    const { alerts, queries, loads } = args.deadLetters;
    return new Alarms(
      name,
      {
        dimensions: dimensionsOf(args, args.zone),
        intakeTopicArn: this.routes.intakeTopicArn,
        pagerTopicArn: this.routes.pagerTopicArn,
        deadLetters: {
          alerts: queueName(alerts),
          queries: queueName(queries),
          ...(loads === undefined ? {} : { loads: queueName(loads) }),
          recorder: this.pulse.deadLetterQueueName,
          landing: this.landing.deadLetters.name,
          costs: this.costs.deadLetterQueueName,
        },
        notifierDeadLetters: this.routes.notifierDeadLetters.name,
        pagerDeadLetters: this.routes.pagerDeadLetters?.name,
        warehouse: args.warehouse !== undefined,
        runbookBase: args.settings?.runbookBaseUrl,
        tags: args.zone.tags,
      },
      { parent: this },
    );
  }

  private createDashboard(name: string, args: OperationsArgs): OperationsDashboard {
    const { zone, alertTopicArn, deadLetters, warehouse } = args;
    return new OperationsDashboard(
      `${name}-dashboard`,
      {
        account: zone.account,
        dimensions: dimensionsOf(args, args.zone),
        alarmArns: [...this.alarms.made.values()].map(({ arn }) => arn),
        alerts: { topicName: lastPart(alertTopicArn, ":"), deadLetterQueueName: queueName(deadLetters.alerts) },
        warehouse: warehouse !== undefined,
      },
      { parent: this },
    );
  }
}
