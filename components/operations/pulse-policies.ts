import * as pulumi from "@pulumi/pulumi";
import { REPORT_FOLDERS } from "../../handlers/operations/job-runs";
import { JOB_KINDS } from "../../handlers/operations/state";
import { LOG_PREFIX, LOG_TABLE } from "../../handlers/query-log/settings";
import { catalogAccess, decryptWith, encryptWith, readObjects } from "../lake-access";
import type { PolicyStatement } from "../policy";
import { RESULTS_PREFIX } from "../query-log-policies";
import type { AwsAccount, BucketRef } from "../types";
import { putMetrics } from "./own-metrics";
import type { PulseArgs, PulseQueryLog, PulseWarehouseRef } from "./pulse";
import { stateAccess } from "./store-ref";

/** What the recorder may do: look at runs of the three jobs, read their reports, keep what it learned, put metrics. */
export function jobRecorderStatements({ account, store, jobs, reports }: PulseArgs): PolicyStatement[] {
  const { accountId, partition, region } = account;
  return [
    {
      Sid: "LookAtRuns",
      Effect: "Allow",
      Action: ["glue:GetJob", "glue:GetJobRun"],
      Resource: JOB_KINDS.map(
        (kind) => pulumi.interpolate`arn:${partition}:glue:${region}:${accountId}:job/${jobs[kind]}`,
      ),
    },
    // Listing, too: without it S3 answers "access denied" for a report that is not there.
    ...readObjects(
      "Reports",
      reports.bucket,
      JOB_KINDS.map((kind) => `${reports.prefix}${REPORT_FOLDERS[kind]}/`),
    ),
    decryptWith("ReportsKey", [reports.key]),
    stateAccess("ReadState", store, "read", ["landing", "job", "runs"]),
    stateAccess("WriteRuns", store, "write", ["job", "runs"]),
    putMetrics(),
  ];
}

/** What the pulse may do: read the table, ask the query log and the warehouse's control plane, put metrics. */
export function pulseStatements({ account, store, queryLog, warehouse }: PulseArgs): PolicyStatement[] {
  return [
    stateAccess("ReadState", store, "read", ["landing", "volume", "heartbeat", "drift", "job", "runs"]),
    stateAccess("WriteFirstPulse", store, "write", ["landing"]),
    putMetrics(),
    ...askQueryLog(account, queryLog),
    ...(warehouse === undefined ? [] : [askWarehouse(warehouse)]),
  ];
}

function askQueryLog(account: AwsAccount, queryLog: PulseQueryLog): PolicyStatement[] {
  const { accountId, partition, region } = account;
  const bucket: BucketRef = {
    name: queryLog.bucketName,
    arn: pulumi.interpolate`arn:${partition}:s3:::${queryLog.bucketName}`,
  };
  return [
    {
      Sid: "AskQueryLog",
      Effect: "Allow",
      Action: [
        "athena:StartQueryExecution",
        "athena:GetQueryExecution",
        "athena:GetQueryResults",
        "athena:StopQueryExecution",
      ],
      Resource: pulumi.interpolate`arn:${partition}:athena:${region}:${accountId}:workgroup/${queryLog.workgroup}`,
    },
    ...readObjects("QueryLog", bucket, [LOG_PREFIX, RESULTS_PREFIX]),
    {
      // Athena writes its answers with the caller's rights.
      Sid: "WriteAnswers",
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      Resource: pulumi.interpolate`${bucket.arn}/${RESULTS_PREFIX}*`,
    },
    encryptWith("QueryLogKey", [{ arn: queryLog.keyArn }]),
    catalogAccess("QueryLogCatalog", account, queryLog.database, [LOG_TABLE], "read"),
    {
      // "A policy to the default database and the Data Catalog must be present" (Athena user guide, "Configure access to
      // databases and tables in the AWS Glue Data Catalog"), whatever the statement reads.
      Sid: "DefaultDatabase",
      Effect: "Allow",
      Action: ["glue:GetDatabase", "glue:GetDatabases"],
      Resource: ["catalog", "database/default"].map(
        (resource) => pulumi.interpolate`arn:${partition}:glue:${region}:${accountId}:${resource}`,
      ),
    },
  ];
}

function askWarehouse({ kind, arn }: PulseWarehouseRef): PolicyStatement {
  return kind === "cluster"
    ? {
        Sid: "SeeCluster",
        Effect: "Allow",
        Action: "redshift:DescribeClusters",
        // The service authorization reference has no resource type for this action.
        Resource: "*",
      }
    : { Sid: "SeeWorkgroup", Effect: "Allow", Action: "redshift-serverless:GetWorkgroup", Resource: arn };
}
