import type * as athena from "@aws-sdk/client-athena";
import { LOG_TABLE } from "../query-log/settings";
import type { Clock } from "../warehouse/data-api";

/** Days before the last day that the baseline is taken from. */
export const BASELINE_DAYS = 14;
/** Queries without which there is no baseline: of fewer, the 95th percentile is the slowest one. */
export const LEAST_BASELINE_QUERIES = 20;
/** Longest wait for the answer, in milliseconds; the log of two weeks is read in seconds. */
export const LONGEST_QUERY_MS = 60_000;
/** Left of the invocation when the query is given up, in milliseconds. */
const RESERVE_MS = 5_000;
/** Between two looks at the running query, in milliseconds. */
const POLL_MS = 500;

/** Run times of people's and programs' queries. */
export interface QueryTimes {
  /** 95th percentile of the last day in milliseconds; undefined without a query. */
  p95?: number;
  /** The same of the `BASELINE_DAYS` before; undefined with fewer than `LEAST_BASELINE_QUERIES`. */
  baseline?: number;
}

// Not the one of query-record.ts, which brings its whole module into the closure.
/** A time as Athena reads it, in UTC: `2026-11-25 10:00:00.123`. */
function timestampText(time: Date): string {
  return time.toISOString().replace("T", " ").replace("Z", "");
}

/** One row of an answer as text, null where Athena has NULL. */
export type AskLog = (sql: string) => Promise<(string | undefined)[]>;

/**
 * The statement that reads both percentiles of successful queries in one scan. `event_date` bounds the partitions that are
 * read, `submitted_at` the hours; the team of the log's own queries is left out.
 */
export function queryTimesStatement(database: string, ownTeam: string, now: Date): string {
  const day = 86_400_000;
  const dayAgo = new Date(now.getTime() - day);
  const first = new Date(dayAgo.getTime() - BASELINE_DAYS * day);
  const recent = `submitted_at > timestamp '${timestampText(dayAgo)}'`;
  return `SELECT approx_percentile(CASE WHEN ${recent} THEN total_ms END, 0.95) AS p95_ms,
       approx_percentile(CASE WHEN NOT ${recent} THEN total_ms END, 0.95) AS baseline_ms,
       sum(CASE WHEN ${recent} THEN 0 ELSE 1 END) AS baseline_queries
FROM ${database}.${LOG_TABLE}
WHERE event_date BETWEEN date '${timestampText(first).slice(0, 10)}' AND date '${timestampText(now).slice(0, 10)}'
  AND submitted_at > timestamp '${timestampText(first)}' AND submitted_at <= timestamp '${timestampText(now)}'
  AND state = 'SUCCEEDED' AND total_ms IS NOT NULL AND team <> '${ownTeam.replaceAll("'", "''")}'`;
}

/** Reads the answer of `queryTimesStatement`. */
export function readQueryTimes([p95, baseline, queries]: readonly (string | undefined)[]): QueryTimes {
  const known = baseline !== undefined && Number(queries ?? 0) >= LEAST_BASELINE_QUERIES;
  return {
    ...(p95 === undefined ? {} : { p95: Number(p95) }),
    ...(known ? { baseline: Number(baseline) } : {}),
  };
}

/**
 * Asks one statement of one row in `workgroup`, whose scan limit bounds its bytes.
 * @throws Error with Athena's reason, or when the time is up; the query is cancelled then
 */
export function createAskLog(
  client: athena.AthenaClient,
  sdk: Pick<
    typeof athena,
    "StartQueryExecutionCommand" | "GetQueryExecutionCommand" | "GetQueryResultsCommand" | "StopQueryExecutionCommand"
  >,
  workgroup: string,
  clock: Clock,
): AskLog {
  return async (sql) => {
    const limit = Math.max(0, Math.min(LONGEST_QUERY_MS, clock.remaining() - RESERVE_MS));
    const started = await client.send(new sdk.StartQueryExecutionCommand({ QueryString: sql, WorkGroup: workgroup }));
    const id = started.QueryExecutionId;
    for (let waited = 0; ; waited += POLL_MS) {
      const { QueryExecution } = await client.send(new sdk.GetQueryExecutionCommand({ QueryExecutionId: id }));
      const { State: state = "", StateChangeReason: reason = "no reason given" } = QueryExecution?.Status ?? {};
      if (state === "SUCCEEDED") break;
      if (state === "FAILED" || state === "CANCELLED")
        throw new Error(`Athena query ${id ?? ""} ended as ${state}: ${reason}`);
      if (waited >= limit) {
        await client.send(new sdk.StopQueryExecutionCommand({ QueryExecutionId: id }));
        throw new Error(
          `Athena query ${id ?? ""} is still ${state} after ${waited} ms: cancelled; asked again next hour`,
        );
      }
      await clock.sleep(POLL_MS);
    }
    // The first row is the header.
    const { ResultSet } = await client.send(new sdk.GetQueryResultsCommand({ QueryExecutionId: id, MaxResults: 2 }));
    return (ResultSet?.Rows?.[1]?.Data ?? []).map(({ VarCharValue }) => VarCharValue);
  };
}
