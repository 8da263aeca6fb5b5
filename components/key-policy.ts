import * as pulumi from "@pulumi/pulumi";
import type { PolicyStatement } from "./policy";
import type { AwsAccount } from "./types";

/** A service of AWS that people reach a key's data through; the name of its requests to KMS. */
export type KeyService =
  "s3" | "dynamodb" | "secretsmanager" | "sqs" | "sns" | "lambda" | "redshift" | "redshift-serverless";

/** Who works with what a key encrypts. Role names are logical ones without the pipeline's name: `silver-job-role`. */
export interface KeyUsers {
  /** Roles that decrypt. */
  readers: readonly string[];
  /** Roles that encrypt too. */
  writers: readonly string[];
  /** Services through which people and deployments use the key; none leaves it to the services' own grants. */
  through: readonly KeyService[];
}

/** Services that keep working with a key after the call that named it, and take a grant for that. */
const WITH_GRANTS: readonly KeyService[] = ["dynamodb", "lambda", "redshift", "redshift-serverless"];
/** Roles of people and of CI that operate, erase and deploy (components/identity); each one's own policy says what. */
const OPERATOR_ROLES = ["id-operator", "id-privacy", "id-deployer"];
/** Roles by which a stack reads gold, its own or that of another stack (components/lake-reader.ts). */
const ASKING_ROLES = ["id-bi", "id-analyst"];
/**
 * All that a key's administrators may do: no use of it, and no `CreateGrant`, by which they could hand its use on.
 * The list is that of the KMS guide ("Allows key administrators"), action by action.
 */
export const ADMINISTRATION: readonly string[] = [
  "DescribeKey",
  "GetKeyPolicy",
  "PutKeyPolicy",
  "ListKeyPolicies",
  "UpdateKeyDescription",
  "EnableKey",
  "DisableKey",
  "EnableKeyRotation",
  "DisableKeyRotation",
  "RotateKeyOnDemand",
  "GetKeyRotationStatus",
  "ListKeyRotations",
  "CreateAlias",
  "UpdateAlias",
  "DeleteAlias",
  "TagResource",
  "UntagResource",
  "ListResourceTags",
  "ListGrants",
  "RetireGrant",
  "RevokeGrant",
  "ScheduleKeyDeletion",
  "CancelKeyDeletion",
].map((action) => `kms:${action}`);
const READ = ["kms:Decrypt", "kms:DescribeKey"];
const WRITE = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"];
/** What services ask KMS in the name of who calls them; DynamoDB's guide has the longest list. */
const THROUGH = [...WRITE, "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"];

/**
 * Statements that say by role who works with a key. The principal of each is the account, which in a key policy means
 * "whom an IAM policy of the account allows too", and a condition says which of them: a policy that named the roles
 * themselves could not exist before them, nor they before the key. So both policies have to agree, and none of them alone
 * opens the data.
 *
 * @param guests pipelines of the same account whose asking roles read what the key encrypts, through S3
 */
export function keyUserStatements(
  account: AwsAccount,
  users: KeyUsers,
  guests: readonly string[] = [],
): PolicyStatement[] {
  const { readers, writers, through } = users;
  return [
    // Without it nobody could change the policy again: KMS refuses such a key.
    { ...ofAccount(account, "Administration"), Action: [...ADMINISTRATION] },
    ...roleStatement(account, "RolesThatRead", READ, readers),
    ...roleStatement(account, "RolesThatWrite", WRITE, writers),
    ...(guests.length === 0 ? [] : [guestStatement(account, guests)]),
    ...(through.length === 0 ? [] : peopleStatements(account, through)),
  ];
}

/** Asking roles of other stacks, by S3 only: they read tables, they decrypt nothing by a call of their own. */
function guestStatement(account: AwsAccount, guests: readonly string[]): PolicyStatement {
  const roles = guests.flatMap((guest) => ASKING_ROLES.map((role) => accountRole(account, `${guest}-${role}-???????`)));
  return {
    ...ofAccount(account, "OtherStacksThatRead"),
    Action: READ,
    Condition: {
      ArnLike: { "aws:PrincipalArn": pulumi.all(roles) },
      StringEquals: { "kms:ViaService": nameIn(account)("s3") },
    },
  };
}

function roleStatement(
  account: AwsAccount,
  sid: string,
  actions: readonly string[],
  roles: readonly string[],
): PolicyStatement[] {
  if (roles.length === 0) return [];
  const Condition = { ArnLike: { "aws:PrincipalArn": pulumi.all(roles.map((role) => roleArn(account, role))) } };
  return [{ ...ofAccount(account, sid), Action: [...actions], Condition }];
}

/** People and deployments: through services only, never by a call of their own. */
function peopleStatements(account: AwsAccount, through: readonly KeyService[]): PolicyStatement[] {
  const { people } = account.keyScope;
  const operators = OPERATOR_ROLES.map((role) => roleArn(account, role));
  const named = [...operators, ...people.map((pattern) => principalArn(account, pattern))];
  return [
    ...throughServices(account, "Operators", { ArnLike: { "aws:PrincipalArn": pulumi.all(named) } }, through),
    ...(people.length > 0
      ? []
      : throughServices(
          account,
          "Account",
          { ArnNotLike: { "aws:PrincipalArn": pulumi.all(notPeople(account)) } },
          through,
        )),
  ];
}

function throughServices(
  account: AwsAccount,
  who: string,
  principals: NonNullable<PolicyStatement["Condition"]>,
  through: readonly KeyService[],
): PolicyStatement[] {
  const own = { "kms:CallerAccount": account.accountId };
  const via = (services: readonly KeyService[]) => ({
    ...own,
    "kms:ViaService": pulumi.all(services.map(nameIn(account))),
  });
  const granting = through.filter((service) => WITH_GRANTS.includes(service));
  const use: PolicyStatement = {
    ...ofAccount(account, `${who}ThroughServices`),
    Action: THROUGH,
    Condition: { ...principals, StringEquals: via(through) },
  };
  const grant: PolicyStatement = {
    ...ofAccount(account, `${who}GrantToServices`),
    Action: "kms:CreateGrant",
    Condition: { ...principals, StringEquals: via(granting), Bool: { "kms:GrantIsForAWSResource": "true" } },
  };
  return granting.length === 0 ? [use] : [use, grant];
}

function ofAccount({ accountId, partition }: AwsAccount, sid: string): Omit<PolicyStatement, "Action"> {
  return {
    Sid: sid,
    Effect: "Allow",
    Principal: { AWS: pulumi.interpolate`arn:${partition}:iam::${accountId}:root` },
    // A key policy can name no other resource than the key it is attached to.
    Resource: "*",
  };
}

/** ARN of a role of the pipeline; the question marks stand for the characters that auto-naming appends. */
function roleArn(account: AwsAccount, role: string): pulumi.Output<string> {
  return accountRole(account, `${account.keyScope.pipelineName}-${role}-???????`);
}

/** Whom the account's IAM alone must not let in: the pipeline's own roles, and those by which any stack asks a lake. */
function notPeople(account: AwsAccount): pulumi.Output<string>[] {
  const asking = ASKING_ROLES.map((role) => accountRole(account, `*-${role}-???????`));
  return [accountRole(account, `${account.keyScope.pipelineName}-*`), ...asking];
}

function accountRole({ accountId, partition }: AwsAccount, name: string): pulumi.Output<string> {
  return pulumi.interpolate`arn:${partition}:iam::${accountId}:role/${name}`;
}

/** A pattern of the config as an ARN: `role/NAME` and `user/NAME` are of the stack's own account. */
function principalArn({ accountId, partition }: AwsAccount, pattern: string): pulumi.Input<string> {
  return pattern.startsWith("arn:") ? pattern : pulumi.interpolate`arn:${partition}:iam::${accountId}:${pattern}`;
}

function nameIn({ region }: AwsAccount): (service: KeyService) => pulumi.Output<string> {
  return (service) => pulumi.interpolate`${service}.${region}.amazonaws.com`;
}
