/** Something that a sweep may remove, and why. */
export interface Finding {
  kind: "stack" | "local cloud" | "folder" | "resources";
  /** Name of the stack, or the folder. */
  what: string;
  target: "local" | "aws";
  /** Why it is to go, or why it stays. */
  reason: string;
  /** False where it is named and left alone. */
  remove: boolean;
  /** What is done about it. */
  action?: () => Promise<void>;
}

/** What a sweep did. */
export interface SweepResult {
  removed: Finding[];
  kept: Finding[];
  failed: (Finding & { error: string })[];
}

/** When something is old enough to go. */
export interface SweepRules {
  now: Date;
  /** Milliseconds; a stack older than this goes whatever its own expiry says. Undefined: its expiry decides. */
  olderThanMs?: number;
}

/** How old what says nothing of itself must be, where no other age is given: as a throw-away stack's default life. */
export const UNMARKED_AGE_MS = 2 * 3_600_000;

/** Why a stack of that age and expiry is to go; undefined where it is not. */
export function expiredBecause(
  { now, olderThanMs }: SweepRules,
  created: Date | undefined,
  expires: Date | undefined,
): string | undefined {
  if (expires !== undefined && expires <= now) return `expired at ${expires.toISOString()}`;
  const age = created === undefined ? undefined : now.getTime() - created.getTime();
  if (olderThanMs !== undefined && age !== undefined && age >= olderThanMs)
    return `made at ${created?.toISOString() ?? ""}`;
  return undefined;
}
