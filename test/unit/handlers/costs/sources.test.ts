import * as athena from "@aws-sdk/client-athena";
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import * as costExplorer from "@aws-sdk/client-cost-explorer";
import { CostExplorerClient, GetCostAndUsageCommand } from "@aws-sdk/client-cost-explorer";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { createAthenaQuestions, LONGEST_WAIT_MS } from "../../../../handlers/costs/athena-rows";
import { createCostSource } from "../../../../handlers/costs/cost-explorer";
import { createScanSource } from "../../../../handlers/costs/team-scans";

const thrownBy = async (work: Promise<unknown>): Promise<string> => String(await work.catch((error: unknown) => error));

/** One service's cost as Cost Explorer answers it. */
function group(service: string, amount: string, unit = "USD"): costExplorer.Group {
  return { Keys: [service], Metrics: { AmortizedCost: { Amount: amount, Unit: unit } } };
}

function result(day: string, ...groups: costExplorer.Group[]): costExplorer.ResultByTime {
  return { TimePeriod: { Start: day, End: "unused" }, Estimated: true, Groups: groups, Total: {} };
}

describe("costs of Cost Explorer", () => {
  const mock = mockClient(CostExplorerClient);
  beforeEach(() => mock.reset());
  after(() => mock.restore());
  const costs = createCostSource(new CostExplorerClient({}), costExplorer, "clickstream-prod");

  it("asks once for both days, by service, of what carries the pipeline's tag", async () => {
    mock.on(GetCostAndUsageCommand).resolves({
      ResultsByTime: [
        result("2026-11-29", group("AWS Glue", "12.50"), group("Amazon Athena", "0.0300000001")),
        result("2026-11-30", group("AWS Glue", "1")),
      ],
    });
    expect(await costs("2026-11-29", "2026-11-30")).to.deep.equal({
      "2026-11-29": { usd: 12.5300000001, services: { "AWS Glue": 12.5, "Amazon Athena": 0.0300000001 } },
      "2026-11-30": { usd: 1, services: { "AWS Glue": 1 } },
    });
    expect(mock.commandCalls(GetCostAndUsageCommand).map((call) => call.args[0].input)).to.deep.equal([
      {
        TimePeriod: { Start: "2026-11-29", End: "2026-12-01" },
        Granularity: "DAILY",
        Metrics: ["AmortizedCost"],
        Filter: { Tags: { Key: "pipeline", Values: ["clickstream-prod"], MatchOptions: ["EQUALS"] } },
        GroupBy: [{ Type: "DIMENSION", Key: "SERVICE" }],
        NextPageToken: undefined,
      },
    ]);
  });

  it("adds up two pages of one day, and never pays for a third", async () => {
    const page = (
      day: string,
      service: string,
      token?: string,
    ): Partial<costExplorer.GetCostAndUsageCommandOutput> => ({
      ResultsByTime: [result(day, group(service, "1"))],
      NextPageToken: token,
    });
    mock
      .on(GetCostAndUsageCommand, { NextPageToken: undefined })
      .resolves(page("2026-11-24", "a", "t"))
      .on(GetCostAndUsageCommand, { NextPageToken: "t" })
      .resolvesOnce(page("2026-11-24", "b"))
      .resolves(page("2026-11-24", "b", "u"));
    expect((await costs("2026-11-24", "2026-11-24"))["2026-11-24"]).to.deep.equal({ usd: 2, services: { a: 1, b: 1 } });
    expect(await thrownBy(costs("2026-11-24", "2026-11-24"))).to.match(/more than 2 pages.*none is put/);
    expect(mock.commandCalls(GetCostAndUsageCommand)).to.have.length(2 + 2);
  });

  it("knows nothing, rather than 0, of days without a group and of data that is not there yet", async () => {
    const named = (name: string): Error => Object.assign(new Error(name), { name });
    mock
      .on(GetCostAndUsageCommand)
      .resolvesOnce({ ResultsByTime: [result("2026-11-24")] })
      .rejectsOnce(named("DataUnavailableException"))
      .rejects(named("AccessDeniedException"));
    expect(await costs("2026-11-24", "2026-11-24")).to.deep.equal({});
    expect(await costs("2026-11-24", "2026-11-24")).to.deep.equal({});
    expect(await thrownBy(costs("2026-11-24", "2026-11-24"))).to.contain("AccessDenied");
  });

  it("refuses a currency in which no budget is stated", async () => {
    mock.on(GetCostAndUsageCommand).resolves({ ResultsByTime: [result("2026-11-24", group("a", "1", "CNY"))] });
    expect(await thrownBy(costs("2026-11-24", "2026-11-24"))).to.match(/answers in CNY, but budgets.*in USD/);
  });
});

describe("scans by team from the query log", () => {
  const mock = mockClient(AthenaClient);
  beforeEach(() => mock.reset());
  after(() => mock.restore());
  let slept = 0;
  const ask = createAthenaQuestions(new AthenaClient({}), athena, "wg", async (ms) => void (slept += ms));
  const scans = createScanSource(ask, "x_queries");
  const row = (...values: (string | undefined)[]): athena.Row => ({
    Data: values.map((VarCharValue) => ({ VarCharValue })),
  });
  const state = (State: athena.QueryExecutionState, StateChangeReason?: string): athena.GetQueryExecutionOutput => ({
    QueryExecution: { Status: { State, StateChangeReason } },
  });

  beforeEach(() => {
    slept = 0;
    mock.on(StartQueryExecutionCommand).resolves({ QueryExecutionId: "q" });
  });

  it("reads every page by its header, after waiting for the end", async () => {
    mock
      .on(GetQueryExecutionCommand)
      .resolvesOnce(state("RUNNING"))
      .resolves(state("SUCCEEDED"))
      .on(GetQueryResultsCommand, { QueryExecutionId: "q", NextToken: undefined })
      .resolves({
        ResultSet: { Rows: [row("event_date", "team", "usd"), row("2026-11-23", "bi", "0.5")] },
        NextToken: "t",
      })
      .on(GetQueryResultsCommand, { QueryExecutionId: "q", NextToken: "t" })
      .resolves({
        ResultSet: { Rows: [row("2026-11-24", "analysts", "1.0E-4"), row("2026-11-24", undefined, undefined)] },
      });
    expect(await scans("2026-11-23", "2026-11-24")).to.deep.equal([
      { day: "2026-11-23", team: "bi", usd: 0.5 },
      { day: "2026-11-24", team: "analysts", usd: 0.0001 },
      { day: "2026-11-24", team: "unknown", usd: 0 },
    ]);
    expect(slept).to.equal(500);
    expect(mock.commandCalls(StartQueryExecutionCommand)[0]?.args[0].input).to.deep.equal({
      QueryString: `SELECT event_date, team, sum(usd) AS usd
FROM x_queries.cost_by_team
WHERE event_date BETWEEN DATE '2026-11-23' AND DATE '2026-11-24'
GROUP BY event_date, team
ORDER BY event_date, team`,
      WorkGroup: "wg",
    });
  });

  it("gives Athena's reason, and cancels what takes too long", async () => {
    mock.on(GetQueryExecutionCommand).resolves(state("FAILED", "no such table"));
    expect(await thrownBy(ask("SELECT 1"))).to.contain("Athena query q ended as FAILED: no such table");
    mock.on(GetQueryExecutionCommand).resolves(state("QUEUED"));
    expect(await thrownBy(ask("SELECT 1"))).to.contain(`still QUEUED after ${LONGEST_WAIT_MS} ms`);
    expect(slept).to.equal(LONGEST_WAIT_MS);
    expect(mock.commandCalls(StopQueryExecutionCommand)[0]?.args[0].input).to.deep.equal({ QueryExecutionId: "q" });
  });
});
