import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COST_TAGS } from "../../handlers/costs/settings";
import { componentType } from "../naming";
import type { Tags } from "../types";

/**
 * When people are told, in percent of the month's budget: while there is time to act, when it is used up, and when it
 * will be. A budget may have five of them (Budgets API reference, CreateBudget).
 */
export const BUDGET_NOTIFICATIONS = [
  { notificationType: "ACTUAL", threshold: 80 },
  { notificationType: "ACTUAL", threshold: 100 },
  { notificationType: "FORECASTED", threshold: 100 },
] as const;

/** Arguments of `CostBudgets`. */
export interface CostBudgetsArgs {
  /** USD of a calendar month for what carries the pipeline's tag. */
  monthlyBudgetUsd: number;
  /** USD of a calendar month for what carries the team's tag. @default no budget of the team */
  teamMonthlyBudgetUsd?: number;
  team: string;
  pipeline: string;
  topicArn: pulumi.Input<string>;
  /** What must exist before AWS may publish to the topic. @default nothing */
  topicReady?: pulumi.Resource[];
  /** @default the topic alone is told */
  notifyEmail?: pulumi.Input<string>;
  /** @default none */
  tags?: Tags;
}

/** USD as Budgets takes them: cents, no exponent. */
function dollars(usd: number): string {
  return String(Math.round(usd * 100) / 100);
}

/**
 * The month's budgets, watched by AWS itself: they tell people even if nothing of the stack runs.
 *
 * One tag a budget: the pipeline's names one stack of one team. Budgets does not document whether two tag keys of one
 * `TagKeyValue` filter narrow or widen it.
 */
export class CostBudgets extends pulumi.ComponentResource {
  readonly pipelineBudget: pulumi.Output<string>;
  readonly teamBudget?: pulumi.Output<string>;

  constructor(name: string, args: CostBudgetsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("CostBudgets"), name, {}, opts);
    const { monthlyBudgetUsd, teamMonthlyBudgetUsd, team, pipeline } = args;
    this.pipelineBudget = this.createBudget(`${name}-pipeline`, args, monthlyBudgetUsd, COST_TAGS.pipeline, pipeline);
    if (teamMonthlyBudgetUsd !== undefined) {
      this.teamBudget = this.createBudget(`${name}-team`, args, teamMonthlyBudgetUsd, COST_TAGS.team, team);
    }
    this.registerOutputs({ pipelineBudget: this.pipelineBudget });
  }

  private createBudget(
    name: string,
    args: CostBudgetsArgs,
    limitUsd: number,
    tagKey: string,
    tagValue: string,
  ): pulumi.Output<string> {
    const { topicArn, topicReady, notifyEmail, tags } = args;
    return new aws.budgets.Budget(
      name,
      {
        budgetType: "COST",
        timeUnit: "MONTHLY",
        limitAmount: dollars(limitUsd),
        limitUnit: "USD",
        // Tags that users set begin with "user:" (Cost Management user guide, "Budget filters"); "$" ends the key.
        costFilters: [{ name: "TagKeyValue", values: [`user:${tagKey}$${tagValue}`] }],
        // As the daily closure counts: a reservation's month is not the bill of its first day.
        costTypes: { useAmortized: true },
        notifications: BUDGET_NOTIFICATIONS.map((notification) => ({
          ...notification,
          comparisonOperator: "GREATER_THAN",
          thresholdType: "PERCENTAGE",
          subscriberSnsTopicArns: [topicArn],
          ...(notifyEmail === undefined ? {} : { subscriberEmailAddresses: [notifyEmail] }),
        })),
        tags,
      },
      { parent: this, dependsOn: topicReady },
    ).name;
  }
}
