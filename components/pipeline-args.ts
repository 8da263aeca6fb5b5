import type * as pulumi from "@pulumi/pulumi";
import type { AuditMode } from "./audit/settings";
import type { ArchiveStorageClass } from "./cold-tier";
import type { HeartbeatRule, LateEventRule } from "./defaults";
import type { Days } from "./duration";
import type { GlueCompute } from "./glue-job";
import type { GlueNetworkKind } from "./glue-network";
import type { IdentitySettings } from "./identity/settings";
import type { Gigabytes } from "./size";
import type { DeletionKeys, Tags } from "./types";
import type { WarehouseSettings } from "./warehouse/settings";

/** Who is alerted, and from what amount. */
export interface AlertSettings {
  /** @default `DEFAULT_ALERT_THRESHOLD_USD` */
  thresholdUsd?: number;
  /** https URL of the pager. @default nobody is paged */
  pagerEndpoint?: pulumi.Input<string>;
  /** https URL of the Slack webhook. @default nothing goes to Slack */
  slackWebhook?: pulumi.Input<string>;
  /** @default no mail */
  alertEmail?: pulumi.Input<string>;
  /** Link in messages. @default the source in the AWS console */
  dashboardUrl?: pulumi.Input<string>;
}

/** How long data is kept where. */
export interface RetentionSettings {
  /** @default `DEFAULT_HOT_FOR` */
  hotFor?: Days;
  /** @default `DEFAULT_WARM_UNTIL` */
  warmUntil?: Days;
  /** Where data goes after the warm window. @default `DEFAULT_ARCHIVE_STORAGE_CLASS` */
  archiveStorageClass?: ArchiveStorageClass;
  /** @default `DEFAULT_RAW_RETENTION` */
  raw?: Days;
  /** @default `DEFAULT_RESULTS_EXPIRY` */
  results?: Days;
}

/** When and on what the jobs run, and when they refuse to publish. */
export interface EtlSettings {
  /** @default `GlueCompute`'s */
  compute?: GlueCompute;
  /** Where the workers stand: Glue's own network, or the stack's, which costs its endpoints. @default "public" */
  network?: GlueNetworkKind;
  /** @default `DEFAULT_SCHEDULE` */
  schedule?: string;
  /** @default true */
  scheduleEnabled?: boolean;
  /** @default `DEFAULT_QUALITY_GATE_PERCENT` */
  qualityGatePercent?: number;
  /** When events of dates that are over are merged. @default "each-run" */
  lateEvents?: LateEventRule;
}

/** What one query may scan. */
export interface ScanSettings {
  /** @default `DEFAULT_BI_SCAN_CUTOFF` */
  bi?: Gigabytes;
  /** @default `DEFAULT_ADHOC_SCAN_CUTOFF` */
  adhoc?: Gigabytes;
}

/** What counts as healthy, and where people read on. */
export interface OperationsSettings {
  /** USD that a month may cost. @default `DEFAULT_MONTHLY_BUDGET_USD` */
  monthlyBudgetUsd?: number;
  /** Whether producers' heartbeats make a quiet night fresh. @default "watermark" */
  heartbeats?: HeartbeatRule;
  /** URL under which `docs/runbooks` is published, without a final slash. @default messages name the file */
  runbookBaseUrl?: string;
}

/** Arguments of `ClickstreamPipeline`. */
export interface ClickstreamPipelineArgs {
  /** Owner; on every tag, metric and alert. */
  team: string;
  /** `dev`, `staging` or `prod`; on every tag, metric and alert. */
  environment: string;
  /** USD per unit of each accepted currency. @default `DEFAULT_CURRENCIES` */
  currencies?: Readonly<Record<string, number>>;
  /** @default each field's own */
  alerts?: AlertSettings;
  /** @default each field's own */
  retention?: RetentionSettings;
  /** @default each field's own */
  etl?: EtlSettings;
  /** @default each field's own */
  scans?: ScanSettings;
  /** @default each field's own */
  operations?: OperationsSettings;
  /** Whether the stack keeps an audit trail of its own. @default "off" */
  audit?: AuditMode;
  /** People and deployments that use the data keys (`KeyScope`). @default whom IAM allows */
  keyPrincipals?: readonly string[];
  /** Who takes on the roles of people and of CI. @default nobody: no such role is made */
  identity?: IdentitySettings;
  /** Managed policy that bounds every role of the pipeline. @default no boundary */
  permissionsBoundaryArn?: string;
  /** The hot tier. @default none: Athena serves everything */
  warehouse?: WarehouseSettings;
  /** @default both keys off: data is kept */
  deletion?: DeletionKeys;
  /** Pipelines of the same account whose dashboards and analysts read gold (`LakeReader`). @default none */
  lakeReaders?: readonly string[];
  /** Tags beside team, environment and pipeline. @default none */
  tags?: Tags;
  /** Folder with the jobs' scripts, package and table definitions. @default `glue-jobs` of this project */
  jobsDirectory?: string;
  /** Folder with the warehouse's numbered SQL files. @default `warehouse/migrations` of this project */
  migrationsDirectory?: string;
}
