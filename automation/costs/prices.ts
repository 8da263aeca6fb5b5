import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

/** What one price is of; the quantity of a line is in the same unit. */
export const PRICE_UNITS = [
  "DPU-hour",
  "RPU-hour",
  "node-hour",
  "hour",
  "GB",
  "GB-month",
  "TB",
  "GB-second",
  "month",
  "1,000 requests",
  "10,000 requests",
  "100,000 requests",
  "million requests",
  "1,000 objects",
  "request",
] as const;
/** Unit of a price. */
export type PriceUnit = (typeof PRICE_UNITS)[number];

const price = z.strictObject({
  /** US dollars a unit. */
  usd: z.number().nonnegative(),
  unit: z.enum(PRICE_UNITS),
  /** Page of AWS that lists it. */
  source: z.url({ protocol: /^https$/, hostname: /^(aws|docs\.aws)\.amazon\.com$/ }),
  /** Whether a copy of that page was read when the file was written; false: from memory of it, look before you rely on it. */
  verified: z.boolean(),
  note: z.string().optional(),
});

/** Shape of `prices.json`. */
export const pricesSchema = z.strictObject({
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  region: z.string(),
  prices: z.record(z.string().regex(/^[a-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)+$/), price),
});

/** One price. */
export type Price = z.infer<typeof price>;
/** Every price, with the day and region that they are of. */
export type PriceList = z.infer<typeof pricesSchema>;

/** Reads `prices.json`: list prices of one region, before taxes, discounts and the free tier. */
export function loadPrices(): PriceList {
  return pricesSchema.parse(JSON.parse(readFileSync(path.join(__dirname, "prices.json"), "utf8")));
}

/** The price of a key. @throws Error naming the key: a line without a price is a fault of the model */
export function priceOf(list: PriceList, key: string): Price {
  const found = list.prices[key];
  if (found !== undefined) return found;
  throw new Error(`There is no price "${key}" in automation/costs/prices.json: add it with unit and source.`);
}
