import { setTimeout as sleep } from "node:timers/promises";
import {
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  InvalidRequestException,
  StartQueryExecutionCommand,
  type AthenaClient,
  type QueryExecution,
} from "@aws-sdk/client-athena";
import { UserError } from "../errors";

/** Rows as text, as Athena gives them; null where a value is null. */
export interface QueryAnswer {
  columns: string[];
  rows: (string | null)[][];
  /** As Athena bills it. */
  bytesScanned: number;
  /** From start to answer, as the caller waited. */
  seconds: number;
  queryId: string;
}

export interface QueryTarget {
  workgroup: string;
  database: string;
}

const MEND_THE_SQL = "Mend the SQL (Athena engine version 3, Trino syntax) or narrow it with a partition predicate.";
const POLL_MS = 50;
const ENDED: ReadonlySet<string> = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);

/**
 * Runs one Athena query and reads its whole answer.
 *
 * @throws UserError with Athena's own reason where the query fails or is cancelled.
 */
export async function queryAthena(
  athena: AthenaClient,
  at: QueryTarget,
  sql: string,
  signal?: AbortSignal,
): Promise<QueryAnswer> {
  const started = performance.now();
  const start = new StartQueryExecutionCommand({
    QueryString: sql,
    WorkGroup: at.workgroup,
    QueryExecutionContext: { Database: at.database },
  });
  const { QueryExecutionId: queryId } = await athena.send(start).catch((cause: unknown) => {
    // Athena does not even start what it cannot parse.
    if (!(cause instanceof InvalidRequestException)) throw cause;
    throw new UserError(`Athena refuses the query: ${cause.message}`, MEND_THE_SQL, { cause });
  });
  if (queryId === undefined) throw new Error("Athena gave no query id.");
  const execution = await untilEnded(athena, queryId, signal);
  const status = execution.Status;
  if (status?.State !== "SUCCEEDED") {
    throw new UserError(
      `The query ${queryId} ended as ${status?.State ?? "unknown"}: ${status?.StateChangeReason ?? "no reason given"}`,
      MEND_THE_SQL,
    );
  }
  const seconds = (performance.now() - started) / 1000;
  const { columns, rows } = await allRows(athena, queryId);
  return { columns, rows, bytesScanned: execution.Statistics?.DataScannedInBytes ?? 0, seconds, queryId };
}

async function untilEnded(athena: AthenaClient, queryId: string, signal?: AbortSignal): Promise<QueryExecution> {
  for (;;) {
    const { QueryExecution: execution } = await athena.send(
      new GetQueryExecutionCommand({ QueryExecutionId: queryId }),
    );
    if (execution !== undefined && ENDED.has(execution.Status?.State ?? "")) return execution;
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

async function allRows(athena: AthenaClient, queryId: string): Promise<Pick<QueryAnswer, "columns" | "rows">> {
  let columns: string[] | undefined;
  const rows: (string | null)[][] = [];
  let next: string | undefined;
  do {
    const page = await athena.send(
      new GetQueryResultsCommand({ QueryExecutionId: queryId, ...(next === undefined ? {} : { NextToken: next }) }),
    );
    const read = (page.ResultSet?.Rows ?? []).map((row) => (row.Data ?? []).map((cell) => cell.VarCharValue ?? null));
    const info = page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
    if (columns === undefined) {
      columns = info.map((column) => column.Name ?? "");
      // The first row of the first page of a SELECT repeats the column names.
      if (read[0]?.every((cell, at) => cell === columns?.[at])) read.shift();
    }
    rows.push(...read);
    next = page.NextToken;
  } while (next !== undefined);
  return { columns: columns ?? [], rows };
}
