import { type Resource, type Resources } from "../resource";
import { unless, type Rule } from "../rule";
import { deniesPlaintext, findings, foreignPrincipals, isPublic, matches, statementsOf } from "../statements";

const BUCKET = "aws:s3/bucket:Bucket";
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
/** What Security Hub's S3.6 keeps from other accounts. */
const OWNERS_ACTIONS = [
  "s3:DeleteBucketPolicy",
  "s3:PutBucketAcl",
  "s3:PutBucketPolicy",
  "s3:PutEncryptionConfiguration",
  "s3:PutObjectAcl",
];

function policyOf(bucket: Resource, all: Resources): Resource | undefined {
  return all.naming(POLICY, "bucket", bucket)[0];
}

/** Who may use a bucket, by its policy. */
export const S3_ACCESS_RULES: readonly Rule[] = [
  {
    id: "S3.5",
    aliases: ["AwsSolutions-S10"],
    title: "A bucket refuses requests without TLS",
    remedy: "Deny s3:* to everybody where aws:SecureTransport is false, on the bucket and its objects.",
    types: [BUCKET],
    reads: "stack",
    check: (bucket, all) => {
      const arn = String(bucket.outputs["arn"]);
      const statements = statementsOf(policyOf(bucket, all)?.inputs["policy"]) ?? [];
      const denied = statements.some((one) => deniesPlaintext(one, "s3:*", [arn, `${arn}/*`]));
      return unless(denied, "its policy lets requests in that do not use TLS");
    },
  },
  {
    id: "S3.2",
    aliases: ["S3.3", "CKV_AWS_70"],
    title: "A bucket's policy lets nobody read or write who is not named",
    remedy: "Name the principals, or tie the statement to the account by a condition such as aws:SourceAccount.",
    types: [POLICY],
    reads: "resource",
    check: (policy) =>
      findings(policy.inputs["policy"], (one) =>
        isPublic(one) ? `statement ${one.sid} lets everybody do ${one.actions.join(", ")}` : undefined,
      ),
  },
  {
    id: "S3.6",
    aliases: [],
    title: "A bucket's policy leaves its own settings to its own account",
    remedy: "Take the actions that change policy, ACL or encryption from principals of other accounts.",
    types: [POLICY],
    reads: "stack",
    check: (policy, all) =>
      findings(policy.inputs["policy"], (one) => {
        const foreign = foreignPrincipals(one, all.accounts);
        const actions = OWNERS_ACTIONS.filter((action) => one.actions.some((pattern) => matches(pattern, action)));
        if (foreign.length === 0 || actions.length === 0) return undefined;
        return `statement ${one.sid} lets ${foreign.join(", ")} do ${actions.join(", ")}`;
      }),
  },
];
