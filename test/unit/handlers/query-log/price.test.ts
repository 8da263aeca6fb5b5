import { expect } from "chai";
import { athenaUsd, spectrumUsd } from "../../../../handlers/query-log/price";

const QUERY = { state: "SUCCEEDED", statementType: "DML", bytesScanned: 0, reused: false };

describe("prices", () => {
  const cases: [string, Parameters<typeof athenaUsd>[0], number][] = [
    ["a terabyte", { ...QUERY, bytesScanned: 1e12 }, 5],
    ["what is rounded up to the next megabyte", { ...QUERY, bytesScanned: 10_000_001 }, 0.000055],
    ["the least there is", { ...QUERY, bytesScanned: 1 }, 0.00005],
    ["a query that reads nothing", QUERY, 0.00005],
    ["a failed query, whatever it read", { ...QUERY, state: "FAILED", bytesScanned: 1e12 }, 0],
    ["a result that is used again", { ...QUERY, reused: true }, 0],
    ["a cancelled query, for what it had read", { ...QUERY, state: "CANCELLED", bytesScanned: 2e11 }, 1],
    ["a query cancelled before it read", { ...QUERY, state: "CANCELLED" }, 0],
    ["DDL", { ...QUERY, statementType: "DDL" }, 0],
    ["SHOW", { ...QUERY, statementType: "UTILITY" }, 0],
    [
      "CREATE TABLE AS, which reads",
      { ...QUERY, statementType: "DDL", substatementType: "CREATE_TABLE_AS_SELECT", bytesScanned: 1e12 },
      5,
    ],
  ];
  for (const [what, query, usd] of cases) {
    it(`charges ${usd} USD for ${what}`, () => expect(athenaUsd(query)).to.be.closeTo(usd, 1e-12));
  }

  it("charges Spectrum by the same table, and nothing for a query of the warehouse's own tables", () => {
    expect([0, 1, 1e12].map(spectrumUsd)).to.deep.equal([0, 0.00005, 5]);
  });
});
