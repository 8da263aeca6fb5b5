import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  DEFAULT_CURRENCIES,
  DEFAULT_QUALITY_GATE_PERCENT,
  DEFAULT_RAW_RETENTION,
  DEFAULT_SWEEP_GRACE_HOURS,
  DEFAULT_KEEP_DERIVED_VERSIONS_FOR,
} from "./defaults";
import { dataOptions, mayDelete } from "./deletion";
import { toDays, type Days } from "./duration";
import { glueLogsGrant } from "./encryption-key";
import { GlueJob, type GlueCompute } from "./glue-job";
import type { JobArtifacts } from "./job-artifacts";
import { catalogAccess, decryptWith, readObjects, writeObjects } from "./lake-access";
import { LakeZone, type ZoneContext } from "./lake-zone";
import { componentType } from "./naming";
import type { KeyRef, LakeLocation } from "./types";

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
  /** @default `GlueCompute`'s */
  compute?: GlueCompute;
}

/** Clean, deduplicated, pseudonymised events, and the rows that broke a rule; with the job that writes both. */
export class SilverLayer extends pulumi.ComponentResource {
  /** Clean events as the gold job reads them. */
  readonly events: LakeLocation;
  readonly jobName: pulumi.Output<string>;
  readonly pseudonymSecretArn: pulumi.Output<string>;

  constructor(name: string, args: SilverLayerArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("SilverLayer"), name, {}, opts);
    const zone = this.createZone(name, args);
    const secretArn = this.createPseudonymSecret(name, args, zone.key);
    const job = this.createJob(name, args, zone, secretArn);
    this.events = zone.location("events");
    this.jobName = job.name;
    this.pseudonymSecretArn = secretArn;
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
        lifecycle: { intelligentTiering: true, keepOldVersionsFor: DEFAULT_KEEP_DERIVED_VERSIONS_FOR },
        keyServices: [glueLogsGrant(args.zone.account)],
        tables: [
          { table: "events", format: "parquet" },
          { table: "quarantine", format: "parquet" },
        ],
      },
      { parent: this },
    );
  }

  private createPseudonymSecret(name: string, args: SilverLayerArgs, key: KeyRef): pulumi.Output<string> {
    const { deletion, tags } = args.zone;
    const secret = new aws.secretsmanager.Secret(
      `${name}-pseudonyms`,
      {
        description: "Key of the keyed hash that replaces e-mail addresses and names",
        kmsKeyId: key.arn,
        // 0 deletes at once, so that a throw-away stack leaves no secret; 30 days is the most there is.
        recoveryWindowInDays: mayDelete(deletion) ? 0 : 30,
        tags,
      },
      { parent: this, ...dataOptions(deletion) },
    );
    const { randomPassword } = aws.secretsmanager.getRandomPasswordOutput(
      // 64 of 62 letters and digits: 381 bits, more than HMAC-SHA256 can use.
      { passwordLength: 64, excludePunctuation: true },
      { parent: this },
    );
    const version = new aws.secretsmanager.SecretVersion(
      `${name}-pseudonyms`,
      { secretId: secret.arn, secretString: pulumi.secret(randomPassword) },
      // Every program run draws a new password; only the first may count, or all pseudonyms would change.
      { parent: this, ...dataOptions(deletion), ignoreChanges: ["secretString"] },
    );
    // The secret's ARN, but not before it holds a value: the job reads it by its first line.
    return version.secretId;
  }

  private createJob(name: string, args: SilverLayerArgs, zone: LakeZone, secretArn: pulumi.Output<string>): GlueJob {
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
          ...writeObjects("Silver", zone.bucket, [zone.location("events").prefix, zone.location("quarantine").prefix]),
          catalogAccess("Catalog", account, zone.database, this.tables(zone), "write"),
          { Sid: "Pseudonyms", Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secretArn },
        ],
        arguments: this.jobArguments(args, zone, secretArn),
        tags,
      },
      { parent: this },
    );
  }

  private tables(zone: LakeZone): pulumi.Input<string>[] {
    return [zone.location("events").table, zone.location("quarantine").table];
  }

  private jobArguments(
    args: SilverLayerArgs,
    zone: LakeZone,
    secretArn: pulumi.Output<string>,
  ): Record<string, pulumi.Input<string>> {
    return {
      "--raw_path": pulumi.interpolate`s3://${args.raw.bucket.name}/${args.raw.prefix}`,
      "--events_path": zone.path("events"),
      "--quarantine_path": zone.path("quarantine"),
      "--silver_database": zone.database,
      "--pseudonym_secret_arn": secretArn,
      "--as_of": "now",
      "--retention_days": String(toDays(args.acceptEventsFor ?? DEFAULT_RAW_RETENTION)),
      "--quality_gate_percent": String(args.qualityGatePercent ?? DEFAULT_QUALITY_GATE_PERCENT),
      "--on_low_quality": "fail",
      "--currencies": JSON.stringify(args.currencies ?? DEFAULT_CURRENCIES),
      "--sweep_grace_hours": String(DEFAULT_SWEEP_GRACE_HOURS),
      "--team": args.team,
      "--environment": args.environment,
      "--pipeline": args.zone.pipelineName,
    };
  }
}
