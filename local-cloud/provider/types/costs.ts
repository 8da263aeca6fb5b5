/** Cost Explorer: anomaly monitors and who is told of anomalies. */
import type { Props } from "../mapping";
import { isRecord } from "../mapping";
import { parseJson } from "../rules/check";
import type { TypeSpec } from "../request";
import { plain } from "./plain";

/** Members of Cost Explorer's `Expression`; AWS answers with all of them, those without a value as null. */
const EXPRESSION = ["And", "CostCategories", "Dimensions", "Not", "Or", "Tags"];
const VALUES = ["Key", "MatchOptions", "Values"];

const spelled = (members: readonly string[], value: Props): Props =>
  Object.fromEntries(members.map((member) => [member, value[member] ?? null]));

/** An expression as the official provider keeps it in the state: JSON with every member. */
export function expressionText(expression: unknown): string | undefined {
  const inner = (value: unknown): unknown => {
    if (!isRecord(value)) return null;
    const given = Object.entries(value).map(([member, held]): [string, unknown] => {
      if (member === "Not") return [member, inner(held)];
      if (Array.isArray(held)) return [member, held.map(inner)];
      return [member, isRecord(held) ? spelled(VALUES, held) : null];
    });
    return spelled(EXPRESSION, Object.fromEntries(given));
  };
  return isRecord(expression) ? JSON.stringify(inner(expression)) : undefined;
}

/** The expression in such a text: what is null is not there. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const given = Object.entries(value).filter(([, held]) => held !== null && held !== undefined);
  return Object.fromEntries(given.map(([member, held]) => [member, withoutNulls(held)]));
}

const monitor = plain({
  service: "ce",
  props: "name=MonitorName monitorType! monitorDimension! monitorSpecification!$* tags",
  maps: "CreateAnomalyMonitor.AnomalyMonitor",
  name: { property: "name", max: 255 },
  create: "CreateAnomalyMonitor.MonitorArn",
  read: "GetAnomalyMonitors(MonitorArnList).AnomalyMonitors.0",
  update: { "UpdateAnomalyMonitor(MonitorArn)": "name" },
  delete: "DeleteAnomalyMonitor(MonitorArn)",
  more: (r) => {
    const { monitorSpecification } = r.inputs;
    return monitorSpecification === undefined
      ? {}
      : { MonitorSpecification: withoutNulls(parseJson(monitorSpecification)) };
  },
  outs: (r) => ({ arn: r.id }),
});

export const costTypes: Record<string, TypeSpec> = {
  "aws:costexplorer/anomalyMonitor:AnomalyMonitor": {
    ...monitor,
    read: async (r) => {
      const found = await monitor.read(r);
      return found && { ...found, monitorSpecification: expressionText(found["MonitorSpecification"]) };
    },
  },
  "aws:costexplorer/anomalySubscription:AnomalySubscription": plain({
    service: "ce",
    props:
      "name!=SubscriptionName accountId!=AccountId frequency monitorArnLists=MonitorArnList subscribers " +
      "thresholdExpression tags",
    maps: "CreateAnomalySubscription.AnomalySubscription",
    name: { property: "name", max: 255 },
    create: "CreateAnomalySubscription.SubscriptionArn",
    read: "GetAnomalySubscriptions(SubscriptionArnList).AnomalySubscriptions.0",
    update: "UpdateAnomalySubscription(SubscriptionArn)",
    delete: "DeleteAnomalySubscription(SubscriptionArn)",
    outs: (r) => ({ arn: r.id, accountId: r.account }),
  }),
};
