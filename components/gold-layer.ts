import * as pulumi from "@pulumi/pulumi";
import {
  DEFAULT_CURRENCIES,
  DEFAULT_SESSION_TIMEOUT,
  DEFAULT_SWEEP_GRACE_HOURS,
  DEFAULT_KEEP_DERIVED_VERSIONS_FOR,
} from "./defaults";
import { toMinutes, type Minutes } from "./duration";
import { glueLogsGrant } from "./encryption-key";
import { GlueJob, type GlueCompute } from "./glue-job";
import type { JobArtifacts } from "./job-artifacts";
import { catalogAccess, decryptWith, readObjects, writeObjects } from "./lake-access";
import { LakeZone, type ZoneContext } from "./lake-zone";
import { componentType } from "./naming";
import type { LakeLocation } from "./types";

/** Arguments of `GoldLayer`. */
export interface GoldLayerArgs {
  zone: ZoneContext;
  /** The clean events to read. */
  events: LakeLocation;
  artifacts: JobArtifacts;
  team: string;
  environment: string;
  /** USD per unit of each currency. @default `DEFAULT_CURRENCIES` */
  currencies?: Readonly<Record<string, number>>;
  /** Inactivity that ends a session. @default `DEFAULT_SESSION_TIMEOUT` */
  sessionTimeout?: Minutes;
  /** @default `GlueCompute`'s */
  compute?: GlueCompute;
  /** Pipelines of the same account whose dashboards and analysts read these tables. @default none */
  readers?: readonly string[];
}

const TABLES = ["fact_clicks", "dim_users", "daily_sales"] as const;

/** The star schema and its daily summary; with the job that writes them. */
export class GoldLayer extends pulumi.ComponentResource {
  readonly clicks: LakeLocation;
  readonly users: LakeLocation;
  readonly sales: LakeLocation;
  readonly jobName: pulumi.Output<string>;
  readonly jobRoleArn: pulumi.Output<string>;

  constructor(name: string, args: GoldLayerArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("GoldLayer"), name, {}, opts);
    const zone = this.createZone(name, args);
    const job = this.createJob(name, args, zone);
    this.clicks = zone.location("fact_clicks");
    this.users = zone.location("dim_users");
    this.sales = zone.location("daily_sales");
    this.jobName = job.name;
    this.jobRoleArn = job.roleArn;
    this.registerOutputs({ bucket: zone.bucket.name, database: zone.database, jobName: this.jobName });
  }

  private createZone(name: string, args: GoldLayerArgs): LakeZone {
    return new LakeZone(
      name,
      {
        ...args.zone,
        layer: "gold",
        description: "Clickstream star schema",
        bucketSuffix: "lake",
        lifecycle: { keepOldVersionsFor: DEFAULT_KEEP_DERIVED_VERSIONS_FOR },
        keyServices: [glueLogsGrant(args.zone.account)],
        guests: args.readers,
        tables: [
          { table: "fact_clicks", format: "parquet" },
          { table: "dim_users", format: "parquet", locationMovedByJob: true },
          { table: "daily_sales", format: "parquet" },
        ],
      },
      { parent: this },
    );
  }

  private createJob(name: string, args: GoldLayerArgs, zone: LakeZone): GlueJob {
    const { account, tags } = args.zone;
    const locations = TABLES.map((table) => zone.location(table));
    return new GlueJob(
      `${name}-job`,
      {
        description: "silver_to_gold: sessions, facts, users and daily sales of the touched dates",
        account,
        scriptUri: args.artifacts.script("silver_to_gold"),
        store: args.artifacts,
        key: zone.key,
        compute: args.compute,
        network: args.zone.jobNetwork,
        statements: [
          ...readObjects("Silver", args.events.bucket, [args.events.prefix]),
          decryptWith("SilverKey", [args.events.key]),
          catalogAccess("SilverCatalog", account, args.events.database, [args.events.table], "read"),
          ...writeObjects(
            "Gold",
            zone.bucket,
            locations.map((location) => location.prefix),
          ),
          catalogAccess(
            "GoldCatalog",
            account,
            zone.database,
            locations.map((location) => location.table),
            "write",
          ),
        ],
        arguments: this.jobArguments(args, zone),
        tags,
      },
      { parent: this },
    );
  }

  private jobArguments(args: GoldLayerArgs, zone: LakeZone): Record<string, pulumi.Input<string>> {
    return {
      "--silver_database": args.events.database,
      "--gold_database": zone.database,
      "--fact_path": zone.path("fact_clicks"),
      "--users_path": zone.path("dim_users"),
      "--sales_path": zone.path("daily_sales"),
      "--session_timeout_minutes": String(toMinutes(args.sessionTimeout ?? DEFAULT_SESSION_TIMEOUT)),
      "--currencies": JSON.stringify(args.currencies ?? DEFAULT_CURRENCIES),
      "--sweep_grace_hours": String(DEFAULT_SWEEP_GRACE_HOURS),
      "--team": args.team,
      "--environment": args.environment,
      "--pipeline": args.zone.pipelineName,
    };
  }
}
