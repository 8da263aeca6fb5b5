import { expect } from "chai";
import type { ResourceGraph } from "../../../../automation/graph/resource-graph";
import { statementsOf, type Statement } from "../../../../policy/statements";

/**
 * Actions that AWS lets nobody narrow to a resource; none of them reads data. ce:GetCostAndUsage sees the whole account's
 * bill: the function asks for its own pipeline's tag, which is no matter of IAM (docs/teams.md).
 */
const WITHOUT_RESOURCE =
  /^(ce:GetCostAndUsage|cloudwatch:PutMetricData|xray:Put\w+|ec2:(Describe|Create|Delete)NetworkInterfaces?\w*|ec2:Describe\w+)$/;
/** Folders of gold's bucket. */
const FOLDERS = ["events", "fact_clicks", "dim_users", "daily_sales", "archive/fact_clicks"];

interface RoleStatement {
  role: string;
  statement: Statement;
}

/** Every statement of every policy of the team's roles. */
export function roleStatements(graph: ResourceGraph): RoleStatement[] {
  const documents = [
    ...graph
      .ofType("aws:iam/rolePolicy:RolePolicy")
      .map(({ name, inputs }) => ({ role: name, document: inputs["policy"] })),
    ...graph.ofType("aws:iam/policy:Policy").map(({ name, inputs }) => ({ role: name, document: inputs["policy"] })),
    ...graph.ofType("aws:iam/role:Role").flatMap(({ name, inputs }) => {
      const inline = (inputs["inlinePolicies"] ?? []) as { policy?: unknown }[];
      return inline.map(({ policy }) => ({ role: name, document: policy }));
    }),
  ];
  return documents.flatMap(({ role, document }) => {
    const statements = statementsOf(document);
    expect(statements, `the policy of ${role}`).to.be.an("array");
    return (statements ?? []).map((statement) => ({ role, statement }));
  });
}

/** ARNs of all that a team has, and of what lies in it. */
export function arnsOf(graph: ResourceGraph): string[] {
  return graph.nodes
    .filter(({ custom }) => custom)
    .flatMap(({ type, outputs }) => {
      const arn = outputs["arn"];
      if (typeof arn !== "string") return [];
      if (type === "aws:s3/bucket:Bucket") return [arn, ...FOLDERS.map((folder) => `${arn}/${folder}/object`)];
      if (type === "aws:cloudwatch/logGroup:LogGroup") return [arn, `${arn}:log-stream:x`];
      if (type === "aws:dynamodb/table:Table") return [arn, `${arn}/index/x`];
      return [arn];
    });
}

/** What of `theirs` the roles of a team reach by their own policies. */
export function reached(
  graph: ResourceGraph,
  theirs: readonly string[],
): { role: string; actions: string; arn: string }[] {
  const statements = roleStatements(graph).filter(({ statement }) => statement.allows);
  return statements.flatMap(({ role, statement }) => {
    expect(statement.negated, role).to.equal(false);
    if (statement.actions.every((action) => WITHOUT_RESOURCE.test(action))) return [];
    return statement.resources.flatMap((pattern) =>
      theirs.filter((arn) => matches(pattern, arn)).map((arn) => ({ role, actions: statement.actions.join(), arn })),
    );
  });
}

/** As IAM matches an ARN with wildcards. */
export function matches(pattern: string, arn: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(arn);
}

/** Statements of a key by which a role decrypts, its services aside. */
export function decryptsBy(policy: unknown, roleArn: string): string[] {
  const fits = (patterns: readonly string[]): boolean => patterns.some((pattern) => matches(pattern, roleArn));
  return (statementsOf(policy) ?? [])
    .filter(({ allows, actions, principals, conditions }) => {
      const like = conditions["ArnLike"]?.["aws:principalarn"];
      const unlike = conditions["ArnNotLike"]?.["aws:principalarn"];
      const account = principals.some((principal) => principal.endsWith(":root"));
      const meant = (like === undefined || fits(like)) && (unlike === undefined || !fits(unlike));
      return allows && account && meant && actions.includes("kms:Decrypt");
    })
    .map(({ sid }) => sid);
}
