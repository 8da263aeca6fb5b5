import { expect } from "chai";
import program from "../../../index";
import { ConfigError } from "../../../config";
import type { SharedLake } from "../../../components/shared-lake";
import { ACCOUNT, deploy, physicalName, type Recording } from "../support/cloud-mocks";
import { parse, problemsOf } from "../support/config-parsing";

const OWNER = "organization/clickstream/prod";
const READS = { lakeStack: OWNER };

describe("the config of a stack that reads another's lake", () => {
  for (const [key, value, better, because] of [
    ["warehouseMode", "serverless", "none", "loaded after the jobs"],
    ["glueNetwork", "vpc", "public", "has the jobs"],
    ["audit", "full", "off", "records every read"],
    ["operatorPrincipals", '["arn:aws:iam::111122223333:role/O"]', "[]", "operators operate"],
    ["privacyPrincipals", '["arn:aws:iam::111122223333:role/P"]', "[]", "erased on the stack that owns"],
    ["lakeReaders", '["other"]', "[]", "only the stack that owns a lake says who reads it"],
    ["resultsExpiryDays", "29", "28", "within a month"],
  ] as const) {
    it(`has no ${key} of its own: says why and what to set`, () => {
      const [problem, ...more] = problemsOf({ ...READS, [key]: value });
      expect(more).to.deep.equal([]);
      expect(problem?.key).to.equal(`clickstream:${key}`);
      expect(problem?.rule).to.contain(`with lakeStack (${OWNER})`).and.contain(because);
      expect(problem?.fix).to.equal(`pulumi config set clickstream:${key} '${better}'`);
      expect(problemsOf({ ...READS, [key]: better })).to.deep.equal([]);
      expect(problemsOf({ [key]: value }), "an own lake may").to.deep.equal([]);
    });
  }

  it("leaves the grants of Lake Formation to the owner", () => {
    const analysts = { analystPrincipals: '["arn:aws:iam::111122223333:role/A"]' };
    const keys = problemsOf({ ...READS, ...analysts, lakeFormation: "true" }).map(({ key }) => key);
    expect(keys).to.deep.equal(["clickstream:lakeFormation"]);
  });

  it("is right with the rest of the keys", () => {
    expect(parse({ ...READS, biScanCutoffGb: "1", monthlyBudgetUsd: "9" })).to.deep.include(READS);
  });
});

describe("the program on another stack's lake", function () {
  this.timeout(90_000);
  const config = {
    "aws:region": ACCOUNT.region,
    "clickstream:lakeStack": OWNER,
    "clickstream:team": "checkout",
    "clickstream:athenaScanCutoffGb": "7",
    "clickstream:monthlyBudgetUsd": "33",
    "clickstream:resultsExpiryDays": "3",
    "clickstream:hotDays": "7",
    "clickstream:analystPrincipals": '["arn:aws:iam::111122223333:role/A"]',
  };
  /** As the real program of the owner exports it. */
  let lake: SharedLake;
  const run = async (shared: unknown): Promise<{ recording: Recording; error?: unknown }> => {
    let error: unknown;
    const outputs = shared === undefined ? {} : { sharedLake: shared };
    const recording = await deploy(() => program().catch((thrown: unknown) => (error = thrown)), config, {
      [OWNER]: outputs,
    });
    return error === undefined ? { recording } : { recording, error };
  };
  before(async () => {
    let text = "";
    const owner = { "aws:region": ACCOUNT.region, "clickstream:lakeReaders": '["test","other"]' };
    const made = await deploy(async () => {
      const outputs = await program();
      if ("sharedLake" in outputs) outputs.sharedLake.apply((value) => (text = value));
    }, owner);
    lake = JSON.parse(text) as SharedLake;
    const key = made.inputs("Key", "clickstream-test-gold-key")["policy"] as string;
    const { Statement } = JSON.parse(key) as { Statement: { Sid: string }[] };
    expect(Statement.filter(({ Sid }) => Sid === "OtherStacksThatRead")).to.deep.equal([
      {
        Sid: "OtherStacksThatRead",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::123456789012:root" },
        Resource: "*",
        Action: ["kms:Decrypt", "kms:DescribeKey"],
        Condition: {
          ArnLike: {
            "aws:PrincipalArn": ["test-id-bi", "test-id-analyst", "other-id-bi", "other-id-analyst"].map(
              (role) => `arn:aws:iam::123456789012:role/clickstream-${role}-???????`,
            ),
          },
          StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" },
        },
      },
    ]);
    const others = made.ofType("Key").filter(({ name }) => name !== "clickstream-test-gold-key");
    expect(others.length).to.be.greaterThan(5);
    for (const { name, inputs } of others) expect(inputs["policy"], name).not.to.contain("OtherStacksThatRead");
  });

  it("takes from the owner's outputs what it reads, and from its own config all else", async () => {
    expect(lake).to.deep.include({
      pipelineName: "clickstream-test",
      accountId: ACCOUNT.accountId,
      bucket: { name: physicalName("clickstream-test-gold-lake"), arn: "arn:aws:mock:::clickstream-test-gold-lake" },
      keyArn: "arn:aws:mock:::clickstream-test-gold-key",
      readers: ["clickstream-test", "clickstream-other"],
    });
    const { recording, error } = await run(JSON.stringify(lake));
    expect(error).to.equal(undefined);
    const adhoc = recording.inputs("Workgroup", "clickstream-test-serving-adhoc")["configuration"];
    expect(adhoc).to.deep.include({ bytesScannedCutoffPerQuery: 7e9 });
    expect(recording.inputs("NamedQuery", "clickstream-test-serving-sales")["query"]).to.contain("interval '7' day");
    expect(recording.inputs("Budget", "clickstream-test-ops-costs-budget-pipeline")["limitAmount"]).to.equal("33");
    expect(recording.ofType("Role").map(({ name }) => name)).to.include("clickstream-test-id-analyst");
    expect(recording.ofType("Job")).to.deep.equal([]);
  });

  const without = (change: Partial<SharedLake>): string => JSON.stringify({ ...lake, ...change });
  for (const [what, shared, says] of [
    ["is not deployed, or older", () => undefined, /has no output sharedLake.*\n.*fix: bring prod up/],
    ["exports what this version cannot read", () => '{"bucket":1}', /cannot read/],
    ["is in another region", () => without({ region: "us-east-1" }), /account 123456789012 and region us-east-1/],
    ["is in another account", () => without({ accountId: "999999999999" }), /is in account 999999999999/],
    [
      "does not let it read",
      () => without({ readers: ["clickstream-other"] }),
      /do not name "test".*\n.*lakeReaders '\["other","test"\]' --stack prod/,
    ],
  ] as const) {
    it(`is refused before any resource where the owner ${what}`, async () => {
      const { recording, error } = await run(shared());
      expect(error).to.be.instanceOf(ConfigError);
      expect(String(error)).to.match(says);
      expect(recording.registrations).to.deep.equal([]);
    });
  }
});
