import { SubscribeCommand, UnsubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import type { AwsClients } from "./clients";

/** A message of a topic as its queue has it. */
export interface TopicMessage {
  /** As it was published. */
  body: string;
  /** Epoch milliseconds at which it was in the queue, as SQS stamped it. */
  sentAt: number;
}

/** A queue of its own that is subscribed to a topic, until `close`. */
export class TopicQueue {
  private constructor(
    private readonly clients: AwsClients,
    private readonly queueUrl: string,
    private readonly subscriptionArn: string,
  ) {}

  /** @param name of the queue, which must not exist with other attributes */
  static async subscribe(clients: AwsClients, topicArn: string, name: string): Promise<TopicQueue> {
    const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: name }));
    if (QueueUrl === undefined) throw new Error(`SQS gave no URL for the queue ${name}.`);
    const { Attributes } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
    );
    const queueArn = Attributes?.["QueueArn"] ?? "";
    await allowTopic(clients, QueueUrl, queueArn, topicArn);
    const { SubscriptionArn } = await clients.sns.send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: "sqs",
        Endpoint: queueArn,
        Attributes: { RawMessageDelivery: "true" },
        ReturnSubscriptionArn: true,
      }),
    );
    return new TopicQueue(clients, QueueUrl, SubscriptionArn ?? "");
  }

  /** Takes up to ten messages that are there now; they are gone from the queue when `use` has come back. */
  async receive(use: (message: TopicMessage) => void): Promise<number> {
    const { Messages = [] } = await this.clients.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 0,
        MessageSystemAttributeNames: ["SentTimestamp"],
      }),
    );
    if (Messages.length === 0) return 0;
    for (const { Body, Attributes } of Messages) {
      use({ body: Body ?? "null", sentAt: Number(Attributes?.SentTimestamp) });
    }
    const Entries = Messages.map(({ ReceiptHandle = "" }, at) => ({ Id: String(at), ReceiptHandle }));
    await this.clients.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.queueUrl, Entries }));
    return Messages.length;
  }

  /** Removes subscription and queue. */
  async close(): Promise<void> {
    await this.clients.sns.send(new UnsubscribeCommand({ SubscriptionArn: this.subscriptionArn }));
    await this.clients.sqs.send(new DeleteQueueCommand({ QueueUrl: this.queueUrl }));
  }
}

async function allowTopic(clients: AwsClients, queueUrl: string, queueArn: string, topicArn: string): Promise<void> {
  const policy = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: queueArn,
        Condition: { ArnEquals: { "aws:SourceArn": topicArn } },
      },
    ],
  };
  await clients.sqs.send(
    new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { Policy: JSON.stringify(policy) } }),
  );
}
