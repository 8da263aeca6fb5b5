import type * as athena from "@aws-sdk/client-athena";
import { ENDED_STATES } from "../query-log/query-record";

/** The parts of the SDK that asking takes. */
export type AthenaRowsSdk = Pick<
  typeof athena,
  "StartQueryExecutionCommand" | "GetQueryExecutionCommand" | "GetQueryResultsCommand" | "StopQueryExecutionCommand"
>;

/** Rows of one SELECT, values as text by column; a NULL is undefined. */
export type AskAthena = (sql: string) => Promise<Record<string, string | undefined>[]>;

/** Between two looks at a running query, in milliseconds. */
const POLL_MS = 500;
/** Longest wait for an answer, in milliseconds; the log of two days is read in seconds. */
export const LONGEST_WAIT_MS = 120_000;

/**
 * Asks in `workgroup`, which says where results go and how they are encrypted.
 * @throws Error with Athena's reason, or when the time is up; the query is cancelled then
 */
export function createAthenaQuestions(
  client: athena.AthenaClient,
  sdk: AthenaRowsSdk,
  workgroup: string,
  sleep: (milliseconds: number) => Promise<void>,
): AskAthena {
  const waitFor = async (id: string): Promise<void> => {
    for (let waited = 0; ; waited += POLL_MS) {
      const { QueryExecution } = await client.send(new sdk.GetQueryExecutionCommand({ QueryExecutionId: id }));
      const { State: state = "", StateChangeReason: reason = "no reason given" } = QueryExecution?.Status ?? {};
      if (state === "SUCCEEDED") return;
      if (ENDED_STATES.includes(state)) throw new Error(`Athena query ${id} ended as ${state}: ${reason}`);
      if (waited >= LONGEST_WAIT_MS) {
        await client.send(new sdk.StopQueryExecutionCommand({ QueryExecutionId: id }));
        throw new Error(`Athena query ${id} is still ${state} after ${waited} ms, and was cancelled`);
      }
      await sleep(POLL_MS);
    }
  };
  return async (sql) => {
    const started = await client.send(new sdk.StartQueryExecutionCommand({ QueryString: sql, WorkGroup: workgroup }));
    const id = started.QueryExecutionId ?? "";
    await waitFor(id);
    const rows: (string | undefined)[][] = [];
    let token: string | undefined;
    do {
      const page: athena.GetQueryResultsCommandOutput = await client.send(
        new sdk.GetQueryResultsCommand({ QueryExecutionId: id, NextToken: token }),
      );
      rows.push(...(page.ResultSet?.Rows ?? []).map(({ Data }) => (Data ?? []).map((one) => one.VarCharValue)));
      token = page.NextToken;
    } while (token !== undefined);
    // The first row of a SELECT holds the columns' names (Athena user guide, "Work with query results").
    const [columns = [], ...values] = rows;
    return values.map((row) => Object.fromEntries(columns.map((column, at) => [column ?? "", row[at]])));
  };
}
