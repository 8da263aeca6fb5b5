import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { StartJobRunCommand, UpdateTableCommand } from "@aws-sdk/client-glue";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { PublishCommand } from "@aws-sdk/client-sns";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { ACCOUNT, type Actors } from "./actors";
import { asks, DENIED, QUERY_DENIED, read, secret, starts, takesOn, write, type Refusal } from "./attempts";
import { PRIVACY_REFUSALS } from "./privacy-refusals";

/** Every attempt, by the actor's own role. */
export const REFUSALS: readonly Refusal[] = [
  // Analysts: gold, through Athena, in their own workgroup.
  { who: "analyst", what: "asks bronze", code: QUERY_DENIED, attempt: asks("bronze", "raw_events", "adhoc") },
  { who: "analyst", what: "asks the quarantine", code: QUERY_DENIED, attempt: asks("silver", "quarantine", "adhoc") },
  {
    who: "analyst",
    what: "asks in the dashboards' workgroup",
    code: DENIED,
    attempt: asks("gold", "daily_sales", "bi"),
  },
  { who: "analyst", what: "downloads gold past Athena", code: DENIED, attempt: read("goldBucket", "goldKey") },
  { who: "analyst", what: "downloads a raw object", code: DENIED, attempt: read("rawBucket", "rawKey") },
  { who: "analyst", what: "writes into gold", code: DENIED, attempt: write("goldBucket", "fact_clicks/x.parquet") },
  { who: "analyst", what: "reads the pseudonyms' key", code: DENIED, attempt: secret },
  {
    who: "analyst",
    what: "moves a table of gold",
    code: DENIED,
    attempt: ({ glue }, { outputs }) =>
      glue.send(new UpdateTableCommand({ DatabaseName: outputs.goldDatabase, TableInput: { Name: "fact_clicks" } })),
  },
  {
    who: "analyst",
    what: "takes on the operator's role",
    code: DENIED,
    attempt: (as, scene) => takesOn("id-operator")(as, scene, "analyst"),
  },
  // Dashboards.
  { who: "bi", what: "asks bronze", code: QUERY_DENIED, attempt: asks("bronze", "raw_events", "bi") },
  { who: "bi", what: "asks silver", code: QUERY_DENIED, attempt: asks("silver", "events", "bi") },
  { who: "bi", what: "asks ad hoc", code: DENIED, attempt: asks("gold", "daily_sales", "adhoc") },
  {
    who: "bi",
    what: "reads analysts' results",
    code: DENIED,
    attempt: ({ s3 }, { outputs }) =>
      s3.send(new GetObjectCommand({ Bucket: outputs.resultsBucket, Key: "adhoc/any.csv" })),
  },
  // Jobs: their own layer, and the one before.
  { who: "silver job", what: "writes into bronze", code: DENIED, attempt: write("rawBucket", "events/x.json") },
  { who: "silver job", what: "writes into gold", code: DENIED, attempt: write("goldBucket", "fact_clicks/x") },
  {
    who: "silver job",
    what: "reads another team's bucket",
    code: DENIED,
    attempt: ({ s3 }, { teamB }) => s3.send(new GetObjectCommand({ Bucket: teamB, Key: "events/a.json" })),
  },
  {
    who: "silver job",
    what: "encrypts silver with a key that is not silver's",
    code: DENIED,
    attempt: async ({ s3 }, { outputs, actors }) => {
      const SSEKMSKeyId = await bucketKey(actors, outputs.goldBucket);
      const put = { Bucket: outputs.silverBucket, Key: "events/x", Body: "x", SSEKMSKeyId };
      return s3.send(new PutObjectCommand({ ...put, ServerSideEncryption: "aws:kms" }));
    },
  },
  {
    who: "silver job",
    what: "starts the gold job",
    code: DENIED,
    attempt: starts("goldJob"),
  },
  { who: "gold job", what: "reads raw objects", code: DENIED, attempt: read("rawBucket", "rawKey") },
  { who: "gold job", what: "reads the pseudonyms' key", code: DENIED, attempt: secret },
  { who: "gold job", what: "writes into silver", code: DENIED, attempt: write("silverBucket", "events/x") },
  { who: "gold job", what: "writes into the archive", code: DENIED, attempt: write("goldBucket", "archive/x") },
  { who: "archive job", what: "reads silver", code: DENIED, attempt: read("silverBucket", "silverKey") },
  { who: "archive job", what: "writes the daily summary", code: DENIED, attempt: write("goldBucket", "daily_sales/x") },
  {
    who: "gold job",
    what: "takes on the silver job's role",
    code: DENIED,
    attempt: (as, scene) => takesOn("silver-job-role")(as, scene, "gold job"),
  },
  // Functions: what their events are about.
  {
    who: "alert function",
    what: "reads beside the events",
    code: DENIED,
    attempt: ({ s3 }, { outputs }) =>
      s3.send(new GetObjectCommand({ Bucket: outputs.rawBucket, Key: "heartbeats/web.json" })),
  },
  {
    who: "alert function",
    what: "reads the operations table",
    code: DENIED,
    attempt: ({ dynamodb }, { outputs }) =>
      dynamodb.send(
        new QueryCommand({
          TableName: outputs.operationsTable,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": { S: "runs" } },
        }),
      ),
  },
  {
    who: "alert function",
    what: "publishes to the pager's topic",
    code: DENIED,
    attempt: ({ sns }, { outputs }) => sns.send(new PublishCommand({ TopicArn: outputs.pagerTopicArn, Message: "x" })),
  },
  {
    who: "landing check",
    what: "touches a partition that is not its own",
    code: DENIED,
    attempt: ({ dynamodb }, { outputs }) =>
      dynamodb.send(
        new QueryCommand({
          TableName: outputs.operationsTable,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": { S: "lock" } },
        }),
      ),
  },
  {
    who: "query recorder",
    what: "writes into the published log",
    code: DENIED,
    attempt: write("queryLogBucket", "query_log/x"),
  },
  {
    who: "query recorder",
    what: "sends messages to the alert queue",
    code: DENIED,
    attempt: ({ sqs }, { outputs }) =>
      sqs.send(new SendMessageCommand({ QueueUrl: outputs.alertQueueUrl, MessageBody: "{}" })),
  },
  // The operator: everything of the day, nothing of the account.
  { who: "operator", what: "reads the pseudonyms' key", code: DENIED, attempt: secret },
  {
    who: "operator",
    what: "deletes a record of the audit",
    code: DENIED,
    attempt: ({ s3 }, { outputs, auditKey }) =>
      s3.send(new DeleteObjectCommand({ Bucket: outputs.auditBucket, Key: auditKey })),
  },
  {
    who: "operator",
    what: "opens a bucket",
    code: DENIED,
    attempt: ({ s3 }, { outputs }) =>
      s3.send(
        new PutBucketPolicyCommand({ Bucket: outputs.rawBucket, Policy: '{"Version":"2012-10-17","Statement":[]}' }),
      ),
  },
  {
    who: "operator",
    what: "starts a job that is not the stack's",
    code: DENIED,
    attempt: ({ glue }) => glue.send(new StartJobRunCommand({ JobName: "another-teams-job" })),
  },
  {
    who: "operator",
    what: "calls a function that is not the stack's",
    code: DENIED,
    attempt: ({ lambda }) => lambda.send(new InvokeCommand({ FunctionName: "another-teams-function" })),
  },
  {
    who: "operator",
    what: "lists another team's bucket",
    code: DENIED,
    attempt: ({ s3 }, { teamB }) => s3.send(new ListObjectsV2Command({ Bucket: teamB })),
  },
  {
    who: "operator",
    // The emulator has no TLS on loopback; its front's header says which protocol a request came by.
    what: "reads a raw object by plain HTTP (as the header of a front says), which only the bucket's policy forbids",
    code: /^AccessDenied: .*explicit deny/,
    attempt: async (_, scene) => {
      const { actors, keys, outputs, rawKey } = scene;
      const { s3 } = actors.clients(keys["operator"] ?? {});
      const get = new GetObjectCommand({ Bucket: outputs.rawBucket, Key: rawKey });
      await s3.send(new GetObjectCommand({ Bucket: outputs.rawBucket, Key: rawKey }));
      s3.middlewareStack.add(
        (next) => (args) => {
          (args.request as { headers: Record<string, string> }).headers["x-forwarded-proto"] = "http";
          return next(args);
        },
        // After the signature, which a front does not renew.
        { step: "finalizeRequest", priority: "low", name: "plainHttp" },
      );
      return s3.send(get);
    },
  },
  ...PRIVACY_REFUSALS,
  // Those who are nobody here.
  { who: "another account", what: "reads a raw object", code: DENIED, attempt: read("rawBucket", "rawKey") },
  { who: "another account", what: "writes into bronze", code: DENIED, attempt: write("rawBucket", "events/x.json") },
  {
    who: "another account",
    what: "takes on the analysts' role",
    code: DENIED,
    attempt: (as, scene) => takesOn("id-analyst")(as, scene, "another account"),
  },
  {
    who: "a forger",
    what: "signs with a secret that is not the operator's",
    code: /^SignatureDoesNotMatch/,
    attempt: read("rawBucket", "rawKey"),
  },
];

/** Key of a bucket's default encryption, which root may look up. */
async function bucketKey(actors: Actors, bucket: string): Promise<string> {
  const { GetBucketEncryptionCommand } = await import("@aws-sdk/client-s3");
  const { s3 } = actors.clients({});
  const { ServerSideEncryptionConfiguration: found } = await s3.send(
    new GetBucketEncryptionCommand({ Bucket: bucket }),
  );
  const key = found?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID;
  if (key === undefined) throw new Error(`${bucket} has no key of account ${ACCOUNT}`);
  return key;
}
