import { expect } from "chai";
import type * as pulumi from "@pulumi/pulumi";
import { LakeReader, type LakeReaderArgs } from "../../../components/lake-reader";
import { readerAlarms } from "../../../components/operations/reader-operations";
import type { SharedLake } from "../../../components/shared-lake";
import {
  ACCOUNT,
  arnOf,
  deploy,
  expectNamesPrefixed,
  physicalName,
  valueOf,
  type Recording,
} from "../support/cloud-mocks";

const NAME = "clickstream-checkout";
const person = (name: string): string => `arn:aws:iam::111122223333:role/${name}`;
const KEY = `arn:aws:kms:eu-west-1:${ACCOUNT.accountId}:key/gold`;
const LAKE: SharedLake = {
  pipelineName: "clickstream-prod",
  accountId: ACCOUNT.accountId,
  region: ACCOUNT.region,
  bucket: { name: "prod-gold", arn: "arn:aws:s3:::prod-gold" },
  keyArn: KEY,
  database: "clickstream_prod_gold",
  tables: {
    clicks: { table: "fact_clicks", prefix: "fact_clicks/" },
    users: { table: "dim_users", prefix: "dim_users/" },
    sales: { table: "daily_sales", prefix: "daily_sales/" },
  },
  readers: [NAME],
};
const ARGS: LakeReaderArgs = {
  team: "checkout",
  environment: "prod",
  lake: LAKE,
  scans: { bi: "2 GB", adhoc: "7 GB" },
  operations: { monthlyBudgetUsd: 250 },
  recipients: { slackWebhook: "https://hooks.example.com/1", alertEmail: "checkout@example.com" },
  identity: { bi: [person("B")], analysts: [person("A")] },
  tags: { "cost-center": "42" },
};

describe("LakeReader", function () {
  this.timeout(90_000);
  let recording: Recording;
  let reader: LakeReader;
  before(async () => {
    recording = await deploy(() => (reader = new LakeReader(NAME, ARGS)));
  });

  it("names and tags everything as its own", () => {
    expectNamesPrefixed(recording);
    for (const { type, name, inputs } of recording.registrations.filter((one) => "tags" in one.inputs)) {
      const tags = { "cost-center": "42", team: "checkout", environment: "prod", pipeline: NAME };
      expect(inputs["tags"], `${type} ${name}`).to.deep.include(tags);
    }
  });

  it("makes no layer, no job, no alert path, and nothing of the owner's", () => {
    for (const type of ["Job", "Trigger", "EventBus", "Secret"]) {
      const own = recording.ofType(type).filter(({ name }) => name !== `${NAME}-ops-slack`);
      expect(own, type).to.deep.equal([]);
    }
    expect(recording.ofType("Bucket").map(({ name }) => name)).to.have.members(
      ["access-logs", "serving-output", "queries-lake"].map((part) => `${NAME}-${part}`),
    );
    expect(recording.ofType("CatalogDatabase").map(({ inputs }) => inputs["name"])).to.deep.equal([
      "clickstream_checkout_queries",
    ]);
    expect(recording.ofType("CatalogTable").every(({ name }) => name.startsWith(`${NAME}-queries-`))).to.equal(true);
    expect(recording.ofType("Key").map(({ name }) => name)).to.have.members(
      ["serving-key", "queries-key", "ops-key"].map((part) => `${NAME}-${part}`),
    );
    expect(recording.ofType("BucketPolicy").every(({ name }) => name.startsWith(NAME))).to.equal(true);
  });

  it("has workgroups with limits, results and a key of its own", () => {
    for (const [id, cutoff] of [
      ["bi", 2e9],
      ["adhoc", 7e9],
    ] as const) {
      expect(recording.inputs("Workgroup", `${NAME}-serving-${id}`)["configuration"]).to.deep.include({
        enforceWorkgroupConfiguration: true,
        bytesScannedCutoffPerQuery: cutoff,
        resultConfiguration: {
          outputLocation: `s3://${physicalName(`${NAME}-serving-output`)}/${id}/`,
          encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: arnOf(`${NAME}-serving-key`) },
          expectedBucketOwner: ACCOUNT.accountId,
        },
      });
    }
    const saved = recording.ofType("NamedQuery").map(({ name, inputs }) => [name, inputs["database"]]);
    expect(saved).to.have.deep.members([
      [`${NAME}-serving-sales`, LAKE.database],
      [`${NAME}-serving-funnel`, LAKE.database],
    ]);
  });

  it("lets dashboards and analysts read the owner's three tables through Athena, with its key through S3, and no more", () => {
    const glue = `arn:aws:glue:${ACCOUNT.region}:${ACCOUNT.accountId}`;
    for (const actor of ["bi", "analyst"]) {
      const policy = `${NAME}-id-${actor}`;
      expect(recording.statement("RolePolicy", policy, "GoldCatalog").Resource).to.deep.equal([
        `${glue}:catalog`,
        `${glue}:database/clickstream_prod_gold`,
        ...["fact_clicks", "dim_users", "daily_sales"].map((table) => `${glue}:table/clickstream_prod_gold/${table}`),
      ]);
      expect(recording.statement("RolePolicy", policy, "GoldRead")).to.deep.equal({
        Sid: "GoldRead",
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: ["fact_clicks", "dim_users", "daily_sales"].map((table) => `arn:aws:s3:::prod-gold/${table}/*`),
        Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" } },
      });
      expect(recording.statement("RolePolicy", policy, "GoldKey")).to.deep.equal({
        Sid: "GoldKey",
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: [KEY],
        Condition: { StringEquals: { "kms:ViaService": `s3.${ACCOUNT.region}.amazonaws.com` } },
      });
    }
    const others = recording.ofType("RolePolicy").filter(({ name }) => !name.startsWith(`${NAME}-id-`));
    expect(others.length).to.be.greaterThan(3);
    expect(JSON.stringify(others.map(({ inputs }) => inputs["policy"]))).not.to.match(/prod-gold|key\/gold|_prod_/);
  });

  it("budgets and watches itself by its own tag", () => {
    expect(recording.inputs("Budget", `${NAME}-ops-costs-budget-pipeline`)).to.deep.include({
      limitAmount: "250",
      costFilters: [{ name: "TagKeyValue", values: [`user:pipeline$${NAME}`] }],
    });
    expect(readerAlarms().map(({ id }) => id)).to.have.members([
      "dead-letters",
      "notifier-failing",
      "pager-undelivered",
      "cost-spike",
    ]);
    expect(recording.ofType("MetricAlarm").map(({ inputs }) => inputs["name"])).to.have.members(
      ["dead-letters-queries", "dead-letters-costs", "notifier-failing", "pager-undelivered", "cost-spike"].map(
        (alarm) => `${NAME}-${alarm}`,
      ),
    );
  });

  it("returns the outputs that scripts rely on", async () => {
    const values: Record<string, string> = {};
    for (const [key, output] of Object.entries(reader.outputs as unknown as Record<string, pulumi.Output<string>>)) {
      values[key] = await valueOf(output);
    }
    expect(values).to.deep.equal({
      pipelineName: NAME,
      region: ACCOUNT.region,
      lakeOwner: "clickstream-prod",
      goldBucket: "prod-gold",
      goldDatabase: "clickstream_prod_gold",
      resultsBucket: physicalName(`${NAME}-serving-output`),
      biWorkgroup: physicalName(`${NAME}-serving-bi`),
      adhocWorkgroup: physicalName(`${NAME}-serving-adhoc`),
      queryLogDatabase: "clickstream_checkout_queries",
      queryLogBucket: physicalName(`${NAME}-queries-lake`),
      queryLogFunction: physicalName(`${NAME}-queries-maintain`),
      operationsTable: physicalName(`${NAME}-ops-state`),
      alarmTopicArn: arnOf(`${NAME}-ops-alarms`),
      pagerTopicArn: arnOf(`${NAME}-ops-pager`),
      alarmNotifierFunction: physicalName(`${NAME}-ops-notifier`),
      alarmNotifierDlqUrl: `https://queue/${NAME}-ops-notifier-dlq`,
      dailyCostFunction: physicalName(`${NAME}-ops-costs-daily`),
      budgetName: physicalName(`${NAME}-ops-costs-budget-pipeline`),
      athenaConsoleUrl: "https://eu-west-1.console.aws.amazon.com/athena/home?region=eu-west-1#/query-editor",
    });
  });

  it("makes no role that nobody takes on, and fits the longest name", async () => {
    const longest = `clickstream-${"x".repeat(27)}`;
    const { identity: _nobody, ...rest } = ARGS;
    const made = await deploy(() => new LakeReader(longest, rest));
    expectNamesPrefixed(made);
    expect(made.ofType("Role").filter(({ name }) => name.includes("-id-"))).to.deep.equal([]);
    for (const { name } of made.ofType("Bucket")) expect(name.length).to.be.at.most(63 - 8);
    for (const { name } of made.ofType("Role")) expect(name.length).to.be.at.most(64 - 8);
  });
});
