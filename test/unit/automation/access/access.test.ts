import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { accessOf, type Actor } from "../../../../automation/access/matrix";
import { accessPage, accessPageFile, graphWithEverybody } from "../../../../automation/access/page";
import { rightOf } from "../../../../automation/access/rights";
import { accessText, actorText, cell } from "../../../../automation/access/text";
import type { ResourceGraph } from "../../../../automation/graph/resource-graph";
import { PROJECT_ROOT } from "../../../../automation/stack/workspace";
import { evaluate } from "../../../../policy/evaluate";
import { matches, statementsOf } from "../../../../policy/statements";

const TODAY = "2026-11-26";
const POLICY = "aws:iam/rolePolicy:RolePolicy";

/** What people and jobs may do, as it was decided: a grant that widens it fails here first. */
const DECIDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "id-bi": { gold: "read?", serving: "write", keys: "write? 2" },
  "id-analyst": { gold: "read?", archive: "read?", serving: "write", keys: "write? 2" },
  "id-privacy": {
    silver: "write",
    gold: "write",
    archive: "write",
    serving: "write!",
    hot: "write! 2",
    operations: "write 2",
    artifacts: "write",
    secrets: "read 3",
  },
  "id-deployer": {},
  "silver-job-role": { bronze: "read", silver: "write", artifacts: "write" },
  "gold-job-role": { silver: "read", gold: "write", artifacts: "write" },
  "warehouse-lake": { gold: "read", keys: "read" },
  "alerts-fn": { bronze: "read", operations: "write", keys: "write 2" },
  "alerts-receipt": { operations: "write", keys: "write" },
};

describe("who may do what", () => {
  let graph: ResourceGraph;
  let actors: readonly Actor[];
  before(async function () {
    // A dry run is a process of its own; a loaded machine has stretched it to a minute.
    this.timeout(180_000);
    graph = await graphWithEverybody();
    actors = accessOf(graph);
  });
  const named = (name: string, of = actors): Actor => {
    const found = of.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no actor ${name} in ${of.map((one) => one.name).join(", ")}`);
    return found;
  };
  const cellsOf = (actor: Actor): Record<string, string> =>
    Object.fromEntries(Object.entries(actor.layers).map(([layer, access]) => [layer, cell(access)]));
  /** The graph with one more statement in the policy of a role. */
  const widened = (policy: string, statement: object): ResourceGraph =>
    graph.map((node) => {
      if (node.type !== POLICY || node.name !== policy) return node;
      const document = JSON.parse(String(node.inputs["policy"])) as { Statement: object[] };
      const text = JSON.stringify({ ...document, Statement: [...document.Statement, statement] });
      return { ...node, inputs: { ...node.inputs, policy: text } };
    });

  it("is on its page as the policies say (npm run cli -- access --docs writes it)", async () => {
    expect(await readFile(accessPageFile, "utf8")).to.equal(await accessPage(graph));
  });

  it("lists every role of the stack", () => {
    expect(actors.length).to.be.at.least(graph.ofType("aws:iam/role:Role").length);
  });

  for (const [name, decided] of Object.entries(DECIDED)) {
    it(`is as decided for ${name}`, () => {
      expect(cellsOf(named(name))).to.deep.include(decided);
      const layers = Object.keys(cellsOf(named(name))).filter((layer) => layer !== "keys" && layer !== "secrets");
      expect(layers).to.have.members(Object.keys(decided).filter((layer) => layer !== "keys" && layer !== "secrets"));
    });
  }

  it("leaves raw events to those who make silver of them, check them, or erase in them", () => {
    const writers = actors.filter(({ layers }) => ["write", "admin"].includes(layers.bronze?.right ?? ""));
    expect(writers.map(({ name }) => name)).to.have.members([
      "id-operator",
      ...actors.map(({ name }) => name).filter((name) => name === "privacy-raw-role"),
    ]);
  });

  it("gives nobody administration of anything", () => {
    const admins = actors.filter(({ layers }) => Object.values(layers).some(({ right }) => right === "admin"));
    expect(admins.map(({ name }) => name)).to.deep.equal([]);
  });

  it("sees a grant that is one action, one bucket or one wildcard wider", () => {
    const bucket = String(
      graph.ofType("aws:s3/bucket:Bucket").find(({ name }) => name.endsWith("-bronze-raw"))?.outputs["arn"],
    );
    const bi = graph.ofType(POLICY).find(({ name }) => name.endsWith("-id-bi"))?.name ?? "";
    const after = (statement: object): Record<string, string> =>
      cellsOf(named("id-bi", accessOf(widened(bi, { Effect: "Allow", ...statement }))));
    expect(after({ Action: "s3:GetObject", Resource: `${bucket}/events/*` })["bronze"]).to.equal("read");
    expect(after({ Action: "s3:GetObject", Resource: `${bucket}/*` })["bronze"]).to.equal("read!");
    expect(after({ Action: "s3:PutBucketPolicy", Resource: bucket })["bronze"]).to.equal("admin");
    expect(after({ Action: "s3:*", Resource: "*" })).to.include({
      bronze: "admin!",
      silver: "admin!",
      audit: "admin!",
    });
    expect(after({ Action: "kms:Decrypt", Resource: "*" })["keys"]).to.match(/^write\?! 3$|^write! 3$/);
    expect(after({ NotAction: "iam:*", Action: [], Resource: "*" })).to.deep.equal(cellsOf(named("id-bi")));
  });

  it("does not count what is denied", () => {
    const bi = graph.ofType(POLICY).find(({ name }) => name.endsWith("-id-bi"))?.name ?? "";
    const graphWithDenial = widened(bi, { Effect: "Deny", Action: "s3:*", Resource: "*" });
    expect(cellsOf(named("id-bi", accessOf(graphWithDenial)))).to.deep.equal(cellsOf(named("id-bi")));
  });

  it("takes an action that nobody has thought of for the most", () => {
    expect(rightOf("s3:PutBucketAcl")).to.equal("admin");
    expect(rightOf("kms:CreateGrant")).to.equal("admin");
    expect(rightOf("kms:Describe*")).to.equal("list");
    expect(rightOf("glue:GetTable")).to.equal(undefined);
  });

  it("tells in words where each right comes from", () => {
    expect(accessText(actors).split("\n")[0]).to.match(/^actor +bronze +silver/);
    expect(actorText(named("id-bi"))).to.match(
      /^id-bi \(arn:\S+id-bi\), taken on by arn:aws:iam::111122223333:role\/Dashboards\n.*gold: read by s3:GetObject .*when aws:calledvia/s,
    );
    expect(actorText(named("id-deployer"))).to.match(
      /^id-deployer \(\S+\), taken on by repo:acme\/clickstream:ref:refs\/heads\/main$/,
    );
  });

  it("breaks no security rule by the roles of people and CI", () => {
    const found = evaluate(graph.nodes, { today: TODAY }).violations;
    const violations = found.filter(({ resource }) => resource.name.includes("-id-"));
    expect(violations.map(({ rule, resource, problems }) => [rule.id, resource.name, problems])).to.deep.equal([]);
  });

  describe("the template of a deployment's policy", () => {
    const file = path.join(PROJECT_ROOT, "docs", "deploy-policy.json");
    /** IAM: characters of a managed policy, white space not counted. */
    const LONGEST = 6144;
    /** Namespaces of IAM by Pulumi's modules, where they differ. */
    const NAMESPACES: Readonly<Record<string, readonly string[]>> = {
      cloudwatch: ["cloudwatch", "events", "logs"],
      costexplorer: ["ce"],
      redshiftserverless: ["redshift-serverless"],
      vpc: ["ec2"],
    };

    it("fits into a managed policy and names every service of the stack", async () => {
      const text = await readFile(file, "utf8");
      expect(text.replaceAll(/\s/g, "").length).to.be.at.most(LONGEST);
      const statements = statementsOf(text) ?? [];
      const actions = statements.filter(({ allows }) => allows).flatMap((one) => [...one.actions]);
      const modules = graph.resourceTypes
        .filter((type) => type.startsWith("aws:"))
        .map((type) => type.split(/[:/]/)[1] ?? "");
      for (const module of new Set(modules)) {
        const services = NAMESPACES[module] ?? [module];
        const found = services.some((service) => actions.some((action) => action.startsWith(`${service}:`)));
        expect(found, `a statement for ${module}`).to.equal(true);
      }
    });

    it("writes roles under the boundary only, and none that is not the stack's", async () => {
      const statements = statementsOf(await readFile(file, "utf8")) ?? [];
      const writes = statements.filter(({ actions }) => actions.some((action) => matches(action, "iam:CreateRole")));
      expect(writes.map(({ sid, resources, conditions }) => [sid, resources, Object.keys(conditions)])).to.deep.equal([
        ["RolesUnderTheBoundary", ["arn:aws:iam::111122223333:role/clickstream-*"], ["StringEquals"]],
      ]);
    });
  });
});
