/** Cost Explorer. AWS pages: "AnomalyMonitor", "AnomalySubscription", "CreateAnomalyMonitor" (API reference). */
import type { Props } from "../mapping";
import { type Check, list, onlyOne, type Rules, where, within } from "./check";

/** Addresses of a frequency: AWS sends each anomaly to SNS, and summaries by e-mail. */
const kindOf = (frequency: unknown): string => (frequency === "IMMEDIATE" ? "SNS" : "EMAIL");

const subscription = (path: string, whole: boolean): readonly Check[] => [
  within(path, [
    where("Subscribers", "must be SNS topics where Frequency is IMMEDIATE, else e-mail addresses", (given, owner) =>
      (given as Props[]).every(
        ({ Type }) => owner["Frequency"] === undefined || Type === undefined || Type === kindOf(owner["Frequency"]),
      ),
    ),
    where(
      "Subscribers",
      "must be one SNS topic, or 1 to 10 e-mail addresses",
      (given) =>
        list(given).length >= 1 &&
        list(given).length <= 10 &&
        (given as Props[]).filter(({ Type }) => Type === "SNS").length <= 1,
    ),
  ]),
  onlyOne(path, ["Threshold", "ThresholdExpression"], whole),
];

export const ceRules: Rules = {
  CreateAnomalyMonitor: [
    where(
      "",
      "AnomalyMonitor must have MonitorDimension where MonitorType is DIMENSIONAL, MonitorSpecification where it is CUSTOM",
      (input) => {
        const { MonitorType, MonitorDimension, MonitorSpecification } = (input as Props)["AnomalyMonitor"] as Props;
        const [wanted, other] =
          MonitorType === "CUSTOM"
            ? [MonitorSpecification, MonitorDimension]
            : [MonitorDimension, MonitorSpecification];
        return wanted !== undefined && other === undefined;
      },
    ),
  ],
  CreateAnomalySubscription: subscription("AnomalySubscription", true),
  UpdateAnomalySubscription: subscription("", false),
};
