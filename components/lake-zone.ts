import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { CatalogTable } from "./catalog-table";
import { dataOptions } from "./deletion";
import { EncryptionKey, type KeyServiceGrant } from "./encryption-key";
import { KEY_USERS } from "./key-users";
import { InvalidArgumentError } from "./errors";
import type { JobNetwork } from "./glue-network";
import { LakeBucket, type LakeLifecycle } from "./lake-bucket";
import { componentType, databaseName } from "./naming";
import type { PartitionProjection } from "./partition-projection";
import { readTableDefinition } from "./table-definition";
import type { AwsAccount, BucketRef, DeletionKeys, LakeLocation, Tags } from "./types";

/** One table of a zone. */
export interface ZoneTable {
  /** Name of the definition file. */
  table: string;
  format: "json" | "parquet";
  /** @default the table's name */
  prefix?: string;
  /** @default partitions are registered by the job */
  projection?: PartitionProjection;
  /** @default false */
  locationMovedByJob?: boolean;
}

/** What every part of a stack hands on, whether or not the stack has a lake of its own. */
export interface StackContext {
  /** Name of the pipeline, from which the databases' names derive. */
  pipelineName: string;
  account: AwsAccount;
  accessLogs: BucketRef;
  deletion: DeletionKeys;
  tags: Tags;
}

/** What every layer hands on to its zone. */
export interface ZoneContext extends StackContext {
  /** Folder with the table definitions. */
  jobsDirectory: string;
  /** Network that the jobs run in. @default Glue's own */
  jobNetwork?: JobNetwork;
}

/** Arguments of `LakeZone`. */
export interface LakeZoneArgs extends ZoneContext {
  layer: "bronze" | "silver" | "gold";
  description: string;
  /** Ends the bucket's logical name. */
  bucketSuffix: string;
  tables: ZoneTable[];
  /** @default `LakeBucket`'s */
  lifecycle?: LakeLifecycle;
  /** Services that use the zone's key by themselves. @default none */
  keyServices?: KeyServiceGrant[];
  /** Pipelines of the same account that read the zone. @default none */
  guests?: readonly string[];
}

/** What every layer of the lake is made of: one key, one bucket, one catalog database and its tables. */
export class LakeZone extends pulumi.ComponentResource {
  readonly bucket: LakeBucket;
  readonly key: EncryptionKey;
  readonly database: pulumi.Output<string>;
  private readonly locations: ReadonlyMap<string, LakeLocation>;

  constructor(name: string, args: LakeZoneArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("LakeZone"), name, {}, opts);
    this.key = this.createKey(name, args);
    this.bucket = this.createBucket(name, args);
    this.database = this.createDatabase(name, args);
    this.locations = new Map(args.tables.map((table) => [table.table, this.createTable(name, args, table)]));
    this.registerOutputs({ bucket: this.bucket.name, database: this.database });
  }

  /** One table as the next layer sees it. @throws InvalidArgumentError if the zone has no such table */
  location(table: string): LakeLocation {
    const location = this.locations.get(table);
    if (location === undefined) {
      throw new InvalidArgumentError(
        `this zone has no table "${table}"; it has ${[...this.locations.keys()].join(", ")}`,
      );
    }
    return location;
  }

  /** `s3://` path of one table's data. */
  path(table: string): pulumi.Output<string> {
    return pulumi.interpolate`s3://${this.bucket.name}/${this.location(table).prefix}`;
  }

  private createKey(name: string, args: LakeZoneArgs): EncryptionKey {
    return new EncryptionKey(
      `${name}-key`,
      {
        description: args.description,
        account: args.account,
        users: KEY_USERS[args.layer],
        guests: args.guests,
        services: args.keyServices,
        deletion: args.deletion,
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createBucket(name: string, args: LakeZoneArgs): LakeBucket {
    return new LakeBucket(
      `${name}-${args.bucketSuffix}`,
      {
        key: this.key,
        accessLogs: args.accessLogs,
        lifecycle: args.lifecycle,
        deletion: args.deletion,
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createDatabase(name: string, args: LakeZoneArgs): pulumi.Output<string> {
    return new aws.glue.CatalogDatabase(
      `${name}-database`,
      {
        // Explicit: queries name it, and an automatic name would hold a hyphen.
        name: databaseName(args.pipelineName, args.layer),
        description: args.description,
        locationUri: pulumi.interpolate`s3://${this.bucket.name}/`,
        tags: args.tags,
      },
      { parent: this, ...dataOptions(args.deletion) },
    ).name;
  }

  private createTable(name: string, args: LakeZoneArgs, zoneTable: ZoneTable): LakeLocation {
    const prefix = zoneTable.prefix ?? `${zoneTable.table}/`;
    const table = new CatalogTable(
      `${name}-${zoneTable.table.replaceAll("_", "-")}`,
      {
        database: this.database,
        bucket: this.bucket.name,
        prefix,
        definition: readTableDefinition(args.jobsDirectory, zoneTable.table),
        format: zoneTable.format,
        projection: zoneTable.projection,
        locationMovedByJob: zoneTable.locationMovedByJob,
        deletion: args.deletion,
      },
      { parent: this },
    );
    return { bucket: this.bucket, key: this.key, prefix, database: this.database, table: table.name };
  }
}
