import * as pulumi from "@pulumi/pulumi";
import {
  DEFAULT_CURRENCIES,
  DEFAULT_QUALITY_GATE_PERCENT,
  DEFAULT_RAW_RETENTION,
  DEFAULT_SWEEP_GRACE_HOURS,
  DEFAULT_KEEP_DERIVED_VERSIONS_FOR,
  type LateEventRule,
} from "./defaults";
import { toDays, type Days } from "./duration";
import { glueLogsGrant } from "./encryption-key";
import { GlueJob, type GlueCompute } from "./glue-job";
import type { JobArtifacts } from "./job-artifacts";
import { catalogAccess, decryptWith, objectsBelow, readObjects, writeObjects } from "./lake-access";
import { LakeZone, type ZoneContext } from "./lake-zone";
import { componentType } from "./naming";
import { hashKeySecret, hashKeyStatement } from "./privacy/hash-key";
import { DEFAULT_REQUEST_RETENTION, PRIVACY_FOLDER, PRIVACY_PREFIX } from "./privacy/prefixes";
import type { KeyRef, LakeLocation } from "./types";

const TABLES = ["events", "quarantine", "subjects"] as const;

/** Arguments of `SilverLayer`. */
export interface SilverLayerArgs {
  zone: ZoneContext;
  /** The raw events to read. */
  raw: LakeLocation;
  artifacts: JobArtifacts;
  team: string;
  environment: string;
  /** USD per unit of each accepted currency. @default `DEFAULT_CURRENCIES` */
  currencies?: Readonly<Record<string, number>>;
  /** Events older than this before the run's as-of time are quarantined. @default `DEFAULT_RAW_RETENTION` */
  acceptEventsFor?: Days;
  /** Share of valid rows under which nothing is published. @default `DEFAULT_QUALITY_GATE_PERCENT` */
  qualityGatePercent?: number;
  /** When events of dates that are over are merged. @default "each-run" */
  lateEvents?: LateEventRule;
  /** @default `GlueCompute`'s */
  compute?: GlueCompute;
}

/** Clean, deduplicated, pseudonymised events, and the rows that broke a rule; with the job that writes both. */
export class SilverLayer extends pulumi.ComponentResource {
  /** Clean events as the gold job reads them. */
  readonly events: LakeLocation;
  readonly quarantine: LakeLocation;
  /** Which files hold whom, by keyed hash. */
  readonly subjects: LakeLocation;
  readonly jobName: pulumi.Output<string>;
  readonly pseudonymSecretArn: pulumi.Output<string>;
  readonly subjectSecretArn: pulumi.Output<string>;

  constructor(name: string, args: SilverLayerArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("SilverLayer"), name, {}, opts);
    const zone = this.createZone(name, args);
    this.pseudonymSecretArn = this.createHashKey(
      `${name}-pseudonyms`,
      "Key of the keyed hash that replaces e-mail addresses and names",
      args,
      zone.key,
    );
    this.subjectSecretArn = this.createHashKey(
      `${name}-subjects-key`,
      "Key of the keyed hash that erasures know a person by; it is never rotated, or erased persons would come back",
      args,
      zone.key,
    );
    const job = this.createJob(name, args, zone);
    this.events = zone.location("events");
    this.quarantine = zone.location("quarantine");
    this.subjects = zone.location("subjects");
    this.jobName = job.name;
    this.registerOutputs({ bucket: zone.bucket.name, database: zone.database, jobName: this.jobName });
  }

  private createZone(name: string, args: SilverLayerArgs): LakeZone {
    return new LakeZone(
      name,
      {
        ...args.zone,
        layer: "silver",
        description: "Clean clickstream events and quarantine",
        bucketSuffix: "lake",
        lifecycle: {
          intelligentTiering: true,
          keepOldVersionsFor: DEFAULT_KEEP_DERIVED_VERSIONS_FOR,
          expirePrefixes: {
            // Its lines are raw ones, with names and addresses in clear: they go when the raw events do.
            "quarantine/": args.acceptEventsFor ?? DEFAULT_RAW_RETENTION,
            [PRIVACY_FOLDER.requests]: DEFAULT_REQUEST_RETENTION,
            [PRIVACY_FOLDER.located]: DEFAULT_REQUEST_RETENTION,
          },
        },
        keyServices: [glueLogsGrant(args.zone.account)],
        tables: [
          { table: "events", format: "parquet" },
          { table: "quarantine", format: "parquet" },
          { table: "subjects", format: "parquet" },
        ],
      },
      { parent: this },
    );
  }

  private createHashKey(name: string, description: string, args: SilverLayerArgs, key: KeyRef): pulumi.Output<string> {
    const { deletion, tags } = args.zone;
    return hashKeySecret(name, { description, key, deletion, tags }, this);
  }

  private createJob(name: string, args: SilverLayerArgs, zone: LakeZone): GlueJob {
    const { account, tags } = args.zone;
    return new GlueJob(
      `${name}-job`,
      {
        description: "bronze_to_silver: checks, cleans, deduplicates and pseudonymises new raw events",
        account,
        scriptUri: args.artifacts.script("bronze_to_silver"),
        store: args.artifacts,
        key: zone.key,
        compute: args.compute,
        network: args.zone.jobNetwork,
        statements: [
          ...readObjects("Raw", args.raw.bucket, [args.raw.prefix]),
          decryptWith("RawKey", [args.raw.key]),
          ...writeObjects("Silver", zone.bucket, [
            ...TABLES.map((table) => zone.location(table).prefix),
            PRIVACY_FOLDER.located,
            PRIVACY_FOLDER.suppressed,
          ]),
          // Listing the bucket is in the statements above.
          {
            Sid: "Erasures",
            Effect: "Allow",
            Action: "s3:GetObject",
            Resource: objectsBelow(zone.bucket, [PRIVACY_FOLDER.requests, PRIVACY_FOLDER.suppression]),
          },
          catalogAccess("Catalog", account, zone.database, this.tables(zone), "write"),
          hashKeyStatement("Pseudonyms", this.pseudonymSecretArn),
          hashKeyStatement("SubjectKey", this.subjectSecretArn),
        ],
        arguments: this.jobArguments(args, zone),
        tags,
      },
      { parent: this },
    );
  }

  private tables(zone: LakeZone): pulumi.Input<string>[] {
    return TABLES.map((table) => zone.location(table).table);
  }

  private jobArguments(args: SilverLayerArgs, zone: LakeZone): Record<string, pulumi.Input<string>> {
    return {
      "--raw_path": pulumi.interpolate`s3://${args.raw.bucket.name}/${args.raw.prefix}`,
      "--events_path": zone.path("events"),
      "--quarantine_path": zone.path("quarantine"),
      "--subjects_path": zone.path("subjects"),
      "--privacy_path": pulumi.interpolate`s3://${zone.bucket.name}/${PRIVACY_PREFIX}`,
      "--silver_database": zone.database,
      "--pseudonym_secret_arn": this.pseudonymSecretArn,
      "--subject_secret_arn": this.subjectSecretArn,
      "--as_of": "now",
      "--retention_days": String(toDays(args.acceptEventsFor ?? DEFAULT_RAW_RETENTION)),
      "--quality_gate_percent": String(args.qualityGatePercent ?? DEFAULT_QUALITY_GATE_PERCENT),
      "--on_low_quality": "fail",
      "--late_events": args.lateEvents ?? "each-run",
      "--currencies": JSON.stringify(args.currencies ?? DEFAULT_CURRENCIES),
      "--sweep_grace_hours": String(DEFAULT_SWEEP_GRACE_HOURS),
      "--team": args.team,
      "--environment": args.environment,
      "--pipeline": args.zone.pipelineName,
    };
  }
}
