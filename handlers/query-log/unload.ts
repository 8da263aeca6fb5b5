import type * as athena from "@aws-sdk/client-athena";
import { ENDED_STATES } from "./query-record";
import { STAGED_TABLE } from "./settings";

/** The parts of the SDK that running a query takes. */
export type AthenaQuerySdk = Pick<typeof athena, "StartQueryExecutionCommand" | "GetQueryExecutionCommand">;

/** Between two looks at a running query, in milliseconds. */
const POLL_MS = 500;

/**
 * The statement that turns one day's staged objects into Parquet. Columns in the table's order; a timestamp without a
 * zone, since Parquet written by Athena has no other.
 */
export function unloadStatement(database: string, day: string, location: string): string {
  return `UNLOAD (
  SELECT query_id, engine, workgroup, team, user_name, fingerprint, query_text, statement_type, state, error,
         CAST(submitted_at AS timestamp) AS submitted_at, queued_ms, run_ms, total_ms, bytes_scanned, row_count,
         cache_hit, usd, date_predicate
  FROM ${database}.${STAGED_TABLE}
  WHERE event_date = '${day}'
)
TO '${location}'
WITH (format = 'PARQUET', compression = 'SNAPPY')`;
}

/** Runs one statement in a workgroup and waits for its end. @throws Error with Athena's reason if it does not succeed */
export type RunStatement = (sql: string) => Promise<void>;

/** Runs statements in `workgroup`, which says where results go and how they are encrypted. */
export function createStatementRunner(
  client: athena.AthenaClient,
  sdk: AthenaQuerySdk,
  workgroup: string,
): RunStatement {
  return async (sql) => {
    const started = await client.send(new sdk.StartQueryExecutionCommand({ QueryString: sql, WorkGroup: workgroup }));
    const id = started.QueryExecutionId;
    for (;;) {
      const { QueryExecution } = await client.send(new sdk.GetQueryExecutionCommand({ QueryExecutionId: id }));
      const { State: state = "", StateChangeReason: reason = "no reason given" } = QueryExecution?.Status ?? {};
      if (state === "SUCCEEDED") return;
      if (ENDED_STATES.includes(state)) throw new Error(`Athena query ${id ?? ""} ended as ${state}: ${reason}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };
}
