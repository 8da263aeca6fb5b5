import { textAt, textsAt, type Resource } from "../resource";
import { unless, type Rule } from "../rule";
import { findings, isNarrowed, matches, type Statement } from "../statements";

const ROLE = "aws:iam/role:Role";
const MANAGED = "aws:iam/policy:Policy";
const INLINE = ["aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"];
const ATTACHMENTS = [
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:iam/userPolicyAttachment:UserPolicyAttachment",
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
  "aws:iam/policyAttachment:PolicyAttachment",
];
/** What KMS.1 and KMS.2 mean by decryption. */
const DECRYPTION = ["kms:Decrypt", "kms:ReEncryptFrom"];

/**
 * Actions that a statement may allow on `*`, because no ARN narrows them (Service Authorization Reference); `*` at an
 * action's end stands for a family of them. What can be narrowed by a condition has to be, where one is named.
 */
const WITHOUT_RESOURCE: Readonly<Record<string, { condition?: string }>> = {
  "ce:GetCostAndUsage": {},
  "cloudwatch:GetMetricData": {},
  "cloudwatch:GetMetricStatistics": {},
  "cloudwatch:ListMetrics": {},
  "cloudwatch:PutMetricData": { condition: "cloudwatch:namespace" },
  "ec2:Describe*": {},
  "lakeformation:GetDataAccess": {},
  "logs:DescribeLogGroups": {},
  "redshift:DescribeClusters": {},
  "redshift-data:CancelStatement": { condition: "redshift-data:statement-owner-iam-userid" },
  "redshift-data:DescribeStatement": { condition: "redshift-data:statement-owner-iam-userid" },
  "redshift-data:GetStatementResult": { condition: "redshift-data:statement-owner-iam-userid" },
  "sqs:ListQueues": {},
  "xray:PutTelemetryRecords": {},
  "xray:PutTraceSegments": {},
};

function decryptsByAll(policy: Resource): string[] {
  return findings(policy.inputs["policy"], (one) => {
    const decrypts = one.actions.some((pattern) => DECRYPTION.some((action) => matches(pattern, action)));
    const everyKey = one.resources.some(
      (resource) => resource === "*" || /^arn:[^:]+:kms:[^:]*:[^:]*:(key\/)?\*$/.test(resource),
    );
    return one.allows && decrypts && everyKey ? `statement ${one.sid} decrypts by every key` : undefined;
  });
}

/** What is wrong with a statement's wildcards. */
function wildcard(one: Statement): string | undefined {
  if (!one.allows) return undefined;
  const action = one.actions.find((name) => name.includes("*") && !(name in WITHOUT_RESOURCE));
  if (action !== undefined) return `statement ${one.sid} allows ${action}`;
  if (one.negated) return `statement ${one.sid} allows everything but what it names`;
  const open = one.resources.find((resource) => !namesSomething(resource));
  const wide = open === undefined ? undefined : one.actions.find((name) => !mayBeWide(name, one));
  return wide === undefined ? undefined : `statement ${one.sid} allows ${wide} on ${String(open)}`;
}

/** Whether an ARN's resource begins with a name, so that a wildcard behind it stays inside. */
function namesSomething(resource: string): boolean {
  const path = resource.split(":").slice(5).join(":");
  return (
    path !== "" && /^[^*]{3,}/.test(path.replace(/^(key|role|table|log-group|secret|alarm|workgroup|rule)[/:]/, ""))
  );
}

function mayBeWide(action: string, { conditions }: Statement): boolean {
  const known = Object.entries(WITHOUT_RESOURCE).find(([pattern]) => matches(pattern, action))?.[1];
  if (known === undefined) return false;
  const { condition } = known;
  return condition === undefined || Object.values(conditions).some((keys) => condition in keys);
}

/** What identities may do. */
export const IAM_RULES: readonly Rule[] = [
  {
    id: "IAM.1",
    aliases: [],
    title: "No policy gives every right",
    remedy: "Name actions and resources.",
    types: [MANAGED, ...INLINE],
    reads: "resource",
    check: (policy) =>
      findings(policy.inputs["policy"], (one) =>
        one.allows && one.actions.includes("*") && one.resources.includes("*")
          ? `statement ${one.sid} allows everything on everything`
          : undefined,
      ),
  },
  {
    id: "IAM.21",
    aliases: [],
    title: "No policy gives every action of a service",
    remedy: "Name the actions.",
    types: [MANAGED, ...INLINE],
    reads: "resource",
    check: (policy) =>
      findings(policy.inputs["policy"], (one) => {
        const whole = one.actions.filter((action) => /^[\w-]+:\*$/.test(action));
        return one.allows && whole.length > 0 ? `statement ${one.sid} allows ${whole.join(", ")}` : undefined;
      }),
  },
  {
    id: "AwsSolutions-IAM5",
    aliases: [],
    title: "A policy names its actions, and its resources down to a name",
    remedy:
      "Name actions and resources; an action that no ARN narrows belongs into WITHOUT_RESOURCE of policy/rules/iam.ts.",
    types: [MANAGED, ...INLINE],
    reads: "resource",
    check: (policy) => findings(policy.inputs["policy"], wildcard),
  },
  {
    id: "AwsSolutions-IAM4",
    aliases: [],
    title: "No role has a policy that AWS wrote",
    remedy: "Write the statements that the role needs.",
    types: [ROLE, ...ATTACHMENTS],
    reads: "resource",
    check: (one) => {
      const attached = [...textsAt(one, "managedPolicyArns"), textAt(one, "policyArn") ?? ""];
      const written = attached.filter((arn) => /^arn:[^:]+:iam::aws:policy\//.test(arn));
      return unless(written.length === 0, `it has ${written.join(", ")}`);
    },
  },
  {
    id: "KMS.1",
    aliases: [],
    title: "No managed policy decrypts by every key",
    remedy: "Name the keys.",
    types: [MANAGED],
    reads: "resource",
    check: decryptsByAll,
  },
  {
    id: "KMS.2",
    aliases: [],
    title: "No inline policy decrypts by every key",
    remedy: "Name the keys.",
    types: INLINE,
    reads: "resource",
    check: decryptsByAll,
  },
  {
    id: "CKV_AWS_60",
    aliases: ["CKV_AWS_61"],
    title: "A role is assumed by those that it names",
    remedy: "Name the service or the principals in the trust policy.",
    types: [ROLE],
    reads: "resource",
    check: (role) =>
      findings(role.inputs["assumeRolePolicy"], (one) =>
        one.allows && one.principals.includes("*") && !isNarrowed(one)
          ? `statement ${one.sid} lets everybody assume it`
          : undefined,
      ),
  },
];
