import * as pulumi from "@pulumi/pulumi";
import type { KeyServiceGrant } from "../encryption-key";
import { policyDocument, type PolicyStatement } from "../policy";
import type { AwsAccount } from "../types";

const CLOUDTRAIL = "cloudtrail.amazonaws.com";

/** ARN of a trail by its name; key and bucket name it before it exists. */
export function trailArn(name: string, { accountId, partition, region }: AwsAccount): pulumi.Output<string> {
  return pulumi.interpolate`arn:${partition}:cloudtrail:${region}:${accountId}:trail/${name}`;
}

/**
 * Who uses the audit's key by himself: CloudTrail for this one trail (CloudTrail guide, "Configure AWS KMS key policies
 * for CloudTrail"; Decrypt would be needed for a bucket with an S3 bucket key only), CloudWatch Logs for its log group.
 */
export function auditKeyGrants(name: string, account: AwsAccount): KeyServiceGrant[] {
  const { accountId, partition, region } = account;
  const ofTrail = { StringEquals: { "aws:SourceArn": trailArn(name, account) } };
  return [
    {
      sid: "CloudTrailEncryptsLogs",
      service: CLOUDTRAIL,
      actions: ["kms:GenerateDataKey*"],
      condition: {
        ...ofTrail,
        StringLike: {
          "kms:EncryptionContext:aws:cloudtrail:arn": pulumi.interpolate`arn:${partition}:cloudtrail:*:${accountId}:trail/*`,
        },
      },
    },
    { sid: "CloudTrailDescribesKey", service: CLOUDTRAIL, actions: ["kms:DescribeKey"], condition: ofTrail },
    {
      sid: "LogGroup",
      service: pulumi.interpolate`logs.${region}.amazonaws.com`,
      actions: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
      condition: {
        ArnLike: {
          "kms:EncryptionContext:aws:logs:arn": pulumi.interpolate`arn:${partition}:logs:${region}:${accountId}:log-group:${name}-*`,
        },
      },
    },
  ];
}

/** What the bucket's policy lets CloudTrail do (CloudTrail guide, "Amazon S3 bucket policy for CloudTrail"). */
export function trailBucketStatements(
  name: string,
  account: AwsAccount,
  bucketArn: pulumi.Output<string>,
): PolicyStatement[] {
  const principal = { Service: CLOUDTRAIL };
  const source = trailArn(name, account);
  return [
    {
      Sid: "CloudTrailAclCheck",
      Effect: "Allow",
      Principal: principal,
      Action: "s3:GetBucketAcl",
      Resource: bucketArn,
      Condition: { StringEquals: { "aws:SourceArn": source } },
    },
    {
      Sid: "CloudTrailWrite",
      Effect: "Allow",
      Principal: principal,
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/AWSLogs/${account.accountId}/*`,
      Condition: { StringEquals: { "s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": source } },
    },
  ];
}

/** Who may assume the role that writes into the log group: CloudTrail, for this trail. */
export function trailTrust(name: string, account: AwsAccount): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "ThisTrail",
      Effect: "Allow",
      Principal: { Service: CLOUDTRAIL },
      Action: "sts:AssumeRole",
      Condition: {
        StringEquals: { "aws:SourceAccount": account.accountId, "aws:SourceArn": trailArn(name, account) },
      },
    },
  ]);
}

/**
 * What that role may do: its own streams of the one group (CloudTrail guide, "Role policy document for CloudTrail to use
 * CloudWatch Logs for monitoring").
 */
export function trailLogPolicy(account: AwsAccount, groupArn: pulumi.Output<string>): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "WriteTrail",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: pulumi.interpolate`${groupArn}:log-stream:${account.accountId}_CloudTrail_${account.region}*`,
    },
  ]);
}
