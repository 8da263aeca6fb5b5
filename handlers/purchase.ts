/** What was bought, as far as the event tells. */
export interface PurchasedProduct {
  id?: string;
  category?: string;
  brand?: string;
  quantity?: number;
}

/** The part of a purchase event that an alert needs. Texts are cleaned and at most 200 characters. */
export interface Purchase {
  orderId: string;
  /** In `currency` units, at least 0. */
  amount: number;
  /** Upper case; `"?"` when the event has none. */
  currency: string;
  userId: string;
  eventId?: string;
  /** The producer's timestamp, unchanged; absent when it is no date. */
  occurredAt?: string;
  product?: PurchasedProduct;
  country?: string;
}

/** Outcome of reading one event: a purchase, some other event, or a purchase that cannot be judged, with the reason. */
export type ParsedEvent =
  { kind: "purchase"; purchase: Purchase } | { kind: "other" } | { kind: "invalid"; reason: string };

/** Texts that can make a line a purchase: the JSON string itself, or an escape that could spell one of its letters. */
export const PURCHASE_NEEDLES = ['"purchase"', "\\u00"];

/** Longest order id accepted, in bytes: DynamoDB refuses keys over 2,048. */
export const MAX_ORDER_ID_BYTES = 512;

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** A producer's text made safe for a message: no control characters, 200 characters at most; undefined if empty. */
export function cleanText(value: unknown): string | undefined {
  const text = typeof value === "number" && Number.isFinite(value) ? String(value) : value;
  if (typeof text !== "string") return undefined;
  // Cut by code point, so that a cut emoji leaves no half of a surrogate pair.
  const cut = [...text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ").trim()].slice(0, 200).join("");
  return cut === "" ? undefined : cut;
}

/** Accepts a JSON number or a plain decimal text; undefined for NaN, signs, exponents in text, and everything else. */
export function parseAmount(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,15}(\.\d{1,9})?$/.test(value.trim()) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** The person's id as the message shows it. An id that is an e-mail address would name the person, so it is hidden. */
function pseudonymousId(event: Record<string, unknown>): string {
  const id = cleanText(event.user_id) ?? cleanText(event.anonymous_id) ?? "unknown";
  return id.includes("@") ? "hidden (the id is an e-mail address)" : id;
}

function parseProduct(value: unknown): PurchasedProduct | undefined {
  const product = asRecord(value);
  if (product === undefined) return undefined;
  const id = cleanText(product.id);
  const category = cleanText(product.category);
  const brand = cleanText(product.brand);
  const quantity = parseAmount(product.quantity);
  if (id === undefined && category === undefined && brand === undefined) return undefined;
  return {
    ...(id === undefined ? {} : { id }),
    ...(category === undefined ? {} : { category }),
    ...(brand === undefined ? {} : { brand }),
    ...(quantity === undefined ? {} : { quantity }),
  };
}

/** Reads one decoded event. Never throws. */
export function parseEvent(value: unknown): ParsedEvent {
  const event = asRecord(value);
  if (event === undefined) return { kind: "invalid", reason: "not a JSON object" };
  if (event.event_type !== "purchase") return { kind: "other" };
  const order = asRecord(event.order);
  if (order === undefined) return { kind: "invalid", reason: "purchase without an order" };
  // The full id, not the shortened text: two long ids with one beginning are two orders.
  const rawId = typeof order.id === "number" && Number.isFinite(order.id) ? String(order.id) : order.id;
  if (typeof rawId !== "string" || rawId.trim() === "") return { kind: "invalid", reason: "order without an id" };
  const orderId = rawId.trim();
  if (Buffer.byteLength(orderId, "utf8") > MAX_ORDER_ID_BYTES) {
    return { kind: "invalid", reason: `order id longer than ${MAX_ORDER_ID_BYTES} bytes` };
  }
  const amount = parseAmount(order.amount);
  if (amount === undefined) return { kind: "invalid", reason: "order amount is not a number of at least 0" };
  const currency = cleanText(order.currency)?.toUpperCase() ?? "?";
  const eventId = cleanText(event.event_id);
  const timestamp = cleanText(event.event_timestamp);
  const product = parseProduct(event.product);
  const country = cleanText(asRecord(event.geo)?.country);
  return {
    kind: "purchase",
    purchase: {
      orderId,
      amount,
      currency,
      userId: pseudonymousId(event),
      ...(eventId === undefined ? {} : { eventId }),
      ...(timestamp === undefined || Number.isNaN(Date.parse(timestamp)) ? {} : { occurredAt: timestamp }),
      ...(product === undefined ? {} : { product }),
      ...(country === undefined ? {} : { country }),
    },
  };
}

/** Reads one raw line. Invalid UTF-8 becomes U+FFFD: it may spoil a name, but must not hide a purchase. Never throws. */
export function parseLine(line: Buffer): ParsedEvent {
  const text = line.toString("utf8").replace(/^\uFEFF/, "");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "invalid", reason: "not JSON" };
  }
  return parseEvent(value);
}

/** When a purchase is worth an alert. */
export interface AlertRule {
  /** US dollars; an order of exactly this much alerts. */
  thresholdUsd: number;
  /** US dollars for one unit of each accepted currency. */
  currencies: Record<string, number>;
}

/** The judgement on one purchase. */
export interface Decision {
  alert: boolean;
  /** Rounded to cents, for people. */
  amountUsd: number;
  /** False when the rate is not configured: the amount was then compared 1:1. */
  currencyKnown: boolean;
}

/**
 * Compares the order's value in US dollars with the threshold. A currency without a rate is compared 1:1 and flagged,
 * since a missed alert costs more than one too many.
 */
export function decide(purchase: Purchase, rule: AlertRule): Decision {
  const currencyKnown = Object.hasOwn(rule.currencies, purchase.currency);
  const rate = currencyKnown ? (rule.currencies[purchase.currency] ?? 1) : 1;
  // A millionth of a dollar is below any price and above the error of one multiplication: 1,000 is never 999.9999….
  const value = Math.round(purchase.amount * rate * 1e6) / 1e6;
  return { alert: value >= rule.thresholdUsd, amountUsd: Math.round(value * 100) / 100, currencyKnown };
}

/**
 * The smallest `order.amount` that can alert in any currency, for the numeric pattern of the bus rule: EventBridge
 * compares numbers, it does not convert. The handler decides exactly. Rounded down to cents.
 */
export function lowestAlertAmount(rule: AlertRule): number {
  const best = Math.max(1, ...Object.values(rule.currencies));
  return Math.floor((rule.thresholdUsd / best) * 100 + 1e-9) / 100;
}
