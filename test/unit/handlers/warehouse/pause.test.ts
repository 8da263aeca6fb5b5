import { expect } from "chai";
import { pauseWhenIdle } from "../../../../handlers/warehouse/pause";
import { FakeWarehouse } from "./fake-warehouse";

describe("pause of an idle cluster", () => {
  const cases = [
    { status: "available", active: 0, paused: true },
    { status: "available", active: 3, paused: false },
    { status: "paused", active: 0, paused: false },
    { status: "resuming", active: 0, paused: false },
  ];
  for (const { status, active, paused } of cases) {
    it(`${paused ? "pauses" : "leaves"} one that is ${status} with ${active} statements`, async () => {
      const warehouse = new FakeWarehouse();
      warehouse.answers.set("SELECT COUNT(*) FROM sys_query_history", [[active]]);
      let pauses = 0;
      const cluster = {
        status: () => Promise.resolve(status),
        pause: () => {
          pauses += 1;
          return Promise.resolve();
        },
      };
      const report = await pauseWhenIdle(cluster, warehouse, 30);
      expect(report.paused).to.equal(paused);
      expect(pauses).to.equal(paused ? 1 : 0);
    });
  }
});
