import { expect } from "chai";
import fc from "fast-check";
import { parseProperties } from "../../../local-cloud/provider/properties";
import { parseCall, sameValue } from "../../../local-cloud/provider/request";

describe("the provider's notations", () => {
  it("reads the flags and the API's name of a property", () => {
    const parsed = parseProperties("name! roleArn=Role policy$ isEnabled* skipDestroy~ key!$=Doc");
    const plain = { replaces: false, special: false, kept: false, json: false };
    expect(parsed).to.deep.equal({
      name: { ...plain, api: "name", replaces: true },
      roleArn: { ...plain, api: "Role" },
      policy: { ...plain, api: "policy", json: true },
      isEnabled: { ...plain, api: "isEnabled", special: true },
      skipDestroy: { ...plain, api: "skipDestroy", special: true, kept: true },
      key: { ...plain, api: "Doc", replaces: true, json: true },
    });
  });

  for (const bad of ["name?", "a=b=c", "=Role", "name!=", "a-b"]) {
    it(`refuses the property "${bad}"`, () => {
      expect(() => parseProperties(bad)).to.throw(`bad property "${bad}"`);
    });
  }

  it("reads calls", () => {
    expect(parseCall("ListKeys")).to.deep.equal({ operation: "ListKeys", key: undefined, path: undefined });
    expect(parseCall("GetJob(JobName).Job")).to.deep.equal({ operation: "GetJob", key: "JobName", path: "Job" });
    expect(parseCall("CreateVpc.Vpc.VpcId").path).to.equal("Vpc.VpcId");
    expect(() => parseCall("GetJob(")).to.throw('bad call "GetJob("');
  });
});

describe("equality of values", () => {
  it("is by content for assets, by meaning for JSON", () => {
    expect(sameValue({ hash: "a", path: "/x" }, { hash: "a", path: "/y" })).to.equal(true);
    expect(sameValue({ hash: "a", path: "/x" }, { hash: "b", path: "/x" })).to.equal(false);
    expect(sameValue('{"a":1, "b":[2]}', '{"b": [2], "a": 1}')).to.equal(true);
    expect(sameValue('{"a":[1,2]}', '{"a":[2,1]}')).to.equal(false);
    expect(sameValue('{"a"', "{'a'")).to.equal(false);
    expect(sameValue("1", 1)).to.equal(false);
  });

  it("is an equivalence on whatever JSON holds", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(sameValue(a, a)).to.equal(true);
        expect(sameValue(a, b)).to.equal(sameValue(b, a));
      }),
    );
  });
});
