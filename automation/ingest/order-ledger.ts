/**
 * What the input itself says about money, gathered while it lands and never read back from the pipeline, so that the
 * gold layer can be checked against something independent. A row counts once, by its event id.
 */
export class OrderLedger {
  private readonly centsByEvent = new Map<string, number>();
  private readonly dearOrders = new Set<string>();

  /** @param alertThresholdUsd orders of this many USD or more should raise one alert each. */
  constructor(private readonly alertThresholdUsd: number) {}

  /** Notes one parsed raw event; anything but a purchase with a numeric amount is ignored. */
  note(event: unknown): void {
    const { event_id: id, event_type: type, order } = record(event);
    const { id: orderId, amount } = record(order);
    if (type !== "purchase" || typeof id !== "string" || typeof amount !== "number") return;
    this.centsByEvent.set(id.toLowerCase(), Math.round(amount * 100));
    if (amount >= this.alertThresholdUsd && typeof orderId === "string") this.dearOrders.add(orderId);
  }

  /** Orders that should raise an alert. */
  get alerts(): number {
    return this.dearOrders.size;
  }

  /** Revenue in whole cents of all purchases but those whose event id is among the quarantined ones. */
  revenueCents(quarantinedEventIds: ReadonlySet<string>): number {
    let cents = 0;
    for (const [id, amount] of this.centsByEvent) if (!quarantinedEventIds.has(id)) cents += amount;
    return cents;
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
