/**
 * IAM, KMS and Secrets Manager. AWS pages: "IAM and AWS STS quotas", "Obtain the thumbprint for an OpenID Connect
 * identity provider", "ScheduleKeyDeletion", "CreateAlias", "CreateSecret", "DeleteSecret".
 */
import { between, type Check, matches, onlyOne, type Rules } from "./check";
import { policy } from "./policies";

const KEY_POLICY: readonly Check[] = [policy("Policy", "key")];

export const iamRules: Rules = {
  CreateRole: [policy("AssumeRolePolicyDocument", "trust")],
  UpdateAssumeRolePolicy: [policy("PolicyDocument", "trust")],
  PutRolePolicy: [policy("PolicyDocument", "inline")],
  CreatePolicy: [policy("PolicyDocument", "managed")],
  CreatePolicyVersion: [policy("PolicyDocument", "managed")],
  AttachRolePolicy: [matches("PolicyArn", "must be a policy's ARN", /^arn:[\w-]+:iam::(\d{12}|aws):policy\/.+$/)],
  CreateOpenIDConnectProvider: [
    matches("Url", "must begin with https://", /^https:\/\/[^\s?]+$/),
    matches("ThumbprintList.*", "must be 40 hexadecimal digits", /^[0-9a-f]{40}$/i),
  ],
};

const aliasName = matches(
  "AliasName",
  "must be alias/ and a name that does not begin with aws/",
  /^alias\/(?!aws\/)[\w/-]+$/,
);

export const kmsRules: Rules = {
  CreateKey: KEY_POLICY,
  PutKeyPolicy: KEY_POLICY,
  ScheduleKeyDeletion: [between("PendingWindowInDays", 7, 30)],
  CreateAlias: [aliasName],
};

export const secretsmanagerRules: Rules = {
  CreateSecret: [matches("Name", "must have 1 to 512 letters, digits and /_+=.@-", /^[\w/+=.@-]{1,512}$/)],
  PutResourcePolicy: [policy("ResourcePolicy", "secret")],
  DeleteSecret: [
    between("RecoveryWindowInDays", 7, 30),
    onlyOne("", ["RecoveryWindowInDays", "ForceDeleteWithoutRecovery"]),
  ],
  PutSecretValue: [onlyOne("", ["SecretString", "SecretBinary"], true)],
};
