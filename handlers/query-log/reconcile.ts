import { logLine } from "../log";
import { recordExecution, type AthenaRecorder } from "./athena-history";
import { utcDay } from "./query-record";
import { athenaIdOf } from "./staging";

const MILLISECONDS_PER_DAY = 86_400_000;

/** What a reconciliation did. */
export interface Reconciled {
  /** Queries looked at that ended within the time asked for. */
  seen: number;
  /** Those of them that had no record and have one now. */
  found: number;
}

/** The first UTC day of the last `days` days before `now`. */
export function firstDayOf(days: number, now: Date): string {
  return utcDay(new Date(now.getTime() - days * MILLISECONDS_PER_DAY));
}

/**
 * Records the queries of the last `days` days that have no record: EventBridge delivers Athena's events on a best-effort
 * basis, and a rule that was off misses them. Athena keeps its history for 45 days.
 *
 * Reads each workgroup's list, which begins with the newest query, up to the first page of nothing but old ones. Running
 * queries are left to their events.
 *
 * @throws Error where Athena does not give an execution that it listed; those that it gave are recorded.
 */
export async function reconcile(days: number, now: Date, recorder: AthenaRecorder): Promise<Reconciled> {
  const since = firstDayOf(days, now);
  const known = new Set(
    [...(await recorder.staging.list(since)).values()].flat().flatMap((name) => athenaIdOf(name) ?? []),
  );
  const result = { seen: 0, found: 0 };
  const missing: string[] = [];
  for (const workgroup of Object.keys(recorder.teams)) {
    let token: string | undefined;
    do {
      const { ids, next } = await recorder.history.page(workgroup, token);
      const unknown = ids.filter((id) => !known.has(id));
      const executions = await recorder.history.executions(unknown);
      missing.push(...unknown.filter((id) => !executions.some(({ QueryExecutionId }) => QueryExecutionId === id)));
      const recent = executions.filter(({ Status }) => utcDay(Status?.CompletionDateTime ?? now) >= since);
      for (const execution of recent) {
        if ((await recordExecution(execution, recorder)) === "new") result.found += 1;
      }
      result.seen += ids.length - executions.length + recent.length;
      const pageIsOld = ids.length > 0 && unknown.length === ids.length && recent.length === 0 && missing.length === 0;
      token = pageIsOld ? undefined : next;
    } while (token !== undefined);
  }
  if (result.found > 0) logLine("warn", "queries without an event were recorded", { ...result, since });
  if (missing.length > 0) {
    throw new Error(
      `Athena listed ${missing.length} queries that it did not give (first: ${missing[0] ?? ""}): they have no record ` +
        "yet. The next reconciliation asks for them again; if it stays so, look for throttling in CloudTrail.",
    );
  }
  return result;
}
