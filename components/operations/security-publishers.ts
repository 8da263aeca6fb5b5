import * as pulumi from "@pulumi/pulumi";
import type { PolicyStatement } from "../policy";
import type { AwsAccount } from "../types";

/**
 * ARNs of the rules of components/audit, by pattern, since topic and queue are there first. The store's key lets
 * EventBridge in for all rules of the pipeline.
 */
export function securityRules(account: AwsAccount, pipeline: string): pulumi.Output<string> {
  const { accountId, partition, region } = account;
  return pulumi.interpolate`arn:${partition}:events:${region}:${accountId}:rule/${pipeline}-audit-*`;
}

/**
 * Statement of a topic's or queue's policy that lets those rules in (EventBridge guide, "Using resource-based policies
 * for Amazon EventBridge").
 */
export function securityStatement(
  action: "sns:Publish" | "sqs:SendMessage",
  resource: pulumi.Input<string>,
  rules: pulumi.Input<string>,
): PolicyStatement {
  return {
    Sid: "SecurityEventsOfThisPipeline",
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: action,
    Resource: resource,
    Condition: { ArnLike: { "aws:SourceArn": rules } },
  };
}
