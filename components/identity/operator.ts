import * as pulumi from "@pulumi/pulumi";
import { catalogAccess, readObjects, writeObjects } from "../lake-access";
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

/** Statements of the operator: what the commands of `cli` do that need no deployment. */
export function operatorStatements(operated: Operated): PolicyStatement[] {
  const { account, jobs, raw, restored, artifacts, operations } = operated;
  return [
    ...runJobs(account, jobs),
    ...readLayers(operated),
    ...writeObjects("Raw", raw.bucket, [raw.prefix]),
    catalogAccess("RestoredCatalog", account, restored.database, [restored.table], "write"),
    {
      Sid: "Restore",
      Effect: "Allow",
      Action: "s3:RestoreObject",
      Resource: pulumi.interpolate`${restored.bucket.arn}/${restored.prefix}*`,
    },
    ...writeObjects("State", artifacts.bucket, ["state/"]),
    ...readObjects("Reports", artifacts.bucket, ["reports/"]),
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

function readLayers({ account, raw, tables }: Operated): PolicyStatement[] {
  const layers = [[raw] as const, ...tables];
  return layers.flatMap((layer, index) => {
    const [{ bucket, key, database }] = layer;
    const prefixes = [...new Set(layer.map(({ prefix }) => prefix))];
    return [
      catalogAccess(
        `Layer${index}Catalog`,
        account,
        database,
        layer.map(({ table }) => table),
        "read",
      ),
      ...readObjects(`Layer${index}`, bucket, prefixes),
      useKey(`Layer${index}Key`, account, [key], ["kms:Decrypt"]),
    ];
  });
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
