/** A subscriber of the alert topic that knows when each alert was published to it. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { AwsClients } from "../../../automation/stack/clients";
import type { StackOutputs } from "../../../automation/stack/outputs";
import { TopicQueue } from "../../../automation/stack/topic-queue";

const alert = z.looseObject({ orderId: z.string() });

/** Epoch milliseconds at which the alert of each order was in the subscriber's queue, as SQS stamped it. */
export class ArrivalProbe {
  readonly arrivals = new Map<string, number>();
  /** Alerts for an order that had one already. */
  repeated = 0;

  private constructor(private readonly queue: TopicQueue) {}

  /** A queue of its own, until `close`. */
  static async subscribe(clients: AwsClients, outputs: StackOutputs): Promise<ArrivalProbe> {
    const name = `${outputs.pipelineName}-arrivals`;
    return new ArrivalProbe(await TopicQueue.subscribe(clients, outputs.alertTopicArn, name));
  }

  /** Removes subscription and queue. */
  close(): Promise<void> {
    return this.queue.close();
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

  private receive(): Promise<number> {
    return this.queue.receive(({ body, sentAt }) => {
      const { orderId } = alert.parse(JSON.parse(body));
      if (this.arrivals.has(orderId)) this.repeated += 1;
      else this.arrivals.set(orderId, sentAt);
    });
  }
}
