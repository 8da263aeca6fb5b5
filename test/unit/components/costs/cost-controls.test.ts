import * as aws from "@pulumi/aws";
import * as fc from "fast-check";
import { expect } from "chai";
import { anomalyThresholdUsd } from "../../../../components/costs/anomalies";
import { checkCostControlsArgs, CostControls, type CostControlsArgs } from "../../../../components/costs/cost-controls";
import { InvalidArgumentError } from "../../../../components/errors";
import { QUERY_LOG_VIEWS } from "../../../../components/query-log-views";
import { COST_VIEW, readClosureSettings } from "../../../../handlers/costs/settings";
import { ACCOUNT, arnOf, deploy, expectNamesPrefixed, physicalName } from "../../support/cloud-mocks";
import type { Recording } from "../../support/cloud-mocks";

/** The longest that a pipeline's name can be. */
const PIPELINE = `clickstream-${"x".repeat(27)}`;
const NAME = `${PIPELINE}-costs`;
const DAILY = `${NAME}-daily`;
const HERE = "eu-west-1:123456789012";
const TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms";
const TAGS = { team: "web", environment: "prod", pipeline: PIPELINE };
/** Stands for `EncryptionKey`, of which this part uses the ARN alone. */
const STORE_KEY = { arn: "arn:aws:kms:::ops" } as unknown as CostControlsArgs["store"]["key"];
const ARGS: CostControlsArgs = {
  store: { tableName: "state", tableArn: "arn:aws:dynamodb:::state", key: STORE_KEY },
  account: ACCOUNT,
  dimensions: { team: "web", environment: "prod", pipeline: PIPELINE },
  monthlyBudgetUsd: 3000,
  alarmTopicArn: TOPIC,
  queryLog: {
    database: "x_queries",
    workgroup: "wg-log",
    bucket: { name: "log", arn: "arn:aws:s3:::log" },
    key: { arn: "arn:aws:kms:::log" },
  },
  tags: TAGS,
};

describe("CostControls", function () {
  this.timeout(90_000);
  let recording: Recording;
  before(async () => {
    recording = await deploy(() => new CostControls(NAME, ARGS));
  });

  it("makes exactly these resources, named after it, even for the longest pipeline", () => {
    expectNamesPrefixed(recording);
    const made = recording.registrations
      .filter(({ custom }) => custom)
      .map(({ type, name }) => `${type.split(":").at(-1)} ${name.slice(NAME.length)}`);
    expect(made.sort()).to.deep.equal([
      "AnomalyMonitor -anomaly",
      "AnomalySubscription -anomaly",
      "Budget -budget-pipeline",
      "EventRule -daily",
      "EventTarget -daily",
      "Function -daily",
      "LogGroup -daily",
      "Permission -daily",
      "Queue -daily-dlq",
      "QueuePolicy -daily-dlq",
      "Role -daily",
      "RolePolicy -daily",
    ]);
  });

  it("budgets the month by the pipeline's tag, and tells at 80 %, 100 % and when 100 % is forecast", () => {
    const told = { comparisonOperator: "GREATER_THAN", thresholdType: "PERCENTAGE", subscriberSnsTopicArns: [TOPIC] };
    expect(recording.inputs("Budget", `${NAME}-budget-pipeline`)).to.deep.equal({
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: "3000",
      limitUnit: "USD",
      costFilters: [{ name: "TagKeyValue", values: [`user:pipeline$${PIPELINE}`] }],
      costTypes: { useAmortized: true },
      notifications: [
        { notificationType: "ACTUAL", threshold: 80, ...told },
        { notificationType: "ACTUAL", threshold: 100, ...told },
        { notificationType: "FORECASTED", threshold: 100, ...told },
      ],
      tags: TAGS,
    });
  });

  it("watches the pipeline's tag for anomalies of at least 20 % of a day's budget, and tells the topic at once", () => {
    const monitor = recording.inputs("AnomalyMonitor", `${NAME}-anomaly`);
    expect(JSON.parse(monitor["monitorSpecification"] as string)).to.deep.equal({
      And: null,
      CostCategories: null,
      Dimensions: null,
      Not: null,
      Or: null,
      Tags: { Key: "pipeline", MatchOptions: null, Values: [PIPELINE] },
    });
    expect(monitor).to.deep.include({ monitorType: "CUSTOM", tags: TAGS });
    expect(recording.inputs("AnomalySubscription", `${NAME}-anomaly`)).to.deep.equal({
      frequency: "IMMEDIATE",
      monitorArnLists: [arnOf(`${NAME}-anomaly`)],
      subscribers: [{ type: "SNS", address: TOPIC }],
      thresholdExpression: {
        dimension: {
          key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
          matchOptions: ["GREATER_THAN_OR_EQUAL"],
          values: ["20"],
        },
      },
      tags: TAGS,
    });
  });

  it("closes a day every morning with the event's own time; failures wait in an encrypted queue", () => {
    expect(recording.inputs("EventRule", DAILY)).to.include({ scheduleExpression: "cron(0 7 * * ? *)" });
    expect(recording.inputs("EventTarget", DAILY)).to.deep.equal({
      rule: physicalName(DAILY),
      targetId: "daily-closure",
      arn: arnOf(DAILY),
      deadLetterConfig: { arn: arnOf(`${DAILY}-dlq`) },
    });
    expect(recording.inputs("Permission", DAILY)).to.deep.equal({
      action: "lambda:InvokeFunction",
      function: physicalName(DAILY),
      principal: "events.amazonaws.com",
      sourceArn: arnOf(DAILY),
    });
    expect(recording.inputs("Queue", `${DAILY}-dlq`)).to.deep.equal({
      kmsMasterKeyId: STORE_KEY.arn,
      messageRetentionSeconds: 14 * 86_400,
      tags: TAGS,
    });
    const sources = recording.statement("QueuePolicy", `${DAILY}-dlq`, "RulesOnly").Condition;
    expect(sources).to.deep.equal({ ArnEquals: { "aws:SourceArn": [arnOf(DAILY)] } });
    expect(recording.inputs("Function", DAILY)).to.deep.include({
      deadLetterConfig: { targetArn: arnOf(`${DAILY}-dlq`) },
      timeout: 180,
      memorySize: 256,
    });
    expect(recording.one("EventTarget", DAILY).dependencies).to.include.members([
      recording.one("QueuePolicy", `${DAILY}-dlq`).urn,
      recording.one("Permission", DAILY).urn,
    ]);
  });

  it("hands the function an environment that it accepts", () => {
    const { variables } = recording.inputs("Function", DAILY)["environment"] as { variables: Record<string, string> };
    expect(readClosureSettings(variables)).to.deep.equal({
      table: "state",
      database: "x_queries",
      workgroup: "wg-log",
      monthlyBudgetUsd: 3000,
      dimensions: ARGS.dimensions,
    });
  });

  it("lets the function do what it does on exactly what it needs", () => {
    const glue = (...resources: string[]): string[] => resources.map((one) => `arn:aws:glue:${HERE}:${one}`);
    const statements = recording.policy("RolePolicy", DAILY).Statement.slice(2);
    expect(statements.map(({ Sid, Action, Resource }) => [Sid, Action, Resource])).to.deep.equal([
      ["AskCosts", "ce:GetCostAndUsage", "*"],
      [
        "AskQueryLog",
        [
          "athena:StartQueryExecution",
          "athena:GetQueryExecution",
          "athena:GetQueryResults",
          "athena:StopQueryExecution",
        ],
        `arn:aws:athena:${HERE}:workgroup/wg-log`,
      ],
      [
        "QueryLogTables",
        ["glue:GetDatabase", "glue:GetTable", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"],
        glue("catalog", "database/x_queries", "table/x_queries/query_log", "table/x_queries/cost_by_team"),
      ],
      ["DefaultDatabase", ["glue:GetDatabase", "glue:GetDatabases"], glue("catalog", "database/default")],
      [
        "QueryLogBucket",
        ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
        "arn:aws:s3:::log",
      ],
      ["QueryLogObjects", "s3:GetObject", ["arn:aws:s3:::log/query_log/*", "arn:aws:s3:::log/results/*"]],
      [
        "QueryResults",
        ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
        "arn:aws:s3:::log/results/*",
      ],
      ["QueryLogKey", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], ["arn:aws:kms:::log"]],
      ["ReadVolumes", ["dynamodb:GetItem", "dynamodb:Query"], "arn:aws:dynamodb:::state"],
      ["PutMetrics", "cloudwatch:PutMetricData", "*"],
      ["DeadLetterOwnEvents", "sqs:SendMessage", arnOf(`${DAILY}-dlq`)],
    ]);
    expect(recording.statement("RolePolicy", DAILY, "ReadVolumes").Condition).to.deep.equal({
      "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["volume"] },
    });
    expect(recording.statement("RolePolicy", DAILY, "PutMetrics").Condition).to.deep.equal({
      StringEquals: { "cloudwatch:namespace": "Clickstream" },
    });
  });

  it("asks a view that exists, by columns that it has", () => {
    const view = QUERY_LOG_VIEWS.find((one) => one.view === COST_VIEW);
    expect(view?.columns.map(({ name }) => name)).to.include.members(["event_date", "team", "usd"]);
  });
});

describe("CostControls with options", function () {
  this.timeout(90_000);

  it("budgets the team, tells an address, activates tags for good, and waits for the topic's policy", async () => {
    const options = { teamMonthlyBudgetUsd: 8000.005, notifyEmail: "owner@example.com", activateCostTags: true };
    const recording = await deploy(() => {
      const policy = new aws.sns.TopicPolicy("clickstream-topic", { arn: TOPIC, policy: "{}" });
      return new CostControls(NAME, { ...ARGS, ...options, alarmTopicReady: [policy] });
    });
    const team = recording.inputs("Budget", `${NAME}-budget-team`);
    expect(team).to.deep.include({
      limitAmount: "8000.01",
      costFilters: [{ name: "TagKeyValue", values: ["user:team$web"] }],
    });
    for (const notification of team["notifications"] as object[]) {
      expect(notification).to.deep.include({
        subscriberSnsTopicArns: [TOPIC],
        subscriberEmailAddresses: ["owner@example.com"],
      });
    }
    const policy = recording.one("TopicPolicy", "clickstream-topic").urn;
    for (const type of ["Budget", "AnomalySubscription"]) {
      for (const one of recording.ofType(type)) expect(one.dependencies, one.name).to.include(policy);
    }
    const tags = recording.ofType("CostAllocationTag");
    expect(tags.map(({ inputs, retainOnDelete }) => [inputs, retainOnDelete])).to.deep.equal([
      [{ tagKey: "pipeline", status: "Active" }, true],
      [{ tagKey: "team", status: "Active" }, true],
    ]);
  });

  it("refuses a budget that is none, and a tag that no cost carries", () => {
    const check = (over: Partial<CostControlsArgs>) => () => checkCostControlsArgs({ ...ARGS, ...over });
    for (const usd of [0, -1, NaN, Infinity, 1e8]) {
      expect(check({ monthlyBudgetUsd: usd })).to.throw(InvalidArgumentError, `monthlyBudgetUsd is ${usd}`);
      expect(check({ teamMonthlyBudgetUsd: usd })).to.throw(InvalidArgumentError, `teamMonthlyBudgetUsd is ${usd}`);
    }
    expect(check({ tags: { ...TAGS, pipeline: "other" } })).to.throw(InvalidArgumentError, /tag "pipeline" is "other"/);
    expect(check({ tags: { pipeline: PIPELINE } })).to.throw(InvalidArgumentError, /tag "team" is undefined/);
    expect(check({})).not.to.throw();
  });

  it("tells of no anomaly below a dollar, and of one of 20 % of a day from there on", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e7, noNaN: true }), (budget) => {
        const usd = anomalyThresholdUsd(budget);
        expect(usd).to.be.at.least(1);
        if (budget >= 150) expect(usd).to.be.closeTo(budget / 150, 0.006);
      }),
    );
  });
});
