import { bucketsOf } from "./buckets";
import { lineOf, num, type Line, type Model } from "./model";
import { HOURS } from "./schedule";

/**
 * What the seed article published. Its text gives “Savings: $7,698/month (82%)”; before and after follow from the two.
 * Elsewhere it gives a whole bill of $15,000 a month and a target below $50 a TB, which 500 GB a day make $750 a month:
 * its own “after” is more than twice that.
 */
export const SEED = {
  savedUsd: 7698,
  savedPercent: 82,
  beforeUsd: 7698 / 0.82,
  afterUsd: 7698 / 0.82 - 7698,
  goalUsdPerTb: 50,
} as const;

/** The same data without tiers: every fact in Redshift for as long as the raw data is kept, raw files in S3 Standard. */
export interface Before {
  lines: readonly Line[];
  usd: number;
  nodes: number;
}

/**
 * The bill before, from first principles at list prices: as many ra3.4xlarge on demand as AWS's own guide gives for the
 * data (at least the two that the type comes in), managed storage for it, and what COPY reads from. Transformations and
 * queries are taken to fit into these nodes, which favours “before”.
 */
export function beforeOf(model: Model): Before {
  const { assumed: a, volumes: v, config } = model;
  const days = Math.min(a.historyDays, rawDays(model) ?? config.rawRetentionDays);
  const gb = v.jsonGbPerDay * a.redshiftRatio * days;
  const nodes = Math.max(2, Math.ceil(((gb / 1000) * a.headroom) / a.tbPerNode));
  const facts = `${num(v.jsonGbPerDay)} GB a day × ${num(a.redshiftRatio)} × ${num(days)} days`;
  const lines = [
    lineOf(
      model,
      "Redshift",
      `${num(nodes)} × ra3.4xlarge, on demand`,
      "redshift.ra34xlarge",
      nodes * HOURS,
      `${num(gb / 1000)} TB × ${num(a.headroom)} over ${num(a.tbPerNode)} TB a node`,
    ),
    lineOf(model, "Redshift", "managed storage", "redshift.managedStorage", gb, facts),
    lineOf(
      model,
      "S3",
      "raw JSON to load from",
      "s3.standard",
      v.rawGbPerDay * days,
      `${num(v.rawGbPerDay)} GB a day × ${num(days)} days`,
    ),
  ];
  return { lines, usd: lines.reduce((total, { usd }) => total + usd, 0), nodes };
}

function rawDays({ graph }: Model): number | undefined {
  return bucketsOf(graph).find(({ role }) => role === "raw")?.expireDays;
}
