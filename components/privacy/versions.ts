import * as pulumi from "@pulumi/pulumi";
import type { PolicyStatement } from "../policy";
import type { BucketRef } from "../types";

/** Statements that let a role find and delete old versions of objects below prefixes of one bucket. */
export function versionsOf(sid: string, bucket: BucketRef, prefixes: readonly string[]): PolicyStatement[] {
  return [
    { Sid: `${sid}List`, Effect: "Allow", Action: "s3:ListBucketVersions", Resource: bucket.arn },
    {
      Sid: `${sid}Delete`,
      Effect: "Allow",
      Action: ["s3:GetObjectVersion", "s3:DeleteObjectVersion"],
      Resource: prefixes.map((prefix) => pulumi.interpolate`${bucket.arn}/${prefix}*`),
    },
  ];
}
