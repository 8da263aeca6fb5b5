import { uncovered } from "./coverage";
import { eventLines } from "./event-lines";
import { fixedLines } from "./fixed-lines";
import { glueLines } from "./glue-lines";
import { modelOf, type Line, type ModelInputs } from "./model";
import { queryLines } from "./query-lines";
import { DAYS } from "./schedule";
import { storageLines } from "./storage-lines";
import type { Volumes } from "./volumes";

/** What a stack costs in a month. */
export interface Bill {
  lines: readonly Line[];
  /** USD by service, the dearest first. */
  services: readonly { service: string; usd: number }[];
  usd: number;
  usdPerTb: number;
  usdPerMillionEvents: number;
  volumes: Volumes;
}

/**
 * Computes the bill of a month.
 * @throws Error for a type of resource that nobody said the price of
 */
export function billOf(inputs: ModelInputs): Bill {
  const unknown = uncovered(inputs.graph.resourceTypes);
  if (unknown.length > 0) {
    throw new Error(
      `The cost model does not know what ${unknown.join(", ")} costs: ` +
        "say in automation/costs/coverage.ts where it is priced, or why it is free.",
    );
  }
  const model = modelOf(inputs);
  const lines = [
    ...queryLines(model),
    ...glueLines(model),
    ...storageLines(model),
    ...eventLines(model),
    ...fixedLines(model),
  ];
  const usd = sum(lines);
  const { volumes } = model;
  return {
    lines,
    services: byService(lines),
    usd,
    usdPerTb: usd / ((volumes.jsonGbPerDay * DAYS) / 1000),
    usdPerMillionEvents: usd / (volumes.eventsPerMonth / 1e6),
    volumes,
  };
}

const sum = (lines: readonly Line[]): number => lines.reduce((total, { usd }) => total + usd, 0);

function byService(lines: readonly Line[]): { service: string; usd: number }[] {
  const services = [...new Set(lines.map(({ service }) => service))];
  return services
    .map((service) => ({ service, usd: sum(lines.filter((line) => line.service === service)) }))
    .sort((one, other) => other.usd - one.usd);
}
