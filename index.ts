import * as pulumi from "@pulumi/pulumi";
import { ClickstreamPipeline } from "./components/clickstream-pipeline";
import { days, minutes } from "./components/duration";
import type { CiSettings } from "./components/identity/settings";
import { LakeReader, type LakeReaderOutputs } from "./components/lake-reader";
import { gigabytes } from "./components/size";
import type { PipelineOutputs } from "./components/types";
import { loadConfig, type PipelineConfig } from "./config";
import { pipelineNameOf } from "./config-lake";
import { readSharedLake } from "./config-shared-lake";

/**
 * The program: configuration → `ClickstreamPipeline`, or `LakeReader` where another stack owns the lake → stack outputs.
 * Run by `pulumi up` and by inline programs alike; async, so that a thrown error is a rejection, which both report.
 */
async function program(): Promise<PipelineOutputs | LakeReaderOutputs> {
  const config = loadConfig();
  const stack = pulumi.getStack();
  const { lakeStack } = config;
  return lakeStack === undefined ? ownLake(stack, config) : readLake(stack, config, lakeStack);
}

function ownLake(stack: string, config: PipelineConfig): PipelineOutputs {
  const pipeline = new ClickstreamPipeline(pipelineNameOf(stack), {
    team: config.team,
    environment: config.environment,
    currencies: config.currencies,
    alerts: {
      thresholdUsd: config.alertThresholdUsd,
      pagerEndpoint: config.pagerEndpoint,
      slackWebhook: config.slackWebhook,
      alertEmail: config.alertEmail,
      dashboardUrl: config.dashboardUrl,
    },
    retention: {
      hotFor: days(config.hotDays),
      warmUntil: days(config.warmDays),
      archiveStorageClass: config.archiveStorageClass,
      raw: days(config.rawRetentionDays),
      results: days(config.resultsExpiryDays),
    },
    etl: {
      compute: {
        glueVersion: config.glueVersion,
        workerType: config.glueWorkerType,
        workers: config.glueWorkers,
        executionClass: config.glueExecutionClass,
        timeout: minutes(config.glueTimeoutMinutes),
      },
      network: config.glueNetwork,
      schedule: config.glueSchedule,
      scheduleEnabled: config.glueScheduleEnabled,
      qualityGatePercent: config.qualityGatePercent,
      lateEvents: config.lateEvents,
    },
    scans: { bi: gigabytes(config.biScanCutoffGb), adhoc: gigabytes(config.athenaScanCutoffGb) },
    warehouse: {
      mode: config.warehouseMode,
      nodeType: config.warehouseNodeType,
      nodes: config.warehouseNodes,
      baseRpus: config.warehouseBaseRpus,
      maxRpus: config.warehouseMaxRpus,
      snapshotDays: config.warehouseSnapshotDays,
      pauseSchedule: config.warehousePauseSchedule,
      resumeSchedule: config.warehouseResumeSchedule,
      idleMinutes: config.warehouseIdleMinutes === 0 ? undefined : config.warehouseIdleMinutes,
      spectrumTbPerDay: config.warehouseSpectrumTbPerDay,
    },
    operations: {
      monthlyBudgetUsd: config.monthlyBudgetUsd,
      heartbeats: config.heartbeats,
      runbookBaseUrl: config.runbookBaseUrl,
    },
    audit: config.audit,
    identity: {
      bi: config.biPrincipals,
      analysts: config.analystPrincipals,
      operators: config.operatorPrincipals,
      privacy: config.privacyPrincipals,
      ci: ciOf(config),
      lakeFormation: config.lakeFormation,
    },
    permissionsBoundaryArn: config.permissionsBoundaryArn,
    keyPrincipals: config.keyPrincipals,
    lakeReaders: config.lakeReaders.map(pipelineNameOf),
    deletion: { deleteData: config.deleteData, allowDelete: config.allowDelete },
    tags: config.tags,
  });
  return pipeline.outputs;
}

async function readLake(stack: string, config: PipelineConfig, lakeStack: string): Promise<LakeReaderOutputs> {
  const pipelineName = pipelineNameOf(stack);
  const { team, environment, region } = config;
  const lake = await readSharedLake({ lakeStack, stack, pipelineName, region });
  const reader = new LakeReader(pipelineName, {
    team,
    environment,
    lake,
    retention: {
      hotFor: days(config.hotDays),
      warmUntil: days(config.warmDays),
      results: days(config.resultsExpiryDays),
    },
    scans: { bi: gigabytes(config.biScanCutoffGb), adhoc: gigabytes(config.athenaScanCutoffGb) },
    operations: { monthlyBudgetUsd: config.monthlyBudgetUsd, runbookBaseUrl: config.runbookBaseUrl },
    recipients: {
      pagerEndpoint: config.pagerEndpoint,
      slackWebhook: config.slackWebhook,
      alertEmail: config.alertEmail,
    },
    keyPrincipals: config.keyPrincipals,
    identity: { bi: config.biPrincipals, analysts: config.analystPrincipals, ci: ciOf(config) },
    permissionsBoundaryArn: config.permissionsBoundaryArn,
    deletion: { deleteData: config.deleteData, allowDelete: config.allowDelete },
    tags: config.tags,
  });
  return reader.outputs;
}

function ciOf({ ciProvider, ciRepository, ciBranch, ciPolicyArns }: PipelineConfig): CiSettings | undefined {
  if (ciProvider === "none" || ciRepository === undefined) return undefined;
  return { provider: ciProvider, repository: ciRepository, branch: ciBranch, policyArns: ciPolicyArns };
}

// Not a default export: the Node host of `pulumi up` calls what `module.exports` is.
export = program;
