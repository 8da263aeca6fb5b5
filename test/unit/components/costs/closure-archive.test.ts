import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { CostExplorerClient, GetCostAndUsageCommand } from "@aws-sdk/client-cost-explorer";
import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import * as pulumi from "@pulumi/pulumi";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { strToU8, zipSync } from "fflate";
import { createRequire } from "node:module";
import { compileFunction } from "node:vm";
import { createDailyClosure } from "../../../../handlers/costs/daily-cost";
import { COST_ENV } from "../../../../handlers/costs/settings";
import { quietly } from "../../handlers/costs/support";

describe("archive of the daily closure", function () {
  this.timeout(60_000);
  let text: string;
  before(async () => {
    const serialized = await pulumi.runtime.serializeFunction(createDailyClosure, { isFactoryFunction: true });
    text = serialized.text;
  });

  it("is under 200 KB zipped and takes packages from the runtime alone", () => {
    expect(zipSync({ "__index.js": strToU8(text) }).length).to.be.within(1_000, 200_000);
    const required = [...text.matchAll(/require\("([^"]*)"\)/g)].map((match) => match[1]);
    expect(required).to.include("@aws-sdk/client-cost-explorer");
    for (const module of required) expect(module).to.match(/^(@aws-sdk\/client-[a-z0-9-]+|crypto)$/);
    expect(text).not.to.contain(process.cwd());
  });

  /** Loads the text as Lambda does: a CommonJS module with nothing but Node's own scope. */
  function loaded(): (event: unknown) => Promise<unknown> {
    const module: { handler?: (event: unknown) => Promise<unknown> } = {};
    const load = compileFunction(text, ["exports", "require"]) as (exports: object, require: NodeJS.Require) => void;
    load(module, createRequire(__filename));
    return module.handler as (event: unknown) => Promise<unknown>;
  }

  it("refuses what is no event, and says what it is not told", async () => {
    const run = loaded();
    expect(String(await run({}).catch((error: unknown) => error))).to.contain("ISO 8601");
    const unset = await run({ time: "2026-11-25T07:00:00Z" }).catch((error: unknown) => error);
    expect(String(unset)).to.match(/Environment variable COSTS_MONTHLY_BUDGET_USD is not set/);
  });

  it("has everything that it captured: it closes a day where no file of the project is", async () => {
    const cost = mockClient(CostExplorerClient);
    const athena = mockClient(AthenaClient);
    const dynamo = mockClient(DynamoDBClient);
    const cloudWatch = mockClient(CloudWatchClient);
    cost.on(GetCostAndUsageCommand).resolves({
      ResultsByTime: [
        {
          TimePeriod: { Start: "2026-11-24", End: "2026-11-25" },
          Groups: [{ Keys: ["AWS Glue"], Metrics: { AmortizedCost: { Amount: "10", Unit: "USD" } } }],
        },
      ],
    });
    athena.on(StartQueryExecutionCommand).resolves({ QueryExecutionId: "q" });
    athena.on(GetQueryExecutionCommand).resolves({ QueryExecution: { Status: { State: "SUCCEEDED" } } });
    const rows = [
      ["event_date", "team", "usd"],
      ["2026-11-24", "bi", "0.5"],
    ].map((values) => ({ Data: values.map((VarCharValue) => ({ VarCharValue })) }));
    athena.on(GetQueryResultsCommand).resolves({ ResultSet: { Rows: rows } });
    dynamo.on(QueryCommand).resolves({ Items: [{ sk: { S: "2026-11-24T10" }, bytes: { N: "250000000000" } }] });
    cloudWatch.on(PutMetricDataCommand).resolves({});
    const names = ["OPERATIONS_TABLE", "TEAM", "ENVIRONMENT", "PIPELINE", ...Object.values(COST_ENV)];
    for (const name of names) process.env[name] = name === COST_ENV.monthlyBudgetUsd ? "3000" : "x";
    try {
      await quietly(() => loaded()({ time: "2026-11-25T07:00:00Z" }));
      const put = cloudWatch
        .commandCalls(PutMetricDataCommand)
        .flatMap((call) => call.args[0].input.MetricData ?? [])
        .map(({ MetricName, Value, Timestamp }) => `${MetricName} ${Value} ${Timestamp?.toISOString()}`);
      expect(put.sort()).to.deep.equal([
        "CostPerTb 40 2026-11-25T07:00:00.000Z",
        "DailyBudgetUsd 100 2026-11-24T07:00:00.000Z",
        "DailyBudgetUsd 100 2026-11-25T07:00:00.000Z",
        "DailyCostUsd 10 2026-11-25T07:00:00.000Z",
        "TeamScanUsd 0.5 2026-11-25T07:00:00.000Z",
      ]);
    } finally {
      for (const name of names) delete process.env[name];
      for (const mock of [cost, athena, dynamo, cloudWatch]) mock.restore();
    }
  });
});
