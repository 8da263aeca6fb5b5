import { expect } from "chai";
import type { WarehouseState } from "../../../../handlers/operations/warehouse-health";
import { pulse, type PulseDependencies } from "../../../../handlers/operations/pulse";
import type { MetricValues } from "../../../../handlers/operations/put-metrics";
import { queryTimesStatement, readQueryTimes } from "../../../../handlers/operations/query-p95";
import { capturingLog } from "../support";
import { at, MemoryState, run } from "./memory-state";

function setting(fields: Partial<PulseDependencies> = {}) {
  const state = new MemoryState();
  const sent: MetricValues[] = [];
  const asked: string[] = [];
  const deps: PulseDependencies = {
    settings: { heartbeatsCount: true, expectData: true },
    state,
    put: async (values) => void sent.push(values),
    queryTimes: async (now) => {
      asked.push(now.toISOString());
      return { p95: 1200, baseline: 900 };
    },
    ...fields,
  };
  const beat = async (minutes: number) => (await capturingLog(() => pulse({ time: at(minutes) }, {}, deps))).result;
  return { state, sent, asked, deps, beat };
}

describe("pulse", () => {
  it("puts every gauge from what the table holds", async () => {
    const { state, sent, beat } = setting({
      warehouse: async (): Promise<WarehouseState> => ({ kind: "workgroup", found: { status: "AVAILABLE" } }),
    });
    state.landed = { newestEvent: at(1301), newestLanding: at(1302), firstPulse: at(0) };
    state.drifts = { breaking: 1, additive: 2 };
    for (const row of [run({ from: 1303, to: 1305 }), run({ job: "gold", from: 1306, to: 1308 })])
      await state.putRun(row);
    await state.putJob({ ...run({ from: 1303, to: 1305 }), newestEvent: at(1300) });
    await state.putJob({ ...run({ job: "gold", from: 1306, to: 1308 }), state: "FAILED", newestEvent: at(1240) });
    const { values, failed } = await beat(1310);
    expect(values).to.deep.equal({
      dataFreshness: 540,
      goldFreshness: 540,
      etlSuccessRate: 100,
      etlFailing: 1,
      conservationBroken: 0,
      breakingDriftOpen: 1,
      additiveDriftOpen: 2,
      volumeOff: undefined,
      silverLag: 60,
      goldLag: 3600,
      warehouseUnhealthy: 0,
      pulse: 1,
    });
    expect(failed).to.deep.equal([]);
    expect(sent).to.deep.equal([values, { pulseFailures: 0 }]);
  });

  it("remembers its first time once, and ages from it while nothing ever landed", async () => {
    const { state, beat } = setting();
    expect((await beat(10)).values).to.include({ dataFreshness: 0, goldFreshness: 0, etlFailing: 0, pulse: 1 });
    expect((await beat(101)).values).to.include({ dataFreshness: 91 * 60 });
    expect(state.landed.firstPulse).to.equal(at(10));
    const calm = setting({ settings: { heartbeatsCount: true, expectData: false } });
    expect((await calm.beat(10)).values).to.include({ dataFreshness: undefined, goldFreshness: undefined });
  });

  it("asks the query log once an hour, in the first five minutes", async () => {
    const { asked, beat } = setting();
    for (let minute = 3; minute < 180; minute += 5) await beat(minute);
    expect(asked).to.deep.equal([at(3), at(63), at(123)]);
    expect((await beat(182)).values).to.include({ queryP95: 1200, queryP95Baseline: 900 });
  });

  it("puts the rest when a part fails, and counts it", async () => {
    const no = (): Promise<never> => Promise.reject(new Error("throttled"));
    const { sent, beat } = setting({ warehouse: no, queryTimes: no });
    const { values, failed } = await beat(60);
    expect(failed).to.deep.equal(["warehouse", "queryTimes"]);
    expect(values).to.not.have.any.keys("warehouseUnhealthy", "queryP95");
    expect(values).to.include({ pulse: 1, dataFreshness: 0 });
    expect(sent.at(-1)).to.deep.equal({ pulseFailures: 2 });
  });

  it("is blind without its table: it puts nothing, not even that it lives", async () => {
    const { state, sent, beat } = setting();
    Object.assign(state, { jobs: () => Promise.reject(new Error("no table")) });
    expect(String(await beat(60).catch((error: unknown) => error))).to.contain("no table");
    expect(sent).to.deep.equal([]);
  });

  it("refuses an event without a time", async () => {
    const { deps } = setting();
    for (const event of [undefined, {}, { time: 5 }, { time: "soon" }]) {
      expect(String(await pulse(event, {}, deps).catch((error: unknown) => error))).to.contain("ISO 8601 instant");
    }
  });
});

describe("query times", () => {
  it("reads two weeks of partitions at most, successful queries only, without the log's own", () => {
    const sql = queryTimesStatement("x_queries", "maintenance", new Date("2026-11-25T13:02:00Z"));
    expect(sql).to.contain("FROM x_queries.query_log");
    expect(sql).to.contain("event_date BETWEEN date '2026-11-10' AND date '2026-11-25'");
    expect(sql).to.contain("CASE WHEN submitted_at > timestamp '2026-11-24 13:02:00.000' THEN total_ms END, 0.95)");
    expect(sql).to.contain("submitted_at > timestamp '2026-11-10 13:02:00.000'");
    expect(sql).to.contain("state = 'SUCCEEDED'").and.contain("team <> 'maintenance'");
  });

  it("has no baseline of fewer than twenty queries, and no time without a query", () => {
    expect(readQueryTimes(["1200", "900", "20"])).to.deep.equal({ p95: 1200, baseline: 900 });
    expect(readQueryTimes(["1200", "900", "19"])).to.deep.equal({ p95: 1200 });
    expect(readQueryTimes([undefined, undefined, undefined])).to.deep.equal({});
    expect(readQueryTimes([])).to.deep.equal({});
  });
});
