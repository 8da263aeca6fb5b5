import * as pulumi from "@pulumi/pulumi";
import type { KeyServiceGrant } from "../encryption-key";
import type { PolicyStatement } from "../policy";
import type { AwsAccount } from "../types";

/**
 * AWS Budgets and Cost Anomaly Detection, which publish to the alarms' topic for this account (Cost Management user
 * guide, "Creating an Amazon SNS topic for budget notifications" and "… for anomaly notifications").
 */
function publishers({ accountId, partition }: AwsAccount): Pick<KeyServiceGrant, "sid" | "service" | "condition">[] {
  const ofAccount = { StringEquals: { "aws:SourceAccount": accountId } };
  const ofBudgets = { ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:${partition}:budgets::${accountId}:*` } };
  return [
    { sid: "BudgetsOfThisAccount", service: "budgets.amazonaws.com", condition: { ...ofAccount, ...ofBudgets } },
    { sid: "CostAnomaliesOfThisAccount", service: "costalerts.amazonaws.com", condition: ofAccount },
  ];
}

/** Statements of the topic's policy that let both publish. */
export function billingStatements(account: AwsAccount, topicArn: pulumi.Input<string>): PolicyStatement[] {
  return publishers(account).map(({ sid, service, condition }) => ({
    Sid: sid,
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sns:Publish",
    Resource: topicArn,
    Condition: condition,
  }));
}

/** Grants of the topic's key that let both publish: an encrypted topic refuses them without. */
export function billingKeyGrants(account: AwsAccount): KeyServiceGrant[] {
  return publishers(account);
}
