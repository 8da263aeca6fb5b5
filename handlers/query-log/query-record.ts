import type { QueryExecution, QueryRuntimeStatistics } from "@aws-sdk/client-athena";
import { hasDatePredicate } from "./date-predicate";
import { maskError } from "./mask-error";
import { fingerprintOf, MAX_TEXT_LENGTH, normaliseSql } from "./normalise-sql";
import { athenaUsd } from "./price";
import type { SqlDialect } from "./sql-tokens";

/** One row of the log; the names are the table's columns (components/query-log-tables.ts says what each holds). */
export interface QueryRecord {
  query_id: string;
  engine: "athena" | "redshift";
  workgroup: string;
  team: string;
  user_name: string | null;
  fingerprint: string;
  query_text: string;
  statement_type: string;
  state: string;
  error: string | null;
  submitted_at: string;
  queued_ms: number | null;
  run_ms: number | null;
  total_ms: number | null;
  bytes_scanned: number;
  row_count: number | null;
  cache_hit: boolean;
  usd: number;
  date_predicate: boolean | null;
}

/** A record and the UTC day (YYYY-MM-DD) on which its query ended, which is its partition. */
export interface DatedRecord {
  eventDate: string;
  record: QueryRecord;
}

/** The states in which an Athena query stays. A list, as all that a function captures: a Set cannot be serialized. */
export const ENDED_STATES: readonly string[] = ["SUCCEEDED", "FAILED", "CANCELLED"];

/** A time as Athena reads it from text: `2026-11-25 10:00:00.123`, in UTC. */
export function sqlTimestamp(time: Date): string {
  return time.toISOString().replace("T", " ").replace("Z", "");
}

/** The UTC day of a time: YYYY-MM-DD. */
export function utcDay(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** What the log keeps of a statement's text. */
export function describeText(
  sql: string,
  dialect: SqlDialect,
): Pick<QueryRecord, "fingerprint" | "query_text" | "date_predicate"> {
  const normalised = normaliseSql(sql, dialect);
  return {
    fingerprint: fingerprintOf(normalised),
    query_text: normalised.slice(0, MAX_TEXT_LENGTH),
    date_predicate: hasDatePredicate(sql, dialect) ?? null,
  };
}

/** Statements that Athena hands to Hive's parser; what reads data and views is Trino's. */
function athenaDialect({ StatementType, SubstatementType }: QueryExecution): SqlDialect {
  const trino = ["CREATE_TABLE_AS_SELECT", "CREATE_VIEW", "CREATE_OR_REPLACE_VIEW"];
  return StatementType === "DDL" && !trino.includes(SubstatementType ?? "") ? "hive" : "trino";
}

/**
 * The record of an Athena query, or undefined for one that has not ended. `teams` maps workgroups to teams; a
 * workgroup that it does not know (renamed since) is `unassigned`.
 *
 * Athena does not say who asked: `GetQueryExecution` has no principal (CloudTrail's StartQueryExecution has), so
 * `user_name` is null, and the workgroup stands for the team.
 */
export function athenaRecord(
  execution: QueryExecution,
  statistics: QueryRuntimeStatistics | undefined,
  teams: Readonly<Record<string, string>>,
): DatedRecord | undefined {
  const {
    QueryExecutionId: id,
    Query: sql = "",
    Status: status,
    Statistics: stats,
    WorkGroup: workgroup = "",
  } = execution;
  const { State: state = "", CompletionDateTime: ended, SubmissionDateTime: submitted } = status ?? {};
  if (id === undefined || !ENDED_STATES.includes(state) || ended === undefined) return undefined;
  const dialect = athenaDialect(execution);
  const bytesScanned = stats?.DataScannedInBytes ?? 0;
  const reused = stats?.ResultReuseInformation?.ReusedPreviousResult ?? false;
  const statementType = execution.StatementType ?? "UNKNOWN";
  const reason = state === "SUCCEEDED" ? undefined : status?.StateChangeReason;
  const record: QueryRecord = {
    query_id: id,
    engine: "athena",
    workgroup,
    team: teams[workgroup] ?? "unassigned",
    user_name: null,
    ...describeText(sql, dialect),
    statement_type: statementType,
    state,
    error: reason === undefined ? null : maskError(reason, sql, dialect),
    submitted_at: sqlTimestamp(submitted ?? ended),
    queued_ms: stats?.QueryQueueTimeInMillis ?? null,
    run_ms: stats?.EngineExecutionTimeInMillis ?? null,
    total_ms: stats?.TotalExecutionTimeInMillis ?? null,
    bytes_scanned: bytesScanned,
    row_count: statistics?.Rows?.OutputRows ?? null,
    cache_hit: reused,
    usd: athenaUsd({
      state,
      statementType,
      substatementType: execution.SubstatementType,
      bytesScanned,
      reused,
    }),
  };
  return { eventDate: utcDay(ended), record };
}
