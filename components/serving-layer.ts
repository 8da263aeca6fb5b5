import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  DEFAULT_ADHOC_SCAN_CUTOFF,
  DEFAULT_BI_SCAN_CUTOFF,
  DEFAULT_HOT_FOR,
  DEFAULT_RESULTS_EXPIRY,
  DEFAULT_WARM_UNTIL,
} from "./defaults";
import { dataOptions, mayDelete } from "./deletion";
import { toDays, type Days } from "./duration";
import { EncryptionKey } from "./encryption-key";
import { KEY_USERS } from "./key-users";
import { InvalidArgumentError } from "./errors";
import { LakeBucket } from "./lake-bucket";
import type { StackContext } from "./lake-zone";
import { componentType, fittingName } from "./naming";
import { salesQuery, rawDayQuery, clicksQuery } from "./saved-queries";
import { toBytes, type Gigabytes } from "./size";
import type { BucketRef, KeyRef, LakeLocation } from "./types";

/** Arguments of `ServingLayer`. */
export interface ServingLayerArgs {
  zone: StackContext;
  /** Raw events, for the saved query that shows what partitions save. @default no such query */
  raw?: LakeLocation;
  clicks: LakeLocation;
  sales: LakeLocation;
  /** Window of the saved dashboard query. @default `DEFAULT_HOT_FOR` */
  hotFor?: Days;
  /** Window of the saved history query; must be longer than `hotFor`. @default `DEFAULT_WARM_UNTIL` */
  warmUntil?: Days;
  /** Age at which query results go. @default `DEFAULT_RESULTS_EXPIRY` */
  resultsExpiry?: Days;
  /** Bytes at which a query of the BI workgroup is cancelled. @default `DEFAULT_BI_SCAN_CUTOFF` */
  biScanCutoff?: Gigabytes;
  /** Bytes at which an ad hoc query is cancelled. @default `DEFAULT_ADHOC_SCAN_CUTOFF` */
  adhocScanCutoff?: Gigabytes;
}

/** Athena for people and dashboards: two workgroups that enforce encryption, result location and scan limits. */
export class ServingLayer extends pulumi.ComponentResource {
  readonly resultsBucket: pulumi.Output<string>;
  /** The same bucket, and its key, for those who may ask. */
  readonly results: { bucket: BucketRef; key: KeyRef };
  readonly biWorkgroup: pulumi.Output<string>;
  readonly adhocWorkgroup: pulumi.Output<string>;

  constructor(name: string, args: ServingLayerArgs, opts?: pulumi.ComponentResourceOptions) {
    const windows = { hot: toDays(args.hotFor ?? DEFAULT_HOT_FOR), warm: toDays(args.warmUntil ?? DEFAULT_WARM_UNTIL) };
    if (windows.hot >= windows.warm) {
      throw new InvalidArgumentError(
        `hotFor is ${windows.hot} days and warmUntil ${windows.warm} days: the hot window must end before the warm one`,
      );
    }
    super(componentType("ServingLayer"), name, {}, opts);
    const key = this.createKey(name, args);
    const results = this.createResultsBucket(name, args, key);
    const create = (workgroup: WorkgroupSpec): aws.athena.Workgroup =>
      this.createWorkgroup(name, args, workgroup, results, key);
    const bi = create({
      id: "bi",
      description: "Dashboards: unattended, so the lower scan limit",
      cutoff: args.biScanCutoff ?? DEFAULT_BI_SCAN_CUTOFF,
    });
    const adhoc = create({
      id: "adhoc",
      description: "Questions of people, and the archive",
      cutoff: args.adhocScanCutoff ?? DEFAULT_ADHOC_SCAN_CUTOFF,
    });
    this.saveQueries(name, args, windows, bi, adhoc);
    this.resultsBucket = results.name;
    this.results = { bucket: results, key };
    this.biWorkgroup = bi.name;
    this.adhocWorkgroup = adhoc.name;
    this.registerOutputs({
      resultsBucket: this.resultsBucket,
      biWorkgroup: this.biWorkgroup,
      adhocWorkgroup: this.adhocWorkgroup,
    });
  }

  private createKey(name: string, args: ServingLayerArgs): EncryptionKey {
    const { account, deletion, tags } = args.zone;
    return new EncryptionKey(
      `${name}-key`,
      { description: "Athena query results", account, users: KEY_USERS.serving, deletion, tags },
      { parent: this },
    );
  }

  private createResultsBucket(name: string, args: ServingLayerArgs, key: EncryptionKey): LakeBucket {
    const expiry = args.resultsExpiry ?? DEFAULT_RESULTS_EXPIRY;
    return new LakeBucket(
      // "output" as Athena calls it; "results" would be too long for the longest pipeline name.
      `${name}-output`,
      {
        key,
        accessLogs: args.zone.accessLogs,
        // A result can be had again by asking again, so an expired one need not linger as an old version.
        lifecycle: { expireAfter: expiry, keepOldVersionsFor: "1 day" },
        deletion: args.zone.deletion,
        tags: args.zone.tags,
      },
      { parent: this },
    );
  }

  private createWorkgroup(
    name: string,
    args: ServingLayerArgs,
    { id, description, cutoff }: WorkgroupSpec,
    results: LakeBucket,
    key: EncryptionKey,
  ): aws.athena.Workgroup {
    return new aws.athena.Workgroup(
      fittingName("Athena workgroup", `${name}-${id}`),
      {
        description,
        // Saved queries of people live in the workgroup: they go only if data may go.
        forceDestroy: mayDelete(args.zone.deletion),
        configuration: {
          enforceWorkgroupConfiguration: true,
          publishCloudwatchMetricsEnabled: true,
          bytesScannedCutoffPerQuery: toBytes(cutoff),
          requesterPaysEnabled: false,
          engineVersion: { selectedEngineVersion: "Athena engine version 3" },
          resultConfiguration: {
            outputLocation: pulumi.interpolate`s3://${results.name}/${id}/`,
            encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: key.arn },
            // A bucket of that name in another account must never receive results.
            expectedBucketOwner: args.zone.account.accountId,
          },
        },
        tags: args.zone.tags,
      },
      { parent: this, ...dataOptions(args.zone.deletion) },
    );
  }

  private saveQueries(
    name: string,
    args: ServingLayerArgs,
    windows: { hot: number; warm: number },
    bi: aws.athena.Workgroup,
    adhoc: aws.athena.Workgroup,
  ): void {
    const save = (
      id: string,
      description: string,
      from: LakeLocation,
      query: pulumi.Output<string>,
      workgroup: aws.athena.Workgroup,
    ): void => {
      new aws.athena.NamedQuery(
        `${name}-${id}`,
        { description, database: from.database, query, workgroup: workgroup.name },
        { parent: this },
      );
    };
    save(
      "sales",
      `Sales of the last ${windows.hot} days by day, category and device`,
      args.sales,
      salesQuery(args.sales, windows.hot),
      bi,
    );
    save(
      "funnel",
      `Funnel of the last ${windows.warm} days by week`,
      args.clicks,
      clicksQuery(args.clicks, windows.warm),
      bi,
    );
    if (args.raw === undefined) return;
    save(
      "raw-day",
      "Yesterday's raw events by type: reads one day's partitions",
      args.raw,
      rawDayQuery(args.raw),
      adhoc,
    );
  }
}

interface WorkgroupSpec {
  id: string;
  description: string;
  cutoff: Gigabytes;
}
