import type { EventType, RawEvent } from "./event";
import type { CatalogProduct, Population, Shopper } from "./population";
import type { Random } from "./random";

/** An event with the instant it happened at, kept apart from its text form. */
export interface TimedEvent {
  at: Date;
  event: RawEvent;
}

// Share of the day's sessions by UTC hour, in any unit: quiet nights and an evening peak.
const DIURNAL = [3, 2, 1, 1, 1, 2, 3, 4, 5, 6, 6, 6, 7, 7, 6, 6, 7, 8, 9, 10, 10, 9, 7, 5] as const;
const BUSIEST = Math.max(...DIURNAL);

/** ISO 8601 in the shopper's own zone, with milliseconds: producers do not all speak UTC. */
export function isoWithOffset(at: Date, offsetMinutes: number): string {
  if (offsetMinutes === 0) return at.toISOString();
  const local = new Date(at.getTime() + offsetMinutes * 60_000).toISOString().slice(0, -1);
  const distance = Math.abs(offsetMinutes);
  const hours = String(Math.floor(distance / 60)).padStart(2, "0");
  return `${local}${offsetMinutes < 0 ? "-" : "+"}${hours}:${String(distance % 60).padStart(2, "0")}`;
}

/** A session start in [from, end) that follows the diurnal curve (rejection sampling). */
export function sessionStart(random: Random, from: Date, end: Date): Date {
  for (;;) {
    const at = new Date(from.getTime() + Math.floor(random.unit() * (end.getTime() - from.getTime())));
    if (random.unit() * BUSIEST < (DIURNAL[at.getUTCHours()] ?? 0)) return at;
  }
}

/** What the visitor does, in order: most leave early, a few buy. */
function funnel(random: Random): EventType[] {
  const steps: EventType[] = ["page_view"];
  if (random.chance(0.35)) steps.push("search");
  const views = random.chance(0.75) ? random.integer(1, 6) : 0;
  for (let view = 0; view < views; view++) steps.push("product_view");
  if (views === 0 || !random.chance(0.3)) return steps;
  steps.push("add_to_cart");
  if (random.chance(0.15)) {
    steps.push("remove_from_cart");
    return steps;
  }
  if (random.chance(0.6)) steps.push("checkout");
  if (steps.at(-1) === "checkout" && random.chance(0.75)) steps.push("purchase");
  return steps;
}

const PRODUCT_STEPS: ReadonlySet<EventType> = new Set([
  "product_view",
  "add_to_cart",
  "remove_from_cart",
  "checkout",
  "purchase",
]);

function pageOf(step: EventType, product: CatalogProduct): string {
  const shop = "https://shop.example.com";
  if (step === "page_view") return `${shop}/`;
  if (step === "search") return `${shop}/search?q=${encodeURIComponent(product.category)}`;
  if (step === "product_view") return `${shop}/p/${product.id}`;
  return `${shop}/${step === "purchase" ? "thank-you" : "cart"}`;
}

/** One shopper's visit, oldest event first. All its events lie before `end`. */
export function* shopperSession(random: Random, population: Population, start: Date, end: Date): Generator<TimedEvent> {
  const shopper = random.pick(population.shoppers);
  const signedIn = random.chance(0.55);
  // One producer in ten is an old app that gives no session id: the jobs cut those by inactivity.
  const sessionId = random.chance(0.9) ? random.uuid() : undefined;
  const quantity = random.chance(0.85) ? 1 : random.integer(2, 4);
  let product = random.pick(population.products);
  let at = start;
  let referrer: string | undefined = random.chance(0.5) ? "https://search.example.net/" : undefined;
  for (const step of funnel(random)) {
    if (at >= end) return;
    if (step === "product_view") product = random.pick(population.products);
    const buying = step === "checkout" || step === "purchase";
    const event: RawEvent = {
      event_id: random.uuid(),
      event_type: step,
      event_timestamp: isoWithOffset(at, shopper.utcOffsetMinutes),
      ...identity(shopper, signedIn || buying),
      ...(sessionId === undefined ? {} : { session_id: sessionId }),
      page_url: pageOf(step, product),
      ...(referrer === undefined ? {} : { referrer }),
      ...(PRODUCT_STEPS.has(step) ? { product: { ...product, quantity } } : {}),
      ...(step === "purchase" ? { order: orderOf(random, product, quantity) } : {}),
      device: shopper.device,
      geo: shopper.geo,
      ...(buying || (signedIn && step === "page_view") ? { user: shopper.attributes } : {}),
      schema_version: "1",
    };
    yield { at, event };
    referrer = event.page_url;
    at = new Date(at.getTime() + Math.ceil(Math.min(random.logNormal(25, 1), 1_500) * 1000));
  }
}

function identity(shopper: Shopper, signedIn: boolean): Pick<RawEvent, "user_id" | "anonymous_id"> {
  return { ...(signedIn ? { user_id: shopper.userId } : {}), anonymous_id: shopper.anonymousId };
}

function orderOf(random: Random, product: CatalogProduct, quantity: number): NonNullable<RawEvent["order"]> {
  const amount = Math.round(product.price * quantity * 100) / 100;
  return { id: `o-${random.uuid()}`, amount, currency: "USD" };
}

/** A crawler: many fast page and product views, no identity but its own anonymous id. */
export function* botSession(random: Random, population: Population, start: Date, end: Date): Generator<TimedEvent> {
  const anonymousId = random.uuid();
  const sessionId = random.uuid();
  let at = start;
  for (let left = random.integer(10, 60); left > 0 && at < end; left--) {
    const product = random.pick(population.products);
    const event: RawEvent = {
      event_id: random.uuid(),
      event_type: "product_view",
      event_timestamp: at.toISOString(),
      anonymous_id: anonymousId,
      session_id: sessionId,
      page_url: pageOf("product_view", product),
      product: { ...product, quantity: 1 },
      device: { type: "bot", os: "Linux", browser: "crawler" },
      geo: { country: "US" },
      schema_version: "1",
    };
    yield { at, event };
    at = new Date(at.getTime() + random.integer(200, 1_500));
  }
}
