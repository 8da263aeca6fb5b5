import { expect } from "chai";
import { offlineGraph } from "../../../../automation/graph/offline";
import type { ResourceGraph, ResourceNode } from "../../../../automation/graph/resource-graph";
import { teamConfig } from "../../../../automation/teams/team-config";
import { statementsOf, type Statement } from "../../../../policy/statements";
import { graphOf } from "../graph/graphs";

/**
 * Actions that AWS lets nobody narrow to a resource; none of them reads data. ce:GetCostAndUsage sees the whole account's
 * bill: the function asks for its own pipeline's tag, which is no matter of IAM (docs/teams.md).
 */
const WITHOUT_RESOURCE =
  /^(ce:GetCostAndUsage|cloudwatch:PutMetricData|xray:Put\w+|ec2:(Describe|Create|Delete)NetworkInterfaces?\w*|ec2:Describe\w+)$/;

interface RoleStatement {
  role: string;
  statement: Statement;
}

function ofType(graph: ResourceGraph, type: string): readonly ResourceNode[] {
  return graph.ofType(type);
}

/** Every statement of every policy of the team's roles. */
function roleStatements(graph: ResourceGraph): RoleStatement[] {
  const documents = [
    ...ofType(graph, "aws:iam/rolePolicy:RolePolicy").map(({ name, inputs }) => ({
      role: name,
      document: inputs["policy"],
    })),
    ...ofType(graph, "aws:iam/policy:Policy").map(({ name, inputs }) => ({ role: name, document: inputs["policy"] })),
    ...ofType(graph, "aws:iam/role:Role").flatMap(({ name, inputs }) => {
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
function arnsOf(graph: ResourceGraph): string[] {
  return graph.nodes
    .filter(({ custom }) => custom)
    .flatMap(({ type, outputs }) => {
      const arn = outputs["arn"];
      if (typeof arn !== "string") return [];
      if (type === "aws:s3/bucket:Bucket") return [arn, `${arn}/events/year=2026/object.json.gz`];
      if (type === "aws:cloudwatch/logGroup:LogGroup") return [arn, `${arn}:log-stream:x`];
      if (type === "aws:dynamodb/table:Table") return [arn, `${arn}/index/x`];
      return [arn];
    });
}

/** As IAM matches an ARN with wildcards. */
function matches(pattern: string, arn: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(arn);
}

describe("two teams in one account", () => {
  let teams: ResourceGraph[];
  before(async function () {
    this.timeout(600_000); // Seconds of work, which an overloaded machine stretches.
    const config = teamConfig({
      name: "checkout",
      environment: "dev",
      region: "us-east-1",
      budget: 50,
      scanLimit: 5,
      biScanLimit: 1,
      tags: {},
    });
    const texts = Object.entries(config).map(([key, value]): [string, string] => [
      key,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]);
    teams = await Promise.all([
      graphOf("dev").then(({ graph }) => graph),
      offlineGraph("checkout", Object.fromEntries(texts)),
    ]);
  });

  it("have no physical thing in common: names, roles, keys, workgroups, ARNs", () => {
    const identities = teams.map(
      (graph) =>
        new Set(
          graph.nodes
            .filter(({ custom }) => custom)
            .flatMap(({ type, outputs }) => ["arn", "bucket", "keyId", "url"].map((key) => [type, key, outputs[key]]))
            .filter(([, , value]) => typeof value === "string" && value !== "")
            .map((parts) => parts.join(" ")),
        ),
    );
    const [one = new Set(), other = new Set()] = identities;
    expect(one.size).to.be.greaterThan(150);
    expect([...one].filter((identity) => other.has(identity))).to.deep.equal([]);
    for (const type of ["aws:athena/workgroup:Workgroup", "aws:kms/alias:Alias", "aws:iam/role:Role"]) {
      const names = teams.map((graph) => graph.ofType(type).map(({ outputs }) => String(outputs["name"])));
      expect(names[0]?.length, type).to.be.greaterThan(0);
      expect(
        names[0]?.filter((name) => names[1]?.includes(name)),
        type,
      ).to.deep.equal([]);
    }
  });

  for (const [one, other] of [
    [0, 1],
    [1, 0],
  ] as const) {
    it(`team ${String(one)}'s roles reach nothing of team ${String(other)}`, () => {
      const theirs = arnsOf(teams[other] as ResourceGraph);
      expect(theirs.length).to.be.greaterThan(100);
      const statements = roleStatements(teams[one] as ResourceGraph).filter(({ statement }) => statement.allows);
      expect(statements.length).to.be.greaterThan(50);
      const reached = statements.flatMap(({ role, statement }) => {
        expect(statement.negated, role).to.equal(false);
        if (statement.actions.every((action) => WITHOUT_RESOURCE.test(action))) return [];
        return statement.resources.flatMap((pattern) =>
          theirs.filter((arn) => matches(pattern, arn)).map((arn) => `${role}: ${statement.actions.join()} on ${arn}`),
        );
      });
      expect(reached).to.deep.equal([]);
    });

    it(`team ${String(one)}'s data admits no role of team ${String(other)}`, () => {
      const roles = (teams[other] as ResourceGraph)
        .ofType("aws:iam/role:Role")
        .map(({ outputs }) => String(outputs["arn"]));
      const policies = (teams[one] as ResourceGraph).nodes.flatMap(({ type, name, inputs }) =>
        /^aws:(s3\/bucketPolicy|kms\/key|sns\/topicPolicy|sqs\/queuePolicy|secretsmanager\/secretPolicy)/.test(type)
          ? [{ name, statements: statementsOf(inputs["policy"]) ?? [] }]
          : [],
      );
      expect(policies.length).to.be.greaterThan(10);
      for (const { name, statements } of policies) {
        for (const { principals } of statements.filter(({ allows }) => allows)) {
          expect(
            principals.filter((principal) => roles.some((role) => matches(principal, role) && principal !== "*")),
            name,
          ).to.deep.equal([]);
        }
      }
    });
  }
});
