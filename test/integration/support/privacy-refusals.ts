import { DeleteItemCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { BatchDeletePartitionCommand, UpdateJobCommand, UpdateTableCommand } from "@aws-sdk/client-glue";
import { DeleteObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { SubscribeCommand } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { AwsClients } from "../../../automation/stack/clients";
import {
  asks,
  DENIED,
  QUERY_DENIED,
  read,
  secretOf,
  starts,
  takesOn,
  write,
  type Refusal,
  type Scene,
} from "./attempts";

const deletesVersion =
  (bucket: "silverBucket" | "goldBucket", key: "silverKey" | "goldKey") =>
  async ({ s3 }: AwsClients, { outputs, actors, ...scene }: Scene) => {
    const at = { Bucket: outputs[bucket], Key: scene[key] };
    const { VersionId } = await actors.clients({}).s3.send(new HeadObjectCommand(at));
    return s3.send(new DeleteObjectCommand({ ...at, VersionId }));
  };
/** Attempts at erasures by those who are no privacy officers, and at everything else by one. */
export const PRIVACY_REFUSALS: readonly Refusal[] = [
  { who: "analyst", what: "starts an erasure", code: DENIED, attempt: starts("privacyJob") },
  {
    who: "analyst",
    what: "reads the ledger of erasures",
    code: DENIED,
    attempt: ({ dynamodb }, { outputs }) =>
      dynamodb.send(new GetItemCommand({ TableName: outputs.privacyLedger, Key: keyOf("chain", "head") })),
  },
  { who: "operator", what: "reads the key of erased persons", code: DENIED, attempt: secretOf("subjectSecretArn") },
  { who: "operator", what: "starts an erasure", code: DENIED, attempt: starts("privacyJob") },
  {
    who: "operator",
    what: "deletes a version of silver",
    code: DENIED,
    attempt: deletesVersion("silverBucket", "silverKey"),
  },
  {
    who: "operator",
    what: "takes on the privacy officer's role",
    code: DENIED,
    attempt: (as, scene) => takesOn("id-privacy")(as, scene, "operator"),
  },
  // The privacy officer: erasures, and neither rows nor what the stack is.
  { who: "privacy officer", what: "downloads a raw object", code: DENIED, attempt: read("rawBucket", "rawKey") },
  {
    who: "privacy officer",
    what: "downloads silver past Athena",
    code: DENIED,
    attempt: read("silverBucket", "silverKey"),
  },
  { who: "privacy officer", what: "asks bronze", code: QUERY_DENIED, attempt: asks("bronze", "raw_events", "adhoc") },
  {
    who: "privacy officer",
    what: "asks the facts",
    code: QUERY_DENIED,
    attempt: asks("gold", "fact_clicks", "adhoc"),
  },
  { who: "privacy officer", what: "writes into silver", code: DENIED, attempt: write("silverBucket", "events/x") },
  {
    who: "privacy officer",
    what: "hides a current object of gold by a delete marker",
    code: DENIED,
    attempt: ({ s3 }, { outputs, goldKey }) =>
      s3.send(new DeleteObjectCommand({ Bucket: outputs.goldBucket, Key: goldKey })),
  },
  {
    who: "privacy officer",
    what: "changes a table of gold",
    code: DENIED,
    attempt: ({ glue }, { outputs }) =>
      glue.send(new UpdateTableCommand({ DatabaseName: outputs.goldDatabase, TableInput: { Name: "fact_clicks" } })),
  },
  {
    who: "privacy officer",
    what: "takes a date out of the facts",
    code: DENIED,
    attempt: ({ glue }, { outputs }) =>
      glue.send(
        new BatchDeletePartitionCommand({
          DatabaseName: outputs.goldDatabase,
          TableName: "fact_clicks",
          PartitionsToDelete: [{ Values: ["2026-01-01"] }],
        }),
      ),
  },
  {
    who: "privacy officer",
    what: "subscribes to the purchases' topic",
    code: DENIED,
    attempt: ({ sns }, { outputs }) =>
      sns.send(new SubscribeCommand({ TopicArn: outputs.alertTopicArn, Protocol: "email", Endpoint: "a@example.com" })),
  },
  {
    who: "privacy officer",
    what: "receives purchases from their queue",
    code: DENIED,
    attempt: ({ sqs }, { outputs }) => sqs.send(new ReceiveMessageCommand({ QueueUrl: outputs.alertQueueUrl })),
  },
  {
    who: "privacy officer",
    what: "takes a certificate out of the ledger",
    code: DENIED,
    attempt: ({ dynamodb }, { outputs }) =>
      dynamodb.send(
        new DeleteItemCommand({ TableName: outputs.privacyLedger, Key: keyOf("certificate", "0000000001") }),
      ),
  },
  {
    who: "privacy officer",
    what: "deploys other code of a job",
    code: DENIED,
    attempt: ({ glue }, { outputs }) =>
      glue.send(
        new UpdateJobCommand({ JobName: outputs.silverJob, JobUpdate: { Command: { ScriptLocation: "s3://x/y.py" } } }),
      ),
  },
];

/** Key of an item. */
function keyOf(pk: string, sk: string): Record<"pk" | "sk", { S: string }> {
  return { pk: { S: pk }, sk: { S: sk } };
}
