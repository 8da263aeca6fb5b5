import { maskError } from "./mask-error";
import { spectrumUsd } from "./price";
import { describeText, type DatedRecord } from "./query-record";
import type { WarehouseSettings } from "./settings";

/**
 * Ended queries of users, with what they read through Spectrum.
 *
 * Of SYS_QUERY_HISTORY: times are in UTC, spans in microseconds, the text holds at most 4,000 characters. User 1 is
 * Redshift itself. SYS_EXTERNAL_QUERY_DETAIL has a row a segment; for source S3 its `returned_bytes` are the bytes
 * scanned. Only a superuser, or a user with the role sys:monitor, sees the queries of others ("Visibility of data in
 * system tables and views"). The statement finds itself next time and leaves itself out by its first words.
 */
export const HISTORY_STATEMENT = `/* clickstream query log */
SELECT q.query_id,
       TRIM(u.usename) AS user_name,
       TRIM(q.query_type) AS query_type,
       TRIM(q.status) AS status,
       q.result_cache_hit,
       TO_CHAR(q.start_time, 'YYYY-MM-DD HH24:MI:SS.MS') AS started,
       TO_CHAR(q.end_time, 'YYYY-MM-DD HH24:MI:SS.MS') AS ended,
       q.queue_time,
       q.execution_time,
       q.elapsed_time,
       q.returned_rows,
       TRIM(q.error_message) AS error_message,
       TRIM(q.query_text) AS query_text,
       COALESCE(e.scanned_bytes, 0) AS scanned_bytes
FROM sys_query_history q
LEFT JOIN pg_user u ON u.usesysid = q.user_id
LEFT JOIN (
    SELECT query_id, SUM(returned_bytes) AS scanned_bytes
    FROM sys_external_query_detail
    WHERE TRIM(source_type) = 'S3'
    GROUP BY query_id
) e ON e.query_id = q.query_id
WHERE q.user_id > 1
  AND TRIM(q.status) IN ('success', 'failed', 'canceled')
  AND q.end_time >= CAST(:since AS TIMESTAMP)
  AND q.query_text NOT LIKE '/* clickstream query log */%'
ORDER BY q.end_time`;

/** A row of `HISTORY_STATEMENT`, in its order. */
export type HistoryRow = readonly (string | number | boolean | null)[];

/** Athena's words for Redshift's states, so that one condition finds both. */
const STATES: Readonly<Record<string, string>> = { success: "SUCCEEDED", failed: "FAILED", canceled: "CANCELLED" };

/** Microseconds as whole milliseconds. */
function millis(microseconds: number | null): number | null {
  return microseconds === null ? null : Math.round(microseconds / 1000);
}

/** Text or null: an empty CHAR column is no text. */
function textOf(value: HistoryRow[number] | undefined): string | null {
  return value === null || value === undefined || value === "" ? null : String(value);
}

/** Number or null. The Data API gives SUM of integers, a NUMERIC, as text. */
function numberOf(value: HistoryRow[number] | undefined): number | null {
  return value === null || value === undefined || value === "" ? null : Number(value);
}

/** The record of one row. */
export function redshiftRecord(row: HistoryRow, warehouse: WarehouseSettings, team: string): DatedRecord {
  const [id, user, type, status, cached, started, ended, queued, executed, elapsed, rows, message, text, bytes] = row;
  const sql = textOf(text) ?? "";
  const userName = textOf(user);
  const scanned = numberOf(bytes) ?? 0;
  const error = textOf(message);
  const state = textOf(status) ?? "unknown";
  return {
    eventDate: (textOf(ended) ?? "").slice(0, 10),
    record: {
      query_id: String(id),
      engine: "redshift",
      workgroup: warehouse.name,
      team: (userName === null ? undefined : warehouse.teams[userName]) ?? team,
      user_name: userName,
      ...describeText(sql, "redshift"),
      statement_type: textOf(type) ?? "OTHER",
      state: STATES[state] ?? state,
      error: error === null ? null : maskError(error, sql, "redshift"),
      submitted_at: textOf(started) ?? textOf(ended) ?? "",
      queued_ms: millis(numberOf(queued)),
      run_ms: millis(numberOf(executed)),
      total_ms: millis(numberOf(elapsed)),
      bytes_scanned: scanned,
      row_count: numberOf(rows),
      cache_hit: cached === true || cached === "true" || cached === "t",
      usd: spectrumUsd(scanned),
    },
  };
}
