import * as pulumi from "@pulumi/pulumi";
import { catalogAccess } from "../lake-access";
import type { PolicyStatement } from "../policy";
import type { AwsAccount, BucketRef, KeyRef, LakeLocation } from "../types";
import { useKey } from "./lake-questions";

/** What an engineer on duty works with beside the questions. */
export interface Operated {
  account: AwsAccount;
  pipelineName: string;
  jobs: readonly pulumi.Input<string>[];
  raw: LakeLocation;
  /** Tables of the other layers, each database's together. */
  tables: readonly (readonly [LakeLocation, ...LakeLocation[]])[];
  /** Table of restored dates, whose partitions `cli restore` makes and removes. */
  restored: LakeLocation;
  /** Job code, manifests and reports. */
  artifacts: { bucket: BucketRef; key: KeyRef };
  operations: { tableArn: pulumi.Input<string>; key: KeyRef };
}

/**
 * Statements of the operator: what the commands of `cli` do that need no deployment. All policies of a role together may
 * hold 10,240 characters (IAM quotas), so layers share statements here.
 */
export function operatorStatements(operated: Operated): PolicyStatement[] {
  const { account, jobs, raw, restored, artifacts, operations } = operated;
  return [
    ...runJobs(account, jobs),
    ...readLayers(operated),
    ...writePlaces(operated),
    catalogAccess("RestoredCatalog", account, restored.database, [restored.table], "write"),
    {
      Sid: "Restore",
      Effect: "Allow",
      Action: "s3:RestoreObject",
      Resource: pulumi.interpolate`${restored.bucket.arn}/${restored.prefix}*`,
    },
    useKey("WriteKeys", account, [raw.key, artifacts.key], ["kms:Decrypt", "kms:GenerateDataKey"]),
    ...askOperations(account, operations),
    ...callOwn(operated),
  ];
}

function runJobs(account: AwsAccount, jobs: readonly pulumi.Input<string>[]): PolicyStatement[] {
  const { accountId, partition, region } = account;
  return [
    {
      Sid: "RunJobs",
      Effect: "Allow",
      Action: [
        "glue:GetJob",
        "glue:StartJobRun",
        "glue:GetJobRun",
        "glue:GetJobRuns",
        "glue:BatchStopJobRun",
        "glue:GetJobBookmark",
        "glue:ResetJobBookmark",
      ],
      Resource: jobs.map((job) => pulumi.interpolate`arn:${partition}:glue:${region}:${accountId}:job/${job}`),
    },
  ];
}

function readLayers({ account, raw, tables, artifacts }: Operated): PolicyStatement[] {
  const layers = [[raw] as const, ...tables];
  const catalogs = layers.map((layer) => {
    const [{ database }] = layer;
    const names = layer.map(({ table }) => table);
    return catalogAccess("ReadCatalog", account, database, names, "read");
  });
  const resources = catalogs.map(({ Resource }) => Resource as pulumi.Input<string>[]);
  const below = layers.flatMap((layer) => {
    const prefixes = [...new Set(layer.map(({ prefix }) => prefix))];
    return prefixes.map((prefix) => pulumi.interpolate`${layer[0].bucket.arn}/${prefix}*`);
  });
  const buckets = [...layers.map(([{ bucket }]) => bucket.arn), artifacts.bucket.arn];
  return [
    // Each begins with the catalog itself, which stands there once.
    {
      ...(catalogs[0] as PolicyStatement),
      Resource: resources.flatMap((own, index) => (index === 0 ? own : own.slice(1))),
    },
    { Sid: "List", Effect: "Allow", Action: ["s3:ListBucket", "s3:GetBucketLocation"], Resource: buckets },
    {
      Sid: "Read",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: [...below, pulumi.interpolate`${artifacts.bucket.arn}/reports/*`],
    },
    useKey(
      "ReadKeys",
      account,
      layers.map(([{ key }]) => key),
      ["kms:Decrypt"],
    ),
  ];
}

/** Landing and replay write raw events; decisions about drifts and backfills write the jobs' state. */
function writePlaces({ raw, artifacts }: Operated): PolicyStatement[] {
  return [
    {
      Sid: "Write",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
      Resource: [
        pulumi.interpolate`${raw.bucket.arn}/${raw.prefix}*`,
        pulumi.interpolate`${artifacts.bucket.arn}/state/*`,
      ],
    },
  ];
}

function askOperations(account: AwsAccount, { tableArn, key }: Operated["operations"]): PolicyStatement[] {
  return [
    {
      Sid: "Operations",
      Effect: "Allow",
      Action: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
      Resource: tableArn,
    },
    {
      Sid: "OperationsKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: key.arn,
      Condition: {
        StringEquals: {
          "kms:ViaService": ["dynamodb", "sqs"].map(
            (service) => pulumi.interpolate`${service}.${account.region}.amazonaws.com`,
          ),
        },
      },
    },
    {
      Sid: "Measurements",
      Effect: "Allow",
      Action: ["cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics"],
      // No ARN and no condition narrows reading metrics.
      Resource: "*",
    },
  ];
}

/** Functions, queues and alarms of the stack, which all bear its name. */
function callOwn({ account, pipelineName }: Operated): PolicyStatement[] {
  const { accountId, partition, region } = account;
  const own = (service: string, kind: string): pulumi.Output<string> =>
    pulumi.interpolate`arn:${partition}:${service}:${region}:${accountId}:${kind}${pipelineName}-*`;
  return [
    { Sid: "Call", Effect: "Allow", Action: "lambda:InvokeFunction", Resource: own("lambda", "function:") },
    { Sid: "Queues", Effect: "Allow", Action: ["sqs:GetQueueUrl", "sqs:GetQueueAttributes"], Resource: own("sqs", "") },
    {
      Sid: "Alarms",
      Effect: "Allow",
      Action: ["cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory"],
      Resource: own("cloudwatch", "alarm:"),
    },
  ];
}
