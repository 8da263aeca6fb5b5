import type { MetricSpec } from "./metrics";

/**
 * Rows that broke a quality rule; put by the silver job (glue-jobs/bronze_to_silver.py), once for each rule that was
 * broken, with `RULE_DIMENSION` beside the three dimensions of every metric.
 */
export const RULE_ROWS: MetricSpec = {
  name: "RowsByRule",
  unit: "Count",
  meaning: "rows of a silver run that broke the rule, a row in each rule that it broke; none where the rule held",
};

/** Dimension that names the rule. */
export const RULE_DIMENSION = "Rule";
