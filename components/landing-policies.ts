import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { HOLDS, MAPPINGS } from "../handlers/landing/holds";
import { HEARTBEATS_PREFIX } from "../handlers/landing/landed-object";
import { METRICS_NAMESPACE } from "../handlers/operations/metrics";
import type { LandingCheckArgs } from "./landing-check";
import { stateAccess } from "./operations/store-ref";
import type { PolicyStatement } from "./policy";

/** What the landing check may do, each on the one resource that it works with. */
export function landingStatements(args: LandingCheckArgs, queue: aws.sqs.Queue): PolicyStatement[] {
  const { store, rawBucket, rawKey, eventsPrefix, state } = args;
  const under = (prefix: string): pulumi.Output<string> =>
    pulumi.interpolate`${state.bucket.arn}/${state.prefix}${prefix}*`;
  return [
    {
      Sid: "ReadRawObjects",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: [eventsPrefix, HEARTBEATS_PREFIX].map((prefix) => pulumi.interpolate`${rawBucket.arn}/${prefix}*`),
    },
    {
      // Without it S3 answers "access denied" for an object that is gone, which would be retried until the dead-letter
      // queue. A prefix condition would not match there, GetObject has no prefix.
      Sid: "TellGoneFromForbidden",
      Effect: "Allow",
      Action: ["s3:ListBucket", "s3:ListBucketVersions"],
      Resource: rawBucket.arn,
    },
    { Sid: "DecryptRawObjects", Effect: "Allow", Action: "kms:Decrypt", Resource: rawKey.arn },
    {
      Sid: "TakeMessages",
      Effect: "Allow",
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"],
      Resource: queue.arn,
    },
    {
      // Read and delete as well: a hold that crossed with a decision is taken back by whoever set it.
      Sid: "HoldHours",
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
      Resource: under(HOLDS),
    },
    { Sid: "ReadMappings", Effect: "Allow", Action: "s3:GetObject", Resource: under(MAPPINGS) },
    {
      Sid: "ListMappingsAndHolds",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: state.bucket.arn,
      Condition: { StringLike: { "s3:prefix": [`${state.prefix}${MAPPINGS}*`, `${state.prefix}${HOLDS}*`] } },
    },
    {
      Sid: "UseStateKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: state.key.arn,
    },
    stateAccess("ReadDrifts", store, "read", ["drift"]),
    stateAccess("RecordLandings", store, "write", ["landing", "volume", "heartbeat", "drift"]),
    {
      Sid: "PutMetrics",
      Effect: "Allow",
      Action: "cloudwatch:PutMetricData",
      // CloudWatch has no resources that this action could name; the namespace narrows it.
      Resource: "*",
      Condition: { StringEquals: { "cloudwatch:namespace": METRICS_NAMESPACE } },
    },
  ];
}
