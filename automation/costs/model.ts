import type { OpenConfig } from "../graph/offline";
import type { ResourceGraph } from "../graph/resource-graph";
import type { Assumed } from "./assumptions";
import { priceOf, type PriceList, type PriceUnit } from "./prices";
import { volumesOf, type Volumes } from "./volumes";

/** What a bill is computed from. */
export interface ModelInputs {
  graph: ResourceGraph;
  config: OpenConfig;
  assumed: Assumed;
  prices: PriceList;
}

/** The same with the volumes that follow from it. */
export interface Model extends ModelInputs {
  volumes: Volumes;
}

/** Derives the volumes. */
export function modelOf(inputs: ModelInputs): Model {
  return { ...inputs, volumes: volumesOf(inputs) };
}

/** One line of a bill: quantity × price, of a month. */
export interface Line {
  /** As AWS's bill names it. */
  readonly service: string;
  readonly what: string;
  readonly quantity: number;
  readonly unit: PriceUnit;
  /** Key in `prices.json`. */
  readonly price: string;
  readonly unitUsd: number;
  readonly usd: number;
  /** How the quantity comes about. */
  readonly because: string;
}

/** Makes a line; its unit is the price's, so quantity and price cannot be of different ones. */
export function lineOf(
  { prices }: Pick<Model, "prices">,
  service: string,
  what: string,
  price: string,
  quantity: number,
  because: string,
): Line {
  const { usd: unitUsd, unit } = priceOf(prices, price);
  if (!Number.isFinite(quantity) || quantity < 0) {
    throw new Error(`${service}, ${what}: the quantity ${String(quantity)} is none (${because})`);
  }
  return { service, what, quantity, unit, price, unitUsd, usd: quantity * unitUsd, because };
}

/** A number as people read it in an explanation. */
export function num(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.01) return value.toPrecision(2);
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 2 : value < 1000 ? 1 : 0 });
}
