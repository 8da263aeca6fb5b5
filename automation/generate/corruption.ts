import type { RawEvent } from "./event";
import type { Random } from "./random";

/** One way to break a line. Each breaks a rule that the silver job quarantines for. */
export interface Corruption {
  id: string;
  /** Whether it needs a field that not every event has. */
  applies(event: RawEvent): boolean;
  corrupt(event: RawEvent, random: Random): string | Buffer;
}

const always = (): boolean => true;
const edited = (event: RawEvent, change: object): string => JSON.stringify({ ...event, ...change });
const hasProduct = (event: RawEvent): boolean => event.product !== undefined;

/** Every kind of damage seen in real clickstreams that the product claims to survive. */
export const CORRUPTIONS: readonly Corruption[] = [
  {
    id: "cut_json",
    applies: always,
    corrupt: (event, random) => {
      const text = JSON.stringify(event);
      return text.slice(0, random.integer(5, text.length - 1));
    },
  },
  {
    id: "not_utf8",
    applies: always,
    corrupt: (event) =>
      Buffer.concat([Buffer.from(JSON.stringify(event).slice(0, -1)), Buffer.from([0xff, 0xfe, 0x7d])]),
  },
  { id: "event_id_not_uuid", applies: always, corrupt: (event) => edited(event, { event_id: "42" }) },
  { id: "event_id_missing", applies: always, corrupt: (event) => edited(event, { event_id: undefined }) },
  { id: "unknown_event_type", applies: always, corrupt: (event) => edited(event, { event_type: "teleport" }) },
  {
    id: "timestamp_unreadable",
    applies: always,
    corrupt: (event) => edited(event, { event_timestamp: "yesterday 🙂" }),
  },
  {
    id: "clock_in_1970",
    applies: always,
    corrupt: (event) => edited(event, { event_timestamp: "1970-01-01T00:00:00.000Z" }),
  },
  {
    id: "clock_in_2099",
    applies: always,
    corrupt: (event) => edited(event, { event_timestamp: "2099-12-31T23:59:59.000Z" }),
  },
  {
    id: "price_nan",
    applies: hasProduct,
    corrupt: (event) => edited(event, { product: { ...event.product, price: "NaN" } }),
  },
  {
    id: "quantity_negative",
    applies: hasProduct,
    corrupt: (event) => edited(event, { product: { ...event.product, quantity: -3 } }),
  },
  {
    id: "quantity_in_words",
    applies: hasProduct,
    corrupt: (event) => edited(event, { product: { ...event.product, quantity: "two" } }),
  },
  {
    id: "purchase_without_order",
    applies: (event) => event.event_type === "purchase",
    corrupt: (event) => edited(event, { order: undefined }),
  },
  {
    id: "currency_unknown",
    applies: (event) => event.order !== undefined,
    corrupt: (event) => edited(event, { order: { ...event.order, currency: "XXX" } }),
  },
  {
    id: "email_malformed",
    applies: (event) => event.user !== undefined,
    corrupt: (event) => edited(event, { user: { ...event.user, email: "not an address" } }),
  },
];

/** Additive drift: a newer producer sends fields that the schema does not know. Such a row is accepted, its extras kept. */
export function drifted(event: RawEvent, random: Random): object {
  return {
    ...event,
    schema_version: "2",
    experiment: { id: `exp-${String(random.integer(1, 9))}`, arm: random.pick(["a", "b"]) },
    ...(event.device === undefined ? {} : { device: { ...event.device, screen: "1440x900" } }),
  };
}
