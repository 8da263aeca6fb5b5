import { expect } from "chai";
import type { MetricValues } from "../../../../handlers/operations/put-metrics";
import type { LoadDependencies } from "../../../../handlers/warehouse/load";
import {
  connectLoadMetrics,
  loadMetrics,
  measuredLoad,
  publishedAt,
} from "../../../../handlers/warehouse/load-metrics";
import { BOUNDARY } from "../../../../handlers/warehouse/load-sql";
import { fakeClock, FakeWarehouse, silenced } from "./fake-warehouse";

const NOW = new Date("2026-11-25T12:00:00Z");

function setting(boundary: string): LoadDependencies & { warehouse: FakeWarehouse } {
  const warehouse = new FakeWarehouse();
  warehouse.answers.set(BOUNDARY, [[boundary]]);
  return {
    warehouse,
    lake: { dates: async () => new Map(), users: async () => undefined },
    wake: async () => undefined,
    clock: fakeClock(),
    role: "arn:aws:iam::123456789012:role/lake",
  };
}

describe("metrics of a load", () => {
  it("are the boundary's lag in days, and the time since gold published", () => {
    const published = new Date("2026-11-25T11:50:00Z");
    expect(loadMetrics("2026-10-24", "2026-10-26", published, NOW)).to.deep.equal({
      boundaryLagDays: 2,
      warehouseLag: 600,
    });
    expect(loadMetrics("9999-12-31", "2026-10-26", undefined, NOW)).to.deep.equal({
      boundaryLagDays: 0,
      warehouseLag: undefined,
    });
    expect(loadMetrics("undefined", "2026-10-26", undefined, NOW).boundaryLagDays).to.equal(undefined);
  });

  it("count from the oldest message that says when gold published", () => {
    const bodies = ['{"time":"2026-11-25T11:00:00Z"}', '{"time":"2026-11-25T10:00:00Z"}', "by hand", '{"time":1}'];
    expect(publishedAt(bodies)?.toISOString()).to.equal("2026-11-25T10:00:00.000Z");
    expect(publishedAt(["by hand"])).to.equal(undefined);
  });

  it("are sent after a load, and after one that failed as far as the warehouse can be asked", async () => {
    const sent: MetricValues[] = [];
    const put = async (values: MetricValues): Promise<void> => void sent.push(values);
    const good = setting("2026-10-26");
    await silenced(() => measuredLoad(good, { hotFrom: "2026-10-26" }, put, new Date(Date.now() - 5_000)));
    expect(sent[0]?.boundaryLagDays).to.equal(0);
    expect(sent[0]?.warehouseLag).to.be.at.least(5);

    const bad = setting("2026-10-23");
    bad.warehouse.failing = /tier_boundary/;
    const failure = silenced(() => measuredLoad(bad, { hotFrom: "2026-10-26" }, put));
    expect(String(await failure.catch((error: unknown) => error))).to.contain("ERROR: no");
    expect(sent[1]).to.deep.equal({ boundaryLagDays: 3, warehouseLag: undefined });
  });

  it("fail no load when they cannot be sent, and hide no failure of one", async () => {
    const put = (): Promise<void> => Promise.reject(new Error("throttled"));
    const report = await silenced(() => measuredLoad(setting("2026-10-26"), { hotFrom: "2026-10-26" }, put));
    expect(report.hotFrom).to.equal("2026-10-26");
    const bad = setting("2026-10-23");
    bad.wake = () => Promise.reject(new Error("it sleeps"));
    const failure = silenced(() => measuredLoad(bad, { hotFrom: "2026-10-26" }, put));
    expect(String(await failure.catch((error: unknown) => error))).to.contain("it sleeps");
  });

  it("are not sent by a loader that was told no dimensions", () => {
    expect(connectLoadMetrics({ TEAM: "web" })).to.equal(undefined);
    expect(connectLoadMetrics({ TEAM: "web", ENVIRONMENT: "dev", PIPELINE: "p" })).to.be.a("function");
  });
});
