import { setTimeout as sleep } from "node:timers/promises";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { z } from "zod";
import type { StackOutputs } from "./outputs";
import type { AwsClients } from "./clients";
import { TopicQueue } from "./topic-queue";

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

  private constructor(private readonly queue: TopicQueue) {}

  static async subscribe(clients: AwsClients, outputs: StackOutputs): Promise<AlertProbe> {
    const name = `${outputs.pipelineName}-alert-probe`;
    return new AlertProbe(await TopicQueue.subscribe(clients, outputs.alertTopicArn, name));
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

  close(): Promise<void> {
    return this.queue.close();
  }

  private receive(): Promise<number> {
    return this.queue.receive(({ body }) => this.received.push(alertMessage.parse(JSON.parse(body))));
  }
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
