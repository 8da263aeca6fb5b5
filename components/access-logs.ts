import * as pulumi from "@pulumi/pulumi";
import { DEFAULT_ACCESS_LOG_RETENTION } from "./defaults";
import { LakeBucket } from "./lake-bucket";
import type { PolicyStatement } from "./policy";
import type { AwsAccount, DeletionKeys, Tags } from "./types";

/** What the bucket of access logs needs to know. */
interface AccessLogArgs {
  account: AwsAccount;
  deletion: DeletionKeys;
  tags: Tags;
}

/** The bucket that S3 delivers the access logs of all other buckets to. */
export function accessLogBucket(
  pipelineName: string,
  { account, deletion, tags }: AccessLogArgs,
  parent: pulumi.Resource,
): LakeBucket {
  return new LakeBucket(
    `${pipelineName}-access-logs`,
    {
      lifecycle: { expireAfter: DEFAULT_ACCESS_LOG_RETENTION },
      statements: (bucketArn) => [logDelivery(pipelineName, bucketArn, account)],
      deletion,
      tags,
    },
    { parent },
  );
}

/** Lets S3 deliver access logs, of this pipeline's buckets in this account only. */
function logDelivery(name: string, bucketArn: pulumi.Output<string>, account: AwsAccount): PolicyStatement {
  return {
    Sid: "AccessLogDelivery",
    Effect: "Allow",
    Principal: { Service: "logging.s3.amazonaws.com" },
    Action: "s3:PutObject",
    Resource: pulumi.interpolate`${bucketArn}/${name}-*`,
    Condition: {
      StringEquals: { "aws:SourceAccount": account.accountId },
      ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:${account.partition}:s3:::${name}-*` },
    },
  };
}
