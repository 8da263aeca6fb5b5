import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { LOG_PREFIX, STAGING_PREFIX } from "../handlers/query-log/settings";
import { CatalogTable } from "./catalog-table";
import { CatalogView } from "./catalog-view";
import { dataOptions, mayDelete } from "./deletion";
import type { Days } from "./duration";
import { EncryptionKey } from "./encryption-key";
import { KEY_USERS } from "./key-users";
import { LakeBucket } from "./lake-bucket";
import type { StackContext } from "./lake-zone";
import { componentType, databaseName, fittingName } from "./naming";
import { queryLogKeyGrants, RESULTS_PREFIX } from "./query-log-policies";
import { QUERY_LOG, QUERY_LOG_STAGED, STAGED_PROJECTION } from "./query-log-tables";
import { QUERY_LOG_VIEWS } from "./query-log-views";
import { toBytes, type Gigabytes } from "./size";

/** A year and the same month of the year before. */
export const DEFAULT_KEEP_LOG_FOR: Days = "400 days";
/** Longer than Athena's own history (45 days), so that no day is published again from fewer records. */
export const STAGED_FOR: Days = "60 days";
/** Manifests of UNLOAD, which nobody reads twice. */
const RESULTS_FOR: Days = "7 days";
/** The log of a day is megabytes: what reads a gigabyte of it is a mistake. */
export const MAINTENANCE_CUTOFF: Gigabytes = "1 GB";
/** Arguments of `QueryLogStore`. */
export interface QueryLogStoreArgs {
  zone: StackContext;
  /** Age at which published days go. @default `DEFAULT_KEEP_LOG_FOR` */
  keepFor?: Days;
}

/** Where the log is kept and asked: key, bucket, tables, views, and the workgroup of its own queries. */
export class QueryLogStore extends pulumi.ComponentResource {
  readonly key: EncryptionKey;
  readonly bucket: LakeBucket;
  readonly database: pulumi.Output<string>;
  readonly workgroup: pulumi.Output<string>;

  constructor(name: string, args: QueryLogStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("QueryLogStore"), name, {}, opts);
    this.key = this.createKey(name, args);
    this.bucket = this.createBucket(name, args, this.key);
    this.database = this.createDatabase(name, args, this.bucket);
    this.createTables(name, args, this.bucket, this.database);
    this.workgroup = this.createWorkgroup(name, args, this.bucket, this.key).name;
    this.registerOutputs({ bucket: this.bucket.name, database: this.database, workgroup: this.workgroup });
  }

  private createKey(name: string, args: QueryLogStoreArgs): EncryptionKey {
    const { account, deletion, tags } = args.zone;
    return new EncryptionKey(
      `${name}-key`,
      {
        description: "Query log: bucket, queues, functions and their logs",
        account,
        users: KEY_USERS.queries,
        services: queryLogKeyGrants(name, account),
        deletion,
        tags,
      },
      { parent: this },
    );
  }

  private createBucket(name: string, args: QueryLogStoreArgs, key: EncryptionKey): LakeBucket {
    return new LakeBucket(
      `${name}-lake`,
      {
        key,
        accessLogs: args.zone.accessLogs,
        lifecycle: {
          expirePrefixes: {
            [STAGING_PREFIX]: STAGED_FOR,
            [LOG_PREFIX]: args.keepFor ?? DEFAULT_KEEP_LOG_FOR,
            [RESULTS_PREFIX]: RESULTS_FOR,
          },
        },
        deletion: args.zone.deletion,
        tags: args.zone.tags,
      },
      { parent: this },
    );
  }

  private createDatabase(name: string, args: QueryLogStoreArgs, bucket: LakeBucket): pulumi.Output<string> {
    return new aws.glue.CatalogDatabase(
      `${name}-database`,
      {
        name: databaseName(args.zone.pipelineName, "queries"),
        description: "Every Athena and Redshift query, and views of what they cost",
        locationUri: pulumi.interpolate`s3://${bucket.name}/`,
        tags: args.zone.tags,
      },
      { parent: this, ...dataOptions(args.zone.deletion) },
    ).name;
  }

  private createTables(
    name: string,
    args: QueryLogStoreArgs,
    bucket: LakeBucket,
    database: pulumi.Output<string>,
  ): void {
    const { deletion } = args.zone;
    const common = { database, bucket: bucket.name, deletion };
    const log = new CatalogTable(
      `${name}-log`,
      { ...common, prefix: LOG_PREFIX, definition: QUERY_LOG, format: "parquet" },
      { parent: this },
    );
    new CatalogTable(
      `${name}-staged`,
      {
        ...common,
        prefix: STAGING_PREFIX,
        definition: QUERY_LOG_STAGED,
        format: "json",
        projection: STAGED_PROJECTION,
      },
      { parent: this },
    );
    for (const view of QUERY_LOG_VIEWS) {
      new CatalogView(
        `${name}-${view.view.replaceAll("_", "-")}`,
        { ...view, database, deletion },
        { parent: this, dependsOn: [log] },
      );
    }
  }

  private createWorkgroup(
    name: string,
    args: QueryLogStoreArgs,
    bucket: LakeBucket,
    key: EncryptionKey,
  ): aws.athena.Workgroup {
    const { account, deletion, tags } = args.zone;
    return new aws.athena.Workgroup(
      fittingName("Athena workgroup", `${name}-maintenance`),
      {
        description: "The query log's own queries, which are logged too",
        forceDestroy: mayDelete(deletion),
        configuration: {
          enforceWorkgroupConfiguration: true,
          publishCloudwatchMetricsEnabled: true,
          bytesScannedCutoffPerQuery: toBytes(MAINTENANCE_CUTOFF),
          requesterPaysEnabled: false,
          engineVersion: { selectedEngineVersion: "Athena engine version 3" },
          resultConfiguration: {
            outputLocation: pulumi.interpolate`s3://${bucket.name}/${RESULTS_PREFIX}`,
            encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: key.arn },
            // A bucket of that name in another account must never receive results.
            expectedBucketOwner: account.accountId,
          },
        },
        tags,
      },
      { parent: this, ...dataOptions(deletion) },
    );
  }
}
