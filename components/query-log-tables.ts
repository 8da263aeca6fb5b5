import type { PartitionProjection } from "./partition-projection";
import type { TableDefinition } from "./table-definition";
import { LOG_TABLE, STAGED_TABLE, STAGING_PREFIX } from "../handlers/query-log/settings";

type Column = TableDefinition["columns"][number];

const column = (name: string, type: string, comment: string): Column => ({ name, type, comment });

/**
 * Columns of the log, in the order in which the publication writes them. `user_name` and `row_count` instead of the
 * shorter words: USER and ROWS are reserved in Athena's DDL.
 */
const COLUMNS: readonly Column[] = [
  column("query_id", "string", "Athena: QueryExecutionId; Redshift: query_id of SYS_QUERY_HISTORY"),
  column("engine", "string", "athena or redshift"),
  column("workgroup", "string", "Athena workgroup, or Redshift cluster or workgroup"),
  column("team", "string", "who pays: by workgroup (Athena) or by user (Redshift)"),
  column("user_name", "string", "Redshift: database user; Athena: NULL, its history does not say"),
  column("fingerprint", "string", "the same for statements that differ in values only"),
  column("query_text", "string", "statement in lower case with ? for each value, at most 8,192 characters"),
  column("statement_type", "string", "Athena: DML, DDL or UTILITY; Redshift: SELECT, COPY and so on"),
  column("state", "string", "SUCCEEDED, FAILED or CANCELLED"),
  column("error", "string", "why it did not succeed, with ? for each value"),
  column("submitted_at", "timestamp", "UTC"),
  column("queued_ms", "bigint", "milliseconds in the queue"),
  column("run_ms", "bigint", "milliseconds in the engine"),
  column("total_ms", "bigint", "milliseconds from submission to end"),
  column("bytes_scanned", "bigint", "bytes read from S3, as the engine counts them"),
  column("row_count", "bigint", "rows returned; NULL where the engine does not say"),
  column("cache_hit", "boolean", "answered by an earlier result"),
  column("usd", "double", "Athena: its charge; Redshift: the charge of Spectrum, without the warehouse itself"),
  column("date_predicate", "boolean", "the text restricts the days that it reads; NULL if it reads no table"),
];

/** What people ask: Parquet, a partition a day. */
export const QUERY_LOG: TableDefinition = {
  name: LOG_TABLE,
  comment: "Every Athena and Redshift query of the pipeline, once; event_date is the UTC day on which it ended",
  columns: [...COLUMNS],
  partitionKeys: [column("event_date", "date", "UTC day on which the query ended")],
};

/** What the functions write: a JSON object a query. For the publication alone; people ask `query_log`. */
export const QUERY_LOG_STAGED: TableDefinition = {
  name: STAGED_TABLE,
  comment: "Records of single queries before they are published in query_log",
  // A time is text here: JSON has no other, and the publication casts it.
  columns: COLUMNS.map((one) => (one.type === "timestamp" ? { ...one, type: "string" } : one)),
  partitionKeys: [column("event_date", "string", "UTC day on which the query ended, YYYY-MM-DD")],
};

/** Any day may have records: nothing is registered. */
export const STAGED_PROJECTION: PartitionProjection = {
  columns: { event_date: { type: "date", range: ["2024-01-01", "NOW"], format: "yyyy-MM-dd" } },
  template: `${STAGING_PREFIX}event_date=\${event_date}/`,
};
