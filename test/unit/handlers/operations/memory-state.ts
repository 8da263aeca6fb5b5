import type { Landed } from "../../../../handlers/operations/freshness";
import { RATE_DAYS, type JobState, type RunRow } from "../../../../handlers/operations/runs";
import type { OpenDrifts, OperationsState } from "../../../../handlers/operations/state-store";
import type { VolumeHour } from "../../../../handlers/operations/volume";

/** A run; times by minutes after midnight of 2026-11-25. */
export function run(fields: Partial<RunRow> & { from?: number; to?: number } = {}): RunRow {
  const { from = 0, to = 5, ...row } = fields;
  return {
    job: "silver",
    runId: `jr_${row.job ?? "silver"}_${to}`,
    state: "SUCCEEDED",
    startedAt: at(from),
    endedAt: at(to),
    retried: false,
    ...row,
  };
}

/** ISO text of so many minutes after midnight of 2026-11-25. */
export function at(minutes: number): string {
  return new Date(Date.UTC(2026, 10, 25) + minutes * 60_000).toISOString();
}

/** The operations table in memory, by the rules of the real one. */
export class MemoryState implements OperationsState {
  landed: Landed & { firstPulse?: string } = {};
  beats: string[] = [];
  hours: VolumeHour[] = [];
  drifts: OpenDrifts = { breaking: 0, additive: 0 };
  readonly rows = new Map<string, RunRow>();
  readonly latest = new Map<string, JobState>();

  readonly landing = async (): Promise<Landed & { firstPulse?: string }> => this.landed;
  readonly rememberFirstPulse = async (instant: Date): Promise<string> => {
    this.landed = { firstPulse: instant.toISOString(), ...this.landed };
    return this.landed.firstPulse as string;
  };
  readonly heartbeats = async (): Promise<string[]> => this.beats;
  readonly volumes = async (first: string): Promise<VolumeHour[]> => this.hours.filter(({ hour }) => hour >= first);
  readonly openDrifts = async (): Promise<OpenDrifts> => this.drifts;
  readonly jobs = async (): Promise<JobState[]> => [...this.latest.values()];
  readonly runs = async (until: Date): Promise<RunRow[]> => {
    const from = new Date(until.getTime() - RATE_DAYS * 86_400_000).toISOString();
    return [...this.rows.values()].filter(({ endedAt }) => endedAt >= from && endedAt <= until.toISOString());
  };
  readonly putRun = async (row: RunRow): Promise<void> => {
    this.rows.set(`${row.endedAt}#${row.job}#${row.runId}`, row);
  };
  readonly putJob = async (state: JobState): Promise<boolean> => {
    const known = this.latest.get(state.job);
    if (known !== undefined && known.endedAt > state.endedAt) return false;
    this.latest.set(state.job, state);
    return true;
  };
}
