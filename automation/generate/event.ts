/** The seven event types of the product (DESIGN.md, "Names and shapes"). */
export const EVENT_TYPES = [
  "page_view",
  "product_view",
  "search",
  "add_to_cart",
  "remove_from_cart",
  "checkout",
  "purchase",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export interface ProductFields {
  id: string;
  category?: string;
  brand?: string;
  price: number;
  quantity: number;
}

/** One raw event as a producer sends it: a line of JSON. Optional fields are left out, never null. */
export interface RawEvent {
  event_id: string;
  event_type: EventType;
  /** ISO 8601 with zone. */
  event_timestamp: string;
  user_id?: string;
  anonymous_id?: string;
  session_id?: string;
  page_url?: string;
  referrer?: string;
  product?: ProductFields;
  order?: { id: string; amount: number; currency: string };
  device?: { type: string; os?: string; browser?: string };
  geo?: { country: string; region?: string; city?: string };
  user?: { email: string; name: string; signup_date: string; country: string; tier: string };
  schema_version: string;
}

/** A line of raw text and the instant at which it reaches the landing bucket, which decides its y/m/d/h prefix. */
export interface LandedLine {
  line: string | Buffer;
  landedAt: Date;
}
