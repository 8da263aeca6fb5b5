/** The statements that move rows between the lake and the warehouse, as text; each list is one transaction. */

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Taken first in every transaction that writes, so that two of them never interleave: the second one waits. */
const TAKE_TURN = "LOCK TABLE ops.tier_boundary";

/**
 * A statement that fails unless both queries give the same count and revenue. There is no ASSERT in Redshift; a cast that
 * cannot succeed ends the transaction just as well, and its error shows both figures.
 */
function assertSame(what: string, one: string, other: string): string {
  const figures = (rows: string): string => `${rows}.n::VARCHAR || ' rows ' || ${rows}.revenue::VARCHAR`;
  return (
    `SELECT CAST(CASE WHEN a.n = b.n AND a.revenue = b.revenue THEN '1' ` +
    `ELSE ${literal(`${what} differ: `)} || ${figures("a")} || ' against ' || ${figures("b")} END AS INTEGER) ` +
    `FROM (${one}) a CROSS JOIN (${other}) b`
  );
}

/** What a transaction says that found the boundary elsewhere than its plan did. */
export const BOUNDARY_MOVED = "the boundary moved meanwhile";

/** Count and revenue of rows of a table of facts. */
function figuresOf(table: string, condition = ""): string {
  return `SELECT COUNT(*) AS n, COALESCE(SUM(revenue), 0) AS revenue FROM ${table}${condition}`;
}

/**
 * Replaces one date by what lies in a folder of the lake. DELETE and not TRUNCATE, which would commit.
 * @param date `YYYY-MM-DD`
 * @param location folder of the date's partition, with a final slash
 * @param role that the warehouse takes to read it
 */
export function loadDate(date: string, location: string, role: string): string[] {
  const day = literal(date);
  return [
    TAKE_TURN,
    "DELETE FROM staging.fact_clicks",
    `COPY staging.fact_clicks FROM ${literal(location)} IAM_ROLE ${literal(role)} FORMAT AS PARQUET`,
    assertSame(
      `staged and gold ${date}`,
      figuresOf("staging.fact_clicks"),
      figuresOf("lake.fact_clicks", ` WHERE event_date = ${day}`),
    ),
    `DELETE FROM hot.fact_clicks WHERE event_date = ${day}`,
    `INSERT INTO hot.fact_clicks SELECT s.*, CAST(${day} AS DATE) FROM staging.fact_clicks s`,
    `DELETE FROM ops.loaded_dates WHERE event_date = ${day}`,
    `INSERT INTO ops.loaded_dates (event_date, location, row_count, revenue, loaded_at) ` +
      `SELECT CAST(${day} AS DATE), ${literal(location)}, COUNT(*), COALESCE(SUM(revenue), 0), GETDATE() ` +
      `FROM staging.fact_clicks`,
    "DELETE FROM staging.fact_clicks",
  ];
}

/** Removes a date that gold no longer has. */
export function removeDate(date: string): string[] {
  const day = literal(date);
  return [
    TAKE_TURN,
    assertSame(
      `hot rows to remove and gold ${date}`,
      "SELECT 0 AS n, 0 AS revenue",
      figuresOf("lake.fact_clicks", ` WHERE event_date = ${day}`),
    ),
    `DELETE FROM hot.fact_clicks WHERE event_date = ${day}`,
    `DELETE FROM ops.loaded_dates WHERE event_date = ${day}`,
  ];
}

/**
 * Moves the first hot date. The dates between the old and the new one are read from the other side from then on, so both
 * sides must have the same rows of them; in the transaction in which older dates leave the warehouse.
 * @param from old first hot date
 * @param to new one
 */
export function moveBoundary(from: string, to: string): string[] {
  const [least, limit] = from < to ? [from, to] : [to, from];
  const between = ` WHERE event_date >= ${literal(least)} AND event_date < ${literal(limit)}`;
  return [
    TAKE_TURN,
    // Somebody else may have moved it since it was read.
    `SELECT CAST(CASE WHEN hot_from = ${literal(from)} THEN '1' ELSE '${BOUNDARY_MOVED}' END AS INTEGER) ` +
      `FROM ops.tier_boundary`,
    assertSame(
      `hot and gold ${least} to before ${limit}`,
      figuresOf("hot.fact_clicks", between),
      figuresOf("lake.fact_clicks", between),
    ),
    `UPDATE ops.tier_boundary SET hot_from = ${literal(to)}, moved_at = GETDATE()`,
    `DELETE FROM hot.fact_clicks WHERE event_date < ${literal(to)}`,
    `DELETE FROM ops.loaded_dates WHERE event_date < ${literal(to)}`,
  ];
}

/** Replaces the dimension of users by what lies in a folder of the lake. */
export function loadUsers(location: string, role: string): string[] {
  const counted = (table: string): string => `SELECT COUNT(*) AS n, 0 AS revenue FROM ${table}`;
  return [
    TAKE_TURN,
    "DELETE FROM staging.dim_users",
    `COPY staging.dim_users FROM ${literal(location)} IAM_ROLE ${literal(role)} FORMAT AS PARQUET`,
    assertSame("staged and gold users", counted("staging.dim_users"), counted("lake.dim_users")),
    "DELETE FROM hot.dim_users",
    "INSERT INTO hot.dim_users SELECT * FROM staging.dim_users",
    "DELETE FROM ops.loaded_tables WHERE table_name = 'dim_users'",
    `INSERT INTO ops.loaded_tables (table_name, location, row_count, loaded_at) ` +
      `SELECT 'dim_users', ${literal(location)}, COUNT(*), GETDATE() FROM staging.dim_users`,
    "DELETE FROM staging.dim_users",
  ];
}

/** Brings the materialized view of the most common query up to date; outside a transaction, where nobody waits for it. */
export const REFRESH_SALES = "REFRESH MATERIALIZED VIEW serving.daily_sales";
/** What the warehouse holds, {date, location}. */
export const LOADED_DATES = "SELECT CAST(event_date AS VARCHAR), location FROM ops.loaded_dates";
/** Which folder the dimension of users came from. */
export const LOADED_USERS = "SELECT location FROM ops.loaded_tables WHERE table_name = 'dim_users'";
/** The first hot date. */
export const BOUNDARY = "SELECT CAST(hot_from AS VARCHAR) FROM ops.tier_boundary";
