import * as pulumi from "@pulumi/pulumi";
import type { PolicyStatement } from "./policy";
import type { AwsAccount, BucketRef, KeyRef } from "./types";

/** Statements that let a role read objects below prefixes of one bucket. `sid` begins both statement ids. */
export function readObjects(sid: string, bucket: BucketRef, prefixes: readonly string[]): PolicyStatement[] {
  return [
    {
      Sid: `${sid}List`,
      Effect: "Allow",
      Action: ["s3:ListBucket", "s3:GetBucketLocation"],
      // Not narrowed by s3:prefix: a HEAD of an absent key carries no prefix and would be 403 instead of 404,
      // which Hadoop's existence checks take for a failure.
      Resource: bucket.arn,
    },
    { Sid: `${sid}Get`, Effect: "Allow", Action: "s3:GetObject", Resource: objectsBelow(bucket, prefixes) },
  ];
}

/** Statements that let a role read, write and delete objects below prefixes of one bucket, multipart included. */
export function writeObjects(sid: string, bucket: BucketRef, prefixes: readonly string[]): PolicyStatement[] {
  return [
    {
      Sid: `${sid}List`,
      Effect: "Allow",
      Action: ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
      Resource: bucket.arn,
    },
    {
      Sid: `${sid}Write`,
      Effect: "Allow",
      Action: [
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
      ],
      // Glue's file system marks folders by an object beside them, events_$folder$ for events/.
      Resource: [
        ...objectsBelow(bucket, prefixes),
        ...folders(bucket, prefixes).map((folder) => pulumi.interpolate`${folder}_$folder$`),
      ],
    },
  ];
}

/**
 * ARNs of the objects below prefixes, and of one with each folder's own name: Hadoop asks whether there is an `events` before
 * it lists `events/`, and takes a 403 for a failure.
 */
export function objectsBelow(bucket: BucketRef, prefixes: readonly string[]): pulumi.Output<string>[] {
  const below = prefixes.map((prefix) => pulumi.interpolate`${bucket.arn}/${prefix}*`);
  return [...below, ...folders(bucket, prefixes)];
}

function folders(bucket: BucketRef, prefixes: readonly string[]): pulumi.Output<string>[] {
  return prefixes
    .filter((prefix) => prefix.endsWith("/"))
    .map((prefix) => pulumi.interpolate`${bucket.arn}/${prefix.slice(0, -1)}`);
}

/** Statement that lets a role decrypt what the keys encrypted. */
export function decryptWith(sid: string, keys: readonly KeyRef[]): PolicyStatement {
  return { Sid: sid, Effect: "Allow", Action: "kms:Decrypt", Resource: keys.map((key) => key.arn) };
}

/** Statement that lets a role write encrypted objects; Decrypt too, without which multipart uploads cannot complete. */
export function encryptWith(sid: string, keys: readonly KeyRef[]): PolicyStatement {
  return {
    Sid: sid,
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
    Resource: keys.map((key) => key.arn),
  };
}

const READ_CATALOG = [
  "glue:GetDatabase",
  "glue:GetTable",
  "glue:GetPartition",
  "glue:GetPartitions",
  "glue:BatchGetPartition",
];
const WRITE_CATALOG = [
  "glue:UpdateTable",
  "glue:CreatePartition",
  "glue:BatchCreatePartition",
  "glue:UpdatePartition",
  "glue:BatchUpdatePartition",
  "glue:DeletePartition",
  "glue:BatchDeletePartition",
];

/**
 * Statement for tables of one catalog database. Glue checks every request against the catalog, the database and the
 * table, so all three are named; the tables of other databases stay closed.
 */
export function catalogAccess(
  sid: string,
  account: AwsAccount,
  database: pulumi.Input<string>,
  tables: readonly pulumi.Input<string>[],
  mode: "read" | "write",
): PolicyStatement {
  const glue = pulumi.interpolate`arn:${account.partition}:glue:${account.region}:${account.accountId}`;
  return {
    Sid: sid,
    Effect: "Allow",
    Action: mode === "read" ? READ_CATALOG : [...READ_CATALOG, ...WRITE_CATALOG],
    Resource: [
      pulumi.interpolate`${glue}:catalog`,
      pulumi.interpolate`${glue}:database/${database}`,
      ...tables.map((table) => pulumi.interpolate`${glue}:table/${database}/${table}`),
    ],
  };
}
