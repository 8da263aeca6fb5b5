/** What stands in a resource graph for a secret (automation/graph/resource-graph.ts, `MASKED`; a test compares them). */
export const MASKED_TEXT = "[secret]";
