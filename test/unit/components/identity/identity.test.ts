import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { InvalidArgumentError } from "../../../../components/errors";
import { withBoundary } from "../../../../components/identity/boundary";
import { Identity } from "../../../../components/identity/identity";
import { validateIdentity } from "../../../../components/identity/settings";
import { ACCOUNT, arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../../support/cloud-mocks";
import { ARGS, CI, make, NAME, PEOPLE, person, THROUGH_ATHENA } from "./identities";

describe("Identity", () => {
  let recording: Recording;
  before(async () => (recording = await make({ ...PEOPLE, ci: CI })));

  it("names everything after itself", () => expectNamesPrefixed(recording));

  it("makes no role that nobody takes on", async () => {
    const { registrations } = await make({ analysts: [person("A")], bi: [] });
    expect(registrations.filter(({ custom }) => custom).map(({ name }) => name)).to.deep.equal([
      `${NAME}-analyst`,
      `${NAME}-analyst`,
    ]);
  });

  it("lets the named people take on a role for a working day, and nobody else", () => {
    expect(recording.inputs("Role", `${NAME}-analyst`)).to.deep.equal({
      description: "Analysts: gold, ad hoc",
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Sid: "NamedPeople", Effect: "Allow", Principal: { AWS: [person("A")] }, Action: "sts:AssumeRole" },
        ],
      }),
      maxSessionDuration: 28_800,
      tags: ARGS.tags,
    });
  });

  it("lets dashboards and analysts read gold through Athena only, with the key through S3 only", () => {
    for (const actor of ["bi", "analyst"]) {
      const policy = `${NAME}-${actor}`;
      for (const sid of ["GoldList", "GoldRead"]) {
        expect(recording.statement("RolePolicy", policy, sid)).to.deep.include({ Condition: THROUGH_ATHENA });
      }
      expect(recording.statement("RolePolicy", policy, "GoldKey")).to.deep.equal({
        Sid: "GoldKey",
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: ["arn:aws:kms:::gold-key"],
        Condition: { StringEquals: { "kms:ViaService": `s3.${ACCOUNT.region}.amazonaws.com` } },
      });
    }
    const read = (actor: string): unknown => recording.statement("RolePolicy", `${NAME}-${actor}`, "GoldRead").Resource;
    expect(read("bi")).to.deep.equal([
      "arn:aws:s3:::gold-bucket/fact_clicks/*",
      "arn:aws:s3:::gold-bucket/daily_sales/*",
    ]);
    expect(read("analyst")).to.deep.include("arn:aws:s3:::gold-bucket/archive/fact_clicks/*");
  });

  it("lets Lake Formation read gold in their place where it governs them", async () => {
    const governed = await make({ ...PEOPLE, lakeFormation: true });
    for (const actor of ["bi", "analyst"]) {
      const policy = `${NAME}-${actor}`;
      expect(governed.statement("RolePolicy", policy, "GoldVended")).to.deep.equal({
        Sid: "GoldVended",
        Effect: "Allow",
        Action: "lakeformation:GetDataAccess",
        Resource: "*",
      });
      expect(governed.statement("RolePolicy", policy, "GoldCatalog").Action).to.include("glue:GetTable");
      expect(String(governed.inputs("RolePolicy", policy)["policy"])).not.to.match(/gold-bucket|gold-key/);
    }
    expect(governed.policy("RolePolicy", `${NAME}-operator`)).to.deep.equal(
      recording.policy("RolePolicy", `${NAME}-operator`),
    );
  });

  it("gives each their own workgroup and results", () => {
    for (const [actor, sid, workgroup] of [
      ["bi", "Bi", "bi"],
      ["analyst", "Adhoc", "adhoc"],
    ] as const) {
      const policy = `${NAME}-${actor}`;
      const queries = recording.statement("RolePolicy", policy, `${sid}Queries`);
      expect(queries.Resource).to.equal(
        `arn:aws:athena:${ACCOUNT.region}:${ACCOUNT.accountId}:workgroup/wg-${workgroup}`,
      );
      const results = recording.statement("RolePolicy", policy, `${sid}Results`);
      expect(results.Resource).to.equal(`arn:aws:s3:::results/${workgroup}/*`);
    }
  });

  it("lets the operator write raw events and no other layer", () => {
    const text = String(recording.inputs("RolePolicy", `${NAME}-operator`)["policy"]);
    const { Statement } = JSON.parse(text) as {
      Statement: { Action: string | string[]; Resource: string | string[] }[];
    };
    const written = Statement.filter(({ Action }) => [Action].flat().includes("s3:PutObject")).flatMap(
      ({ Resource }) => Resource,
    );
    expect(written.filter((arn) => !/:::(bronze-bucket\/events|results\/adhoc|jobs\/state)/.test(arn))).to.deep.equal(
      [],
    );
    expect(text).not.to.match(/secretsmanager|iam:|kms:\*|s3:\*/);
  });

  it("trusts CI's tokens about one branch of one repository, and keeps CI from its own role", () => {
    const role = recording.inputs("Role", `${NAME}-deployer`);
    const { Statement } = JSON.parse(String(role["assumeRolePolicy"])) as { Statement: object[] };
    expect(Statement).to.deep.equal([
      {
        Sid: "JobsOfOneBranch",
        Effect: "Allow",
        Principal: { Federated: `arn:aws:iam::${ACCOUNT.accountId}:oidc-provider/token.actions.githubusercontent.com` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:acme/clickstream:ref:refs/heads/main",
          },
        },
      },
    ]);
    expect(recording.inputs("RolePolicyAttachment", `${NAME}-deployer`)).to.deep.equal({
      role: physicalName(`${NAME}-deployer`),
      policyArn: CI.policyArns[0],
    });
    const denied = recording.statement("RolePolicy", `${NAME}-deployer`, "NotItself");
    expect(denied).to.deep.include({ Effect: "Deny", Resource: arnOf(`${NAME}-deployer`) });
  });

  it("trusts GitLab by the path of the project", async () => {
    const { inputs } = await make({ ci: { ...CI, provider: "gitlab", repository: "a/b/c", branch: "release/1" } }).then(
      (made) => ({ inputs: made.inputs("Role", `${NAME}-deployer`) }),
    );
    expect(String(inputs["assumeRolePolicy"])).to.contain(
      '"gitlab.com:sub":"project_path:a/b/c:ref_type:branch:ref:release/1"',
    );
  });

  for (const [what, settings, said] of [
    [
      "the root of an account, which is everybody in it",
      { bi: ["arn:aws:iam::111122223333:root"] },
      /bi is .*one IAM role or user/,
    ],
    ["a privacy officer who is a whole account", { privacy: ["111122223333"] }, /privacy is/],
    ["a wildcard", { analysts: ["arn:aws:iam::111122223333:role/*"] }, /analysts is/],
    ["a branch with a wildcard", { ci: { ...CI, branch: "*" } }, /ci.branch is "\*"/],
    ["a repository without an owner", { ci: { ...CI, repository: "clickstream" } }, /ci.repository/],
    [
      "a policy that AWS wrote",
      { ci: { ...CI, policyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] } },
      /ci.policyArns/,
    ],
    ["CI that may do nothing", { ci: { ...CI, policyArns: [] } }, /at least one policy/],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => validateIdentity(settings)).to.throw(InvalidArgumentError, said);
    });
  }
});

describe("a permissions boundary", () => {
  const BOUNDARY = "arn:aws:iam::111122223333:policy/boundary";
  class Outer extends pulumi.ComponentResource {
    constructor(boundary: string | undefined) {
      super("test:Outer", NAME, {}, withBoundary(undefined, boundary));
      new Identity(`${NAME}-x`, { ...ARGS, settings: PEOPLE }, { parent: this });
    }
  }

  it("is on every role below, and on nothing else", async () => {
    const { registrations } = await deploy(() => new Outer(BOUNDARY));
    const bound = registrations.filter(({ inputs }) => "permissionsBoundary" in inputs);
    expect(bound.map(({ inputs }) => inputs["permissionsBoundary"])).to.deep.equal([
      BOUNDARY,
      BOUNDARY,
      BOUNDARY,
      BOUNDARY,
    ]);
    expect(new Set(bound.map(({ type }) => type))).to.deep.equal(new Set(["aws:iam/role:Role"]));
  });

  it("is on none where none is named", async () => {
    const { registrations } = await deploy(() => new Outer(undefined));
    expect(registrations.filter(({ inputs }) => "permissionsBoundary" in inputs)).to.deep.equal([]);
  });
});
