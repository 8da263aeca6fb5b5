import { expect } from "chai";
import { InvalidArgumentError } from "../../../../components/errors";
import { reservationAdvice } from "../../../../components/warehouse/reservation";
import {
  validateWarehouse,
  withWarehouseDefaults,
  type WarehouseSettings,
} from "../../../../components/warehouse/settings";
import { groupPrefix, workloadManagement } from "../../../../components/warehouse/workload";

describe("settings of the warehouse", () => {
  const good: WarehouseSettings[] = [
    { mode: "none", nodes: 0 },
    { mode: "provisioned" },
    { mode: "provisioned", nodeType: "ra3.large", nodes: 1, idleMinutes: 15 },
    { mode: "serverless", baseRpus: 8, maxRpus: 8 },
  ];
  for (const settings of good) {
    it(`take ${JSON.stringify(settings)}`, () => expect(() => validateWarehouse(settings)).not.to.throw());
  }
  const bad: [WarehouseSettings, string][] = [
    [{ mode: "provisioned", nodes: 0 }, "nodes is 0"],
    [{ mode: "provisioned", nodeType: "ra3.4xlarge", nodes: 1 }, "at least 2 nodes"],
    [{ mode: "provisioned", nodeType: "ra3.large", nodes: 17 }, "from 1 to 16"],
    [{ mode: "provisioned", snapshotDays: 36 }, "snapshotDays is 36"],
    [{ mode: "provisioned", idleMinutes: 5 }, "idleMinutes is 5"],
    [{ mode: "provisioned", pauseSchedule: "at night" }, "at night"],
    [{ mode: "serverless", baseRpus: 12 }, "steps of 8"],
    [{ mode: "serverless", baseRpus: 64, maxRpus: 32 }, "maxRpus is 32"],
  ];
  for (const [settings, says] of bad) {
    it(`refuse ${JSON.stringify(settings)}`, () => {
      expect(() => validateWarehouse(settings)).to.throw(InvalidArgumentError, says);
    });
  }

  it("advise a reservation only for what runs day and night", () => {
    const advice = (settings: WarehouseSettings): string => reservationAdvice(withWarehouseDefaults(settings));
    // 2 × 730 h × 0.7602 and 1.086 USD.
    expect(advice({ mode: "provisioned" }))
      .to.contain("$1,110")
      .and.contain("$1,586")
      .and.contain("30 %");
    expect(advice({ mode: "provisioned", idleMinutes: 60 })).to.contain("none fits");
    expect(advice({ mode: "provisioned", nodeType: "ra3.16xlarge" })).to.contain("pricing page");
    expect(advice({ mode: "serverless" })).to.contain("paid by use");
    expect(advice({ mode: "none" })).to.contain("nothing to reserve");
  });

  it("give each group its queue, and protect the day's Spectrum limit from one query", () => {
    expect(groupPrefix("Data Platform-1")).to.equal("data_platform_1");
    const [dashboards, people, rest, short] = JSON.parse(workloadManagement("Web Shop", 2)) as Record<
      string,
      unknown
    >[];
    expect(dashboards).to.deep.include({ user_group: ["web_shop_bi"], auto_wlm: true, priority: "high", rules: [] });
    expect(people?.["rules"]).to.deep.equal([
      {
        rule_name: "half_of_the_days_spectrum",
        predicate: [{ metric_name: "spectrum_scan_size_mb", operator: ">", value: 1_000_000 }],
        action: "abort",
      },
    ]);
    expect(rest).to.deep.include({ user_group: [], query_group: [] });
    expect(short).to.deep.equal({ short_query_queue: true });
  });
});
