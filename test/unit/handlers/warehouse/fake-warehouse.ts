import { capturingLog } from "../support";
import type { Cell, Clock, Warehouse } from "../../../../handlers/warehouse/data-api";

/** Remembers what it is told, and answers what it was given. */
export class FakeWarehouse implements Warehouse {
  readonly calls: { kind: "execute" | "transaction"; statements: readonly string[] }[] = [];
  /** Rows by the beginning of the query. */
  readonly answers = new Map<string, Cell[][]>();
  /** Statements that fail. */
  failing: RegExp | undefined;
  /** Times that a failing statement fails before it succeeds. */
  failures = Infinity;
  message = "ERROR: no";

  readonly query = (sql: string): Promise<Cell[][]> => {
    for (const [beginning, rows] of this.answers) if (sql.startsWith(beginning)) return Promise.resolve(rows);
    return Promise.resolve([]);
  };
  readonly execute = (statements: readonly string[]): Promise<void> => this.take("execute", statements);
  readonly transaction = (statements: readonly string[]): Promise<void> => this.take("transaction", statements);

  private take(kind: "execute" | "transaction", statements: readonly string[]): Promise<void> {
    const bad = statements.find((sql) => this.failing?.test(sql) === true);
    if (bad !== undefined && this.failures > 0) {
      this.failures -= 1;
      return Promise.reject(new Error(`${this.message} — in: ${bad}`));
    }
    this.calls.push({ kind, statements });
    return Promise.resolve();
  }
}

/** A clock on which sleeping takes no time, but the invocation's. */
export function fakeClock(remaining = 900_000): Clock & { slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      return Promise.resolve();
    },
    remaining: () => remaining - slept.reduce((sum, one) => sum + one, 0),
  };
}

/** Runs `body` without its log lines among the tests'. */
export async function silenced<T>(body: () => Promise<T>): Promise<T> {
  return (await capturingLog(body)).result;
}
