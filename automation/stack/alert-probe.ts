import { setTimeout as sleep } from "node:timers/promises";
import { SubscribeCommand, UnsubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { z } from "zod";
import type { StackOutputs } from "./outputs";
import type { AwsClients } from "./clients";

const alertMessage = z.looseObject({
  orderId: z.string(),
  amountUsd: z.number(),
  thresholdUsd: z.number(),
  userId: z.string().nullish(),
  occurredAt: z.string().nullish(),
});

/** A purchase alert as subscribers get it. */
export type PurchaseAlert = z.infer<typeof alertMessage>;

/** A queue subscribed to the alert topic, so that a driver sees what a pager would see. */
export class AlertProbe {
  private readonly received: PurchaseAlert[] = [];

  private constructor(
    private readonly clients: AwsClients,
    private readonly queueUrl: string,
    private readonly subscriptionArn: string,
  ) {}

  static async subscribe(clients: AwsClients, outputs: StackOutputs): Promise<AlertProbe> {
    const { QueueUrl } = await clients.sqs.send(
      new CreateQueueCommand({ QueueName: `${outputs.pipelineName}-alert-probe` }),
    );
    if (QueueUrl === undefined) throw new Error("SQS gave no queue URL for the alert probe.");
    const { Attributes } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
    );
    const queueArn = Attributes?.["QueueArn"] ?? "";
    await allowTopic(clients, QueueUrl, queueArn, outputs.alertTopicArn);
    const { SubscriptionArn } = await clients.sns.send(
      new SubscribeCommand({
        TopicArn: outputs.alertTopicArn,
        Protocol: "sqs",
        Endpoint: queueArn,
        Attributes: { RawMessageDelivery: "true" },
        ReturnSubscriptionArn: true,
      }),
    );
    return new AlertProbe(clients, QueueUrl, SubscriptionArn ?? "");
  }

  /**
   * Alerts received so far, after waiting until `expected` have come and the alert queue is drained, or the time is
   * over. More than expected are returned too: one too many is as wrong as one too few.
   */
  async collect(expected: number, drained: () => Promise<boolean>, timeoutSeconds = 240): Promise<PurchaseAlert[]> {
    const deadline = Date.now() + timeoutSeconds * 1000;
    while (Date.now() < deadline) {
      const fresh = await this.receive();
      if (fresh === 0 && this.received.length >= expected && (await drained())) break;
      if (fresh === 0) await sleep(200);
    }
    return [...this.received];
  }

  async close(): Promise<void> {
    await this.clients.sns.send(new UnsubscribeCommand({ SubscriptionArn: this.subscriptionArn }));
    await this.clients.sqs.send(new DeleteQueueCommand({ QueueUrl: this.queueUrl }));
  }

  private async receive(): Promise<number> {
    const { Messages = [] } = await this.clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    if (Messages.length === 0) return 0;
    for (const message of Messages) this.received.push(alertMessage.parse(JSON.parse(message.Body ?? "null")));
    await this.clients.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.queueUrl,
        Entries: Messages.map((message, at) => ({ Id: String(at), ReceiptHandle: message.ReceiptHandle ?? "" })),
      }),
    );
    return Messages.length;
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

/** Whether the stack's alert queue has nothing waiting and nothing in flight. */
export async function alertQueueDrained(clients: AwsClients, outputs: StackOutputs): Promise<boolean> {
  const { Attributes = {} } = await clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: outputs.alertQueueUrl,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    }),
  );
  return Object.values(Attributes).every((count) => count === "0");
}
