import { expect } from "chai";
import { UserError } from "../../../../automation/errors";
import { offlineGraph } from "../../../../automation/graph/offline";
import { MASKED, type ResourceGraph } from "../../../../automation/graph/resource-graph";
import { stackFileConfig } from "../../../../automation/graph/stack-file";
import { graphOf, WEBHOOK } from "./graphs";

describe("the graph of a dry run", function () {
  // Each form runs the whole program in a process of its own: seconds on a busy core.
  this.timeout(600_000);
  const graphs: Record<string, ResourceGraph> = {};
  before(async () => {
    const forms = ["dev", "prod", "serverless"] as const;
    await Promise.all(forms.map(async (form) => (graphs[form] = (await graphOf(form)).graph)));
  });
  const graph = (form: string): ResourceGraph => graphs[form] as ResourceGraph;

  it("is what the stack's file asks for: no warehouse in dev, a cluster in prod, a workgroup where serverless", () => {
    const kinds = ["aws:redshift/cluster:Cluster", "aws:redshiftserverless/workgroup:Workgroup"];
    const count = (form: string): number[] => kinds.map((kind) => graph(form).ofType(kind).length);
    expect(count("dev")).to.deep.equal([0, 0]);
    expect(count("prod")).to.deep.equal([1, 0]);
    expect(count("serverless")).to.deep.equal([0, 1]);
    expect(graph("prod").ofType("aws:redshift/cluster:Cluster")[0]?.inputs).to.deep.include({
      nodeType: "ra3.xlplus",
      numberOfNodes: 2,
    });
    const jobs = graph("dev").ofType("aws:glue/job:Job");
    expect(jobs.map(({ inputs }) => inputs["executionClass"])).to.deep.equal(jobs.map(() => "FLEX"));
  });

  it("has whole inputs: every output of another resource is resolved, every URN of it known", () => {
    for (const one of Object.values(graphs)) {
      const urns = new Set(one.nodes.map(({ urn }) => urn));
      expect(urns.size).to.equal(one.nodes.length);
      for (const node of one.nodes) {
        const { urn, parent, dependencies, inputs } = node;
        if (parent !== undefined) expect(urns.has(parent), `parent of ${urn}`).to.equal(true);
        for (const other of dependencies) expect(urns.has(other), `${urn} depends on ${other}`).to.equal(true);
        // The text by which Pulumi's protocol stands for a value that is not known.
        expect(JSON.stringify(inputs), urn).not.to.contain("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
      }
    }
  });

  it("finds what configures a resource, and the components that it belongs to", () => {
    const [raw] = graph("prod")
      .ofType("aws:s3/bucket:Bucket")
      .filter(({ name }) => name.endsWith("-bronze-raw"));
    const name = raw?.outputs["bucket"];
    expect(name).to.equal(graph("prod").output("rawBucket"));
    expect(graph("prod").withInput("aws:s3/bucketVersioning:BucketVersioning", "bucket", name)).to.have.length(1);
    const ancestors = graph("prod").ancestorsOf(raw as NonNullable<typeof raw>);
    expect(ancestors.map(({ type }) => type.split(":").at(-1))).to.deep.equal([
      "LakeBucket",
      "LakeZone",
      "BronzeLayer",
      "ClickstreamPipeline",
    ]);
    expect(raw?.retainOnDelete, "prod keeps its data").to.equal(true);
    expect(
      graph("dev")
        .ofType("aws:s3/bucket:Bucket")
        .every(({ retainOnDelete }) => !retainOnDelete),
    ).to.equal(true);
  });

  it("masks secrets wherever the program put them", () => {
    const text = JSON.stringify(graph("serverless").snapshot);
    expect(text).not.to.contain(WEBHOOK);
    expect(text).not.to.contain("not-to-be-seen");
    const versions = graph("serverless").ofType("aws:secretsmanager/secretVersion:SecretVersion");
    expect(versions.length).to.be.at.least(2);
    for (const { inputs } of versions) expect(inputs["secretString"]).to.equal(MASKED);
  });

  it("refuses what the program refuses, in the program's words", async () => {
    const bad = await offlineGraph("bad", { "aws:region": "us-east-1", "clickstream:hotDays": "0" }).catch(
      (e: unknown) => e,
    );
    expect(bad).to.be.instanceOf(UserError);
    expect((bad as Error).message).to.contain('clickstream:hotDays: "0" must be a whole number of days from 1 to 365');
    const missing = await stackFileConfig("nobody").catch((e: unknown) => e);
    expect(missing).to.be.instanceOf(UserError);
  });
});
