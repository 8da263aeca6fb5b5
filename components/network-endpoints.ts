import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type PolicyStatement } from "./policy";
import type { AwsAccount } from "./types";

/** Services that can be reached by an interface endpoint, by the last part of the endpoint service's name. */
export const INTERFACE_SERVICES = ["glue", "kms", "secretsmanager", "logs", "monitoring", "sts"] as const;
export type InterfaceService = (typeof INTERFACE_SERVICES)[number];

/** Prefix of the actions of each: the endpoint `monitoring` serves CloudWatch's metrics. */
const ACTIONS: Readonly<Record<InterfaceService, string>> = {
  glue: "glue",
  kms: "kms",
  secretsmanager: "secretsmanager",
  logs: "logs",
  monitoring: "cloudwatch",
  sts: "sts",
};

/**
 * Policy of the S3 endpoint: principals of this account, to buckets of this account. Data cannot be carried out to a
 * foreign bucket, nor with foreign credentials (VPC guide, "Control access to VPC endpoints using endpoint policies").
 * @param glueJobs whether Glue jobs run here, which read libraries from a bucket of the service
 */
export function s3EndpointPolicy(account: AwsAccount, glueJobs: boolean): pulumi.Output<string> {
  const { accountId, partition } = account;
  return policyDocument([
    {
      Sid: "OwnBucketsByOwnPrincipals",
      Effect: "Allow",
      Principal: "*",
      Action: "s3:*",
      Resource: pulumi.interpolate`arn:${partition}:s3:::*`,
      Condition: { StringEquals: { "aws:PrincipalAccount": accountId, "aws:ResourceAccount": accountId } },
    },
    ...(glueJobs ? [librariesOfGlue(account)] : []),
  ]);
}

function librariesOfGlue({ partition, region }: AwsAccount): PolicyStatement {
  return {
    Sid: "LibrariesOfGlue",
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    // Glue's own, one a region, public to read: it is in another account, so it is named instead.
    Resource: pulumi.interpolate`arn:${partition}:s3:::aws-glue-jes-prod-${region}-assets/*`,
  };
}

/** Policy of an interface endpoint: its service alone, for principals of this account alone. */
export function serviceEndpointPolicy(service: InterfaceService, { accountId }: AwsAccount): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "OwnPrincipals",
      Effect: "Allow",
      Principal: "*",
      Action: `${ACTIONS[service]}:*`,
      // What a principal may do on which resource is the role's policy; an endpoint cannot know the names.
      Resource: "*",
      Condition: { StringEquals: { "aws:PrincipalAccount": accountId } },
    },
  ]);
}
