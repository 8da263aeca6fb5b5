import { expect } from "chai";
import { type Model, modelOf, shapeAt, shapeOf } from "../../../local-cloud/provider/model";
import { memberFor } from "../../../local-cloud/provider/mapping";
import { parseProperties } from "../../../local-cloud/provider/properties";
import { Provider } from "../../../local-cloud/provider/provider";
import { TABLE } from "../../../local-cloud/provider/table";
import { argsOf } from "./args";

/** The documentation forces a new resource for some kinds of endpoint only; what is changed in place is right for all. */
const IN_PLACE = ["aws:ec2/vpcEndpoint:VpcEndpoint.privateDnsEnabled"];
const FORCES = /forces? (a )?new|changing this .*creates? a new resource|new resource to be created/i;

const membersAt = (model: Model, path: string): string[] =>
  Object.keys(shapeOf(model, shapeAt(model, path)).members ?? {});

const provider = new Provider("0.0.0", TABLE, {});
const region = process.env["AWS_REGION"] ?? "us-east-1";

describe("the table of types", () => {
  it("serves what the program deploys, and the network of awsx", () => {
    expect(Object.keys(TABLE)).to.have.length(90);
  });

  for (const [token, spec] of Object.entries(TABLE)) {
    const properties = parseProperties(spec.props);
    const urn = `urn:pulumi:s::p::${token}::x`;

    describe(token, () => {
      it("declares properties that @pulumi/aws has, and all that it requires", () => {
        const args = argsOf(token);
        expect(Object.keys(properties).filter((property) => !args.has(property))).to.deep.equal([]);
        const required = [...args].filter(([, { optional }]) => !optional).map(([property]) => property);
        expect(required.filter((property) => properties[property] === undefined)).to.deep.equal([]);
      });

      it("makes a new resource wherever the documentation says so", () => {
        for (const [property, { doc }] of argsOf(token)) {
          if (!FORCES.test(doc) || IN_PLACE.includes(`${token}.${property}`)) continue;
          expect(properties[property]?.replaces ?? true, property).to.equal(true);
        }
      });

      it("maps every plain property to a member of AWS's model", () => {
        if (spec.maps === undefined) {
          const plain = Object.entries(properties).filter(([name, { special }]) => !special && name !== "tags");
          expect(plain).to.deep.equal([]);
          return;
        }
        const members = membersAt(modelOf(spec.service), spec.maps);
        for (const [property, { api, special }] of Object.entries(properties)) {
          if (special || (property === "tags" && memberFor(members, "tags") === undefined)) continue;
          expect(members.includes(api) || memberFor(members, api) !== undefined, property).to.equal(true);
        }
      });

      it("can change in place what does not make a new resource", () => {
        const changes = Object.entries(properties).filter(
          ([property, { replaces, kept }]) => !replaces && !kept && property !== "tags",
        );
        expect(changes.length > 0 && spec.update === undefined, JSON.stringify(changes)).to.equal(false);
      });

      it("tells replacement from update, property by property", () => {
        for (const [property, { replaces }] of Object.entries(properties)) {
          const olds = { [property]: "old" };
          const news = { [property]: "new" };
          const tagsAll = property === "tags" ? {} : undefined;
          const diff = provider.diff(urn, { region, tagsAll }, olds, news);
          expect(diff.changed, property).to.include(property);
          expect(diff.replaces, property).to.deep.equal(replaces ? [property] : []);
        }
      });

      it("names itself within the service's limit", () => {
        if (spec.name === undefined) return;
        const { property, max, prefix = "" } = spec.name;
        expect(properties[property], property).to.not.equal(undefined);
        const { inputs } = provider.check(`urn:pulumi:s::p::${token}::${"n".repeat(600)}`, {}, {}, "0123abc");
        expect(inputs[property]).to.have.length(max);
        expect(String(inputs[property])).to.match(new RegExp(`^${prefix}n+-0123abc$`));
      });
    });
  }
});
