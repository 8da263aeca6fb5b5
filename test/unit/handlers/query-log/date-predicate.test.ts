import { expect } from "chai";
import { hasDatePredicate } from "../../../../handlers/query-log/date-predicate";

describe("hasDatePredicate", () => {
  const restricted: string[] = [
    "SELECT 1 FROM t WHERE event_date = DATE '2026-01-01'",
    "SELECT 1 FROM t WHERE a = 1 AND t.event_date >= current_date - interval '30' day",
    'SELECT 1 FROM t x WHERE x."event_date" BETWEEN ? AND ?',
    "SELECT 1 FROM t WHERE year = '2026' AND month = '01' AND day IN ('01', '02')",
    "SELECT 1 FROM t WHERE DATE '2026-01-01' <= event_date",
    "SELECT 1 FROM t WHERE DATE '2026-01-01' < t.event_date",
    "SELECT 1 FROM t WHERE (a = 1 AND (event_date > :since))",
    "SELECT 1 FROM t WHERE date(event_ts) = DATE '2026-01-01'",
    "SELECT 1 FROM t WHERE cast(event_date AS varchar) LIKE '2026-01%'",
    "SELECT 1 FROM t WHERE event_date NOT IN ('2026-01-01')",
    "SELECT 1 FROM a JOIN b ON a.id = b.id AND a.event_date = current_date",
    "SELECT 1 FROM (SELECT * FROM t WHERE event_date = current_date) x WHERE a = 1",
    "WITH x AS (SELECT * FROM t WHERE hour = '10') SELECT 1 FROM x",
    "UNLOAD (SELECT a FROM t WHERE event_date = '2026-01-01') TO 's3://b/k/'",
    "SELECT 1 FROM t WHERE event_date < (SELECT hot_from FROM ops.tier_boundary)",
  ];
  const unrestricted: string[] = [
    "SELECT event_date, count(*) FROM t GROUP BY event_date",
    "SELECT event_date = DATE '2026-01-01' FROM t WHERE a = 1",
    "SELECT 1 FROM t WHERE event_date <> DATE '2026-01-01'",
    "SELECT 1 FROM t WHERE event_date IS NOT NULL",
    "SELECT 1 FROM a JOIN b ON a.event_date = b.event_date",
    "SELECT 1 FROM t WHERE note = 'event_date = 1'",
    "SELECT 1 FROM t WHERE a = 1 -- AND event_date = 1",
    "SELECT 1 FROM t WHERE a = 1 ORDER BY event_date",
    "SELECT 1 FROM t WHERE a = 1 GROUP BY event_date HAVING event_date = current_date",
    "SELECT a = 1 FROM t WHERE b IN (SELECT event_date FROM u)",
    "SELECT 1 FROM t WHERE today = 1 AND birthday = 2",
  ];
  for (const sql of restricted) it(`is true for ${sql}`, () => expect(hasDatePredicate(sql, "trino")).to.equal(true));
  for (const sql of unrestricted) {
    it(`is false for ${sql}`, () => expect(hasDatePredicate(sql, "trino")).to.equal(false));
  }
  for (const sql of ["SELECT 1", "SHOW TABLES", "CREATE TABLE event_date (year int)", ""]) {
    it(`has no answer for ${sql || "nothing"}`, () => expect(hasDatePredicate(sql, "trino")).to.equal(undefined));
  }
});
