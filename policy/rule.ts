import type { Resource, Resources } from "./resource";

/** One rule of a published standard as data and a pure check. */
export interface Rule {
  /** Id in the standard that says it best, such as `S3.5` (AWS Foundational Security Best Practices). */
  readonly id: string;
  /** Ids of the same rule in other standards, such as `AwsSolutions-S10` (cdk-nag) or `CKV_AWS_70` (checkov). */
  readonly aliases: readonly string[];
  readonly title: string;
  /** What to change in the program. */
  readonly remedy: string;
  /** Types of the resources that are checked. */
  readonly types: readonly string[];
  /** `resource`: the check reads that resource alone; `stack`: it reads others too. */
  readonly reads: "resource" | "stack";
  /** What is wrong with the resource, a sentence each; empty if nothing is. */
  readonly check: (resource: Resource, all: Resources) => readonly string[];
}

/** A sentence where a rule is broken, none where it is kept. */
export function unless(kept: boolean, sentence: string): string[] {
  return kept ? [] : [sentence];
}

const SECURITY_HUB = "https://docs.aws.amazon.com/securityhub/latest/userguide";
const CDK_NAG = "https://github.com/cdklabs/cdk-nag/blob/main/RULES.md#aws-solutions";
const KMS_GUIDE = "https://docs.aws.amazon.com/kms/latest/developerguide/least-privilege.html";
const CHECKOV = "https://www.checkov.io/5.Policy%20Index/terraform.html";

/** Where a rule is published: AWS Security Hub's page of its service, cdk-nag's list, checkov's index or KMS's guide. */
export function sourceOf(id: string): string {
  if (id.startsWith("AwsSolutions-")) return CDK_NAG;
  if (id.startsWith("CKV")) return CHECKOV;
  if (id === "KMS-LeastPrivilege") return KMS_GUIDE;
  const [service = "", number = ""] = id.toLowerCase().split(".");
  return `${SECURITY_HUB}/${service}-controls.html#${service}-${number}`;
}
