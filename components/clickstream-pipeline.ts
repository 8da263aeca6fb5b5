import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import { accessLogBucket } from "./access-logs";
import { Alerting } from "./alerting";
import { currentAccount, type CurrentAccount } from "./aws-account";
import { BronzeLayer } from "./bronze-layer";
import { ColdTier } from "./cold-tier";
import { consoleUrl } from "./console-url";
import { DEFAULT_ALERT_THRESHOLD_USD, DEFAULT_CURRENCIES, DEFAULT_RAW_RETENTION } from "./defaults";
import { warnIfRefused } from "./deletion";
import { EtlSchedule } from "./etl-schedule";
import { GoldLayer } from "./gold-layer";
import { JobArtifacts } from "./job-artifacts";
import type { ZoneContext } from "./lake-zone";
import { checkPipelineName, componentType } from "./naming";
import type { ClickstreamPipelineArgs } from "./pipeline-args";
import { QueryLog } from "./query-log";
import { ServingLayer } from "./serving-layer";
import { SilverLayer } from "./silver-layer";
import { NO_WAREHOUSE, warehouseOutputs } from "./warehouse/outputs";
import { Warehouse } from "./warehouse/warehouse";
import type { PipelineOutputs } from "./types";

/** The whole pipeline: bronze → silver → gold → serving, with the alert path beside them. */
export class ClickstreamPipeline extends pulumi.ComponentResource {
  readonly outputs: PipelineOutputs;

  constructor(name: string, args: ClickstreamPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
    checkPipelineName(name);
    super(componentType("ClickstreamPipeline"), name, {}, opts);
    const account = currentAccount(this);
    const zone = this.createZoneContext(name, args, account);
    warnIfRefused(zone.deletion, this);

    const artifacts = this.createArtifacts(name, zone);
    const bronze = this.createBronze(name, args, zone);
    const silver = this.createSilver(name, args, zone, bronze, artifacts);
    const gold = this.createGold(name, args, zone, silver, artifacts);
    const cold = this.createCold(name, args, zone, gold, artifacts);
    const serving = this.createServing(name, args, zone, bronze, gold);
    const alerting = this.createAlerting(name, args, zone, bronze);
    const warehouse = this.createWarehouse(name, args, zone, gold, alerting);
    const queries = this.createQueryLog(name, args, zone, serving, warehouse);
    this.createSchedule(name, args, zone, silver, gold);

    this.outputs = {
      pipelineName: pulumi.output(name),
      region: account.region,
      rawBucket: pulumi.output(bronze.events.bucket.name),
      eventsPrefix: pulumi.output(bronze.events.prefix),
      silverBucket: pulumi.output(silver.events.bucket.name),
      goldBucket: pulumi.output(gold.clicks.bucket.name),
      artifactsBucket: pulumi.output(artifacts.bucket.name),
      resultsBucket: serving.resultsBucket,
      bronzeDatabase: pulumi.output(bronze.events.database),
      silverDatabase: pulumi.output(silver.events.database),
      goldDatabase: pulumi.output(gold.clicks.database),
      biWorkgroup: serving.biWorkgroup,
      adhocWorkgroup: serving.adhocWorkgroup,
      queryLogDatabase: queries.database,
      queryLogBucket: queries.bucketName,
      queryLogFunction: queries.functionName,
      silverJob: silver.jobName,
      goldJob: gold.jobName,
      archiveJob: cold.jobName,
      archivePath: cold.archivePath,
      reportsPath: artifacts.reportsPath,
      statePath: artifacts.statePath,
      purchaseBus: alerting.busName,
      alertTopicArn: alerting.topicArn,
      alertQueueUrl: alerting.queueUrl,
      alertDlqUrl: alerting.deadLetterQueueUrl,
      alertFunction: alerting.functionName,
      alertTable: alerting.tableName,
      pseudonymSecretArn: silver.pseudonymSecretArn,
      ...warehouseOutputs(args.warehouse ?? NO_WAREHOUSE, warehouse),
      athenaConsoleUrl: consoleUrl(account, "athena", "/query-editor"),
      glueConsoleUrl: consoleUrl(account, "gluestudio", "/jobs"),
    };
    this.registerOutputs(this.outputs);
  }

  private createZoneContext(name: string, args: ClickstreamPipelineArgs, account: CurrentAccount): ZoneContext {
    const deletion = args.deletion ?? { deleteData: false, allowDelete: false };
    const tags = { ...args.tags, team: args.team, environment: args.environment, pipeline: name };
    return {
      pipelineName: name,
      account,
      accessLogs: accessLogBucket(name, { account, deletion, tags }, this),
      jobsDirectory: args.jobsDirectory ?? path.resolve(__dirname, "..", "glue-jobs"),
      deletion,
      tags,
    };
  }

  private createArtifacts(name: string, zone: ZoneContext): JobArtifacts {
    const { account, accessLogs, jobsDirectory, deletion, tags } = zone;
    return new JobArtifacts(`${name}-jobs`, { account, accessLogs, jobsDirectory, deletion, tags }, { parent: this });
  }

  private createBronze(name: string, args: ClickstreamPipelineArgs, zone: ZoneContext): BronzeLayer {
    const retention = args.retention?.raw ?? DEFAULT_RAW_RETENTION;
    return new BronzeLayer(`${name}-bronze`, { zone, retention }, { parent: this });
  }

  private createSilver(
    name: string,
    args: ClickstreamPipelineArgs,
    zone: ZoneContext,
    bronze: BronzeLayer,
    artifacts: JobArtifacts,
  ): SilverLayer {
    return new SilverLayer(
      `${name}-silver`,
      {
        zone,
        raw: bronze.events,
        artifacts,
        team: args.team,
        environment: args.environment,
        currencies: args.currencies,
        acceptEventsFor: args.retention?.raw,
        qualityGatePercent: args.etl?.qualityGatePercent,
        compute: args.etl?.compute,
      },
      { parent: this },
    );
  }

  private createGold(
    name: string,
    args: ClickstreamPipelineArgs,
    zone: ZoneContext,
    silver: SilverLayer,
    artifacts: JobArtifacts,
  ): GoldLayer {
    return new GoldLayer(
      `${name}-gold`,
      {
        zone,
        events: silver.events,
        artifacts,
        team: args.team,
        environment: args.environment,
        currencies: args.currencies,
        compute: args.etl?.compute,
      },
      { parent: this },
    );
  }

  private createCold(
    name: string,
    args: ClickstreamPipelineArgs,
    zone: ZoneContext,
    gold: GoldLayer,
    artifacts: JobArtifacts,
  ): ColdTier {
    const { team, environment, retention, etl } = args;
    const { clicks, sales } = gold;
    const { warmUntil, archiveStorageClass: storageClass } = retention ?? {};
    const run = { enabled: etl?.scheduleEnabled, compute: etl?.compute };
    const cold = { zone, clicks, sales, artifacts, team, environment, warmUntil, storageClass, ...run };
    return new ColdTier(`${name}-cold`, cold, { parent: this });
  }

  private createServing(
    name: string,
    args: ClickstreamPipelineArgs,
    zone: ZoneContext,
    bronze: BronzeLayer,
    gold: GoldLayer,
  ): ServingLayer {
    return new ServingLayer(
      `${name}-serving`,
      {
        zone,
        raw: bronze.events,
        clicks: gold.clicks,
        sales: gold.sales,
        hotFor: args.retention?.hotFor,
        warmUntil: args.retention?.warmUntil,
        resultsExpiry: args.retention?.results,
        biScanCutoff: args.scans?.bi,
        adhocScanCutoff: args.scans?.adhoc,
      },
      { parent: this },
    );
  }

  private createQueryLog(
    name: string,
    args: ClickstreamPipelineArgs,
    zone: ZoneContext,
    serving: ServingLayer,
    hot: Warehouse | undefined,
  ): QueryLog {
    const workgroups = [
      { name: serving.biWorkgroup, team: "bi" },
      { name: serving.adhocWorkgroup, team: "analysts" },
    ];
    const warehouse = hot === undefined ? undefined : { ...hot.ref, secretKey: { arn: hot.ref.keyArn } };
    return new QueryLog(`${name}-queries`, { zone, workgroups, warehouse, team: args.team }, { parent: this });
  }

  private createAlerting(
    name: string,
    args: ClickstreamPipelineArgs,
    zone: ZoneContext,
    bronze: BronzeLayer,
  ): Alerting {
    const { thresholdUsd, ...recipients } = args.alerts ?? {};
    return new Alerting(
      `${name}-alerts`,
      {
        ...recipients,
        account: zone.account,
        rawBucket: bronze.events.bucket,
        rawKey: bronze.events.key,
        eventsPrefix: bronze.events.prefix,
        thresholdUsd: thresholdUsd ?? DEFAULT_ALERT_THRESHOLD_USD,
        currencies: args.currencies ?? DEFAULT_CURRENCIES,
        team: args.team,
        environment: args.environment,
        deletion: zone.deletion,
        tags: zone.tags,
      },
      { parent: this },
    );
  }

  private createWarehouse(
    name: string,
    args: ClickstreamPipelineArgs,
    zone: ZoneContext,
    gold: GoldLayer,
    alerting: Alerting,
  ): Warehouse | undefined {
    const settings = args.warehouse ?? NO_WAREHOUSE;
    if (settings.mode === "none") return undefined;
    return new Warehouse(
      `${name}-warehouse`,
      {
        zone,
        settings,
        clicks: gold.clicks,
        users: gold.users,
        sales: gold.sales,
        goldJob: gold.jobName,
        alarmTopicArn: alerting.topicArn,
        team: args.team,
        hotFor: args.retention?.hotFor,
        migrationsDirectory: args.migrationsDirectory ?? path.resolve(__dirname, "..", "warehouse", "migrations"),
      },
      { parent: this },
    );
  }

  private createSchedule(
    name: string,
    args: ClickstreamPipelineArgs,
    zone: ZoneContext,
    silver: SilverLayer,
    gold: GoldLayer,
  ): void {
    new EtlSchedule(
      `${name}-etl`,
      {
        silverJob: silver.jobName,
        goldJob: gold.jobName,
        schedule: args.etl?.schedule,
        enabled: args.etl?.scheduleEnabled,
        tags: zone.tags,
      },
      { parent: this },
    );
  }
}
