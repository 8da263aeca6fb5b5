import { expect } from "chai";
import * as fc from "fast-check";
import { chunksOf, datesOf, daysOf, requireRange } from "../../../../automation/stack/date-range";

const day = fc
  .integer({ min: 0, max: 20_000 })
  .map((number) => new Date(number * 86_400_000).toISOString().slice(0, 10));

describe("ranges of dates", () => {
  it("cuts into chunks that cover every date once, in order, none too long", () => {
    fc.assert(
      fc.property(day, fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 40 }), (from, length, size) => {
        const to = new Date(Date.parse(from) + (length - 1) * 86_400_000).toISOString().slice(0, 10);
        const chunks = chunksOf({ from, to }, size);
        expect(chunks.flatMap(datesOf)).to.deep.equal(datesOf({ from, to }));
        expect(datesOf({ from, to })).to.have.length(length);
        const sizes = chunks.map(daysOf);
        expect(sizes.slice(0, -1).every((one) => one === size)).to.equal(true);
        expect(sizes.at(-1)).to.be.within(1, size);
      }),
      { numRuns: 200 },
    );
  });

  it("counts the days of leap years and ends of years", () => {
    expect(datesOf({ from: "2024-02-28", to: "2024-03-01" })).to.deep.equal(["2024-02-28", "2024-02-29", "2024-03-01"]);
    expect(chunksOf({ from: "2025-12-30", to: "2026-01-02" }, 3)).to.deep.equal([
      { from: "2025-12-30", to: "2026-01-01" },
      { from: "2026-01-02", to: "2026-01-02" },
    ]);
  });

  it("refuses a range that ends before it begins, and one of more than ten years", () => {
    expect(() => requireRange({ from: "2026-01-02", to: "2026-01-01" })).to.throw("--from 2026-01-02 is after --to");
    expect(() => requireRange({ from: "1970-01-01", to: "2026-01-01" })).to.throw("20455 dates; at most 3660");
    expect(() => requireRange({ from: "2026-01-01", to: "2026-01-01" })).not.to.throw();
  });
});
