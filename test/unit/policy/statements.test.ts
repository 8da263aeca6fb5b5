import { expect } from "chai";
import fc from "fast-check";
import {
  deniesPlaintext,
  findings,
  foreignPrincipals,
  isPublic,
  matches,
  statementsOf,
  type Statement,
} from "../../../policy/statements";

function only(statement: object): Statement {
  const [one] = statementsOf({ Version: "2012-10-17", Statement: statement }) ?? [];
  return one as Statement;
}

describe("policy documents", () => {
  it("are read as text or data, with one statement or a list", () => {
    const statement = { Sid: "A", Effect: "Allow", Action: "s3:GetObject", Resource: "*", Principal: { Service: "x" } };
    const one = statementsOf({ Statement: statement });
    expect(statementsOf(JSON.stringify({ Statement: [statement] }))).to.deep.equal(one);
    expect(one?.[0]).to.include({ sid: "A", allows: true, negated: false });
    expect(one?.[0]?.services).to.deep.equal(["x"]);
  });

  for (const bad of ["", "{", "[]", "null", '{"Version":"2012-10-17"}', '{"Statement":["x"]}', undefined, 3]) {
    it(`are a problem where they are none: ${JSON.stringify(bad)}`, () => {
      expect(statementsOf(bad)).to.equal(undefined);
      expect(findings(bad, () => undefined)).to.deep.equal(["its policy cannot be read as a policy document"]);
    });
  }

  const allow = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
  const publics: readonly [what: string, more: object, expected: boolean][] = [
    ["everybody", { Principal: "*" }, true],
    ["everybody, in a list", { Principal: { AWS: ["x", "*"] } }, true],
    ["everybody but one", { NotPrincipal: { AWS: "x" } }, true],
    ["a service", { Principal: { Service: "sns.amazonaws.com" } }, false],
    ["an account", { Principal: { AWS: "123456789012" } }, false],
    ["everybody, denied", { Principal: "*", Effect: "Deny" }, false],
    ["everybody of an account", { Principal: "*", Condition: { StringEquals: { "AWS:SourceAccount": "1" } } }, false],
    ["everybody of any account", { Principal: "*", Condition: { StringLike: { "aws:SourceAccount": "*" } } }, true],
    [
      "everybody of one or any",
      { Principal: "*", Condition: { StringLike: { "aws:SourceAccount": ["1", "*"] } } },
      true,
    ],
    ["everybody else", { Principal: "*", Condition: { StringNotEquals: { "aws:SourceAccount": "1" } } }, true],
    ["everybody, if the key is there", { Principal: "*", Condition: { Null: { "aws:SourceAccount": "false" } } }, true],
    ["everybody with TLS", { Principal: "*", Condition: { Bool: { "aws:SecureTransport": "true" } } }, true],
  ];
  for (const [what, more, expected] of publics) {
    it(`${expected ? "are" : "are not"} open to the public: ${what}`, () => {
      expect(isPublic(only({ ...allow, ...more }))).to.equal(expected);
    });
  }

  it("know principals of other accounts, by ARN and by number, but no services", () => {
    const own = "123456789012";
    const principals = { AWS: [`arn:aws:iam::${own}:role/a`, "arn:aws:iam::210987654321:root", "333333333333", own] };
    expect(foreignPrincipals(only({ ...allow, Principal: principals }), [own])).to.deep.equal([
      "arn:aws:iam::210987654321:root",
      "333333333333",
    ]);
    expect(foreignPrincipals(only({ ...allow, Principal: { Service: "sns.amazonaws.com" } }), [own])).to.deep.equal([]);
    expect(foreignPrincipals(only({ ...allow, Principal: principals, Effect: "Deny" }), [own])).to.deep.equal([]);
  });

  it("deny plaintext only where they name everybody, the action and every resource", () => {
    const deny = {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: ["arn:b", "arn:b/*"],
      Condition: { Bool: { "aws:SecureTransport": false } },
    };
    const denies = (more: object): boolean => deniesPlaintext(only({ ...deny, ...more }), "s3:*", ["arn:b", "arn:b/*"]);
    expect(denies({})).to.equal(true);
    expect(denies({ Principal: { AWS: "*" }, Action: ["s3:*"], Resource: "*" })).to.equal(true);
    expect(denies({ Condition: { Bool: { "aws:SecureTransport": "true" } } })).to.equal(false);
    expect(denies({ Condition: {} })).to.equal(false);
    expect(denies({ Resource: "arn:b/*" })).to.equal(false);
    expect(denies({ Action: "s3:Put*" })).to.equal(false);
    expect(denies({ Effect: "Allow" })).to.equal(false);
  });

  it("match patterns as IAM does: any text for *, one character for ?, all else for itself", () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9:/._$()+-]{0,12}$/);
    fc.assert(
      fc.property(word, word, word, (before, inside, after) => {
        expect(matches(`${before}*${after}`, `${before}${inside}${after}`)).to.equal(true);
        expect(matches(before, before)).to.equal(true);
        expect(matches(`${before}?`, `${before}x`)).to.equal(true);
        expect(matches(`${before}?`, before)).to.equal(false);
        expect(matches(before, `${before}x`)).to.equal(false);
      }),
    );
  });
});
