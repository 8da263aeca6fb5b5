import { expect } from "chai";
import { ConfigError, parseConfig } from "../../../config";
import type { KEYS } from "../../../config-schema";
import { parse, problemsOf } from "../support/config-parsing";

describe("configuration: bounds", () => {
  const bounds: [keyof typeof KEYS, number, number][] = [
    ["alertThresholdUsd", 1, 1_000_000_000],
    ["hotDays", 1, 89],
    ["warmDays", 31, 3650],
    ["rawRetentionDays", 1, 3650],
    ["resultsExpiryDays", 1, 365],
    ["glueWorkers", 2, 299],
    ["glueTimeoutMinutes", 1, 10_080],
    ["athenaScanCutoffGb", 1, 100_000],
    ["biScanCutoffGb", 1, 100_000],
    ["qualityGatePercent", 0, 100],
    ["monthlyBudgetUsd", 1, 10_000_000],
    ["warehouseSnapshotDays", 1, 35],
    ["warehouseIdleMinutes", 0, 1440],
    ["warehouseSpectrumTbPerDay", 1, 10_000],
  ];
  for (const [key, least, most] of bounds) {
    it(`${key} is a whole number from ${least} to ${most}`, () => {
      for (const value of [least, most]) expect(parse({ [key]: String(value) })[key]).to.equal(value);
      const bad = [String(least - 1), String(most + 1), "1.5", "", " 5", "5 days", "NaN", "1e2", "0x10", "٣"];
      for (const value of bad) expect(problemsOf({ [key]: value }), JSON.stringify(value)).to.have.length(1);
    });
  }

  const cases: [string, string[], string[]][] = [
    ["team", ["a", "Data Platform", "a.b_c-1", "x".repeat(63)], ["", "-a", "x".repeat(64), "a/b", "ä", "a\nb"]],
    ["environment", ["dev", "staging", "prod"], ["", "production", "Dev"]],
    ["deleteData", ["true", "false"], ["", "yes", "1", "True"]],
    ["allowDelete", ["true", "false"], ["0"]],
    ["glueScheduleEnabled", ["true", "false"], ["on"]],
    ["lakeFormation", ["false"], ["", "on", "full"]],
    ["glueVersion", ["5.0", "5.1", "6.0"], ["4.0", "5", ""]],
    ["glueWorkerType", ["G.1X", "G.8X"], ["G.025X", "Z.2X", "g.1x", "Standard"]],
    ["archiveStorageClass", ["GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"], ["", "STANDARD", "STANDARD_IA", "glacier"]],
    ["glueExecutionClass", ["STANDARD", "FLEX"], ["flex"]],
    ["glueSchedule", ["cron(0 3 * * ? *)"], ["", "0 3 * * *", "cron(0 3 * * * *)"]],
    ["warehouseMode", ["none", "provisioned", "serverless"], ["", "redshift"]],
    ["warehouseNodeType", ["ra3.large", "ra3.xlplus"], ["", "dc2.large", "RA3.large"]],
    ["warehouseNodes", ["1", "2", "32"], ["0", "129", "two"]],
    ["warehouseBaseRpus", ["8", "64"], ["0", "12", "520"]],
    ["warehouseMaxRpus", ["8", "512"], ["9", "1024"]],
    ["warehousePauseSchedule", ["", "cron(0 19 ? * MON-FRI *)"], ["19:00", "rate(1 day)"]],
    ["warehouseResumeSchedule", ["", "cron(0 6 * * ? *)"], ["6"]],
    [
      "pagerEndpoint",
      ["", "https://a.example.com/x?y=1"],
      ["http://a.example.com", "a.example.com", "https://", "ftp://x"],
    ],
    ["slackWebhook", ["", "https://hooks.example.com/s/1"], ["http://hooks.example.com", "javascript:alert(1)"]],
    ["alertEmail", ["", "a.b+c@example.com"], ["a", "a@b", "a@b@example.com", "a b@example.com"]],
    ["glueNetwork", ["public", "vpc"], ["", "private"]],
    [
      "lakeStack",
      ["", "organization/clickstream/prod", "acme/data.click-stream/prod-eu"],
      ["prod", "clickstream/prod", "a/b/Prod", "a/b/c/d", "a/b/-c", "a//prod", `a/b/${"x".repeat(25)}`, "a/b/*"],
    ],
    [
      "lakeReaders",
      ["[]", '["checkout","e-1-2"]'],
      ["", "checkout", '["Checkout"]', '["*"]', '["a/b/checkout"]', '"checkout"', JSON.stringify(Array(21).fill("ab"))],
    ],
    [
      "keyPrincipals",
      ["[]", '["role/deployer","user/a.b@c"]', '["arn:aws:iam::123456789012:role/x/*Admin*"]', '["role/*/SSO_*"]'],
      [
        "",
        "{}",
        "role/x",
        '["*"]',
        '["role/*"]',
        '["arn:aws:iam::*:role/x"]',
        '["arn:aws:s3:::x"]',
        '["role/a b"]',
        "[1]",
      ],
    ],
    ["audit", ["full", "off"], ["", "on", "true"]],
    ...["biPrincipals", "analystPrincipals", "operatorPrincipals", "privacyPrincipals"].map(
      (key): [string, string[], string[]] => [
        key,
        [
          "[]",
          '["arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1","arn:aws:iam::123456789012:user/a"]',
        ],
        [
          "",
          "{}",
          "arn:aws:iam::123456789012:role/x",
          '["arn:aws:iam::123456789012:root"]',
          '["*"]',
          '["arn:aws:iam::123456789012:role/*"]',
        ],
      ],
    ),
    ["ciProvider", ["none"], ["", "jenkins", "GitHub"]],
    ["ciRepository", ["", "acme/clickstream", "a/b/c.d"], ["acme", "*/x", "a/b c", "/a/b"]],
    ["ciBranch", ["main", "release/1.2"], ["", "*", "a b", "feature/*"]],
    [
      "ciPolicyArns",
      ["[]", '["arn:aws:iam::123456789012:policy/p"]'],
      ["", '["arn:aws:iam::aws:policy/AdministratorAccess"]', '["p"]'],
    ],
    [
      "permissionsBoundaryArn",
      ["", "arn:aws:iam::123456789012:policy/x/b"],
      ["b", "arn:aws:iam::aws:policy/PowerUserAccess"],
    ],
    ["heartbeats", ["watermark", "ignored"], ["", "on"]],
    ["lateEvents", ["each-run", "daily"], ["", "hourly"]],
    ["runbookBaseUrl", ["", "https://git.example.com/runbooks"], ["git.example.com", "file:///x"]],
    ["dashboardUrl", ["", "http://d.example.com/{orderId}", "https://d.example.com"], ["d.example.com", "file:///x"]],
    [
      "currencies",
      ['{"USD":1}', '{"USD":1,"JPY":0.0066}'],
      [
        "",
        "{",
        "[]",
        '"USD"',
        "{}",
        '{"EUR":1.1}',
        '{"USD":2}',
        '{"USD":1,"eur":1}',
        '{"USD":1,"EUR":0}',
        '{"USD":1,"EUR":"1"}',
      ],
    ],
    [
      "tags",
      ["{}", '{"cost-center":"42"}', '{"Größe":"ja"}'],
      ["", "[]", '{"":"x"}', '{"aws:x":"y"}', '{"team":"y"}', '{"a":1}', '{"a<b":"y"}', `{"${"k".repeat(129)}":"y"}`],
    ],
  ];
  for (const [key, good, bad] of cases) {
    it(`${key} takes what it may and refuses the rest`, () => {
      for (const value of good) expect(problemsOf({ [key]: value }), JSON.stringify(value)).to.deep.equal([]);
      for (const value of bad) {
        const problems = problemsOf({ [key]: value });
        expect(
          problems.map((problem) => problem.key),
          JSON.stringify(value),
        ).to.deep.equal([`clickstream:${key}`]);
      }
    });
  }

  it("wants nodes that the node type comes in, and room to grow", () => {
    expect(problemsOf({ warehouseNodeType: "ra3.4xlarge", warehouseNodes: "1" })[0]?.rule).to.contain("from 2 to 128");
    expect(problemsOf({ warehouseNodeType: "ra3.large", warehouseNodes: "17" })[0]?.rule).to.contain("from 1 to 16");
    expect(problemsOf({ warehouseBaseRpus: "64", warehouseMaxRpus: "32" })[0]?.rule).to.contain("(64)");
  });

  it("takes no more than 40 tags", () => {
    const tags = (count: number): string =>
      JSON.stringify(Object.fromEntries([...Array(count).keys()].map((n) => [`k${n}`, "v"])));
    expect(problemsOf({ tags: tags(40) })).to.deep.equal([]);
    expect(problemsOf({ tags: tags(41) })).to.have.length(1);
  });

  it("takes the codes of regions, and wants one", () => {
    for (const region of ["us-east-1", "ap-southeast-3", "us-gov-west-1", "cn-north-1"]) {
      expect(problemsOf({ "aws:region": region }), region).to.deep.equal([]);
    }
    for (const region of ["", "us-east", "US-EAST-1", "us-east-1a", "Frankfurt"]) {
      expect(problemsOf({ "aws:region": region })[0]?.key, region).to.equal("aws:region");
    }
    expect(() => parseConfig({})).to.throw(ConfigError, "aws:region: it must be the code of an AWS region");
  });

  it("wants the warm window after the hot one, and small workers for FLEX", () => {
    expect(problemsOf({ hotDays: "90", warmDays: "90" })).to.deep.equal([
      {
        key: "clickstream:warmDays",
        value: "90",
        rule: "must be greater than hotDays (90), because the warm window follows the hot one",
        fix: "pulumi config set clickstream:warmDays 91",
      },
    ]);
    expect(problemsOf({ glueExecutionClass: "FLEX", glueWorkerType: "G.4X" })[0]).to.deep.include({
      key: "clickstream:glueWorkerType",
      value: "G.4X",
      fix: "pulumi config set clickstream:glueExecutionClass STANDARD",
    });
  });
});
