/** A subscriber of the alert topic that knows when each alert was published to it. */
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
import type { AwsClients } from "../../../automation/stack/clients";
import type { StackOutputs } from "../../../automation/stack/outputs";

const alert = z.looseObject({ orderId: z.string() });

/** Epoch milliseconds at which the alert of each order was in the subscriber's queue, as SQS stamped it. */
export class ArrivalProbe {
  readonly arrivals = new Map<string, number>();
  /** Alerts for an order that had one already. */
  repeated = 0;

  private constructor(
    private readonly clients: AwsClients,
    private readonly queueUrl: string,
    private readonly subscriptionArn: string,
  ) {}

  /** A queue of its own, until `close`. */
  static async subscribe(clients: AwsClients, outputs: StackOutputs): Promise<ArrivalProbe> {
    const { QueueUrl = "" } = await clients.sqs.send(
      new CreateQueueCommand({ QueueName: `${outputs.pipelineName}-arrivals` }),
    );
    const { Attributes } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
    );
    const queueArn = Attributes?.["QueueArn"] ?? "";
    const statement = {
      Effect: "Allow",
      Principal: { Service: "sns.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: queueArn,
      Condition: { ArnEquals: { "aws:SourceArn": outputs.alertTopicArn } },
    };
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policy } }));
    const { SubscriptionArn = "" } = await clients.sns.send(
      new SubscribeCommand({
        TopicArn: outputs.alertTopicArn,
        Protocol: "sqs",
        Endpoint: queueArn,
        Attributes: { RawMessageDelivery: "true" },
        ReturnSubscriptionArn: true,
      }),
    );
    return new ArrivalProbe(clients, QueueUrl, SubscriptionArn);
  }

  /** Removes subscription and queue. */
  async close(): Promise<void> {
    await this.clients.sns.send(new UnsubscribeCommand({ SubscriptionArn: this.subscriptionArn }));
    await this.clients.sqs.send(new DeleteQueueCommand({ QueueUrl: this.queueUrl }));
  }

  /** Waits until all orders have arrived. @returns those that have not when the time is over */
  async waitFor(orders: readonly string[], timeoutSeconds: number): Promise<string[]> {
    const deadline = Date.now() + timeoutSeconds * 1000;
    for (;;) {
      while ((await this.receive()) > 0);
      const missing = orders.filter((order) => !this.arrivals.has(order));
      if (missing.length === 0 || Date.now() > deadline) return missing;
      await sleep(250);
    }
  }

  private async receive(): Promise<number> {
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
      const { orderId } = alert.parse(JSON.parse(Body ?? "null"));
      if (this.arrivals.has(orderId)) this.repeated += 1;
      else this.arrivals.set(orderId, Number(Attributes?.SentTimestamp));
    }
    const Entries = Messages.map(({ ReceiptHandle = "" }, at) => ({ Id: String(at), ReceiptHandle }));
    await this.clients.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.queueUrl, Entries }));
    return Messages.length;
  }
}
