import type * as athena from "@aws-sdk/client-athena";
import { describeError, logLine } from "../log";
import { athenaRecord } from "./query-record";
import type { Staging } from "./staging";

/** The most that one BatchGetQueryExecution takes and one ListQueryExecutions gives (API reference). */
export const ATHENA_PAGE = 50;

/** The parts of the SDK that reading Athena's history takes. */
export type AthenaHistorySdk = Pick<
  typeof athena,
  "BatchGetQueryExecutionCommand" | "GetQueryRuntimeStatisticsCommand" | "ListQueryExecutionsCommand"
>;

/** What Athena remembers of its queries, for 45 days. */
export interface AthenaHistory {
  /** Executions by id, at most `ATHENA_PAGE`; one that Athena does not give is absent. */
  executions(ids: readonly string[]): Promise<athena.QueryExecution[]>;
  /** Rows and stages of a query; undefined where Athena has none. */
  statistics(id: string): Promise<athena.QueryRuntimeStatistics | undefined>;
  /** Ids of a workgroup's queries, the newest first. */
  page(workgroup: string, token: string | undefined): Promise<{ ids: string[]; next: string | undefined }>;
}

/** Athena's history through the SDK. */
export function createAthenaHistory(client: athena.AthenaClient, sdk: AthenaHistorySdk): AthenaHistory {
  return {
    async executions(ids) {
      if (ids.length === 0) return [];
      const answer = await client.send(new sdk.BatchGetQueryExecutionCommand({ QueryExecutionIds: [...ids] }));
      const unprocessed = answer.UnprocessedQueryExecutionIds ?? [];
      if (unprocessed.length > 0) {
        logLine("warn", "Athena did not give some executions", { first: unprocessed[0], count: unprocessed.length });
      }
      return answer.QueryExecutions ?? [];
    },
    async statistics(id) {
      try {
        const answer = await client.send(new sdk.GetQueryRuntimeStatisticsCommand({ QueryExecutionId: id }));
        return answer.QueryRuntimeStatistics;
      } catch (error) {
        // The number of rows is not worth losing the record for.
        logLine("warn", "no runtime statistics", { queryExecutionId: id, error: describeError(error) });
        return undefined;
      }
    },
    async page(workgroup, token) {
      const request = { WorkGroup: workgroup, MaxResults: ATHENA_PAGE, NextToken: token };
      const answer = await client.send(new sdk.ListQueryExecutionsCommand(request));
      return { ids: answer.QueryExecutionIds ?? [], next: answer.NextToken };
    },
  };
}

/** What recording an Athena query takes. */
export interface AthenaRecorder {
  history: AthenaHistory;
  staging: Staging;
  /** Team by workgroup. */
  teams: Readonly<Record<string, string>>;
}

/** Records one execution: `new`, `known` (it has a record), or `running` (there is nothing to record yet). */
export async function recordExecution(
  execution: athena.QueryExecution,
  { history, staging, teams }: AthenaRecorder,
): Promise<"new" | "known" | "running"> {
  const counted = execution.StatementType === "DML" && execution.Status?.State === "SUCCEEDED";
  const statistics = counted ? await history.statistics(execution.QueryExecutionId ?? "") : undefined;
  const dated = athenaRecord(execution, statistics, teams);
  if (dated === undefined) return "running";
  return (await staging.put(dated)) ? "new" : "known";
}
