import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { CatalogTable } from "./catalog-table";
import {
  DEFAULT_ARCHIVE_SCHEDULE,
  DEFAULT_ARCHIVE_STORAGE_CLASS,
  DEFAULT_SWEEP_GRACE_HOURS,
  DEFAULT_WARM_UNTIL,
} from "./defaults";
import { toDays, type Days } from "./duration";
import { validateSchedule } from "./etl-schedule";
import { GlueJob, type GlueCompute } from "./glue-job";
import type { JobArtifacts } from "./job-artifacts";
import { catalogAccess, decryptWith, readObjects, writeObjects } from "./lake-access";
import type { ZoneContext } from "./lake-zone";
import { componentType } from "./naming";
import { hashKeyStatement } from "./privacy/hash-key";
import { PRIVACY_FOLDER, PRIVACY_PREFIX } from "./privacy/prefixes";
import { readTableDefinition } from "./table-definition";
import type { BucketRef, KeyRef, LakeLocation } from "./types";

/**
 * Storage classes of the archive. Instant Retrieval is read like any object; the other two must be restored first.
 * AWS bills an object for at least 90 days in the first two and 180 in the third
 * (https://aws.amazon.com/s3/storage-classes/), so nothing here moves or expires what is archived.
 */
export const ARCHIVE_STORAGE_CLASSES = ["GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"] as const;
/** A storage class of the archive. */
export type ArchiveStorageClass = (typeof ARCHIVE_STORAGE_CLASSES)[number];

/**
 * Folder of the archive in the gold bucket. Outside of every table's prefix, so that no query and no sweep of gold
 * meets it; the bucket's lifecycle has no rule for current objects.
 */
export const ARCHIVE_PREFIX = "archive/";

/** Arguments of `ColdTier`. */
export interface ColdTierArgs {
  zone: ZoneContext;
  /** The facts whose old dates are archived. */
  clicks: LakeLocation;
  /** Their daily summary; it stays, and tells the job which gold run a date is from. */
  sales: LakeLocation;
  /** What the job takes persons out of archived dates with: the bucket of the requests, its key, the key of the hashes. */
  erasures: { bucket: BucketRef; key: KeyRef; pseudonymSecretArn: pulumi.Input<string> };
  artifacts: JobArtifacts;
  team: string;
  environment: string;
  /** Age after which a date leaves the facts. @default `DEFAULT_WARM_UNTIL` */
  warmUntil?: Days;
  /** @default `DEFAULT_ARCHIVE_STORAGE_CLASS` */
  storageClass?: ArchiveStorageClass;
  /** When the job starts, in UTC: `cron(minutes hours day-of-month month day-of-week year)`. @default `DEFAULT_ARCHIVE_SCHEDULE` */
  schedule?: string;
  /** Whether the schedule runs. @default true */
  enabled?: boolean;
  /** @default `GlueCompute`'s */
  compute?: GlueCompute;
}

/** The archive: a daily job that moves old dates into a Glacier class, and the table of the dates restored from it. */
export class ColdTier extends pulumi.ComponentResource {
  readonly jobName: pulumi.Output<string>;
  readonly jobRoleArn: pulumi.Output<string>;
  /** `s3://…/archive/` */
  readonly archivePath: pulumi.Output<string>;
  /** Dates that `cli restore` brought back. */
  readonly restored: LakeLocation;

  constructor(name: string, args: ColdTierArgs, opts?: pulumi.ComponentResourceOptions) {
    validateSchedule(args.schedule ?? DEFAULT_ARCHIVE_SCHEDULE);
    super(componentType("ColdTier"), name, {}, opts);
    this.archivePath = pulumi.interpolate`s3://${args.clicks.bucket.name}/${ARCHIVE_PREFIX}`;
    this.restored = this.createRestoredTable(name, args);
    const job = this.createJob(name, args);
    this.createSchedule(name, args, job);
    this.jobName = job.name;
    this.jobRoleArn = job.roleArn;
    this.registerOutputs({ jobName: this.jobName, archivePath: this.archivePath });
  }

  private createRestoredTable(name: string, args: ColdTierArgs): LakeLocation {
    const { bucket, key, database } = args.clicks;
    const prefix = `${ARCHIVE_PREFIX}fact_clicks/`;
    const table = new CatalogTable(
      `${name}-fact-clicks-restored`,
      {
        database,
        bucket: bucket.name,
        prefix,
        definition: readTableDefinition(args.zone.jobsDirectory, "fact_clicks_restored"),
        format: "parquet",
        // Without it Athena skips restored objects of GLACIER and DEEP_ARCHIVE as if they were not there
        // (https://docs.aws.amazon.com/athena/latest/ug/querying-glacier.html).
        parameters: { read_restored_glacier_objects: "true" },
        deletion: args.zone.deletion,
      },
      { parent: this },
    );
    return { bucket, key, prefix, database, table: table.name };
  }

  private createJob(name: string, args: ColdTierArgs): GlueJob {
    const { account, tags } = args.zone;
    const { clicks, sales, erasures } = args;
    return new GlueJob(
      `${name}-job`,
      {
        description: "archive_gold: dates of fact_clicks past the warm window into the archive",
        account,
        scriptUri: args.artifacts.script("archive_gold"),
        store: args.artifacts,
        key: clicks.key,
        compute: args.compute,
        network: args.zone.jobNetwork,
        statements: [
          ...writeObjects("Gold", clicks.bucket, [clicks.prefix, ARCHIVE_PREFIX]),
          ...readObjects("Erasures", erasures.bucket, [PRIVACY_FOLDER.requests, PRIVACY_FOLDER.located]),
          decryptWith("ErasuresKey", [erasures.key]),
          hashKeyStatement("Pseudonyms", erasures.pseudonymSecretArn),
          catalogAccess("FactCatalog", account, clicks.database, [clicks.table, this.restored.table], "write"),
          catalogAccess("SalesCatalog", account, sales.database, [sales.table], "read"),
        ],
        arguments: {
          "--gold_database": clicks.database,
          "--fact_path": pulumi.interpolate`s3://${clicks.bucket.name}/${clicks.prefix}`,
          "--archive_path": this.archivePath,
          "--pseudonym_secret_arn": erasures.pseudonymSecretArn,
          "--privacy_path": pulumi.interpolate`s3://${erasures.bucket.name}/${PRIVACY_PREFIX}`,
          "--warm_days": String(toDays(args.warmUntil ?? DEFAULT_WARM_UNTIL)),
          "--storage_class": args.storageClass ?? DEFAULT_ARCHIVE_STORAGE_CLASS,
          "--sweep_grace_hours": String(DEFAULT_SWEEP_GRACE_HOURS),
          "--team": args.team,
          "--environment": args.environment,
          "--pipeline": args.zone.pipelineName,
        },
        tags,
      },
      { parent: this },
    );
  }

  private createSchedule(name: string, args: ColdTierArgs, job: GlueJob): void {
    new aws.glue.Trigger(
      `${name}-start`,
      {
        description: "Starts archive_gold by the clock",
        type: "SCHEDULED",
        schedule: args.schedule ?? DEFAULT_ARCHIVE_SCHEDULE,
        enabled: args.enabled ?? true,
        actions: [{ jobName: job.name }],
        tags: args.zone.tags,
      },
      { parent: this },
    );
  }
}
