import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { LOG_PREFIX, LOG_TABLE, STAGED_TABLE, STAGING_PREFIX, STATE_PREFIX } from "../handlers/query-log/settings";
import type { KeyServiceGrant } from "./encryption-key";
import { catalogAccess, decryptWith, readObjects, writeObjects } from "./lake-access";
import type { PolicyStatement } from "./policy";
import type { QueryLogWarehouse } from "./query-log-warehouse";
import type { AwsAccount, BucketRef } from "./types";

/** Where the maintenance workgroup puts what Athena writes beside the data: manifests and metadata. */
export const RESULTS_PREFIX = "results/";

/**
 * Services that use the log's key by themselves: EventBridge for its rules' messages, CloudWatch Logs for the functions'.
 * Both are named by pattern: the rules name the log's own workgroup, which needs the key before.
 */
export function queryLogKeyGrants(name: string, account: AwsAccount): KeyServiceGrant[] {
  const { accountId, partition, region } = account;
  const own = (service: string, resource: string): pulumi.Output<string> =>
    pulumi.interpolate`arn:${partition}:${service}:${region}:${accountId}:${resource}${name}-*`;
  return [
    {
      sid: "EventBridgeIntoQueues",
      service: "events.amazonaws.com",
      condition: { ArnLike: { "aws:SourceArn": own("events", "rule/") } },
    },
    {
      sid: "LogGroups",
      service: pulumi.interpolate`logs.${region}.amazonaws.com`,
      actions: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
      condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": own("logs", "log-group:") } },
    },
  ];
}

/** ARNs of Athena workgroups. */
function workgroupArns(account: AwsAccount, workgroups: readonly pulumi.Input<string>[]): pulumi.Output<string>[] {
  const { accountId, partition, region } = account;
  return workgroups.map((name) => pulumi.interpolate`arn:${partition}:athena:${region}:${accountId}:workgroup/${name}`);
}

/** Reading the history of workgroups, and writing records. */
function recordStatements(
  account: AwsAccount,
  bucket: BucketRef,
  workgroups: readonly pulumi.Input<string>[],
  history: string[],
): PolicyStatement[] {
  return [
    { Sid: "QueryHistory", Effect: "Allow", Action: history, Resource: workgroupArns(account, workgroups) },
    writeRecords(bucket),
  ];
}

/** Writing records. To write only what is not there takes no more than writing. */
function writeRecords(bucket: BucketRef): PolicyStatement {
  return {
    Sid: "WriteRecords",
    Effect: "Allow",
    Action: "s3:PutObject",
    Resource: pulumi.interpolate`${bucket.arn}/${STAGING_PREFIX}*`,
  };
}

/** What the recorder may do: take messages, look at the queries that they name, write records. */
export function recorderStatements(
  account: AwsAccount,
  bucket: BucketRef,
  workgroups: readonly pulumi.Input<string>[],
  queue: aws.sqs.Queue,
): PolicyStatement[] {
  return [
    {
      Sid: "TakeMessages",
      Effect: "Allow",
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      Resource: queue.arn,
    },
    ...recordStatements(account, bucket, workgroups, [
      "athena:BatchGetQueryExecution",
      "athena:GetQueryRuntimeStatistics",
    ]),
  ];
}

/** What maintenance may do: read the history, run UNLOAD in its own workgroup, move partitions of its own table. */
export function maintainerStatements(
  account: AwsAccount,
  bucket: BucketRef,
  database: pulumi.Input<string>,
  workgroups: readonly pulumi.Input<string>[],
  own: pulumi.Input<string>,
): PolicyStatement[] {
  return [
    ...recordStatements(account, bucket, workgroups, [
      "athena:ListQueryExecutions",
      "athena:BatchGetQueryExecution",
      "athena:GetQueryRuntimeStatistics",
    ]),
    {
      Sid: "RunInOwnWorkgroup",
      Effect: "Allow",
      Action: ["athena:StartQueryExecution", "athena:GetQueryExecution"],
      Resource: workgroupArns(account, [own]),
    },
    ...readObjects("Staged", bucket, [STAGING_PREFIX]),
    ...writeObjects("Log", bucket, [LOG_PREFIX, RESULTS_PREFIX]),
    // UNLOAD runs with the caller's rights: it looks up the staged table here, and the partitions move here.
    catalogAccess("StagedTable", account, database, [STAGED_TABLE], "read"),
    catalogAccess("LogTable", account, database, [LOG_TABLE], "write"),
    {
      // "A policy to the default database and the Data Catalog must be present" (Athena user guide, "Configure access to
      // databases and tables in the AWS Glue Data Catalog"), whatever the statement reads.
      Sid: "DefaultDatabase",
      Effect: "Allow",
      Action: ["glue:GetDatabase", "glue:GetDatabases"],
      Resource: ["catalog", "database/default"].map(
        (resource) =>
          pulumi.interpolate`arn:${account.partition}:glue:${account.region}:${account.accountId}:${resource}`,
      ),
    },
  ];
}

/** What the poller may do: ask the one warehouse, keep its watermark, write records. */
export function pollerStatements(bucket: BucketRef, warehouse: QueryLogWarehouse): PolicyStatement[] {
  return [
    writeRecords(bucket),
    {
      Sid: "Watermark",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: pulumi.interpolate`${bucket.arn}/${STATE_PREFIX}*`,
    },
    // Without it S3 answers "access denied" for a watermark that is not there yet.
    { Sid: "TellAbsentFromForbidden", Effect: "Allow", Action: "s3:ListBucket", Resource: bucket.arn },
    { Sid: "AskWarehouse", Effect: "Allow", Action: "redshift-data:ExecuteStatement", Resource: warehouse.arn },
    {
      Sid: "OwnStatements",
      Effect: "Allow",
      Action: ["redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:CancelStatement"],
      // Statements have no ARN; each caller is held to his own.
      Resource: "*",
      // IAM's variable, not one of this program.
      Condition: { StringEquals: { "redshift-data:statement-owner-iam-userid": "${aws:userid}" } },
    },
    { Sid: "Password", Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: warehouse.secretArn },
    ...(warehouse.secretKey === undefined ? [] : [decryptWith("PasswordKey", [warehouse.secretKey])]),
    ...(warehouse.kind === "cluster"
      ? [
          {
            Sid: "IsItPaused",
            Effect: "Allow" as const,
            Action: "redshift:DescribeClusters",
            // The service authorization reference has no resource type for this action.
            Resource: "*",
          },
        ]
      : []),
  ];
}
