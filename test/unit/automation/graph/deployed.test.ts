import { expect } from "chai";
import { graphOfState } from "../../../../automation/graph/deployed";
import { MASKED } from "../../../../automation/graph/resource-graph";

const URN = "urn:pulumi:prod::clickstream::";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

const STATE = {
  version: 3,
  deployment: {
    resources: [
      {
        urn: `${URN}pulumi:pulumi:Stack::clickstream-prod`,
        type: "pulumi:pulumi:Stack",
        custom: false,
        outputs: { rawBucket: "raw-1", token: { ...SECRET, ciphertext: "v1:abc" } },
      },
      {
        urn: `${URN}clickstream:components:LakeBucket::raw`,
        type: "clickstream:components:LakeBucket",
        custom: false,
        parent: `${URN}pulumi:pulumi:Stack::clickstream-prod`,
      },
      {
        urn: `${URN}clickstream:components:LakeBucket$aws:s3/bucket:Bucket::raw`,
        type: "aws:s3/bucket:Bucket",
        custom: true,
        parent: `${URN}clickstream:components:LakeBucket::raw`,
        inputs: { forceDestroy: false, nested: { list: [{ ...SECRET, plaintext: '"open"' }] } },
        outputs: { bucket: "raw-1", password: { ...SECRET, ciphertext: "v1:def" } },
        protect: true,
        retainOnDelete: true,
        dependencies: [`${URN}clickstream:components:LakeBucket::raw`],
      },
      {
        urn: `${URN}clickstream:components:LakeBucket$aws:s3/bucket:Bucket::raw`,
        type: "aws:s3/bucket:Bucket",
        custom: true,
        delete: true,
        inputs: {},
        outputs: { bucket: "raw-0" },
      },
    ],
  },
};

describe("the graph of a deployed state", () => {
  const graph = graphOfState("prod", STATE);

  it("has the shape of a dry run's: names, parents below the stack, flags, dependencies", () => {
    const [component, bucket] = graph.nodes;
    expect(graph.nodes).to.have.length(2);
    expect(component).to.include({ name: "raw", custom: false, protect: false, retainOnDelete: false });
    expect(component).not.to.have.property("parent");
    expect(bucket).to.include({ type: "aws:s3/bucket:Bucket", name: "raw", protect: true, retainOnDelete: true });
    expect(bucket?.dependencies).to.deep.equal([component?.urn]);
    expect(graph.parentOf(bucket as NonNullable<typeof bucket>)).to.equal(component);
    expect(graph.resourceTypes).to.deep.equal(["aws:s3/bucket:Bucket"]);
  });

  it("masks secrets, encrypted or open, however deep", () => {
    const [bucket] = graph.ofType("aws:s3/bucket:Bucket");
    expect(bucket?.outputs).to.deep.equal({ bucket: "raw-1", password: MASKED });
    expect(bucket?.inputs["nested"]).to.deep.equal({ list: [MASKED] });
    expect(graph.output("rawBucket")).to.equal("raw-1");
    expect(JSON.stringify(graph.snapshot)).not.to.match(/v1:abc|v1:def|open/);
  });
});
