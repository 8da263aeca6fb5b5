import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, UserError } from "../errors";
import { LOCK_SECONDS, type Holder, type LockTable } from "./lock";

/** A lock that somebody else holds. */
export class LockedError extends UserError {
  constructor(name: string, held: { owner: string; what: string; until: number } | undefined) {
    const holder =
      held === undefined
        ? "somebody who let go at this moment"
        : `${held.owner} for ${held.what}, until ${new Date(held.until * 1000).toISOString()} if not renewed`;
    super(
      `The layer ${name} is locked by ${holder}.`,
      "Two runs at once would do the same work twice. Wait for the other one; a lock whose owner died ends by itself " +
        `within ${String(LOCK_SECONDS)} seconds.`,
    );
    this.name = "LockedError";
  }
}

/** Renewed three times in its life: one renewal may fail. */
const RENEW_MS = (LOCK_SECONDS * 1000) / 3;

/**
 * Runs `work` while it holds all locks; they are renewed meanwhile and released at the end, whatever it is. The signal
 * that `work` gets is aborted when the given one is, or when a lock is lost.
 * @throws LockedError where another holds one of them; nothing is held then
 */
export async function withLocks<T>(
  locks: LockTable,
  names: readonly string[],
  holder: Holder,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  renewMs = RENEW_MS,
): Promise<T> {
  const held = new Map<string, number>();
  const lost = new AbortController();
  const done = new AbortController();
  try {
    for (const name of names) {
      const until = await locks.take(name, holder);
      if (until === undefined) throw new LockedError(name, await locks.read(name));
      held.set(name, until);
    }
    const renewing = keep(locks, held, holder, done.signal, (reason) => lost.abort(reason), renewMs);
    try {
      return await work(AbortSignal.any([signal, lost.signal]));
    } catch (error) {
      throw lost.signal.aborted ? lost.signal.reason : error;
    } finally {
      done.abort();
      await renewing;
    }
  } finally {
    for (const name of held.keys()) {
      await locks.release(name, holder.owner).catch((error: unknown) => {
        process.stderr.write(`The lock ${name} could not be released and ends by itself: ${messageOf(error)}\n`);
      });
    }
  }
}

async function keep(
  locks: LockTable,
  held: Map<string, number>,
  { owner }: Holder,
  done: AbortSignal,
  lose: (reason: Error) => void,
  everyMs: number,
): Promise<void> {
  for (;;) {
    await sleep(everyMs, undefined, { signal: done }).catch(() => undefined);
    if (done.aborted) return;
    for (const [name, until] of held) {
      // A failed call is tried again with the next renewal, while the lock lasts.
      const answer = await locks.renew(name, owner).catch(() => "failed" as const);
      if (answer === undefined || (answer === "failed" && locks.seconds() + everyMs / 1000 >= until)) {
        lose(lostError(name, answer === undefined ? "was taken over" : "could not be renewed in time"));
        return;
      }
      if (answer !== "failed") held.set(name, answer);
    }
  }
}

function lostError(name: string, how: string): UserError {
  return new UserError(
    `The lock of the layer ${name} ${how}, so the work was stopped.`,
    "The machine slept, or the network was away for minutes. Give the command again: it goes on where it stopped.",
  );
}
