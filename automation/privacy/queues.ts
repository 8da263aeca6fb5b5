import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  paginateListQueues,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { ClassFigures } from "./certificate";
import { namesOneOf } from "./text-match";

/** Names of the queues that keep what nobody could handle: every one's logical name ends in "-dlq" (a test looks). */
const DEAD_LETTERS = /-dlq(-[0-9a-f]{7})?$/;
/** Seconds for which looked-at messages are hidden: longer than looking at a full queue takes. */
const HIDE_SECONDS = 300;
/** Messages of one call (API reference, ReceiveMessage). */
const BATCH = 10;
/** Empty answers in a row after which a queue counts as read: one may come from servers that have none (SQS guide). */
const EMPTY_ANSWERS = 2;

/** Dead-letter queues of a stack. */
export async function deadLetterQueues(sqs: SQSClient, pipelineName: string): Promise<string[]> {
  const urls: string[] = [];
  for await (const page of paginateListQueues({ client: sqs }, { QueueNamePrefix: `${pipelineName}-` })) {
    urls.push(...(page.QueueUrls ?? []).filter((url) => DEAD_LETTERS.test(url.slice(url.lastIndexOf("/") + 1))));
  }
  return urls.sort();
}

/**
 * Takes the messages that name a person out of the dead-letter queues; all others are there again afterwards, with their
 * age. A message that somebody else is looking at is not seen: the verification looks again.
 * @param texts ids and addresses as they are in messages
 * @param remove false only counts
 */
export async function clearDeadLetters(
  sqs: SQSClient,
  pipelineName: string,
  texts: readonly string[],
  remove: boolean,
): Promise<ClassFigures> {
  const total = { class: "dead letters", rows: 0, read: 0 };
  const namesOne = namesOneOf(texts);
  for (const QueueUrl of await deadLetterQueues(sqs, pipelineName)) {
    const kept: Message[] = [];
    try {
      for await (const message of messages(sqs, QueueUrl)) {
        total.read += 1;
        if (!namesOne(message.Body ?? "")) {
          kept.push(message);
          continue;
        }
        total.rows += 1;
        if (!remove) kept.push(message);
        else await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      }
    } finally {
      await release(sqs, QueueUrl, kept);
    }
  }
  return total;
}

async function* messages(sqs: SQSClient, QueueUrl: string): AsyncGenerator<Message> {
  // A message may come twice, even while it is hidden (SQS guide, "At-least-once delivery").
  const seen = new Set<string>();
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
  );
  const quiet = Attributes?.["ApproximateNumberOfMessages"] === "0";
  for (let empty = 0; empty < (quiet ? 1 : EMPTY_ANSWERS);) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: BATCH,
        VisibilityTimeout: HIDE_SECONDS,
        // Long polling asks all servers; a second is enough, as nothing new is waited for.
        WaitTimeSeconds: quiet ? 0 : 1,
      }),
    );
    empty = Messages.length === 0 ? empty + 1 : 0;
    for (const message of Messages) {
      if (seen.has(message.MessageId ?? "")) continue;
      seen.add(message.MessageId ?? "");
      yield message;
    }
  }
}

async function release(sqs: SQSClient, QueueUrl: string, kept: readonly Message[]): Promise<void> {
  for (let start = 0; start < kept.length; start += BATCH) {
    const Entries = kept.slice(start, start + BATCH).map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: 0,
    }));
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
  }
}
