import { expect } from "chai";
import { accessOf } from "../../../../automation/access/matrix";
import { offlineGraph } from "../../../../automation/graph/offline";
import type { ResourceGraph } from "../../../../automation/graph/resource-graph";
import { teamConfig } from "../../../../automation/teams/team-config";
import { statementsOf } from "../../../../policy/statements";
import { graphOf, readerGraph } from "../graph/graphs";
import { arnsOf, decryptsBy, matches, reached, roleStatements } from "./reach";

let running: Promise<ResourceGraph> | undefined;

/** The stack `checkout`, as `team add` writes it, whose lake the stack `shop` reads. */
function checkoutGraph(): Promise<ResourceGraph> {
  const config = teamConfig({
    name: "checkout",
    environment: "dev",
    region: "us-east-1",
    budget: 50,
    scanLimit: 5,
    biScanLimit: 1,
    lakeReader: ["shop"],
    tags: {},
  });
  const texts = Object.entries(config).map(([key, value]): [string, string] => [
    key,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
  return (running ??= offlineGraph("checkout", Object.fromEntries(texts)));
}

describe("two teams in one account", () => {
  let teams: ResourceGraph[];
  before(async function () {
    this.timeout(600_000); // Seconds of work, which an overloaded machine stretches.
    teams = await Promise.all([graphOf("dev").then(({ graph }) => graph), checkoutGraph()]);
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
      expect(roleStatements(teams[one] as ResourceGraph).length).to.be.greaterThan(50);
      expect(reached(teams[one] as ResourceGraph, theirs)).to.deep.equal([]);
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

describe("a team that reads another's lake", () => {
  const ASKING = ["clickstream-shop-id-bi", "clickstream-shop-id-analyst"];
  let owner: ResourceGraph;
  let reader: ResourceGraph;
  let third: ResourceGraph;
  before(async function () {
    this.timeout(600_000);
    [owner, reader, third] = await Promise.all([
      checkoutGraph(),
      readerGraph(),
      graphOf("dev").then(({ graph }) => graph),
    ]);
  });
  const roleArn = (name: string): string => `arn:aws:iam::123456789012:role/${name}-1234567`;

  it("asks the gold that the owner exports", () => {
    for (const output of ["goldBucket", "goldDatabase"]) {
      expect(reader.output(output), output).to.equal(owner.output(output));
    }
    expect(reader.output("lakeOwner")).to.equal(owner.output("pipelineName"));
  });

  it("reaches of the owner three tables of gold and their key, by two roles, and nothing else", () => {
    const bucket = `arn:aws:s3:::${owner.output("goldBucket") ?? ""}`;
    const [key] = owner.ofType("aws:kms/key:Key").filter(({ name }) => name === "clickstream-checkout-gold-key");
    const gold = [
      bucket,
      ...["fact_clicks", "dim_users", "daily_sales"].map((table) => `${bucket}/${table}/object`),
      String(key?.outputs["arn"]),
    ];
    const found = reached(reader, arnsOf(owner)).map(({ role, arn }) => `${role} ${arn}`);
    expect([...new Set(found)]).to.have.members(ASKING.flatMap((role) => gold.map((arn) => `${role} ${arn}`)));
    const databases = reader.nodes.flatMap(({ type, inputs }) =>
      type === "aws:iam/rolePolicy:RolePolicy"
        ? (JSON.stringify(inputs["policy"]).match(/clickstream_checkout_\w+/g) ?? [])
        : [],
    );
    expect([...new Set(databases)]).to.deep.equal(["clickstream_checkout_gold"]);
  });

  it("shows in `cli access` who reads the owner's gold", () => {
    const readers = accessOf(reader).filter(({ layers }) => layers.gold !== undefined);
    expect(readers.map(({ name, layers }) => `${name} ${layers.gold?.right ?? ""}`)).to.deep.equal([
      "id-analyst read",
      "id-bi read",
    ]);
  });

  it("reaches nothing of a third team, and is reached by neither", () => {
    expect(reached(reader, arnsOf(third))).to.deep.equal([]);
    expect(arnsOf(reader).length).to.be.greaterThan(50);
    expect(reached(owner, arnsOf(reader))).to.deep.equal([]);
    expect(reached(third, arnsOf(reader))).to.deep.equal([]);
  });

  it("is let in by the owner's key of gold alone, and only because the owner names it", () => {
    for (const graph of [owner, third]) {
      const keys = graph.ofType("aws:kms/key:Key");
      expect(keys.length).to.be.greaterThan(5);
      for (const { name, inputs } of keys) {
        const named = name === "clickstream-checkout-gold-key" ? ["OtherStacksThatRead"] : [];
        for (const role of ASKING)
          expect(decryptsBy(inputs["policy"], roleArn(role)), `${role} by ${name}`).to.deep.equal(named);
        const stranger = roleArn("clickstream-other-id-analyst");
        expect(decryptsBy(inputs["policy"], stranger), name).to.deep.equal([]);
      }
    }
  });

  it("lets the owner's roles into none of its own keys", () => {
    for (const { name, inputs } of reader.ofType("aws:kms/key:Key")) {
      for (const role of ["clickstream-checkout-id-bi", "clickstream-checkout-id-analyst"]) {
        expect(decryptsBy(inputs["policy"], roleArn(role)), name).to.deep.equal([]);
      }
    }
  });
});
