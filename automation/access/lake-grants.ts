import { textOf, type ResourceGraph } from "../graph/resource-graph";
import type { Grant } from "./matrix";

const PERMISSIONS = "aws:lakeformation/permissions:Permissions";

/** One condition of a grant by LF-tags. */
interface TagCondition {
  key: string;
  values: string[];
}

/**
 * What Lake Formation lets a role select, which its own policies do not say: rights to layers, each under the condition of
 * its tags.
 */
export function lakeGrantsOf(graph: ResourceGraph, roleArn: string): Grant[] {
  return graph.ofType(PERMISSIONS).flatMap(({ name, inputs }): Grant[] => {
    const permissions = (inputs["permissions"] ?? []) as string[];
    const policy = inputs["lfTagPolicy"] as { expressions?: TagCondition[]; resourceType?: string } | undefined;
    if (textOf(inputs, "principal") !== roleArn || policy?.resourceType !== "TABLE") return [];
    if (!permissions.includes("SELECT")) return [];
    const conditions = policy.expressions ?? [];
    const condition = conditions.map(({ key, values }) => `${key} is ${values.join(" or ")}`).join(" and ");
    const layers = conditions.find(({ key }) => key.endsWith("-layer"))?.values ?? [];
    return layers.map((value) => ({
      layer: value === "restored" ? "archive" : "gold",
      right: "read",
      from: `${name} by Lake Formation`,
      action: "SELECT",
      resource: "columns with LF-tags",
      condition,
      wildcard: false,
    }));
  });
}
