import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { dataOptions } from "../deletion";
import { componentType, databaseName } from "../naming";
import { projectionParameters, validateProjection, type PartitionProjection } from "../partition-projection";
import type { AwsAccount, BucketRef, DeletionKeys, Tags } from "../types";

/** Name of the table in the audit's database. */
export const TRAIL_TABLE = "cloudtrail";

/** Regions that every account has; a trail of all regions writes a folder for each. */
const DEFAULT_REGIONS = [
  ...["us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"],
  ...["eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"],
  ...["ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"],
];

/**
 * Columns and classes of Athena's guide, "Create the table for CloudTrail logs in Athena using partition projection". The
 * input format takes the records out of the files' one array.
 */
const INPUT_FORMAT = "com.amazon.emr.cloudtrail.CloudTrailInputFormat";
const OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";
const SERDE = "org.apache.hive.hcatalog.data.JsonSerDe";
const SESSION_CONTEXT =
  "struct<attributes:struct<mfaauthenticated:string,creationdate:string>," +
  "sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>," +
  "ec2roledelivery:string,webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>";
const USER_IDENTITY =
  "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string," +
  `username:string,onbehalfof:struct<userid:string,identitystorearn:string>,sessioncontext:${SESSION_CONTEXT}>`;

const text = (name: string): { name: string; type: string } => ({ name, type: "string" });
const COLUMNS = [
  text("eventversion"),
  { name: "useridentity", type: USER_IDENTITY },
  ...["eventtime", "eventsource", "eventname", "awsregion", "sourceipaddress", "useragent"].map(text),
  ...["errorcode", "errormessage", "requestparameters", "responseelements", "additionaleventdata"].map(text),
  ...["requestid", "eventid", "readonly"].map(text),
  { name: "resources", type: "array<struct<arn:string,accountid:string,type:string>>" },
  ...["eventtype", "apiversion", "recipientaccountid", "serviceeventdetails", "sharedeventid", "vpcendpointid"].map(
    text,
  ),
  ...["vpcendpointaccountid", "eventcategory"].map(text),
  {
    name: "tlsdetails",
    type: "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>",
  },
];
/** `day` as the folders have it, `2026/11/25`. */
const PARTITION_KEYS = [
  { name: "region", type: "string", comment: "where it was called; global services: us-east-1" },
  { name: "day", type: "string", comment: "UTC day on which CloudTrail wrote the file, YYYY/MM/DD" },
];

/** Arguments of `TrailTable`. */
export interface TrailTableArgs {
  pipelineName: string;
  account: AwsAccount;
  bucket: BucketRef;
  deletion: DeletionKeys;
  tags: Tags;
}

/** The trail as a table of Athena; partitions by region and day are projected, nobody registers them. */
export class TrailTable extends pulumi.ComponentResource {
  readonly database: pulumi.Output<string>;
  readonly table: pulumi.Output<string>;

  constructor(name: string, args: TrailTableArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("TrailTable"), name, {}, opts);
    const root = pulumi.interpolate`s3://${args.bucket.name}/AWSLogs/${args.account.accountId}/CloudTrail/`;
    this.database = this.createDatabase(name, args, root);
    this.table = this.createTable(name, args, root);
    this.registerOutputs({ database: this.database, table: this.table });
  }

  private createDatabase(name: string, args: TrailTableArgs, root: pulumi.Output<string>): pulumi.Output<string> {
    return new aws.glue.CatalogDatabase(
      `${name}-database`,
      {
        name: databaseName(args.pipelineName, "audit"),
        description: "The audit trail",
        locationUri: root,
        tags: args.tags,
      },
      { parent: this, ...dataOptions(args.deletion) },
    ).name;
  }

  private createTable(name: string, args: TrailTableArgs, root: pulumi.Output<string>): pulumi.Output<string> {
    return new aws.glue.CatalogTable(
      name,
      {
        databaseName: this.database,
        name: TRAIL_TABLE,
        description: "Calls of AWS's API: management events, and reads and writes of the lake's objects",
        tableType: "EXTERNAL_TABLE",
        parameters: pulumi.all([root, args.account.region]).apply(([folder, region]) => ({
          EXTERNAL: "TRUE",
          classification: "cloudtrail",
          ...projectionParameters(trailProjection(region), folder),
        })),
        partitionKeys: PARTITION_KEYS,
        storageDescriptor: {
          location: root,
          inputFormat: INPUT_FORMAT,
          outputFormat: OUTPUT_FORMAT,
          columns: COLUMNS,
          serDeInfo: { serializationLibrary: SERDE },
        },
      },
      { parent: this, ...dataOptions(args.deletion) },
    ).name;
  }
}

/** Folders of a trail below its account's: a region, a day. An account's opt-in regions but the stack's are left out. */
export function trailProjection(region: string): PartitionProjection {
  const projection: PartitionProjection = {
    columns: {
      region: { type: "enum", values: [...new Set([...DEFAULT_REGIONS, region])] },
      day: { type: "date", range: ["2024-01-01", "NOW"], format: "yyyy/MM/dd" },
    },
    template: "${region}/${day}/",
  };
  validateProjection(
    projection,
    PARTITION_KEYS.map(({ name }) => name),
  );
  return projection;
}
