import { randomUUID } from "node:crypto";

/** Events whose ids are known, so that the tables can be held against them. */
export class Landed {
  /** Ids of the good events. */
  readonly ids = new Set<string>();
  /** Ids of the orders over the threshold. */
  readonly orders = new Set<string>();
  private count = 0;

  /** Good events of the last minutes; one in ten is an order that alerts. */
  events(count: number): object[] {
    return Array.from({ length: count }, () => {
      this.count += 1;
      const event = {
        event_id: randomUUID(),
        event_timestamp: new Date(Date.now() - (this.count % 300) * 1000).toISOString(),
        user_id: `u${String(this.count % 7)}`,
        schema_version: "1",
      };
      this.ids.add(event.event_id);
      if (this.count % 10 !== 0) return { ...event, event_type: "page_view", page_url: "https://shop.example/" };
      return { ...event, event_type: "purchase", order: this.order() };
    });
  }

  /** An order over the threshold. */
  order(): { id: string; amount: number; currency: string } {
    const id = `order-${randomUUID()}`;
    this.orders.add(id);
    return { id, amount: 5_000, currency: "USD" };
  }
}
