import type { SqsBatchResponse, SqsRecord } from "../../../handlers/lambda-types";

interface Message {
  id: string;
  body: string;
  /** Epoch seconds from which it is received again. */
  visibleAt: number;
  receives: number;
}

/** A queue with a dead-letter queue, as components/alert-intake.ts deploys it; time is given, not taken. */
export class Queue {
  readonly deadLetters: Message[] = [];
  private messages: Message[] = [];
  private handles = 0;

  constructor(
    private readonly maxReceives: number,
    private readonly visibilitySeconds: number,
  ) {}

  send(id: string, body: string): void {
    this.messages.push({ id, body, visibleAt: 0, receives: 0 });
  }

  get empty(): boolean {
    return this.messages.length === 0;
  }

  /** When the next message becomes visible, in epoch seconds. */
  get nextAt(): number {
    return Math.min(...this.messages.map(({ visibleAt }) => visibleAt));
  }

  /** Up to `most` visible messages, hidden for the visibility timeout; those with too many receives are set aside. */
  receive(most: number, now: number): SqsRecord[] {
    const visible = this.messages.filter(({ visibleAt }) => visibleAt <= now);
    const spent = visible.filter(({ receives }) => receives >= this.maxReceives);
    this.deadLetters.push(...spent);
    this.messages = this.messages.filter((message) => !spent.includes(message));
    return visible
      .filter((message) => !spent.includes(message))
      .slice(0, most)
      .map((message) => {
        message.receives += 1;
        message.visibleAt = now + this.visibilitySeconds;
        this.handles += 1;
        return {
          messageId: message.id,
          receiptHandle: `${message.id}#${String(this.handles)}`,
          body: message.body,
          attributes: { ApproximateReceiveCount: String(message.receives) },
        };
      });
  }

  /** Deletes what an invocation did not report as failed; `delays` are what it asked for by receipt. */
  settle(
    records: readonly SqsRecord[],
    answer: SqsBatchResponse,
    delays: ReadonlyMap<string, number>,
    now: number,
  ): void {
    const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { messageId, receiptHandle } of records) {
      const message = this.messages.find(({ id }) => id === messageId);
      if (!failed.has(messageId)) this.messages = this.messages.filter((one) => one !== message);
      const delay = delays.get(receiptHandle);
      if (message !== undefined && delay !== undefined) message.visibleAt = now + delay;
    }
  }

  /** Sends the dead letters again, as StartMessageMoveTask does. */
  redrive(): number {
    const moved = this.deadLetters.splice(0);
    for (const message of moved) this.messages.push({ ...message, visibleAt: 0, receives: 0 });
    return moved.length;
  }
}
