import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { InvalidArgumentError } from "../../../../components/errors";
import { withBoundary } from "../../../../components/identity/boundary";
import { Identity, type IdentityArgs } from "../../../../components/identity/identity";
import { validateIdentity, type IdentitySettings } from "../../../../components/identity/settings";
import type { LakeLocation } from "../../../../components/types";
import { sendStatements } from "../../../../components/warehouse/access";
import { ACCOUNT, arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../../support/cloud-mocks";
import { location, ZONE } from "../../support/zone";

const NAME = "clickstream-test-id";
const person = (name: string): string => `arn:aws:iam::111122223333:role/${name}`;
const PEOPLE: IdentitySettings = { bi: [person("B")], analysts: [person("A")], operators: [person("O")] };
const CI = {
  provider: "github",
  repository: "acme/clickstream",
  policyArns: ["arn:aws:iam::111122223333:policy/p"],
} as const;
const { tags } = ZONE;
const gold = [location("gold", "fact_clicks"), location("gold", "daily_sales")] as const;
const ARGS: Omit<IdentityArgs, "settings"> = {
  account: ACCOUNT,
  gold: [...gold],
  results: { bucket: { name: "results", arn: "arn:aws:s3:::results" }, key: { arn: "arn:results-key" } },
  biWorkgroup: "wg-bi",
  adhocWorkgroup: "wg-adhoc",
  operated: {
    pipelineName: "clickstream-test",
    jobs: ["silver", "gold"],
    raw: location("bronze", "raw_events", "events/"),
    tables: [[location("silver", "events")], [...gold]],
    restored: location("gold", "fact_clicks_restored", "archive/fact_clicks/"),
    artifacts: { bucket: { name: "jobs", arn: "arn:aws:s3:::jobs" }, key: { arn: "arn:jobs-key" } },
    operations: { tableArn: "arn:table", key: { arn: "arn:ops-key" } },
  },
  tags,
};
const make = (settings: IdentitySettings): Promise<Recording> =>
  deploy(() => new Identity(NAME, { ...ARGS, settings }));
const THROUGH_ATHENA = { "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" } };

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
      tags,
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

  it("stays within IAM's length with the longest names and a warehouse", async () => {
    const pipeline = `clickstream-${"x".repeat(27)}`;
    const key = { arn: `arn:aws:kms:ap-southeast-2:${ACCOUNT.accountId}:key/${"0".repeat(36)}` };
    const place = (layer: string, table: string, prefix = `${table}/`): LakeLocation => {
      const name = `${pipeline}-${layer}-lake-1234567`;
      const database = `${pipeline}_${layer}`;
      return { bucket: { name, arn: `arn:aws:s3:::${name}` }, key, prefix, database, table };
    };
    const tables = ["fact_clicks", "dim_users", "daily_sales"].map((table) => place("gold", table));
    const restored = place("gold", "fact_clicks_restored", "archive/fact_clicks/");
    const bucket = restored.bucket;
    const operated: IdentityArgs["operated"] = {
      pipelineName: pipeline,
      jobs: ["silver", "gold", "cold"].map((layer) => `${pipeline}-${layer}-job-1234567`),
      raw: place("bronze", "raw_events", "events/"),
      tables: [
        [place("silver", "events"), place("silver", "quarantine")],
        [restored, ...tables],
      ],
      restored,
      artifacts: { bucket, key },
      operations: {
        tableArn: `arn:aws:dynamodb:ap-southeast-2:${ACCOUNT.accountId}:table/${pipeline}-ops-state-1`,
        key,
      },
    };
    const text = (value: string): pulumi.Output<string> => pulumi.output(value);
    const warehouse = sendStatements({
      kind: "cluster",
      name: text(`${pipeline}-warehouse`),
      arn: text(`arn:aws:redshift:ap-southeast-2:${ACCOUNT.accountId}:cluster:${pipeline}-warehouse-1234567`),
      database: "clickstream",
      secretArn: text(
        `arn:aws:secretsmanager:ap-southeast-2:${ACCOUNT.accountId}:secret:redshift!${pipeline}-warehouse`,
      ),
      keyArn: text(key.arn),
      lakeRoleArn: text("arn:role"),
    });
    const { registrations } = await deploy(
      () =>
        new Identity(`${pipeline}-id`, { ...ARGS, results: { bucket, key }, operated, warehouse, settings: PEOPLE }),
    );
    for (const { type, inputs } of registrations) {
      if (type !== "aws:iam/rolePolicy:RolePolicy") continue;
      // IAM quotas: all inline policies of a role, white space not counted.
      expect(String(inputs["policy"]).replaceAll(/\s/g, "").length).to.be.at.most(10_240);
    }
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
    expect(bound.map(({ inputs }) => inputs["permissionsBoundary"])).to.deep.equal([BOUNDARY, BOUNDARY, BOUNDARY]);
    expect(new Set(bound.map(({ type }) => type))).to.deep.equal(new Set(["aws:iam/role:Role"]));
  });

  it("is on none where none is named", async () => {
    const { registrations } = await deploy(() => new Outer(undefined));
    expect(registrations.filter(({ inputs }) => "permissionsBoundary" in inputs)).to.deep.equal([]);
  });
});
