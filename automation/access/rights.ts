/** What somebody may do to a layer, the least first. */
export const RIGHTS = ["list", "read", "write", "admin"] as const;
/** What somebody may do to a layer. */
export type Right = (typeof RIGHTS)[number];

/** Actions by what they come to, for the services that keep data. The first pattern that fits an action decides. */
const ACTIONS: Readonly<Record<string, readonly (readonly [RegExp, Right])[]>> = {
  s3: [
    [/^(ListBucket\w*|ListMultipartUploadParts|GetBucketLocation|GetBucketAcl)$/, "list"],
    [/^GetObject/, "read"],
    [/^(PutObject|DeleteObject|AbortMultipartUpload|RestoreObject)/, "write"],
  ],
  dynamodb: [
    [/^(DescribeTable)$/, "list"],
    [/^(GetItem|BatchGetItem|Query|Scan)$/, "read"],
    [/^(PutItem|UpdateItem|DeleteItem|BatchWriteItem|ConditionCheckItem|Transact\w+)$/, "write"],
  ],
  secretsmanager: [
    [/^(DescribeSecret|ListSecretVersionIds)$/, "list"],
    [/^(GetSecretValue|BatchGetSecretValue)$/, "read"],
    [/^(PutSecretValue|UpdateSecretVersionStage)$/, "write"],
  ],
  kms: [
    [/^(Describe\w*|ListGrants|GetKeyRotationStatus)$/, "list"],
    [/^Decrypt$/, "read"],
    [/^(Encrypt|GenerateDataKey\w*|ReEncrypt\w*)$/, "write"],
  ],
  redshift: [
    [/^(Describe\w*|GetCluster\w*)$/, "list"],
    [/^(PauseCluster|ResumeCluster)$/, "write"],
  ],
  "redshift-serverless": [[/^(Get|List)\w*$/, "list"]],
  "redshift-data": [
    [/^(DescribeStatement|List\w+|DescribeTable)$/, "list"],
    [/^(GetStatementResult)$/, "list"],
    // A statement is any SQL: what its database user may do is Redshift's to say.
    [/^(ExecuteStatement|BatchExecuteStatement|CancelStatement)$/, "write"],
  ],
};

/** What an action, with or without wildcards, comes to; undefined for services that keep no data. */
export function rightOf(action: string): Right | undefined {
  if (action === "*") return "admin";
  const [service = "", name = ""] = action.split(":");
  const known = ACTIONS[service];
  if (known === undefined) return undefined;
  // `Describe*` is at least what `Describe` begins. Whatever is not known to be less counts as the most: a new action must be looked at.
  return known.find(([pattern]) => pattern.test(name.replace(/\*$/, "")))?.[1] ?? "admin";
}

/** The greater of two. */
export function greater(one: Right | undefined, other: Right): Right {
  return one === undefined || RIGHTS.indexOf(other) > RIGHTS.indexOf(one) ? other : one;
}
