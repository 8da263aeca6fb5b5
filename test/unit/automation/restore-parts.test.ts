import { expect } from "chai";
import { calendarDate } from "../../../automation/commands/restore";
import { restoreState } from "../../../automation/stack/archive";
import { instantReadCost, restoreCost, RETRIEVALS } from "../../../automation/stack/archive-prices";

const GIB = 1024 ** 3;

describe("restore: pure parts", () => {
  it("reads the restore header in its three forms", () => {
    expect(restoreState(undefined)).to.deep.equal({ kind: "archived" });
    expect(restoreState('ongoing-request="true"')).to.deep.equal({ kind: "restoring" });
    const ready = 'ongoing-request="false", expiry-date="Sat, 11 Apr 2026 00:00:00 GMT"';
    expect(restoreState(ready)).to.deep.equal({ kind: "readable", until: new Date("2026-04-11T00:00:00Z") });
    expect(restoreState('ongoing-request="false"')).to.deep.equal({ kind: "archived" });
  });

  it("adds up retrieval, requests and the days of the copies", () => {
    const standard = RETRIEVALS.DEEP_ARCHIVE.Standard;
    if (standard === undefined) throw new Error("Deep Archive has Standard");
    const cost = restoreCost(standard, 2000, 100 * GIB, 15);
    expect(cost.retrieval).to.be.closeTo(2, 1e-9);
    expect(cost.requests).to.be.closeTo(0.2, 1e-9);
    expect(cost.copies).to.be.closeTo(1.15, 1e-9);
    expect(cost.total).to.be.closeTo(3.35, 1e-9);
    expect(instantReadCost(100 * GIB)).to.be.closeTo(3, 1e-9);
    expect(RETRIEVALS.DEEP_ARCHIVE).to.not.have.property("Expedited");
    expect(RETRIEVALS.GLACIER.Bulk).to.include({ usdPerGb: 0, usdPerThousandRequests: 0 });
  });

  it("takes dates of the calendar only", () => {
    expect(calendarDate("2024-02-29")).to.equal("2024-02-29");
    for (const bad of ["2026-02-29", "2026-2-1", "20260201", "yesterday", "", "2026-02-01T00:00:00Z", "0000-00-00"]) {
      expect(() => calendarDate(bad), bad).to.throw("It must be a date of the calendar");
    }
  });
});
