import * as pulumi from "@pulumi/pulumi";
import { ARCHIVE_PREFIX } from "../cold-tier";
import { ARTIFACT_PREFIX } from "../job-artifacts";
import type { KeyService } from "../key-policy";
import { catalogAccess } from "../lake-access";
import type { PolicyStatement } from "../policy";
import { PRIVACY_FOLDER } from "../privacy/prefixes";
import type { AwsAccount, BucketRef, KeyRef, LakeLocation } from "../types";
import { THROUGH_ATHENA } from "./lake-questions";

/** What an erasure goes through by its own calls; raw objects and rows are its jobs' alone. */
export interface Erased {
  account: AwsAccount;
  pipelineName: string;
  /** Jobs that an erasure runs: silver, gold, archive, raw. */
  jobs: readonly pulumi.Input<string>[];
  events: LakeLocation;
  quarantine: LakeLocation;
  /** Index of which files hold whom. */
  subjects: LakeLocation;
  clicks: LakeLocation;
  users: LakeLocation;
  /** Table of restored dates; its prefix is that of the archive's files. */
  restored: LakeLocation;
  artifacts: { bucket: BucketRef; key: KeyRef };
  /** Results of queries, of which any may hold anybody. */
  results: BucketRef;
  ledgerArn: pulumi.Input<string>;
  /** Table with the locks, its key. */
  operations: { tableArn: pulumi.Input<string>; key: KeyRef };
  /** Keys of the hashes: of persons in the requests, and of the addresses in the tables. */
  secrets: { subjects: pulumi.Input<string>; pseudonyms: pulumi.Input<string> };
  /** Keys of the dead-letter queues, beside that of operations. */
  letterKeys: readonly KeyRef[];
  /** Function that loads the warehouse. @default there is no warehouse */
  loader?: pulumi.Input<string>;
}

/**
 * Statements of the privacy officer: what `cli erase` and `cli export` call (automation/privacy), and nothing else. An officer
 * deletes old versions but no current table, starts the jobs but writes no layer, and reads rows through Athena only. All
 * policies of a role together may hold 10,240 characters (IAM quotas), so layers share statements.
 */
export function privacyStatements(erased: Erased): PolicyStatement[] {
  return [
    runJobs(erased),
    ...seeTables(erased),
    ...workWithObjects(erased),
    ...keepLedger(erased),
    ...clearLetters(erased),
    ...useKeys(erased),
    {
      Sid: "HashKeys",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: [erased.secrets.subjects, erased.secrets.pseudonyms],
    },
    ...(erased.loader === undefined ? [] : [load(erased.account, erased.loader)]),
  ];
}

function runJobs({ account, jobs }: Erased): PolicyStatement {
  const { accountId, partition, region } = account;
  return {
    Sid: "RunJobs",
    Effect: "Allow",
    Action: ["glue:GetJob", "glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
    Resource: jobs.map((job) => pulumi.interpolate`arn:${partition}:glue:${region}:${accountId}:job/${job}`),
  };
}

/** Which folders are current; restored dates are taken out of their table. */
function seeTables({ account, events, quarantine, subjects, clicks, users, restored }: Erased): PolicyStatement[] {
  const named = (tables: readonly LakeLocation[]): pulumi.Input<string>[] => tables.map(({ table }) => table);
  const silver = catalogAccess("SeeTables", account, events.database, named([events, quarantine, subjects]), "read");
  const gold = catalogAccess("", account, clicks.database, named([clicks, users, restored]), "read");
  const resources = [silver, gold].map(({ Resource }) => Resource as pulumi.Input<string>[]);
  return [
    // Each begins with the catalog itself, which stands there once.
    { ...silver, Resource: resources.flatMap((own, index) => (index === 0 ? own : own.slice(1))) },
    {
      ...catalogAccess("RestoredDates", account, restored.database, [restored.table], "read"),
      Action: "glue:BatchDeletePartition",
    },
  ];
}

function workWithObjects(erased: Erased): PolicyStatement[] {
  const { events, quarantine, subjects, clicks, users, restored, artifacts, results } = erased;
  const [silver, gold] = [events.bucket, clicks.bucket];
  const below = (bucket: BucketRef, ...prefixes: string[]): pulumi.Output<string>[] =>
    prefixes.map((prefix) => pulumi.interpolate`${bucket.arn}/${prefix}*`);
  const { requests, located, suppression, certificates } = PRIVACY_FOLDER;
  return [
    {
      Sid: "List",
      Effect: "Allow",
      // ListBucket: without it an object that is not there is refused instead of missed.
      Action: ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketVersions"],
      Resource: [silver.arn, gold.arn, artifacts.bucket.arn, results.arn],
    },
    {
      Sid: "Read",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: [
        ...below(silver, requests, located, certificates),
        ...below(gold, `${ARCHIVE_PREFIX}manifests/`),
        ...below(artifacts.bucket, ARTIFACT_PREFIX.reports),
      ],
    },
    {
      Sid: "ExportRows",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: [...below(silver, events.prefix, quarantine.prefix), ...below(gold, users.prefix)],
      Condition: THROUGH_ATHENA,
    },
    {
      Sid: "Write",
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: below(silver, requests, suppression, certificates),
    },
    {
      Sid: "DeleteForGood",
      Effect: "Allow",
      // Never s3:DeleteObject: a delete without a version would hide what is current.
      Action: "s3:DeleteObjectVersion",
      Resource: [
        ...below(silver, events.prefix, quarantine.prefix, subjects.prefix, requests, located, suppression),
        ...below(gold, clicks.prefix, users.prefix, restored.prefix),
        ...below(artifacts.bucket, ARTIFACT_PREFIX.scratch),
        ...below(results, ""),
      ],
    },
  ];
}

/** Requests and certificates stay: only which request of a person counts is ever taken out of the ledger. */
function keepLedger({ ledgerArn, operations }: Erased): PolicyStatement[] {
  // IAM user guide, "Using IAM policy conditions for fine-grained access control": keys of partitions.
  const partition = (name: string): PolicyStatement["Condition"] => ({
    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [name] },
  });
  return [
    // A transaction is allowed by what it does to each item (DynamoDB guide, "Using IAM with DynamoDB transactions").
    {
      Sid: "Ledger",
      Effect: "Allow",
      Action: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"],
      Resource: ledgerArn,
    },
    {
      Sid: "Forget",
      Effect: "Allow",
      Action: "dynamodb:DeleteItem",
      Resource: ledgerArn,
      Condition: partition("subject"),
    },
    {
      Sid: "Locks",
      Effect: "Allow",
      Action: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
      Resource: operations.tableArn,
      Condition: partition("lock"),
    },
  ];
}

/** Dead-letter queues all bear the stack's name and end alike, before what Pulumi appends. */
function clearLetters({ account, pipelineName }: Erased): PolicyStatement[] {
  const { accountId, partition, region } = account;
  return [
    {
      Sid: "DeadLetters",
      Effect: "Allow",
      // Each allows its batch too (SQS API reference, AddPermission).
      Action: ["sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
      Resource: pulumi.interpolate`arn:${partition}:sqs:${region}:${accountId}:${pipelineName}-*-dlq-???????`,
    },
    {
      Sid: "FindQueues",
      Effect: "Allow",
      Action: "sqs:ListQueues",
      // The service authorization reference has no resource type for this action.
      Resource: "*",
    },
  ];
}

function useKeys({ account, events, clicks, artifacts, operations, letterKeys }: Erased): PolicyStatement[] {
  const through = (
    Sid: string,
    actions: string,
    keys: readonly KeyRef[],
    services: readonly KeyService[],
  ): PolicyStatement => ({
    Sid,
    Effect: "Allow",
    Action: actions,
    Resource: keys.map(({ arn }) => arn),
    Condition: {
      StringEquals: {
        "kms:ViaService": services.map((service) => pulumi.interpolate`${service}.${account.region}.amazonaws.com`),
      },
    },
  });
  const readable = [events.key, clicks.key, artifacts.key, operations.key, ...letterKeys];
  return [
    through("ReadKeys", "kms:Decrypt", readable, ["s3", "dynamodb", "secretsmanager", "sqs"]),
    through("WriteKeys", "kms:GenerateDataKey", [events.key, operations.key], ["s3", "dynamodb"]),
  ];
}

function load({ accountId, partition, region }: AwsAccount, loader: pulumi.Input<string>): PolicyStatement {
  return {
    Sid: "Load",
    Effect: "Allow",
    Action: "lambda:InvokeFunction",
    Resource: pulumi.interpolate`arn:${partition}:lambda:${region}:${accountId}:function:${loader}`,
  };
}
