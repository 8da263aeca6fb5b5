import type * as sns from "@aws-sdk/client-sns";

/** What is published: attributes serve as subscription filters. */
export interface Notice {
  subject: string;
  /** The alert as JSON, and as plain text for e-mail. */
  json: string;
  text: string;
  attributes: Record<string, string | number>;
}

/**
 * How the SDK calls SNS. It repeats nothing: a call whose answer was lost may have gone out, and its repeat would be a
 * second alert; `createPublish` repeats what cannot be out. And it keeps no idle connection: one that was closed while the
 * function slept would end the next call in a reset, of which nobody knows either whether the message went out.
 */
export const PUBLISH_CLIENT = { maxAttempts: 1, requestHandler: { httpsAgent: { keepAlive: false } } };

/** Pauses before the second and third try of a publish that was throttled, in milliseconds. */
const PUBLISH_PAUSES_MS = [250, 1000];

/** What errors of the SDK have beside a name. */
interface SdkError {
  $fault?: string;
  $metadata?: { httpStatusCode?: number };
}

function isThrottling(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name.includes("Throttl") || (error as SdkError).$metadata?.httpStatusCode === 429;
}

/**
 * Whether a message may be out although its publish failed. It is not when SNS refused it (throttling, any 4xx); after a
 * timeout, a reset or a 5xx nobody knows.
 */
export function mayBeOut(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (isThrottling(error)) return false;
  const { $fault, $metadata } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  return status === undefined ? $fault !== "client" : status < 400 || status >= 500;
}

/** Publishes through SNS; `sleep` waits milliseconds. A publish that was throttled is tried three times in all. */
export function createPublish(
  client: sns.SNSClient,
  sdk: Pick<typeof sns, "PublishCommand">,
  topicArn: string,
  sleep: (milliseconds: number) => Promise<void>,
): (notice: Notice) => Promise<void> {
  return async (notice) => {
    const attributes: Record<string, { DataType: string; StringValue: string }> = {};
    for (const [name, value] of Object.entries(notice.attributes)) {
      attributes[name] = { DataType: typeof value === "number" ? "Number" : "String", StringValue: String(value) };
    }
    const command = new sdk.PublishCommand({
      TopicArn: topicArn,
      Subject: notice.subject,
      MessageStructure: "json",
      Message: JSON.stringify({ default: notice.json, email: notice.text }),
      MessageAttributes: attributes,
    });
    for (const pause of PUBLISH_PAUSES_MS) {
      try {
        await client.send(command);
        return;
      } catch (error) {
        if (!isThrottling(error)) throw error;
        await sleep(pause);
      }
    }
    await client.send(command);
  };
}
