import { CancelStatementCommand, ListStatementsCommand } from "@aws-sdk/client-redshift-data";
import { InvokeCommand, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { DescribeClustersCommand, PauseClusterCommand } from "@aws-sdk/client-redshift";
import { expect } from "chai";
import { explainSavings } from "../../automation/savings/explain";
import { queryAthena } from "../../automation/stack/athena";
import { loadNow, queryWarehouse } from "../../automation/stack/warehouse";
import { ask } from "./support/lake";
import { eventually } from "./support/processes";
import { daysBefore, tiers, type Tiers } from "./support/tiers";

const HOT_DAYS = 30;

describe("hot, warm and both as one", () => {
  let at: Tiers;
  /** Date → "rows revenue", as gold has it. */
  let gold: Map<string, string>;

  const warehouse = async (sql: string): Promise<string[][]> =>
    (await queryWarehouse(at.clients, at.outputs, sql)).rows.map((row) => row.map(String));
  const byDay = async (relation: string): Promise<Map<string, string>> => {
    const rows = await warehouse(
      `SELECT CAST(event_date AS VARCHAR), COUNT(*), SUM(revenue) FROM ${relation} GROUP BY event_date`,
    );
    return new Map(rows.map(([day = "", n = "", revenue = ""]) => [day, `${n} ${Number(revenue).toFixed(2)}`]));
  };
  const sorted = (days: Map<string, string>): [string, string][] => [...days].sort();

  before(async () => {
    at = await tiers();
    const { rows } = await ask(at, "gold", "SELECT event_date, count(*), sum(revenue) FROM fact_clicks GROUP BY 1");
    gold = new Map(rows.map(([day, n, revenue]) => [String(day), `${String(n)} ${Number(revenue).toFixed(2)}`]));
  });

  it("has nothing to change when it is brought up again", async () => {
    expect((await at.stack.up()).touched).to.deep.equal([]);
  });

  it("loads the hot window after the gold job's success, with nobody asking", async () => {
    const boundary = async (): Promise<string> =>
      (await warehouse("SELECT CAST(hot_from AS VARCHAR) FROM ops.tier_boundary"))[0]?.[0] ?? "";
    await eventually("a loaded warehouse", async () => (await boundary()) !== "9999-12-31", 240, 500);
    const today = new Date().toISOString().slice(0, 10);
    expect(await boundary()).to.equal(new Date(Date.parse(today) - HOT_DAYS * 86_400_000).toISOString().slice(0, 10));
  });

  it("shows every day once, equal to gold, on both sides of the boundary", async () => {
    expect(gold.size).to.be.greaterThan(85);
    expect(sorted(await byDay("serving.clicks_all"))).to.deep.equal(sorted(gold));
    const hot = new Map([...gold].filter(([day]) => day >= daysBefore(HOT_DAYS)));
    expect(sorted(await byDay("hot.fact_clicks"))).to.deep.equal(sorted(hot));
  });

  it("moves one date from hot to warm when today moves on by a day, and nothing else", async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const report = await loadNow(at.clients, at.outputs, { asOf: tomorrow });
    expect(report).to.deep.include({ loaded: [], removed: [] });
    const hot = await byDay("hot.fact_clicks");
    expect(hot.has(daysBefore(HOT_DAYS))).to.equal(false);
    expect(hot.has(daysBefore(HOT_DAYS - 1))).to.equal(true);
    expect(sorted(await byDay("serving.clicks_all"))).to.deep.equal(sorted(gold));
    const back = await loadNow(at.clients, at.outputs, {});
    expect(back.loaded).to.deep.equal([daysBefore(HOT_DAYS)]);
  });

  it("has the same rows after the same load three times, two at once, and one that was cut down", async () => {
    const rows = async (): Promise<string[][]> => warehouse("SELECT * FROM hot.fact_clicks ORDER BY event_id");
    const before = await rows();
    const range = { from: daysBefore(3), to: daysBefore(1), again: true };
    for (let time = 0; time < 2; time += 1) await loadNow(at.clients, at.outputs, range);
    const [one, other] = await Promise.all([1, 2].map(() => loadNow(at.clients, at.outputs, range)));
    expect([one?.loaded.length, other?.loaded.length]).to.deep.equal([3, 3]);
    expect(await rows()).to.deep.equal(before);

    const running = loadNow(at.clients, at.outputs, range).catch((error: unknown) => String(error));
    let cut = 0;
    await eventually(
      "a statement to cut down, or the end of the load",
      async () => {
        const { Statements = [] } = await at.clients.redshiftData.send(
          new ListStatementsCommand({ Status: "STARTED" }),
        );
        for (const { Id, IsBatchStatement } of Statements) {
          if (IsBatchStatement !== true) continue;
          await at.clients.redshiftData.send(new CancelStatementCommand({ Id })).then(
            () => (cut += 1),
            () => undefined,
          );
        }
        return cut > 0;
      },
      60,
      5,
    );
    await running;
    await loadNow(at.clients, at.outputs, range);
    expect(await rows()).to.deep.equal(before);
    expect(await warehouse("SELECT COUNT(*) FROM staging.fact_clicks")).to.deep.equal([["0"]]);
  });

  it("wakes a paused cluster to load it", async () => {
    const status = async (): Promise<string | undefined> =>
      (await at.clients.redshift.send(new DescribeClustersCommand({ ClusterIdentifier: at.outputs.warehouseName })))
        .Clusters?.[0]?.ClusterStatus;
    await at.clients.redshift.send(new PauseClusterCommand({ ClusterIdentifier: at.outputs.warehouseName }));
    await eventually("a paused cluster", async () => (await status()) === "paused", 60, 100);
    const refused = await queryWarehouse(at.clients, at.outputs, "SELECT 1").catch((error: unknown) => String(error));
    expect(refused).to.be.a("string");
    await loadNow(at.clients, at.outputs, { from: daysBefore(1), to: daysBefore(1), again: true });
    expect(await status()).to.equal("available");
    expect(sorted(await byDay("serving.clicks_all"))).to.deep.equal(sorted(gold));
  });

  it("answers the most common question alike in every form", async () => {
    const { asked } = await explainSavings(at.clients, at.outputs, 7, new AbortController().signal, () => undefined);
    expect(asked.map(({ form }) => form.name)).to.deep.equal([
      "raw JSON",
      "raw JSON, partitioned",
      "star schema",
      "materialized",
      "materialized, hot",
    ]);
    const scanned = asked.map(({ bytesScanned }) => bytesScanned);
    expect(scanned[1]).to.be.lessThan(scanned[0] ?? 0);
    expect(scanned[3]).to.be.lessThan((scanned[0] ?? 0) / 10);
  });

  it("logs the warehouse's queries beside Athena's, each once", async () => {
    const { lambda, athena } = at.clients;
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    const prefix = `${at.outputs.pipelineName}-queries-poll`;
    const poller = Functions.find(({ FunctionName }) => FunctionName?.startsWith(prefix))?.FunctionName;
    const call = async (FunctionName: string | undefined, event: object): Promise<void> => {
      const Payload = Buffer.from(JSON.stringify(event));
      const { FunctionError, Payload: answer } = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
      expect(FunctionError, Buffer.from(answer ?? []).toString()).to.equal(undefined);
    };
    for (let time = 0; time < 2; time += 1) await call(poller, {});
    await call(at.outputs.queryLogFunction, { task: "publish" });
    const log = { workgroup: at.outputs.adhocWorkgroup, database: at.outputs.queryLogDatabase };
    const { rows } = await queryAthena(
      athena,
      log,
      "SELECT engine, count(*), count(DISTINCT query_id), count_if(query_text LIKE '%staging.fact_clicks%') " +
        "FROM query_log GROUP BY engine ORDER BY engine",
    );
    expect(rows.map(([engine]) => engine)).to.deep.equal(["athena", "redshift"]);
    for (const [engine, all, distinct] of rows) expect(all, String(engine)).to.equal(distinct);
    expect(Number(rows[1]?.[3])).to.be.greaterThan(0);
  });
});
