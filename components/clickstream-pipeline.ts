import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import { accessLogBucket } from "./access-logs";
import { Alerting } from "./alerting";
import { currentAccount, type CurrentAccount } from "./aws-account";
import { BronzeLayer } from "./bronze-layer";
import { ColdTier } from "./cold-tier";
import { DEFAULT_ALERT_THRESHOLD_USD, DEFAULT_CURRENCIES, DEFAULT_RAW_RETENTION } from "./defaults";
import { warnIfRefused } from "./deletion";
import { EtlSchedule } from "./etl-schedule";
import { GoldLayer } from "./gold-layer";
import { withBoundary } from "./identity/boundary";
import { JobArtifacts } from "./job-artifacts";
import type { ZoneContext } from "./lake-zone";
import { checkPipelineName, componentType } from "./naming";
import { Operations, type OperationsArgs } from "./operations/operations";
import type { ClickstreamPipelineArgs } from "./pipeline-args";
import { pipelineAudit } from "./pipeline-audit";
import { pipelineIdentity } from "./pipeline-identity";
import { pipelineLakeFormation } from "./pipeline-lake-formation";
import { pipelineNetworks } from "./pipeline-network";
import { pipelineOutputs } from "./pipeline-outputs";
import { pipelineQueryLog, pipelineWarehouse } from "./pipeline-warehouse";
import { Privacy } from "./privacy/privacy";
import { ServingLayer } from "./serving-layer";
import { SilverLayer } from "./silver-layer";
import { NO_WAREHOUSE } from "./warehouse/outputs";
import type { PipelineOutputs } from "./types";

/** The whole pipeline: bronze → silver → gold → serving, with the alert path beside them. */
export class ClickstreamPipeline extends pulumi.ComponentResource {
  readonly outputs: PipelineOutputs;

  constructor(name: string, args: ClickstreamPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
    checkPipelineName(name);
    super(componentType("ClickstreamPipeline"), name, {}, withBoundary(opts, args.permissionsBoundaryArn));
    const account = currentAccount(this);
    const context = this.createZoneContext(name, args, account);
    const users = { warehouse: (args.warehouse ?? NO_WAREHOUSE).mode !== "none", jobs: args.etl?.network === "vpc" };
    const { network, jobs: jobNetwork } = pipelineNetworks(name, context, users, this);
    const zone = { ...context, jobNetwork };
    warnIfRefused(zone.deletion, this);

    const artifacts = this.createArtifacts(name, zone);
    const bronze = this.createBronze(name, args, zone);
    const silver = this.createSilver(name, args, zone, bronze, artifacts);
    const gold = this.createGold(name, args, zone, silver, artifacts);
    const cold = this.createCold(name, args, zone, silver, gold, artifacts);
    const privacy = this.createPrivacy(name, args, zone, { bronze, silver, gold, cold }, artifacts);
    const serving = this.createServing(name, args, zone, bronze, gold);
    const alerting = this.createAlerting(name, args, zone, bronze);
    const warehouse = pipelineWarehouse(args, zone, gold, network, this);
    const queries = pipelineQueryLog(args, zone, serving, warehouse, this);
    const jobs = { silver: silver.jobName, gold: gold.jobName, archive: cold.jobName };
    const operations = this.createOperations(name, args, zone, {
      raw: bronze.events,
      artifacts,
      jobs,
      queryLog: queries,
      warehouse: warehouse?.ref,
      deadLetters: {
        alerts: alerting.deadLetterQueueUrl,
        queries: queries.deadLetterQueueUrl,
        loads: warehouse?.loaderDlqUrl,
      },
      alertTopicArn: alerting.topicArn,
    });
    this.createSchedule(name, args, zone, silver, gold);
    const asked = { bronze, silver, gold, cold, privacy, artifacts, serving, alerting, queries, operations, warehouse };
    const identity = pipelineIdentity(args.identity, zone, asked, this);
    pipelineLakeFormation(args.identity?.lakeFormation, zone, { gold, cold, identity }, this);
    const audited = { bronze, silver, gold, artifacts, serving, queries, operations };
    const audit = pipelineAudit(args.audit, zone, audited, this);

    this.outputs = pipelineOutputs({
      name,
      account: zone.account,
      lakeReaders: args.lakeReaders ?? [],
      artifacts,
      bronze,
      silver,
      gold,
      cold,
      privacy,
      serving,
      alerting,
      settings: args.warehouse ?? NO_WAREHOUSE,
      warehouse,
      queries,
      operations,
      audit,
    });
    this.registerOutputs(this.outputs);
  }

  private createZoneContext(name: string, args: ClickstreamPipelineArgs, account: CurrentAccount): ZoneContext {
    const deletion = args.deletion ?? { deleteData: false, allowDelete: false };
    const tags = { ...args.tags, team: args.team, environment: args.environment, pipeline: name };
    const zoneAccount = { ...account, keyScope: { pipelineName: name, people: args.keyPrincipals ?? [] } };
    return {
      pipelineName: name,
      account: zoneAccount,
      accessLogs: accessLogBucket(name, { account: zoneAccount, deletion, tags }, this),
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
        lateEvents: args.etl?.lateEvents,
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
        readers: args.lakeReaders,
      },
      { parent: this },
    );
  }

  private createCold(
    name: string,
    args: ClickstreamPipelineArgs,
    zone: ZoneContext,
    silver: SilverLayer,
    gold: GoldLayer,
    artifacts: JobArtifacts,
  ): ColdTier {
    const { team, environment, retention, etl } = args;
    const { clicks, sales } = gold;
    const { warmUntil, archiveStorageClass: storageClass } = retention ?? {};
    const run = { enabled: etl?.scheduleEnabled, compute: etl?.compute };
    const { bucket, key } = silver.events;
    const { pseudonymSecretArn } = silver;
    const from = { clicks, sales, erasures: { bucket, key, pseudonymSecretArn } };
    const cold = { zone, ...from, artifacts, team, environment, warmUntil, storageClass, ...run };
    return new ColdTier(`${name}-cold`, cold, { parent: this });
  }

  private createPrivacy(
    name: string,
    args: ClickstreamPipelineArgs,
    zone: ZoneContext,
    { bronze, silver, gold, cold }: { bronze: BronzeLayer; silver: SilverLayer; gold: GoldLayer; cold: ColdTier },
    artifacts: JobArtifacts,
  ): Privacy {
    const { events, quarantine, subjects } = silver;
    const tables = { raw: bronze.events, events, quarantine, subjects, clicks: gold.clicks, users: gold.users };
    const { archivePath } = cold;
    const secrets = { subjects: silver.subjectSecretArn, pseudonyms: silver.pseudonymSecretArn };
    const run = { team: args.team, environment: args.environment, compute: args.etl?.compute };
    const privacy = { zone, tables, archivePath, secrets, artifacts, ...run };
    return new Privacy(`${name}-privacy`, privacy, { parent: this });
  }

  private createServing(
    name: string,
    args: ClickstreamPipelineArgs,
    zone: ZoneContext,
    bronze: BronzeLayer,
    gold: GoldLayer,
  ): ServingLayer {
    const { retention, scans } = args;
    const { clicks, sales } = gold;
    const { hotFor, warmUntil, results: resultsExpiry } = retention ?? {};
    const cutoffs = { biScanCutoff: scans?.bi, adhocScanCutoff: scans?.adhoc };
    const serving = { zone, raw: bronze.events, clicks, sales, hotFor, warmUntil, resultsExpiry, ...cutoffs };
    return new ServingLayer(`${name}-serving`, serving, { parent: this });
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

  private createOperations(
    name: string,
    args: ClickstreamPipelineArgs,
    zone: ZoneContext,
    watched: Omit<OperationsArgs, "zone" | "team" | "environment" | "settings" | "recipients">,
  ): Operations {
    const { team, environment, operations: settings } = args;
    const { pagerEndpoint, slackWebhook, alertEmail } = args.alerts ?? {};
    const recipients = { pagerEndpoint, slackWebhook, alertEmail };
    return new Operations(
      `${name}-ops`,
      { zone, team, environment, settings, recipients, ...watched },
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
