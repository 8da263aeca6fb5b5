import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { GlueJob, type GlueCompute } from "../glue-job";
import type { JobArtifacts } from "../job-artifacts";
import { keyedTable } from "../keyed-table";
import type { ZoneContext } from "../lake-zone";
import { componentType, fittingName } from "../naming";
import type { LakeLocation } from "../types";
import { PRIVACY_PREFIX } from "./prefixes";
import { rewriteStatements } from "./statements";

/** The tables that an erasure goes through. */
export interface ErasedTables {
  raw: LakeLocation;
  events: LakeLocation;
  quarantine: LakeLocation;
  /** Which files hold whom. */
  subjects: LakeLocation;
  clicks: LakeLocation;
  users: LakeLocation;
}

/** Arguments of `Privacy`. */
export interface PrivacyArgs {
  zone: ZoneContext;
  tables: ErasedTables;
  /** `s3://…/archive/` in the bucket of the facts. */
  archivePath: pulumi.Input<string>;
  /** Keys of the hashes: of persons in the requests, and of the addresses in the tables. */
  secrets: { subjects: pulumi.Input<string>; pseudonyms: pulumi.Input<string> };
  artifacts: JobArtifacts;
  team: string;
  environment: string;
  /** @default `GlueCompute`'s */
  compute?: GlueCompute;
}

/**
 * Erasure of persons (Article 17 GDPR): the ledger of requests and certificates, and the job that rewrites raw objects
 * and counts what is left anywhere. Silver, gold and archive rewrite their own tables by their own jobs.
 */
export class Privacy extends pulumi.ComponentResource {
  /** DynamoDB table of requests, batches and the chain of certificates; automation/privacy/ledger.ts has its shape. */
  readonly ledgerTable: pulumi.Output<string>;
  readonly ledgerArn: pulumi.Output<string>;
  readonly jobName: pulumi.Output<string>;
  /** `s3://…/privacy/` */
  readonly path: pulumi.Output<string>;

  constructor(name: string, args: PrivacyArgs, opts?: pulumi.ComponentResourceOptions) {
    fittingName("DynamoDB table", `${name}-ledger`);
    super(componentType("Privacy"), name, {}, opts);
    this.path = pathOf(args.tables.events, PRIVACY_PREFIX);
    const ledger = this.createLedger(name, args);
    this.ledgerTable = ledger.name;
    this.ledgerArn = ledger.arn;
    this.jobName = this.createJob(name, args).name;
    this.registerOutputs({ ledgerTable: this.ledgerTable, jobName: this.jobName, path: this.path });
  }

  private createLedger(name: string, { zone, tables }: PrivacyArgs): aws.dynamodb.Table {
    // Silver's key: what the ledger holds are hashes of silver's subjects, whose own key is encrypted with it too.
    const { deletion, tags } = zone;
    return keyedTable(`${name}-ledger`, { key: tables.events.key, deletion, tags }, this);
  }

  private createJob(name: string, args: PrivacyArgs): GlueJob {
    const { zone, tables } = args;
    const { raw, events, quarantine, subjects, clicks, users } = tables;
    return new GlueJob(
      `${name}-raw`,
      {
        description: "erase_raw: takes persons out of raw objects, and counts what any layer still holds of them",
        account: zone.account,
        scriptUri: args.artifacts.script("erase_raw"),
        store: args.artifacts,
        key: raw.key,
        // It reads what a request names, however often.
        bookmark: false,
        compute: args.compute,
        network: zone.jobNetwork,
        statements: rewriteStatements(tables, args.secrets),
        arguments: {
          "--raw_path": pathOf(raw),
          "--events_path": pathOf(events),
          "--quarantine_path": pathOf(quarantine),
          "--subjects_path": pathOf(subjects),
          "--fact_path": pathOf(clicks),
          "--users_path": pathOf(users),
          "--archive_path": args.archivePath,
          "--privacy_path": this.path,
          "--pseudonym_secret_arn": args.secrets.pseudonyms,
          "--subject_secret_arn": args.secrets.subjects,
          "--team": args.team,
          "--environment": args.environment,
          "--pipeline": zone.pipelineName,
        },
        tags: zone.tags,
      },
      { parent: this },
    );
  }
}

function pathOf({ bucket, prefix }: LakeLocation, folder: string = prefix): pulumi.Output<string> {
  return pulumi.interpolate`s3://${bucket.name}/${folder}`;
}
