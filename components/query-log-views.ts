import type { CatalogViewArgs } from "./catalog-view";

/** Days that `top_scans` looks back: as long as a month's bill. */
const TOP_SCANS_DAYS = 30;

type View = Pick<CatalogViewArgs, "view" | "comment" | "columns" | "sql">;

/** How long queries take, by day, team and engine. Failed ones are left out: they end early and would flatter. */
const QUERY_P95: View = {
  view: "query_p95",
  comment: "Run time of successful queries by day, team and engine: median, 95th percentile, longest",
  columns: [
    { name: "event_date", type: "date" },
    { name: "team", type: "string" },
    { name: "engine", type: "string" },
    { name: "queries", type: "bigint" },
    { name: "p50_ms", type: "bigint" },
    { name: "p95_ms", type: "bigint" },
    { name: "max_ms", type: "bigint" },
  ],
  sql: `SELECT event_date, team, engine, count(*) AS queries,
       approx_percentile(total_ms, 0.5) AS p50_ms,
       approx_percentile(total_ms, 0.95) AS p95_ms,
       max(total_ms) AS max_ms
FROM query_log
WHERE state = 'SUCCEEDED'
GROUP BY event_date, team, engine`,
};

/** Which statements read the most, whatever their values. */
const TOP_SCANS: View = {
  view: "top_scans",
  comment: `The 100 statements that read the most in the last ${TOP_SCANS_DAYS} days, whatever their values`,
  columns: [
    { name: "fingerprint", type: "string" },
    { name: "engine", type: "string" },
    { name: "team", type: "string" },
    { name: "query_text", type: "string" },
    { name: "queries", type: "bigint" },
    { name: "bytes_scanned", type: "bigint" },
    { name: "usd", type: "double" },
    { name: "last_day", type: "date" },
  ],
  sql: `SELECT fingerprint, engine, team, min(query_text) AS query_text, count(*) AS queries,
       sum(bytes_scanned) AS bytes_scanned, sum(usd) AS usd, max(event_date) AS last_day
FROM query_log
WHERE event_date >= current_date - interval '${TOP_SCANS_DAYS}' day
GROUP BY fingerprint, engine, team
ORDER BY sum(bytes_scanned) DESC
LIMIT 100`,
};

/** What each team spends on scans. */
const COST_BY_TEAM: View = {
  view: "cost_by_team",
  comment: "USD and bytes of all queries by day, team and engine",
  columns: [
    { name: "event_date", type: "date" },
    { name: "team", type: "string" },
    { name: "engine", type: "string" },
    { name: "queries", type: "bigint" },
    { name: "bytes_scanned", type: "bigint" },
    { name: "usd", type: "double" },
  ],
  sql: `SELECT event_date, team, engine, count(*) AS queries, sum(bytes_scanned) AS bytes_scanned, sum(usd) AS usd
FROM query_log
GROUP BY event_date, team, engine`,
};

/** What partitions could have saved. */
const WITHOUT_DATE: View = {
  view: "queries_without_date_predicate",
  comment: "Queries that read data and restrict no day: each reads the whole history",
  columns: [
    { name: "event_date", type: "date" },
    { name: "engine", type: "string" },
    { name: "team", type: "string" },
    { name: "workgroup", type: "string" },
    { name: "user_name", type: "string" },
    { name: "query_id", type: "string" },
    { name: "fingerprint", type: "string" },
    { name: "query_text", type: "string" },
    { name: "bytes_scanned", type: "bigint" },
    { name: "usd", type: "double" },
  ],
  sql: `SELECT event_date, engine, team, workgroup, user_name, query_id, fingerprint, query_text, bytes_scanned, usd
FROM query_log
WHERE NOT date_predicate AND bytes_scanned > 0`,
};

/** The questions that the log is kept for. */
export const QUERY_LOG_VIEWS: readonly View[] = [QUERY_P95, TOP_SCANS, COST_BY_TEAM, WITHOUT_DATE];
