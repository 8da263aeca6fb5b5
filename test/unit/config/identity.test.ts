import { expect } from "chai";
import { parseConfig } from "../../../config";

const set =
  (values: Record<string, string>): (() => unknown) =>
  () => {
    const full = Object.entries(values).map(([key, value]): [string, string] => [`clickstream:${key}`, value]);
    return parseConfig({ "aws:region": "us-east-1", ...Object.fromEntries(full) });
  };

describe("the key of Lake Formation", () => {
  const bi = { biPrincipals: '["arn:aws:iam::123456789012:role/b"]', lakeFormation: "true" };

  it("wants a role that it governs", () => {
    expect(set(bi)()).to.deep.include({ lakeFormation: true });
    expect(set({ lakeFormation: "true" })).to.throw(
      /lakeFormation: "true" must be false without biPrincipals or analystPrincipals.*config set clickstream:lakeFormation false/s,
    );
  });

  it("does not go with other stacks that read every column by IAM", () => {
    expect(set({ ...bi, lakeReaders: '["shop"]' })).to.throw(/must be false with lakeReaders \(shop\)/);
  });
});

describe("the keys of CI", () => {
  const whole = {
    ciProvider: "gitlab",
    ciRepository: "acme/data/clickstream",
    ciPolicyArns: '["arn:aws:iam::123456789012:policy/p"]',
  };

  it("are taken together", () => {
    expect(set(whole)()).to.deep.include({ ciProvider: "gitlab", ciBranch: "main" });
  });

  it("are each asked for by name where CI deploys", () => {
    expect(set({ ciProvider: "github" })).to.throw(/2 configuration keys.*ciRepository.*ciPolicyArns/s);
    expect(set({ ...whole, ciPolicyArns: "[]" })).to.throw(/ciPolicyArns: it must be set with ciProvider gitlab/);
  });
});
