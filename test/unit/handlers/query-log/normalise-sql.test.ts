import { expect } from "chai";
import fc from "fast-check";
import { fingerprintOf, normaliseSql } from "../../../../handlers/query-log/normalise-sql";
import type { SqlDialect } from "../../../../handlers/query-log/sql-tokens";

const DIALECTS: readonly SqlDialect[] = ["trino", "redshift", "hive"];
const dialect = fc.constantFrom(...DIALECTS);

describe("normaliseSql", () => {
  const cases: [string, SqlDialect, string, string][] = [
    ["strings with doubled quotes", "trino", "SELECT 'it''s' FROM t", "select ? from t"],
    ["a backslash is no escape in Athena", "trino", "SELECT 'C:\\', a FROM t", "select ?, a from t"],
    ["a backslash is one in Redshift", "redshift", "SELECT 'it\\'s secret', a FROM t", "select ?, a from t"],
    ["E'' strings", "redshift", "SELECT E'a\\'b' , e FROM t", "select ?, e from t"],
    ["X, N, B and U& strings", "trino", "SELECT X'65', N'a', U&'\\0041', b'1' FROM t", "select ?, ?, ?, ? from t"],
    ["dollar quotes", "redshift", "SELECT $$it's me$$, $x$ $$ $x$ , a", "select ?, ?, a"],
    ["double quotes are names in queries", "trino", 'SELECT "Order Id" FROM "T"', 'select "order id" from "t"'],
    [
      "double quotes are strings in DDL",
      "hive",
      'CREATE TABLE t (a int COMMENT "Bob")',
      "create table t (a int comment ?)",
    ],
    ["numbers", "trino", "SELECT 1, 1.5, .5, 1e-7, 0x1F, 12abc FROM t1", "select ?, ?, ?, ?, ?, ? from t1"],
    ["the sign of a number", "trino", "SELECT -1, a - 1, (-2), a = - +3 FROM t", "select ?, a - ?, (?), a = ? from t"],
    ["dates", "trino", "WHERE d > DATE '2026-01-01' - INTERVAL '3' DAY", "where d > date ? - interval ? day"],
    ["comments", "trino", "SELECT a -- Bob's\nFROM /* 'x */ t;", "select a from t"],
    ["nested comments", "redshift", "SELECT /* a /* b */ 'c' */ d", "select d"],
    ["IN lists", "trino", "WHERE a IN ('x', 2, DATE '2026-01-01') AND b in (c)", "where a in (?) and b in (c)"],
    ["VALUES lists", "trino", "INSERT INTO t VALUES (1, 'a'), (2, NULL) ", "insert into t values (?)"],
    ["parameters", "redshift", "WHERE a = :name AND b = $1 AND c::date = ?", "where a = ? and b = ? and c :: date = ?"],
    ["case and blanks", "trino", "Select\tCOUNT( * )\n FROM  a . b", "select count (*) from a.b"],
    [
      "a string that is cut off",
      "redshift",
      "SELECT a FROM t WHERE mail = 'bob@exam",
      "select a from t where mail = ?",
    ],
    ["nothing", "trino", "", ""],
  ];
  for (const [what, rules, sql, expected] of cases) {
    it(`normalises ${what}`, () => expect(normaliseSql(sql, rules)).to.equal(expected));
  }

  it("is its own normal form, whatever the text", () => {
    const piece = fc.constantFrom(
      ..."' '' \" ` $$ $a$ e' E ( ) , . ; - -- /* */ ? :a :: $1 1 2.5 .5 1e-5 in IN values a B \\ \n".split(" "),
      " ",
      "İ",
      "😀",
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
      fc.string(),
    );
    fc.assert(
      fc.property(text, dialect, (sql, rules) => {
        const normalised = normaliseSql(sql, rules);
        expect(normaliseSql(normalised, rules)).to.equal(normalised);
      }),
      { numRuns: 2_000 },
    );
  });

  // What a client library makes of a value: every dialect's own way to write it.
  const quoted = (value: string, rules: SqlDialect): string =>
    `'${(rules === "trino" ? value : value.replaceAll("\\", "\\\\")).replaceAll("'", "''")}'`;
  const template = (text: string, number: number, list: string[], rules: SqlDialect): string =>
    `SELECT name, ${number} FROM users -- ${text.replace(/\s/g, " ")}\n` +
    `WHERE mail = ${quoted(text, rules)} AND age < ${number} ` +
    `AND city IN (${list.map((one) => quoted(one, rules)).join(", ")}) LIMIT 10`;
  const NORMAL = "select name, ? from users where mail = ? and age < ? and city in (?) limit ?";
  const value = fc.oneof(
    fc.string(),
    fc.emailAddress(),
    fc
      .array(fc.constantFrom("'", "''", "\\", '"', "--", "/*", "*/", "$$", "\n", "a", "7"), { maxLength: 8 })
      .map((a) => a.join("")),
  );

  it("lets no literal through, and gives statements that differ in values one fingerprint", () => {
    const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const values = fc.tuple(value, number, fc.array(value, { minLength: 1, maxLength: 5 }));
    fc.assert(
      fc.property(values, dialect, ([text, count, list], rules) => {
        expect(normaliseSql(template(text, count, list, rules), rules)).to.equal(NORMAL);
      }),
      { numRuns: 2_000 },
    );
    expect(fingerprintOf(NORMAL)).to.match(/^[0-9a-f]{32}$/);
  });

  it("keeps apart what differs in more than values", () => {
    const fingerprints = ["SELECT a FROM t", "SELECT b FROM t", "SELECT a FROM u", "SELECT a, b FROM t"].map((sql) =>
      fingerprintOf(normaliseSql(sql, "trino")),
    );
    expect(new Set(fingerprints).size).to.equal(4);
  });
});
