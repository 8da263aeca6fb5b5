import { familyOf, isFailure, RATE_DAYS, type RunRow } from "./runs";

/**
 * Share of runs that succeeded among those that ended in the last seven days, in percent; undefined without any.
 *
 * A run that Glue repeated counts once, by its last attempt. A stopped run counts on neither side, and so does an attempt
 * whose repetition still goes on.
 */
export function etlSuccessRate(runs: readonly RunRow[], now: Date): number | undefined {
  const from = new Date(now.getTime() - RATE_DAYS * 86_400_000).toISOString();
  const last = new Map<string, RunRow>();
  for (const run of runs) {
    if (run.endedAt <= from || run.endedAt > now.toISOString()) continue;
    const id = `${run.job} ${familyOf(run.runId)}`;
    const known = last.get(id);
    if (known === undefined || known.endedAt < run.endedAt) last.set(id, run);
  }
  const ended = [...last.values()].filter(({ retried }) => !retried);
  const succeeded = ended.filter(({ state }) => state === "SUCCEEDED").length;
  const failed = ended.filter(({ state }) => isFailure(state)).length;
  return succeeded + failed === 0 ? undefined : (100 * succeeded) / (succeeded + failed);
}
