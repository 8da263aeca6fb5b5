import { expect } from "chai";
import fc from "fast-check";
import { maskError, MAX_ERROR_LENGTH } from "../../../../handlers/query-log/mask-error";

describe("maskError", () => {
  const cases: [string, string, string][] = [
    [
      "INVALID_CAST_ARGUMENT: Cannot cast 'ann@example.com' to BIGINT",
      "",
      "INVALID_CAST_ARGUMENT: Cannot cast ? to BIGINT",
    ],
    ['ERROR: invalid input syntax for integer: "Ann"', "", "ERROR: invalid input syntax for integer: ?"],
    ["Value cannot be cast to date: Ann Smith", "", "Value cannot be cast to date: ?"],
    ["TABLE_NOT_FOUND: line 1:15: Table does not exist", "", "TABLE_NOT_FOUND: line ?: Table does not exist"],
    ["Division by zero", "", "Division by zero"],
    ["unknown key Ann", "SELECT a FROM t WHERE k = 'Ann'", "unknown key ?"],
    ["it's\n  cut off", "", "it?"],
  ];
  for (const [message, sql, expected] of cases) {
    it(`makes of ${JSON.stringify(message)} ${JSON.stringify(expected)}`, () => {
      expect(maskError(message, sql, "trino")).to.equal(expected);
    });
  }

  it("keeps no string of the statement, wherever the engine puts it, and no digit", () => {
    // Letters that no message has of itself.
    const secret = fc.string({ unit: fc.constantFrom("Ω", "Ж", "'", "7"), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(secret, (value) => {
        const sql = `SELECT * FROM t WHERE a = '${value.replaceAll("'", "''")}'`;
        for (const message of [
          `cannot cast '${value}'`,
          `no such key ${value.replaceAll("'", "''")}`,
          `bad value: ${value}`,
        ]) {
          expect(maskError(message, sql, "trino")).to.not.match(/[ΩЖ0-9]/u);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("knows what a backslash stands for in Redshift's strings", () => {
    expect(maskError("no key it's", "SELECT 1 WHERE k = 'it\\'s'", "redshift")).to.equal("no key ?");
  });

  it("is short", () => expect(maskError("x ".repeat(2_000), "", "trino")).to.have.length(MAX_ERROR_LENGTH));
});
