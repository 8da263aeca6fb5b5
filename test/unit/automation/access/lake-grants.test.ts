import { expect } from "chai";
import { lakeGrantsOf } from "../../../../automation/access/lake-grants";
import { ResourceGraph, type ResourceNode } from "../../../../automation/graph/resource-graph";

const ROLE = "arn:aws:iam::123456789012:role/bi";

function graphOf(...inputs: Record<string, unknown>[]): ResourceGraph {
  const nodes = inputs.map((one, index): ResourceNode => {
    const name = `p-lf-bi-${String(index)}`;
    return {
      urn: `urn:${name}`,
      type: "aws:lakeformation/permissions:Permissions",
      name,
      custom: true,
      inputs: { principal: ROLE, permissions: ["DESCRIBE", "SELECT"], ...one },
      outputs: {},
      protect: false,
      retainOnDelete: false,
      dependencies: [],
    };
  });
  return new ResourceGraph({ stack: "s", origin: "deployed", nodes, outputs: {} });
}

const policy = (...layers: string[]): Record<string, unknown> => ({
  lfTagPolicy: {
    resourceType: "TABLE",
    expressions: [
      { key: "p-layer", values: layers },
      { key: "p-ids", values: ["none"] },
    ],
  },
});

describe("what Lake Formation lets a role select", () => {
  it("is reading of the layers that its tags name, under the condition of the tags", () => {
    const grants = lakeGrantsOf(graphOf(policy("gold", "restored")), ROLE);
    expect(grants.map(({ layer, right }) => [layer, right])).to.deep.equal([
      ["gold", "read"],
      ["archive", "read"],
    ]);
    expect(grants[0]).to.deep.include({
      from: "p-lf-bi-0 by Lake Formation",
      condition: "p-layer is gold or restored and p-ids is none",
    });
  });

  it("is nothing by another's grants, by knowing of a table, and by other kinds of grants", () => {
    const none = graphOf(
      { ...policy("gold"), principal: "arn:aws:iam::123456789012:role/analyst" },
      { ...policy("gold"), permissions: ["DESCRIBE"] },
      { permissions: ["DATA_LOCATION_ACCESS"], dataLocation: { arn: "arn:aws:s3:::b" } },
    );
    expect(lakeGrantsOf(none, ROLE)).to.deep.equal([]);
  });
});
