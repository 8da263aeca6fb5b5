import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COST_TAGS } from "../../handlers/costs/settings";
import { InvalidArgumentError } from "../errors";
import { componentType } from "../naming";
import type { Tags } from "../types";
import { CostAnomalies } from "./anomalies";
import { CostBudgets } from "./budgets";
import { DailyClosure, type DailyClosureArgs } from "./daily-closure";

/** Most that a month may be budgeted with, in USD: a thousand times the product's own bill. */
export const MAX_MONTHLY_BUDGET_USD = 10_000_000;

/** Arguments of `CostControls`. */
export interface CostControlsArgs extends Omit<DailyClosureArgs, "tags"> {
  /** USD that a calendar month of this pipeline may cost; above 0. */
  monthlyBudgetUsd: number;
  /** USD of a calendar month for all that carries the team's tag, whichever pipeline it is. @default no such budget */
  teamMonthlyBudgetUsd?: number;
  /** Topic that budgets and anomalies are told to; its policy must hold `billingStatements`, its key's `billingKeyGrants`. */
  alarmTopicArn: pulumi.Input<string>;
  /** What must exist before AWS may publish to the topic: its policy. Budgets asks when it is created. @default nothing */
  alarmTopicReady?: pulumi.Resource[];
  /** Address that budgets tell beside the topic. @default none */
  notifyEmail?: pulumi.Input<string>;
  /**
   * Activates the tags as cost allocation tags. Only the account that pays may, and only a day after the first resource
   * carried them; they then belong to all its accounts, so they stay active when the stack goes. @default false
   */
  activateCostTags?: boolean;
  /** Tags of the stack's resources, the cost allocation tags among them. */
  tags: Tags;
}

/** Checks what no provider checks. @throws InvalidArgumentError before any resource is made */
export function checkCostControlsArgs(
  args: Pick<CostControlsArgs, "monthlyBudgetUsd" | "teamMonthlyBudgetUsd" | "dimensions" | "tags">,
): void {
  for (const key of ["monthlyBudgetUsd", "teamMonthlyBudgetUsd"] as const) {
    const usd = args[key];
    if (usd === undefined) continue;
    if (!(usd >= 0.01 && usd <= MAX_MONTHLY_BUDGET_USD)) {
      throw new InvalidArgumentError(
        `${key} is ${usd}: it must be from 0.01 to ${MAX_MONTHLY_BUDGET_USD} US dollars a month`,
      );
    }
  }
  for (const name of ["pipeline", "team"] as const) {
    const tag = args.tags[COST_TAGS[name]];
    if (tag === args.dimensions[name]) continue;
    throw new InvalidArgumentError(
      `the resources' tag "${COST_TAGS[name]}" is ${JSON.stringify(tag)}, but costs are looked for by ` +
        `${JSON.stringify(args.dimensions[name])}: both must be the ${name}'s name, or every cost would be 0`,
    );
  }
}

/**
 * What keeps the bill from being a surprise: budgets that warn before a month is spent, anomaly detection for what nobody
 * expected, and a closure that makes each day's cost a metric like any other.
 *
 * What stops a single query stands elsewhere: Athena's scan cutoffs (`ServingLayer`) and Redshift's usage limits
 * (`WarehouseCluster`, `WarehouseServerless`).
 */
export class CostControls extends pulumi.ComponentResource {
  /** Function that closes a day; invoke it with `{"time":"2026-11-25T07:00:00Z"}` to close the day before. */
  readonly functionName: pulumi.Output<string>;
  /** Queue of closures that failed; to be watched. */
  readonly deadLetterQueueName: pulumi.Output<string>;
  readonly deadLetterQueueUrl: pulumi.Output<string>;
  /** Name of the pipeline's budget. */
  readonly budgetName: pulumi.Output<string>;
  readonly anomalyMonitorArn: pulumi.Output<string>;

  constructor(name: string, args: CostControlsArgs, opts?: pulumi.ComponentResourceOptions) {
    checkCostControlsArgs(args);
    super(componentType("CostControls"), name, {}, opts);
    const budgets = this.createBudgets(name, args);
    const anomalies = this.createAnomalies(name, args);
    const closure = this.createClosure(name, args);
    if (args.activateCostTags ?? false) this.activateTags(name);

    this.functionName = closure.functionName;
    this.deadLetterQueueName = closure.deadLetterQueueName;
    this.deadLetterQueueUrl = closure.deadLetterQueueUrl;
    this.budgetName = budgets.pipelineBudget;
    this.anomalyMonitorArn = anomalies.monitorArn;
    this.registerOutputs({
      functionName: this.functionName,
      deadLetterQueueUrl: this.deadLetterQueueUrl,
      budgetName: this.budgetName,
    });
  }

  private createBudgets(name: string, args: CostControlsArgs): CostBudgets {
    const { monthlyBudgetUsd, teamMonthlyBudgetUsd, notifyEmail, tags } = args;
    const { alarmTopicArn: topicArn, alarmTopicReady: topicReady } = args;
    const { team, pipeline } = args.dimensions;
    return new CostBudgets(
      `${name}-budget`,
      { monthlyBudgetUsd, teamMonthlyBudgetUsd, team, pipeline, topicArn, topicReady, notifyEmail, tags },
      { parent: this },
    );
  }

  private createAnomalies(name: string, args: CostControlsArgs): CostAnomalies {
    const { monthlyBudgetUsd, alarmTopicArn: topicArn, alarmTopicReady: topicReady, tags } = args;
    return new CostAnomalies(
      `${name}-anomaly`,
      { pipeline: args.dimensions.pipeline, monthlyBudgetUsd, topicArn, topicReady, tags },
      { parent: this },
    );
  }

  private createClosure(name: string, args: CostControlsArgs): DailyClosure {
    const { store, account, dimensions, monthlyBudgetUsd, queryLog, tags } = args;
    return new DailyClosure(
      `${name}-daily`,
      { store, account, dimensions, monthlyBudgetUsd, queryLog, tags },
      { parent: this },
    );
  }

  private activateTags(name: string): void {
    for (const tagKey of Object.values(COST_TAGS)) {
      new aws.costexplorer.CostAllocationTag(
        `${name}-${tagKey}`,
        { tagKey, status: "Active" },
        // Other stacks of the organization are counted by the same keys.
        { parent: this, retainOnDelete: true },
      );
    }
  }
}
