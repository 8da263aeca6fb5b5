import type * as s3 from "@aws-sdk/client-s3";
import type * as sqs from "@aws-sdk/client-sqs";
import type { OpenObject } from "./scan-object";

/** User metadata of a raw object that an erasure wrote again: its lines were looked at when they landed. */
export const REWRITTEN_METADATA = "clickstream-rewritten";

/** Errors of GetObject that say that the object or version no longer exists; a delete marker answers MethodNotAllowed. */
const GONE = ["NoSuchKey", "NoSuchVersion", "NotFound", "MethodNotAllowed"];

/** Opens objects through S3; one that an erasure wrote again is left unread. */
export function createOpenObject(client: s3.S3Client, sdk: Pick<typeof s3, "GetObjectCommand">): OpenObject {
  return async (bucket, key, versionId) => {
    try {
      const answer = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
      if (answer.Metadata?.[REWRITTEN_METADATA] !== undefined) {
        // An unread body would hold its connection for as long as the instance lives.
        (answer.Body as { destroy?: () => void } | undefined)?.destroy?.();
        return "rewritten";
      }
      return answer.Body as AsyncIterable<Uint8Array> | undefined;
    } catch (error) {
      if (error instanceof Error && GONE.includes(error.name)) return undefined;
      throw error;
    }
  };
}

/** Makes a failed message of the queue visible again after some seconds. */
export function createPostpone(
  client: sqs.SQSClient,
  sdk: Pick<typeof sqs, "ChangeMessageVisibilityCommand">,
  queueUrl: string,
): (receiptHandle: string, seconds: number) => Promise<void> {
  return async (receiptHandle, seconds) => {
    await client.send(
      new sdk.ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  };
}
