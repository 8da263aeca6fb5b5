import type { ModelInputs } from "./model";
import { beforeOf, SEED, type Before } from "./before";
import { billOf, type Bill } from "./bill";
import { leversOf, withEveryLever, type Lever } from "./levers";
import { modelOf } from "./model";
import { sensitivitiesOf, type Sensitivity } from "./sensitivity";

/** Everything that `cli cost` says of a stack. */
export interface Statement {
  stack: string;
  origin: "offline" | "deployed";
  prices: { date: string; region: string };
  gbPerDay: number;
  bill: Bill;
  before: Before & { seedUsd: number };
  /** Percent of `before`; negative where the stack costs more. */
  savedPercent: number;
  goals: { name: string; goal: string; is: string; met: boolean }[];
  levers: Lever[];
  /** The bill with every lever that is free pulled. */
  everyLever: { usd: number; usdPerTb: number; savedPercent: number };
  sensitivities: Sensitivity[];
}

/** Computes all of it. */
export function statementOf(inputs: ModelInputs): Statement {
  const { graph, prices, assumed } = inputs;
  const bill = billOf(inputs);
  const before = beforeOf(modelOf(inputs));
  const below = (usd: number): number => 100 * (1 - usd / before.usd);
  const savedPercent = below(bill.usd);
  const { usd, usdPerTb } = billOf(withEveryLever(inputs));
  return {
    stack: graph.snapshot.stack,
    origin: graph.snapshot.origin,
    prices: { date: prices.date, region: prices.region },
    gbPerDay: assumed.gbPerDay,
    bill,
    before: { ...before, seedUsd: SEED.beforeUsd },
    savedPercent,
    goals: [
      {
        name: "below “before”",
        goal: `≥ ${String(SEED.savedPercent)} %`,
        is: `${savedPercent.toFixed(1)} %`,
        met: savedPercent >= SEED.savedPercent,
      },
      {
        name: "USD per TB",
        goal: `< ${String(SEED.goalUsdPerTb)}`,
        is: bill.usdPerTb.toFixed(2),
        met: bill.usdPerTb < SEED.goalUsdPerTb,
      },
    ],
    levers: leversOf(inputs),
    everyLever: { usd, usdPerTb, savedPercent: below(usd) },
    sensitivities: sensitivitiesOf(inputs),
  };
}
