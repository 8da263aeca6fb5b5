import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "../policy";
import type { AwsAccount } from "../types";
import { CI_ISSUERS, DEFAULT_CI_BRANCH, type CiSettings } from "./settings";

/** Trust policy of a role that named people, or the roles of their sign-on, take on. */
export function peopleTrust(principals: readonly string[]): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "NamedPeople",
      Effect: "Allow",
      Principal: { AWS: [...principals] },
      Action: "sts:AssumeRole",
    },
  ]);
}

/**
 * Trust policy of CI's role: tokens of one issuer, for AWS, about jobs of one branch of one repository. The issuer must be
 * known to the account as an OpenID Connect provider; an account has one of each, which is not a stack's to make.
 */
export function ciTrust(account: AwsAccount, ci: CiSettings): pulumi.Output<string> {
  const { host, audience, subject } = CI_ISSUERS[ci.provider];
  return policyDocument([
    {
      Sid: "JobsOfOneBranch",
      Effect: "Allow",
      Principal: {
        Federated: pulumi.interpolate`arn:${account.partition}:iam::${account.accountId}:oidc-provider/${host}`,
      },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: {
          [`${host}:aud`]: audience,
          [`${host}:sub`]: subject(ci.repository, ci.branch ?? DEFAULT_CI_BRANCH),
        },
      },
    },
  ]);
}
