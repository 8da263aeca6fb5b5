import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COST_TAGS } from "../../handlers/costs/settings";
import { componentType } from "../naming";
import type { Tags } from "../types";

/** Share of a day's budget from which an anomaly is told: the 20 % over the budget from which a day is a cost spike. */
export const ANOMALY_SHARE = 0.2;
/** Days of the month that the share is taken of. */
const DAYS_PER_MONTH = 30;
/** Least impact that is told, in USD: below it a message costs more attention than the anomaly costs money. */
export const MIN_ANOMALY_USD = 1;

/** Arguments of `CostAnomalies`. */
export interface CostAnomaliesArgs {
  pipeline: string;
  monthlyBudgetUsd: number;
  topicArn: pulumi.Input<string>;
  /** What must exist before AWS may publish to the topic. @default nothing */
  topicReady?: pulumi.Resource[];
  /** @default none */
  tags?: Tags;
}

/** USD of total impact from which an anomaly is told, in cents. */
export function anomalyThresholdUsd(monthlyBudgetUsd: number): number {
  const share = (monthlyBudgetUsd / DAYS_PER_MONTH) * ANOMALY_SHARE;
  return Math.max(MIN_ANOMALY_USD, Math.round(share * 100) / 100);
}

/**
 * Which costs are watched. Every member is spelled: AWS answers with all of them, and one that is left out would replace
 * the monitor at each `up`.
 */
export function monitorSpecification(pipeline: string): string {
  return JSON.stringify({
    And: null,
    CostCategories: null,
    Dimensions: null,
    Not: null,
    Or: null,
    Tags: { Key: COST_TAGS.pipeline, MatchOptions: null, Values: [pipeline] },
  });
}

/**
 * Cost Anomaly Detection on the pipeline's tag: what nobody set a threshold for. It needs ten days of costs to learn
 * from, and looks about three times a day (Cost Management user guide, "Detecting unusual spend with AWS Cost Anomaly
 * Detection").
 *
 * A custom monitor, because an account can have one that watches all services and may have it already. Monitors and
 * subscriptions belong to no region; the provider reaches Cost Explorer in us-east-1 wherever the stack is.
 */
export class CostAnomalies extends pulumi.ComponentResource {
  readonly monitorArn: pulumi.Output<string>;

  constructor(name: string, args: CostAnomaliesArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("CostAnomalies"), name, {}, opts);
    this.monitorArn = this.createMonitor(name, args).arn;
    this.createSubscription(name, args);
    this.registerOutputs({ monitorArn: this.monitorArn });
  }

  private createMonitor(name: string, { pipeline, tags }: CostAnomaliesArgs): aws.costexplorer.AnomalyMonitor {
    return new aws.costexplorer.AnomalyMonitor(
      name,
      { monitorType: "CUSTOM", monitorSpecification: monitorSpecification(pipeline), tags },
      { parent: this },
    );
  }

  private createSubscription(name: string, { monthlyBudgetUsd, topicArn, topicReady, tags }: CostAnomaliesArgs): void {
    new aws.costexplorer.AnomalySubscription(
      name,
      {
        // Each anomaly as it is found; only SNS may be told at this frequency (API reference, AnomalySubscription).
        frequency: "IMMEDIATE",
        monitorArnLists: [this.monitorArn],
        subscribers: [{ type: "SNS", address: topicArn }],
        thresholdExpression: {
          dimension: {
            key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
            matchOptions: ["GREATER_THAN_OR_EQUAL"],
            values: [String(anomalyThresholdUsd(monthlyBudgetUsd))],
          },
        },
        tags,
      },
      { parent: this, dependsOn: topicReady },
    );
  }
}
