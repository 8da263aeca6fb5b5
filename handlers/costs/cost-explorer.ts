import type * as costExplorer from "@aws-sdk/client-cost-explorer";
import { dayAfter, type Day } from "./days";
import { COST_TAGS } from "./settings";

/** The parts of the SDK that asking takes. */
export type CostExplorerSdk = Pick<typeof costExplorer, "GetCostAndUsageCommand">;

/** Each request costs $0.01 (Cost Explorer pricing page, 2026-11); a page holds thousands of groups, a stack has dozens. */
export const MAX_REQUESTS = 2;

/**
 * Reserved nodes are billed on the first of a month for all of it. Amortized cost spreads that over its days; unblended
 * cost would be a spike on each first and too cheap on every other day.
 */
export const COST_METRIC = "AmortizedCost";

/** What one day cost. */
export interface DayCost {
  /** USD of all services. */
  usd: number;
  /** USD by service, in Cost Explorer's words. */
  services: Record<string, number>;
}

/** Costs of the days from `first` to `last`, both included; days of which Cost Explorer knows nothing are absent. */
export type CostSource = (first: Day, last: Day) => Promise<Record<Day, DayCost>>;

/** The question: each day, by service, of everything that carries the pipeline's tag. */
export function costQuestion(pipeline: string, first: Day, last: Day): costExplorer.GetCostAndUsageCommandInput {
  return {
    // The end is not part of the period.
    TimePeriod: { Start: first, End: dayAfter(last) },
    Granularity: "DAILY",
    Metrics: [COST_METRIC],
    Filter: { Tags: { Key: COST_TAGS.pipeline, Values: [pipeline], MatchOptions: ["EQUALS"] } },
    GroupBy: [{ Type: "DIMENSION", Key: "SERVICE" }],
  };
}

/** Adds one page of an answer. @throws Error on a currency other than USD, in which no budget is stated */
export function addPage(costs: Record<Day, DayCost>, page: readonly costExplorer.ResultByTime[]): void {
  for (const { TimePeriod, Groups } of page) {
    const day = TimePeriod?.Start ?? "";
    for (const { Keys, Metrics } of Groups ?? []) {
      const { Amount = "0", Unit = "USD" } = Metrics?.[COST_METRIC] ?? {};
      if (Unit !== "USD") {
        throw new Error(
          `Cost Explorer answers in ${Unit}, but budgets and metrics are in USD: this account's costs cannot be compared. ` +
            "Deploy to an account that is billed in USD.",
        );
      }
      const service = Keys?.[0] ?? "unknown";
      const cost = (costs[day] ??= { usd: 0, services: {} });
      cost.usd += Number(Amount);
      cost.services[service] = (cost.services[service] ?? 0) + Number(Amount);
    }
  }
}

/**
 * Asks Cost Explorer, at most `MAX_REQUESTS` times. A day without a group is absent: every deployed stack costs
 * something (its keys alone $1 a month each), so no group means that nothing carries the tag yet, never that it was free.
 */
export function createCostSource(
  client: costExplorer.CostExplorerClient,
  sdk: CostExplorerSdk,
  pipeline: string,
): CostSource {
  return async (first, last) => {
    const costs: Record<Day, DayCost> = {};
    let token: string | undefined;
    for (let request = 1; request <= MAX_REQUESTS; request += 1) {
      const question = { ...costQuestion(pipeline, first, last), NextPageToken: token };
      let answer: costExplorer.GetCostAndUsageCommandOutput;
      try {
        answer = await client.send(new sdk.GetCostAndUsageCommand(question));
      } catch (error) {
        // Cost Explorer was enabled less than a day ago, or the days are not there yet.
        if ((error as { name?: string }).name === "DataUnavailableException") return {};
        throw error;
      }
      addPage(costs, answer.ResultsByTime ?? []);
      token = answer.NextPageToken;
      if (token === undefined) return costs;
    }
    throw new Error(
      `Cost Explorer's answer for ${first} to ${last} has more than ${MAX_REQUESTS} pages, each of which costs $0.01; ` +
        "a part of it would be too low a figure, so none is put. Raise MAX_REQUESTS in handlers/costs/cost-explorer.ts.",
    );
  };
}
