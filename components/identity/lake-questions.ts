import * as pulumi from "@pulumi/pulumi";
import { catalogAccess } from "../lake-access";
import type { PolicyStatement } from "../policy";
import type { AwsAccount, BucketRef, KeyRef, LakeLocation } from "../types";

/** A workgroup, and where its results go. */
export interface Questions {
  account: AwsAccount;
  /** Name of the workgroup. */
  workgroup: pulumi.Input<string>;
  results: { bucket: BucketRef; key: KeyRef; prefix: string };
  /** What of Athena's may be called in it. @default `PEOPLES_ACTIONS` */
  actions?: readonly string[];
}

/** What people call who work in a workgroup, by the console too: their queries, and those that were saved. */
const PEOPLES_ACTIONS = [
  "GetWorkGroup",
  "StartQueryExecution",
  "StopQueryExecution",
  "GetQueryExecution",
  "BatchGetQueryExecution",
  "ListQueryExecutions",
  "GetQueryResults",
  "GetQueryRuntimeStatistics",
  "GetNamedQuery",
  "BatchGetNamedQuery",
  "ListNamedQueries",
];

/**
 * Only what Athena does in somebody's name: who asks in a workgroup has its scan limit and is in the query log, a download
 * past it is not (Athena user guide, "Use CalledVia context keys for Athena").
 */
export const THROUGH_ATHENA = { "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" } };

/** Statements that let somebody ask in a workgroup, and have the answers. `sid` begins each statement's id. */
export function askIn(
  sid: string,
  { account, workgroup, results, actions = PEOPLES_ACTIONS }: Questions,
): PolicyStatement[] {
  const { accountId, partition, region } = account;
  return [
    {
      Sid: `${sid}Queries`,
      Effect: "Allow",
      Action: actions.map((action) => `athena:${action}`),
      Resource: pulumi.interpolate`arn:${partition}:athena:${region}:${accountId}:workgroup/${workgroup}`,
    },
    {
      Sid: `${sid}ResultsPlace`,
      Effect: "Allow",
      Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
      Resource: results.bucket.arn,
    },
    {
      Sid: `${sid}Results`,
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      Resource: pulumi.interpolate`${results.bucket.arn}/${results.prefix}*`,
    },
    useKey(`${sid}ResultsKey`, account, [results.key], ["kms:Decrypt", "kms:GenerateDataKey"]),
  ];
}

/** Statements that let somebody read tables of one database and bucket, by asking Athena. */
export function readTables(
  sid: string,
  account: AwsAccount,
  tables: readonly [LakeLocation, ...LakeLocation[]],
): PolicyStatement[] {
  const [{ bucket, key, database }] = tables;
  const prefixes = [...new Set(tables.map(({ prefix }) => prefix))];
  return [
    catalogAccess(
      `${sid}Catalog`,
      account,
      database,
      tables.map(({ table }) => table),
      "read",
    ),
    {
      Sid: `${sid}List`,
      Effect: "Allow",
      Action: ["s3:ListBucket", "s3:GetBucketLocation"],
      Resource: bucket.arn,
      Condition: THROUGH_ATHENA,
    },
    {
      Sid: `${sid}Read`,
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: prefixes.map((prefix) => pulumi.interpolate`${bucket.arn}/${prefix}*`),
      Condition: THROUGH_ATHENA,
    },
    useKey(`${sid}Key`, account, [key], ["kms:Decrypt"]),
  ];
}

/**
 * The same for tables that Lake Formation governs: it vends the credentials for their objects, so nobody needs a right of his
 * own to bucket and key (Athena user guide, "Manage Lake Formation and Athena user permissions"). No ARN narrows
 * GetDataAccess; what it gives is Lake Formation's grants.
 */
export function readGoverned(
  sid: string,
  account: AwsAccount,
  tables: readonly [LakeLocation, ...LakeLocation[]],
): PolicyStatement[] {
  const names = tables.map(({ table }) => table);
  return [
    catalogAccess(`${sid}Catalog`, account, tables[0].database, names, "read"),
    { Sid: `${sid}Vended`, Effect: "Allow", Action: "lakeformation:GetDataAccess", Resource: "*" },
  ];
}

/** Statement for keys, which people use through S3 only. */
export function useKey(sid: string, account: AwsAccount, keys: readonly KeyRef[], actions: string[]): PolicyStatement {
  return {
    Sid: sid,
    Effect: "Allow",
    Action: actions,
    Resource: keys.map(({ arn }) => arn),
    Condition: { StringEquals: { "kms:ViaService": pulumi.interpolate`s3.${account.region}.amazonaws.com` } },
  };
}
