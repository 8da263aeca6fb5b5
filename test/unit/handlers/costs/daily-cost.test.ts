import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { CostExplorerClient, GetCostAndUsageCommand } from "@aws-sdk/client-cost-explorer";
import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import * as fc from "fast-check";
import { closeDay, stackValues, type ClosedDay } from "../../../../handlers/costs/closed-day";
import { closeDays, createDailyClosure, type ClosureDependencies } from "../../../../handlers/costs/daily-cost";
import { closingDays, dayAfter, daysInMonth } from "../../../../handlers/costs/days";
import { COST_ENV, readClosureSettings } from "../../../../handlers/costs/settings";
import type { MetricValues } from "../../../../handlers/operations/put-metrics";
import { capturingLog } from "../support";
import { quietly } from "./support";

const NOW = new Date("2026-11-25T07:00:00.000Z");
const ENV: Record<string, string> = {
  OPERATIONS_TABLE: "state",
  TEAM: "web",
  ENVIRONMENT: "prod",
  PIPELINE: "clickstream-prod",
  [COST_ENV.database]: "x_queries",
  [COST_ENV.workgroup]: "wg",
  [COST_ENV.monthlyBudgetUsd]: "3000",
};

/** Sources in memory, and what was put. */
function closure(over: Partial<ClosureDependencies> = {}) {
  const put: { at: string; values: MetricValues }[] = [];
  const teams: ClosedDay[] = [];
  const deps: ClosureDependencies = {
    settings: readClosureSettings(ENV),
    costs: async () => ({
      "2026-11-23": { usd: 90, services: { "AWS Glue": 90 } },
      "2026-11-24": { usd: 125, services: { "AWS Glue": 100, "Amazon Athena": 25 } },
    }),
    state: {
      volumes: async () => [
        { hour: "2026-11-23T05", bytes: 3e12 },
        { hour: "2026-11-24T00", bytes: 1e12 },
        { hour: "2026-11-24T23", bytes: 1.5e12 },
        { hour: "2026-11-25T00", bytes: 7e12 },
      ],
    },
    scans: async () => [
      { day: "2026-11-23", team: "bi", usd: 2 },
      { day: "2026-11-24", team: "bi", usd: 3 },
      { day: "2026-11-24", team: "analysts", usd: 0.25 },
    ],
    put: async (values, at) => void put.push({ at: at.toISOString(), values }),
    putTeams: async (closed) => void teams.push(closed),
    ...over,
  };
  return { deps, put, teams };
}

const fails = (why: string) => async (): Promise<never> => {
  throw new Error(why);
};

describe("the daily closure", () => {
  it("states yesterday at the event's time, and the day before where it was put yesterday", async () => {
    const { deps, put, teams } = closure();
    const { result, log } = await capturingLog(() => closeDays(NOW, deps));
    expect(put).to.deep.equal([
      { at: "2026-11-24T07:00:00.000Z", values: { dailyBudget: 100, dailyCost: 90, costPerTb: 30 } },
      { at: "2026-11-25T07:00:00.000Z", values: { dailyBudget: 100, dailyCost: 125, costPerTb: 50 } },
    ]);
    expect(teams.map(({ day, scans }) => [day, scans])).to.deep.equal([
      ["2026-11-23", { bi: 2 }],
      ["2026-11-24", { bi: 3, analysts: 0.25 }],
    ]);
    expect(result.map(({ day }) => day)).to.deep.equal(["2026-11-23", "2026-11-24"]);
    expect(log[1]).to.deep.equal({
      level: "info",
      message: "day closed",
      day: "2026-11-24",
      putAt: "2026-11-25T07:00:00.000Z",
      usd: 125,
      services: { "AWS Glue": 100, "Amazon Athena": 25 },
      budgetUsd: 100,
      landedBytes: 2.5e12,
      usdPerTb: 50,
      scans: { bi: 3, analysts: 0.25 },
    });
  });

  it("puts no cost, and says why, for a tag that nobody activated and for a day that is not there yet", async () => {
    const unknown = closure({ costs: async () => ({}) });
    const { log } = await capturingLog(() => closeDays(NOW, unknown.deps));
    expect(unknown.put.map(({ values }) => values.dailyCost)).to.deep.equal([undefined, undefined]);
    expect(unknown.put.map(({ values }) => values.dailyBudget)).to.deep.equal([100, 100]);
    const warnings = log.filter(({ level }) => level === "warn").map(({ message }) => message);
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.match(/tag pipeline=clickstream-prod: no value is put\. Activate "pipeline"/);

    const late = closure({ costs: async () => ({ "2026-11-23": { usd: 1, services: {} } }) });
    const second = await capturingLog(() => closeDays(NOW, late.deps));
    expect(second.log.filter(({ level }) => level === "warn").map(({ message }) => message)).to.deep.equal([
      "Cost Explorer knows no cost of 2026-11-24 yet; the next closure states it again",
    ]);
  });

  it("has no cost per TB of a day on which nothing landed, however much it cost", async () => {
    const { deps, put } = closure({ state: { volumes: async () => [] } });
    await capturingLog(() => closeDays(NOW, deps));
    expect(put.map(({ values }) => [values.dailyCost, values.costPerTb])).to.deep.equal([
      [90, undefined],
      [125, undefined],
    ]);
  });

  it("puts what it knows before it fails by what it does not", async () => {
    const { deps, put, teams } = closure({ scans: fails("no such view"), state: { volumes: fails("throttled") } });
    let thrown = "";
    await capturingLog(() => closeDays(NOW, deps).catch((error: unknown) => (thrown = String(error))));
    expect(thrown).to.match(/closure of 2026-11-24 is incomplete: landed bytes \(.*throttled\); scans .*no such view/);
    expect(put.map(({ values }) => values)).to.deep.equal([
      { dailyBudget: 100, dailyCost: 90, costPerTb: undefined },
      { dailyBudget: 100, dailyCost: 125, costPerTb: undefined },
    ]);
    expect(teams.map(({ scans }) => scans)).to.deep.equal([undefined, undefined]);

    const silent = closure({ costs: fails("AccessDenied"), putTeams: fails("bad name") });
    const { log } = await capturingLog(() =>
      closeDays(NOW, silent.deps).catch((error: unknown) => (thrown = String(error))),
    );
    expect(thrown).to.match(/costs .*AccessDenied.*metrics of the teams, 2026-11-23.*2026-11-24/);
    // Not to know is not the same as to know of none: no advice about tags.
    expect(log).to.deep.equal([]);
    expect(silent.put.map(({ values }) => values.dailyBudget)).to.deep.equal([100, 100]);
  });

  it("refuses an event without a time before it asks anybody", async () => {
    const handler = createDailyClosure();
    for (const event of [undefined, {}, { time: "yesterday" }, { time: 5 }]) {
      expect(String(await handler(event).catch((error: unknown) => error))).to.contain("ISO 8601");
    }
  });

  it("refuses a budget that is none", () => {
    for (const budget of ["0", "-1", "lots"]) {
      expect(() => readClosureSettings({ ...ENV, [COST_ENV.monthlyBudgetUsd]: budget })).to.throw(`is "${budget}"`);
    }
    expect(() => readClosureSettings({ ...ENV, TEAM: "" })).to.throw("TEAM is not set");
  });
});

describe("days", () => {
  const instants = fc.date({ min: new Date("2020-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });

  it("closes two days that follow each other and end before the event", () => {
    fc.assert(
      fc.property(instants, (now) => {
        const [before, yesterday] = closingDays(now);
        expect(dayAfter(before.day)).to.equal(yesterday.day);
        expect(dayAfter(yesterday.day)).to.equal(now.toISOString().slice(0, 10));
        expect(yesterday.at.getTime() - before.at.getTime()).to.equal(86_400_000);
        expect(yesterday.at).to.deep.equal(now);
      }),
    );
  });

  it("spends a month's budget over its days, whichever month it is", () => {
    expect(["2026-02-10", "2028-02-10", "2026-11-30", "2026-12-31"].map(daysInMonth)).to.deep.equal([28, 29, 30, 31]);
    fc.assert(
      fc.property(instants, fc.double({ min: 0.01, max: 1e7, noNaN: true }), (now, budget) => {
        let total = 0;
        const month = now.toISOString().slice(0, 7);
        for (let day = `${month}-01`; day.startsWith(month); day = dayAfter(day)) {
          total += closeDay({ day, at: now }, {}, budget).budgetUsd;
        }
        expect(total / budget).to.be.closeTo(1, 1e-9);
      }),
    );
  });

  it("gives each byte to one day: two days' costs per TB come from both days' bytes alone", () => {
    const hour = fc.record({
      hour: fc.constantFrom("2026-11-22T23", "2026-11-23T00", "2026-11-23T23", "2026-11-24T00", "2026-11-25T00"),
      bytes: fc.integer({ min: 1, max: 1e12 }),
    });
    fc.assert(
      fc.property(fc.array(hour), (volumes) => {
        const landed = (day: string): number => closeDay({ day, at: NOW }, { volumes }, 1).landedBytes ?? -1;
        const days = ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"];
        const sum = (numbers: number[]): number => numbers.reduce((one, other) => one + other, 0);
        expect(sum(days.map(landed))).to.equal(sum(volumes.map(({ bytes }) => bytes)));
      }),
    );
  });

  it("keeps an idle day's 0 apart from nothing known", () => {
    const idle = closeDay({ day: "2026-11-24", at: NOW }, { costs: { "2026-11-24": { usd: 0, services: {} } } }, 30);
    expect(stackValues(idle)).to.deep.equal({ dailyBudget: 1, dailyCost: 0, costPerTb: undefined });
  });
});

describe("the daily closure on AWS", () => {
  const cost = mockClient(CostExplorerClient);
  const athena = mockClient(AthenaClient);
  const dynamo = mockClient(DynamoDBClient);
  const cloudWatch = mockClient(CloudWatchClient);
  const before = { ...process.env };
  beforeEach(() => {
    for (const mock of [cost, athena, dynamo, cloudWatch]) mock.reset();
    Object.assign(process.env, ENV);
  });
  afterEach(() => {
    for (const name of Object.keys(ENV)) delete process.env[name];
    Object.assign(process.env, before);
  });
  after(() => {
    for (const mock of [cost, athena, dynamo, cloudWatch]) mock.restore();
  });

  it("puts exactly these datapoints", async () => {
    const amount = { AmortizedCost: { Amount: "10", Unit: "USD" } };
    cost.on(GetCostAndUsageCommand).resolves({
      ResultsByTime: [
        { TimePeriod: { Start: "2026-11-24", End: "2026-11-25" }, Groups: [{ Keys: ["AWS Glue"], Metrics: amount }] },
      ],
    });
    athena
      .on(StartQueryExecutionCommand)
      .resolves({ QueryExecutionId: "q" })
      .on(GetQueryExecutionCommand)
      .resolves({ QueryExecution: { Status: { State: "SUCCEEDED" } } })
      .on(GetQueryResultsCommand)
      .resolves({
        ResultSet: {
          Rows: [
            ["event_date", "team", "usd"],
            ["2026-11-24", "bi", "0.5"],
          ].map((values) => ({
            Data: values.map((VarCharValue) => ({ VarCharValue })),
          })),
        },
      });
    dynamo.on(QueryCommand).resolves({ Items: [{ sk: { S: "2026-11-24T10" }, bytes: { N: "250000000000" } }] });
    cloudWatch.on(PutMetricDataCommand).resolves({});

    await quietly(() => createDailyClosure()({ time: "2026-11-25T07:00:00Z" }));
    expect(dynamo.commandCalls(QueryCommand)[0]?.args[0].input).to.deep.include({
      TableName: "state",
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
      ExpressionAttributeValues: { ":pk": { S: "volume" }, ":from": { S: "2026-11-23T00" }, ":to": { S: "~" } },
    });
    const Dimensions = [
      { Name: "Team", Value: "web" },
      { Name: "Environment", Value: "prod" },
      { Name: "Pipeline", Value: "clickstream-prod" },
    ];
    const calls = cloudWatch.commandCalls(PutMetricDataCommand).map((call) => call.args[0].input);
    expect(calls.map(({ Namespace }) => Namespace)).to.deep.equal(["Clickstream", "Clickstream", "Clickstream"]);
    expect(calls.flatMap(({ MetricData }) => MetricData)).to.have.deep.members([
      {
        MetricName: "DailyBudgetUsd",
        Dimensions,
        Timestamp: new Date("2026-11-24T07:00:00Z"),
        Value: 100,
        Unit: "None",
      },
      { MetricName: "CostPerTb", Dimensions, Timestamp: NOW, Value: 40, Unit: "None" },
      { MetricName: "DailyCostUsd", Dimensions, Timestamp: NOW, Value: 10, Unit: "None" },
      { MetricName: "DailyBudgetUsd", Dimensions, Timestamp: NOW, Value: 100, Unit: "None" },
      {
        MetricName: "TeamScanUsd",
        Dimensions: [...Dimensions, { Name: "QueryTeam", Value: "bi" }],
        Timestamp: NOW,
        Value: 0.5,
        Unit: "None",
      },
    ]);
  });
});
