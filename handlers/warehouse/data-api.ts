import type * as redshiftData from "@aws-sdk/client-redshift-data";
import type { WarehouseTarget } from "./settings";

/** One value of a result row. */
export type Cell = string | number | boolean | null;

/** SQL on the warehouse. Every method rejects with the failing statement and the warehouse's own words. */
export interface Warehouse {
  /** Rows of one statement; `:name` in its text stands for `parameters.name`. */
  query: (sql: string, parameters?: Readonly<Record<string, string>>) => Promise<Cell[][]>;
  /** Statements outside a transaction, one after the other, each committed for itself. */
  execute: (statements: readonly string[]) => Promise<void>;
  /** All of them or none. */
  transaction: (statements: readonly string[]) => Promise<void>;
}

/** Waiting, and how long it may go on. */
export interface Clock {
  sleep: (milliseconds: number) => Promise<void>;
  /** What is left of the invocation, in milliseconds. */
  remaining: () => number;
}

/** Statements that one call of BatchExecuteStatement takes (Data API, "Quotas"). */
export const MAX_BATCH = 40;
/** First and longest pause between two looks at a running statement, in milliseconds. */
const FIRST_POLL_MS = 100;
const LONGEST_POLL_MS = 2_000;
/** Left for giving the work back before the invocation is cut, in milliseconds. */
export const RESERVE_MS = 20_000;

/** What both kinds of call have in common. */
function addressed({ kind, name, database, secretArn }: WarehouseTarget) {
  return {
    ...(kind === "cluster" ? { ClusterIdentifier: name } : { WorkgroupName: name }),
    Database: database,
    SecretArn: secretArn,
  };
}

/** The statement that failed and why, in one line that fits a log. */
export function describeFailure(statement: redshiftData.DescribeStatementCommandOutput): string {
  const failed = statement.SubStatements?.findIndex(({ Status }) => Status === "FAILED") ?? -1;
  const part = failed < 0 ? undefined : statement.SubStatements?.[failed];
  const sql = (part?.QueryString ?? statement.QueryString ?? "").replace(/\s+/g, " ").trim();
  const which = part === undefined ? "" : `statement ${failed + 1} of ${statement.SubStatements?.length ?? 0}: `;
  const reason = part?.Error ?? statement.Error ?? `it ended ${String(statement.Status)}`;
  return `${which}${reason} — in: ${sql.length > 300 ? `${sql.slice(0, 300)}…` : sql}`;
}

/** The value of a field of the Data API, which is a union with one member set. */
export function cell(field: redshiftData.Field): Cell {
  if (field.isNull === true) return null;
  return field.stringValue ?? field.longValue ?? field.doubleValue ?? field.booleanValue ?? null;
}

/** A warehouse behind the Redshift Data API, which answers later: each call waits for its statement's end. */
export function connectWarehouse(
  client: redshiftData.RedshiftDataClient,
  sdk: typeof redshiftData,
  target: WarehouseTarget,
  clock: Clock,
): Warehouse {
  const ended = async (id: string | undefined): Promise<redshiftData.DescribeStatementCommandOutput> => {
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(LONGEST_POLL_MS, pause * 2)) {
      const statement = await client.send(new sdk.DescribeStatementCommand({ Id: id }));
      if (statement.Status === "FINISHED") return statement;
      if (statement.Status === "FAILED" || statement.Status === "ABORTED") throw new Error(describeFailure(statement));
      if (clock.remaining() < RESERVE_MS) {
        // A transaction that goes on unseen would hold its lock against the next try.
        await client.send(new sdk.CancelStatementCommand({ Id: id }));
        throw new Error(`no time left for: ${String(statement.QueryString).slice(0, 300)}`);
      }
      await clock.sleep(pause);
    }
  };

  const query = async (sql: string, parameters: Readonly<Record<string, string>> = {}): Promise<Cell[][]> => {
    const given = Object.entries(parameters).map(([name, value]) => ({ name, value }));
    const call = { ...addressed(target), Sql: sql, ...(given.length > 0 ? { Parameters: given } : {}) };
    const { Id } = await client.send(new sdk.ExecuteStatementCommand(call));
    const { HasResultSet } = await ended(Id);
    const rows: Cell[][] = [];
    if (HasResultSet !== true) return rows;
    let page: string | undefined;
    do {
      const answer = await client.send(new sdk.GetStatementResultCommand({ Id, NextToken: page }));
      for (const record of answer.Records ?? []) rows.push(record.map(cell));
      page = answer.NextToken;
    } while (page !== undefined && page !== "");
    return rows;
  };

  const execute = async (statements: readonly string[]): Promise<void> => {
    for (const sql of statements) await query(sql);
  };

  const transaction = async (statements: readonly string[]): Promise<void> => {
    if (statements.length > MAX_BATCH) {
      throw new Error(`${statements.length} statements in one transaction: the Data API takes at most ${MAX_BATCH}`);
    }
    // A batch of one is a call of its own kind; both are one transaction.
    if (statements.length <= 1) return execute(statements);
    const { Id } = await client.send(
      new sdk.BatchExecuteStatementCommand({ ...addressed(target), Sqls: [...statements] }),
    );
    await ended(Id);
  };

  return { query, execute, transaction };
}
