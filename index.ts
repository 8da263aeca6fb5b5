import * as pulumi from "@pulumi/pulumi";
import { ClickstreamPipeline } from "./components/clickstream-pipeline";
import { days, minutes } from "./components/duration";
import type { CiSettings } from "./components/identity/settings";
import { gigabytes } from "./components/size";
import type { PipelineOutputs } from "./components/types";
import { loadConfig, type PipelineConfig } from "./config";

/**
 * The program: configuration → `ClickstreamPipeline` → stack outputs. Run by `pulumi up` and by inline programs alike;
 * async, so that a thrown error is a rejection, which both report.
 */
async function program(): Promise<PipelineOutputs> {
  const config = loadConfig();
  const pipeline = new ClickstreamPipeline(`clickstream-${pulumi.getStack()}`, {
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
    deletion: { deleteData: config.deleteData, allowDelete: config.allowDelete },
    tags: config.tags,
  });
  return pipeline.outputs;
}

function ciOf({ ciProvider, ciRepository, ciBranch, ciPolicyArns }: PipelineConfig): CiSettings | undefined {
  if (ciProvider === "none" || ciRepository === undefined) return undefined;
  return { provider: ciProvider, repository: ciRepository, branch: ciBranch, policyArns: ciPolicyArns };
}

// Not a default export: the Node host of `pulumi up` calls what `module.exports` is.
export = program;
