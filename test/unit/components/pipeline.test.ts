import { expect } from "chai";
import type * as pulumi from "@pulumi/pulumi";
import { ClickstreamPipeline } from "../../../components/clickstream-pipeline";
import { NamingError } from "../../../components/naming";
import {
  ACCOUNT,
  arnOf,
  deploy,
  expectNamesPrefixed,
  physicalName,
  valueOf,
  type Recording,
} from "../support/cloud-mocks";

const NAME = "clickstream-test";
const RETAINED_TYPES = [
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:kms/key:Key",
  "aws:glue/catalogDatabase:CatalogDatabase",
  "aws:glue/catalogTable:CatalogTable",
  "aws:secretsmanager/secret:Secret",
  "aws:secretsmanager/secretVersion:SecretVersion",
  "aws:athena/workgroup:Workgroup",
];

describe("ClickstreamPipeline", function () {
  // Whole programs: each serializes the Lambda closures, seconds on a busy core.
  this.timeout(90_000);
  let recording: Recording;
  let pipeline: ClickstreamPipeline;

  before(async () => {
    recording = await deploy(() => {
      pipeline = new ClickstreamPipeline(NAME, { team: "web", environment: "prod", tags: { "cost-center": "42" } });
    });
  });

  it("names every child after its parent", () => expectNamesPrefixed(recording));

  it("returns the outputs that scripts rely on", async () => {
    const outputs = pipeline.outputs as unknown as Record<string, pulumi.Output<string>>;
    const values: Record<string, string> = {};
    for (const [key, output] of Object.entries(outputs)) values[key] = await valueOf(output);
    expect(values).to.deep.equal({
      pipelineName: NAME,
      region: ACCOUNT.region,
      rawBucket: physicalName(`${NAME}-bronze-raw`),
      eventsPrefix: "events/",
      silverBucket: physicalName(`${NAME}-silver-lake`),
      goldBucket: physicalName(`${NAME}-gold-lake`),
      artifactsBucket: physicalName(`${NAME}-jobs-store`),
      resultsBucket: physicalName(`${NAME}-serving-output`),
      bronzeDatabase: "clickstream_test_bronze",
      silverDatabase: "clickstream_test_silver",
      goldDatabase: "clickstream_test_gold",
      sharedLake: JSON.stringify({
        pipelineName: NAME,
        accountId: ACCOUNT.accountId,
        region: ACCOUNT.region,
        bucket: { name: physicalName(`${NAME}-gold-lake`), arn: arnOf(`${NAME}-gold-lake`) },
        keyArn: arnOf(`${NAME}-gold-key`),
        database: "clickstream_test_gold",
        tables: {
          clicks: { table: "fact_clicks", prefix: "fact_clicks/" },
          users: { table: "dim_users", prefix: "dim_users/" },
          sales: { table: "daily_sales", prefix: "daily_sales/" },
        },
        readers: [],
      }),
      biWorkgroup: physicalName(`${NAME}-serving-bi`),
      adhocWorkgroup: physicalName(`${NAME}-serving-adhoc`),
      queryLogDatabase: "clickstream_test_queries",
      queryLogBucket: physicalName(`${NAME}-queries-lake`),
      queryLogFunction: physicalName(`${NAME}-queries-maintain`),
      silverJob: physicalName(`${NAME}-silver-job`),
      goldJob: physicalName(`${NAME}-gold-job`),
      archiveJob: physicalName(`${NAME}-cold-job`),
      archivePath: `s3://${physicalName(`${NAME}-gold-lake`)}/archive/`,
      reportsPath: `s3://${physicalName(`${NAME}-jobs-store`)}/reports/`,
      statePath: `s3://${physicalName(`${NAME}-jobs-store`)}/state/`,
      purchaseBus: physicalName(`${NAME}-alerts-purchases`),
      alertTopicArn: arnOf(`${NAME}-alerts-topic`),
      alertQueueUrl: `https://queue/${NAME}-alerts-queue`,
      alertDlqUrl: `https://queue/${NAME}-alerts-dlq`,
      alertFunction: physicalName(`${NAME}-alerts-fn`),
      alertTable: physicalName(`${NAME}-alerts-orders`),
      pseudonymSecretArn: arnOf(`${NAME}-silver-pseudonyms`),
      subjectSecretArn: arnOf(`${NAME}-silver-subjects-key`),
      privacyLedger: physicalName(`${NAME}-privacy-ledger`),
      privacyPath: `s3://${physicalName(`${NAME}-silver-lake`)}/privacy/`,
      privacyJob: physicalName(`${NAME}-privacy-raw`),
      warehouseKind: "none",
      warehouseName: "",
      warehouseDatabase: "",
      warehouseSecretArn: "",
      warehouseLoader: "",
      warehouseLoaderDlqUrl: "",
      warehouseReservation: "No warehouse: nothing to reserve.",
      operationsTable: physicalName(`${NAME}-ops-state`),
      alarmTopicArn: arnOf(`${NAME}-ops-alarms`),
      pagerTopicArn: arnOf(`${NAME}-ops-pager`),
      alarmNotifierFunction: physicalName(`${NAME}-ops-notifier`),
      alarmNotifierDlqUrl: `https://queue/${NAME}-ops-notifier-dlq`,
      pulseFunction: physicalName(`${NAME}-ops-pulse`),
      runRecorderFunction: physicalName(`${NAME}-ops-pulse-record`),
      landingFunction: physicalName(`${NAME}-ops-land-fn`),
      landingQueueUrl: `https://queue/${NAME}-ops-land-queue`,
      dailyCostFunction: physicalName(`${NAME}-ops-costs-daily`),
      budgetName: physicalName(`${NAME}-ops-costs-budget-pipeline`),
      dashboardName: `${NAME}-${ACCOUNT.region}`,
      dashboardUrl: `https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/${NAME}-eu-west-1`,
      auditTrailArn: "",
      auditBucket: "",
      auditDatabase: "",
      athenaConsoleUrl: "https://eu-west-1.console.aws.amazon.com/athena/home?region=eu-west-1#/query-editor",
      glueConsoleUrl: "https://eu-west-1.console.aws.amazon.com/gluestudio/home?region=eu-west-1#/jobs",
    });
  });

  it("tags everything that takes tags with owner, environment, pipeline and the given tags", () => {
    const tagged = recording.registrations.filter(({ inputs }) => "tags" in inputs);
    expect(tagged.length).to.be.greaterThan(30);
    for (const { type, name, inputs } of tagged) {
      // Alarms carry theirs beside these.
      expect(inputs["tags"], `${type} ${name}`).to.deep.include({
        "cost-center": "42",
        team: "web",
        environment: "prod",
        pipeline: NAME,
      });
    }
  });

  it("attaches no managed policy, and wildcards no resource but where AWS has none", () => {
    expect(recording.registrations.filter(({ type }) => /policyAttachment/i.test(type))).to.deep.equal([]);
    const open: string[] = [];
    for (const { name, inputs } of recording.ofType("aws:iam/rolePolicy:RolePolicy")) {
      const { Statement } = JSON.parse(inputs["policy"] as string) as { Statement: PolicyLine[] };
      for (const { Sid, Action, Resource, Condition } of Statement) {
        expect([Action].flat(), `${name} ${Sid}`).to.not.include("*");
        for (const action of [Action].flat()) expect(action, `${name} ${Sid}`).to.not.match(/:\*$/);
        if ([Resource].flat().includes("*"))
          open.push(`${name} ${[Action].flat().join()} ${JSON.stringify(Condition)}`);
      }
    }
    const own = '{"StringEquals":{"cloudwatch:namespace":"Clickstream"}}';
    const namespaces = '{"StringEquals":{"cloudwatch:namespace":["Clickstream","Glue"]}}';
    expect(open.filter((line) => !line.includes("xray:")).sort()).to.deep.equal([
      `${NAME}-cold-job-policy cloudwatch:PutMetricData ${namespaces}`,
      `${NAME}-gold-job-policy cloudwatch:PutMetricData ${namespaces}`,
      // Cost Explorer has no resources.
      `${NAME}-ops-costs-daily ce:GetCostAndUsage undefined`,
      ...["costs-daily", "land-fn", "notifier", "pulse", "pulse-record"].map(
        (part) => `${NAME}-ops-${part} cloudwatch:PutMetricData ${own}`,
      ),
      `${NAME}-privacy-raw-policy cloudwatch:PutMetricData ${namespaces}`,
      `${NAME}-silver-job-policy cloudwatch:PutMetricData ${namespaces}`,
    ]);
  });

  it("keeps everything that holds data or says how to read it, unless both keys are turned", async () => {
    const { warnings } = recording;
    expect(warnings).to.deep.equal([]);
    for (const type of RETAINED_TYPES) {
      const found = recording.ofType(type);
      expect(found, type).to.not.have.length(0);
      for (const one of found) expect(one.retainOnDelete, `${type} ${one.name}`).to.equal(true);
    }
    for (const bucket of recording.ofType("aws:s3/bucket:Bucket")) {
      expect(bucket.inputs["forceDestroy"], bucket.name).to.equal(false);
    }
    const deletion = { deleteData: true, allowDelete: true };
    const deletable = await deploy(() => new ClickstreamPipeline(NAME, { team: "web", environment: "dev", deletion }));
    expect(deletable.warnings).to.deep.equal([]);
    expect(deletable.registrations.filter((one) => one.retainOnDelete)).to.deep.equal([]);
    for (const bucket of deletable.ofType("aws:s3/bucket:Bucket")) {
      expect(bucket.inputs["forceDestroy"], bucket.name).to.equal(true);
    }
    expect(deletable.inputs("Secret", `${NAME}-silver-pseudonyms`)["recoveryWindowInDays"]).to.equal(0);
  });

  it("warns, and keeps the data, if deletion is asked for but not permitted", async () => {
    const deletion = { deleteData: true, allowDelete: false };
    const asked = await deploy(() => new ClickstreamPipeline(NAME, { team: "web", environment: "dev", deletion }));
    expect(asked.warnings).to.have.length(1);
    expect(asked.warnings[0]).to.contain("deleteData is true but allowDelete is false");
    expect(asked.one("Bucket", `${NAME}-bronze-raw`).retainOnDelete).to.equal(true);
    expect(asked.inputs("Bucket", `${NAME}-bronze-raw`)["forceDestroy"]).to.equal(false);
  });

  it("calls nothing but the provider's account, region, partition and password", () => {
    expect(new Set(recording.invokes)).to.deep.equal(
      new Set([
        "aws:index/getCallerIdentity:getCallerIdentity",
        "aws:index/getRegion:getRegion",
        "aws:index/getPartition:getPartition",
        "aws:secretsmanager/getRandomPassword:getRandomPassword",
      ]),
    );
  });

  it("fits the longest name that it accepts, and registers nothing for a longer one", async () => {
    const longest = `clickstream-${"x".repeat(27)}`;
    expect(longest).to.have.length(39);
    const alerts = {
      pagerEndpoint: "https://pager.example.com/1",
      slackWebhook: "https://slack.example.com/1",
      alertEmail: "oncall@example.com",
    };
    const built = await deploy(() => new ClickstreamPipeline(longest, { team: "web", environment: "dev", alerts }));
    expectNamesPrefixed(built);
    for (const { name } of built.ofType("aws:s3/bucket:Bucket")) expect(name.length).to.be.at.most(63 - 8);
    for (const { name } of built.ofType("aws:iam/role:Role")) expect(name.length).to.be.at.most(64 - 8);
    for (const name of [`${longest}x`, "Clickstream", "cs", "clickstream-", "click--stream", "1clickstream"]) {
      const refused = await deploy(() => {
        const build = (): unknown => new ClickstreamPipeline(name, { team: "web", environment: "dev" });
        expect(build, name).to.throw(NamingError, name);
      });
      expect(refused.registrations, name).to.deep.equal([]);
    }
  });
});

interface PolicyLine {
  Sid: string;
  Action: string | string[];
  Resource: string | string[];
  Condition?: unknown;
}
