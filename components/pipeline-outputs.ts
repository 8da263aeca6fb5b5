import * as pulumi from "@pulumi/pulumi";
import type { Alerting } from "./alerting";
import type { Audit } from "./audit/audit";
import type { BronzeLayer } from "./bronze-layer";
import type { ColdTier } from "./cold-tier";
import { consoleUrl } from "./console-url";
import type { GoldLayer } from "./gold-layer";
import type { JobArtifacts } from "./job-artifacts";
import type { Operations } from "./operations/operations";
import type { Privacy } from "./privacy/privacy";
import type { QueryLog } from "./query-log";
import type { ServingLayer } from "./serving-layer";
import { sharedLakeText } from "./shared-lake";
import type { SilverLayer } from "./silver-layer";
import type { AwsAccount, PipelineOutputs } from "./types";
import { warehouseOutputs } from "./warehouse/outputs";
import type { WarehouseSettings } from "./warehouse/settings";
import type { Warehouse } from "./warehouse/warehouse";

/** The parts of a pipeline, as its outputs need them. */
export interface PipelineParts {
  name: string;
  account: AwsAccount;
  /** Pipelines that read gold. */
  lakeReaders: readonly string[];
  artifacts: JobArtifacts;
  bronze: BronzeLayer;
  silver: SilverLayer;
  gold: GoldLayer;
  cold: ColdTier;
  privacy: Privacy;
  serving: ServingLayer;
  alerting: Alerting;
  settings: WarehouseSettings;
  warehouse: Warehouse | undefined;
  queries: QueryLog;
  operations: Operations;
  audit: Audit | undefined;
}

/** What a person or a script needs of the parts. */
export function pipelineOutputs(parts: PipelineParts): PipelineOutputs {
  const { name, account, artifacts, bronze, silver, gold, cold, serving, alerting, queries, operations } = parts;
  return {
    pipelineName: pulumi.output(name),
    region: pulumi.output(account.region),
    rawBucket: pulumi.output(bronze.events.bucket.name),
    eventsPrefix: pulumi.output(bronze.events.prefix),
    silverBucket: pulumi.output(silver.events.bucket.name),
    goldBucket: pulumi.output(gold.clicks.bucket.name),
    artifactsBucket: pulumi.output(artifacts.bucket.name),
    resultsBucket: serving.resultsBucket,
    bronzeDatabase: pulumi.output(bronze.events.database),
    silverDatabase: pulumi.output(silver.events.database),
    goldDatabase: pulumi.output(gold.clicks.database),
    sharedLake: sharedLakeText({ pipelineName: name, account, gold, readers: parts.lakeReaders }),
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
    subjectSecretArn: silver.subjectSecretArn,
    privacyLedger: parts.privacy.ledgerTable,
    privacyPath: parts.privacy.path,
    privacyJob: parts.privacy.jobName,
    ...warehouseOutputs(parts.settings, parts.warehouse),
    operationsTable: pulumi.output(operations.store.ref.tableName),
    alarmTopicArn: operations.routes.intakeTopicArn,
    pagerTopicArn: operations.routes.pagerTopicArn,
    alarmNotifierFunction: operations.routes.functionName,
    alarmNotifierDlqUrl: operations.routes.notifierDeadLetters.url,
    pulseFunction: operations.pulse.functionName,
    runRecorderFunction: operations.pulse.recorderName,
    landingFunction: operations.landing.functionName,
    landingQueueUrl: operations.landing.queueUrl,
    dailyCostFunction: operations.costs.functionName,
    budgetName: operations.costs.budgetName,
    dashboardName: operations.dashboard.dashboardName,
    dashboardUrl: operations.dashboard.url,
    auditTrailArn: parts.audit?.trailArn ?? pulumi.output(""),
    auditBucket: parts.audit?.bucketName ?? pulumi.output(""),
    auditDatabase: parts.audit?.database ?? pulumi.output(""),
    athenaConsoleUrl: consoleUrl(account, "athena", "/query-editor"),
    glueConsoleUrl: consoleUrl(account, "gluestudio", "/jobs"),
  };
}
