import { RATE_DAYS, silverBefore, type RunRow, whole } from "./runs";

/** What the landing check knows; times are ISO 8601. */
export interface Landed {
  /** Newest event of all landed ones. */
  newestEvent?: string;
  /** When the newest object landed. */
  newestLanding?: string;
}

/** What freshness is computed from. */
export interface FreshnessInput {
  now: Date;
  landed: Landed;
  /** `at` of each producer's heartbeat: every event before it has landed. */
  heartbeats: readonly string[];
  /** False with the setting `heartbeats: "ignored"`. */
  heartbeatsCount: boolean;
  /** When the stack first measured itself. */
  firstPulse?: string;
  /** Whether a stack in which nothing ever landed is waiting for data. */
  expectData: boolean;
}

/** How far a producer's clock may be ahead, in milliseconds; a heartbeat from further in the future proves nothing. */
export const CLOCK_SKEW_MS = 5 * 60_000;

/** Milliseconds of an ISO text; undefined for what is none. */
function instantOf(text: string | undefined): number | undefined {
  const value = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(value) ? undefined : value;
}

/** Seconds from `instant` to `now`, never negative. */
function secondsSince(instant: number, now: Date): number {
  return Math.max(0, (now.getTime() - instant) / 1000);
}

/**
 * Seconds since the instant up to which data is known to have landed: the later of the newest event, never later than the
 * newest landing (a producer's clock may be wrong), and the newest heartbeat. A quiet night with a heartbeat is fresh.
 *
 * Where nothing ever landed: since the stack's first pulse if data is expected, else undefined.
 */
export function dataFreshness(input: FreshnessInput): number | undefined {
  const { now, landed, heartbeats, heartbeatsCount, firstPulse, expectData } = input;
  const event = instantOf(landed.newestEvent);
  const landing = instantOf(landed.newestLanding);
  // Objects without a readable event have landed too, but say nothing about how old the data is.
  const known = event === undefined ? [] : [Math.min(event, landing ?? event)];
  if (heartbeatsCount) {
    for (const text of heartbeats) {
      const at = instantOf(text);
      if (at !== undefined && at <= now.getTime() + CLOCK_SKEW_MS) known.push(at);
    }
  }
  if (known.length > 0) return secondsSince(Math.max(...known), now);
  const first = expectData ? instantOf(firstPulse) : undefined;
  return first === undefined ? undefined : secondsSince(first, now);
}

/**
 * The instant up to which all that landed is in gold: the start of the last successful silver run that had ended when the
 * last successful gold run started. Undefined when `runs` has no such pair.
 */
export function coveredUpTo(runs: readonly RunRow[]): string | undefined {
  const latest = (candidates: readonly RunRow[]): string | undefined =>
    candidates
      .map(({ startedAt }) => startedAt)
      .sort()
      .at(-1);
  const all = whole(runs);
  const gold = latest(all.filter(({ job, state }) => job === "gold" && state === "SUCCEEDED"));
  return gold === undefined ? undefined : latest(silverBefore(all, gold));
}

/**
 * Seconds since the instant up to which all that landed can be queried in gold. With nothing pending it is
 * `dataFreshness`: a quiet night is no older in gold than in the lake.
 *
 * Where data is pending and no run of the last days has covered any: since the first pulse, at most `RATE_DAYS`.
 */
export function goldFreshness(input: FreshnessInput & { runs: readonly RunRow[] }): number | undefined {
  const { now, landed, firstPulse, runs } = input;
  const data = dataFreshness(input);
  const landing = instantOf(landed.newestLanding);
  if (landing === undefined) return data;
  const covered = instantOf(coveredUpTo(runs));
  if (covered !== undefined && landing <= covered) return data;
  const horizon = now.getTime() - RATE_DAYS * 86_400_000;
  const since = covered ?? Math.max(horizon, instantOf(firstPulse) ?? landing);
  return Math.max(data ?? 0, secondsSince(since, now));
}

/** Seconds by which `behind` is behind `ahead`, never negative; undefined where one of them is unknown. */
export function lagSeconds(ahead: string | undefined, behind: string | undefined): number | undefined {
  const [to, from] = [instantOf(ahead), instantOf(behind)];
  return to === undefined || from === undefined ? undefined : Math.max(0, (to - from) / 1000);
}
