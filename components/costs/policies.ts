import * as pulumi from "@pulumi/pulumi";
import { COST_VIEW } from "../../handlers/costs/settings";
import { LOG_PREFIX, LOG_TABLE } from "../../handlers/query-log/settings";
import { catalogAccess, encryptWith } from "../lake-access";
import { putMetrics } from "../operations/own-metrics";
import { stateAccess, type OperationsStoreRef } from "../operations/store-ref";
import type { PolicyStatement } from "../policy";
import { RESULTS_PREFIX } from "../query-log-policies";
import type { AwsAccount, BucketRef, KeyRef } from "../types";

/** The query log as the daily closure sees it. */
export interface QueryLogRef {
  /** Database of the view `cost_by_team`. */
  database: pulumi.Input<string>;
  /** Athena workgroup in which the closure asks. */
  workgroup: pulumi.Input<string>;
  bucket: BucketRef;
  /** Encrypts the bucket. */
  key: KeyRef;
}

/** What asking the query log takes: Athena reads the catalog, the log and its results with the caller's rights. */
function askQueryLog(account: AwsAccount, log: QueryLogRef): PolicyStatement[] {
  const { accountId, partition, region } = account;
  const arn = (service: string, resource: pulumi.Input<string>): pulumi.Output<string> =>
    pulumi.interpolate`arn:${partition}:${service}:${region}:${accountId}:${resource}`;
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
      Resource: arn("athena", pulumi.interpolate`workgroup/${log.workgroup}`),
    },
    catalogAccess("QueryLogTables", account, log.database, [LOG_TABLE, COST_VIEW], "read"),
    {
      // "A policy to the default database and the Data Catalog must be present" (Athena user guide, "Configure access to
      // databases and tables in the AWS Glue Data Catalog"), whatever the statement reads.
      Sid: "DefaultDatabase",
      Effect: "Allow",
      Action: ["glue:GetDatabase", "glue:GetDatabases"],
      Resource: ["catalog", "database/default"].map((resource) => arn("glue", resource)),
    },
    {
      Sid: "QueryLogBucket",
      Effect: "Allow",
      Action: ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
      Resource: log.bucket.arn,
    },
    {
      Sid: "QueryLogObjects",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: [LOG_PREFIX, RESULTS_PREFIX].map((prefix) => pulumi.interpolate`${log.bucket.arn}/${prefix}*`),
    },
    {
      Sid: "QueryResults",
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      Resource: pulumi.interpolate`${log.bucket.arn}/${RESULTS_PREFIX}*`,
    },
    encryptWith("QueryLogKey", [log.key]),
  ];
}

/** What the daily closure may do. */
export function closureStatements(account: AwsAccount, store: OperationsStoreRef, log: QueryLogRef): PolicyStatement[] {
  return [
    {
      Sid: "AskCosts",
      Effect: "Allow",
      Action: "ce:GetCostAndUsage",
      // Costs are the account's: there is no resource of this stack that the action could name.
      Resource: "*",
    },
    ...askQueryLog(account, log),
    stateAccess("ReadVolumes", store, "read", ["volume"]),
    putMetrics(),
  ];
}
