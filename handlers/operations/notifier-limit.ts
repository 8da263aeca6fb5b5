/** Messages of one alarm in any hour; an alarm that goes on and off tells three times and then waits. */
export const MOST_PER_ALARM = 3;
/** Messages of all alarms in any hour: more than this and nobody reads them. */
export const MOST_IN_ALL = 30;
/** The window of both limits, in milliseconds. */
export const WINDOW_MS = 3_600_000;
/** How long the id of an SNS message is remembered: longer than Lambda retries an event (6 hours). */
export const REMEMBER_MS = 24 * WINDOW_MS;
/** Ids remembered at most; each takes about 120 bytes of the item's 400 KB. */
export const MOST_REMEMBERED = 1000;

/** A message that went out, or is going out, and what is to be restored if it cannot be delivered. */
export interface SentEntry {
  /** Alarm, without the pipeline's name. */
  readonly key: string;
  /** Epoch milliseconds of the change that it told. */
  readonly at: number;
  /** SNS message id. */
  readonly message: string;
  readonly kind: "alarm" | "recovery" | "event";
  /** Counts that it told. */
  readonly heldBack?: Readonly<Record<string, number>>;
  /** Of a recovery: when the alarm that it ended was told. */
  readonly openSince?: string;
}

/** A message that was decided on. */
export interface SeenEntry {
  readonly message: string;
  /** Invocation that decided; Lambda repeats a failed invocation under the same id. */
  readonly owner: string;
  readonly at: number;
}

/** What was told and what was held back; one item of the operations table. Plain data. */
export interface Told {
  readonly seen: readonly SeenEntry[];
  readonly sent: readonly SentEntry[];
  /** Messages held back since the last one that went out, by alarm. */
  readonly heldBack: Readonly<Record<string, number>>;
  /** Alarms that were told and whose recovery was not: when they began to be told, ISO 8601. */
  readonly open: Readonly<Record<string, string>>;
}

/** Nothing was told yet. */
export const NOTHING_TOLD: Told = { seen: [], sent: [], heldBack: {}, open: {} };

/** Something that may be told. */
export interface Candidate {
  /** Alarm, without the pipeline's name. */
  readonly key: string;
  readonly message: string;
  readonly owner: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** An event has the limits of an alarm, but no recovery; a notice is neither and knows no limit. */
  readonly kind: "alarm" | "recovery" | "event" | "notice";
  /** Whether the alarm reaches people on another way: it is recorded only, and its recovery needs no record. */
  readonly toldElsewhere: boolean;
}

/** What to do. `heldBack` says what the message has to mention. */
export type Decision =
  | { readonly kind: "send"; readonly heldBack: Readonly<Record<string, number>>; readonly openSince?: string }
  | { readonly kind: "record" }
  | { readonly kind: "skip"; readonly reason: "repeated delivery" | "its alarm was not told" }
  | { readonly kind: "hold" };

/** A decision, and the record after it. */
export interface Decided {
  readonly decision: Decision;
  readonly told: Told;
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));
}

/** Drops what no decision needs any more. Times are those of the messages, so the newest one is "now". */
function pruned(told: Told): Told {
  const newest = Math.max(...told.seen.map(({ at }) => at), ...told.sent.map(({ at }) => at));
  return {
    ...told,
    seen: told.seen.filter(({ at }) => at > newest - REMEMBER_MS).slice(-MOST_REMEMBERED),
    sent: told.sent.filter(({ at }) => at > newest - REMEMBER_MS),
  };
}

/**
 * Decides on one message.
 *
 * A delivery of a message that another invocation decided on is a repetition; one by the same invocation is Lambda's
 * retry after a crash, and is told again rather than never. A recovery is told only if its alarm was. What exceeds a
 * limit is counted, and the count is told by the next message that goes out. Entries later than the change count too,
 * so that the limit holds whatever the order in which SNS delivers.
 */
export function decide(told: Told, candidate: Candidate): Decided {
  const { key, message, owner, at, kind, toldElsewhere } = candidate;
  const known = told.seen.find((entry) => entry.message === message);
  if (known !== undefined && known.owner !== owner) {
    return { decision: { kind: "skip", reason: "repeated delivery" }, told };
  }
  const earlier = known === undefined ? told : undo(told, message);
  const before = { ...earlier, seen: [...earlier.seen, { message, owner, at }] };
  const became = (decision: Decision, change: Partial<Told> = {}): Decided => ({
    decision,
    told: pruned({ ...before, ...change }),
  });
  if (kind === "notice") return became({ kind: "send", heldBack: {} });

  const openSince = before.open[key];
  const opened = { ...before.open, [key]: new Date(at).toISOString() };
  if (kind === "recovery" && openSince === undefined && !toldElsewhere) {
    return became({ kind: "skip", reason: "its alarm was not told" });
  }
  if (kind === "alarm" && toldElsewhere) return became({ kind: "record" }, { open: opened });

  const recent = before.sent.filter((entry) => entry.at > at - WINDOW_MS);
  if (recent.length >= MOST_IN_ALL || recent.filter((entry) => entry.key === key).length >= MOST_PER_ALARM) {
    return became({ kind: "hold" }, { heldBack: { ...before.heldBack, [key]: (before.heldBack[key] ?? 0) + 1 } });
  }
  const ended = kind === "recovery" && openSince !== undefined ? { openSince } : {};
  const telling = Object.keys(before.heldBack).length === 0 ? {} : { heldBack: before.heldBack };
  return became(
    { kind: "send", heldBack: before.heldBack, ...ended },
    {
      sent: [...before.sent, { key, at, message, kind, ...telling, ...ended }],
      heldBack: {},
      open: kind === "recovery" ? without(before.open, key) : kind === "alarm" ? opened : before.open,
    },
  );
}

/**
 * Takes back a message that could not be delivered: its id, its place in the limits, what it opened or ended, and the
 * counts that it would have told. Lambda then retries it, and if no retry succeeds, no recovery is told of an alarm
 * that nobody heard of.
 */
export function undo(told: Told, message: string): Told {
  const entry = told.sent.find((one) => one.message === message);
  const seen = told.seen.filter((one) => one.message !== message);
  if (entry === undefined) return { ...told, seen };
  const heldBack = { ...told.heldBack };
  for (const [key, count] of Object.entries(entry.heldBack ?? {})) heldBack[key] = (heldBack[key] ?? 0) + count;
  const closed = without(told.open, entry.key);
  const reopened = entry.openSince === undefined ? told.open : { ...told.open, [entry.key]: entry.openSince };
  return {
    seen,
    sent: told.sent.filter((one) => one.message !== message),
    heldBack,
    open: entry.kind === "alarm" ? closed : reopened,
  };
}

/** `3 messages (quality-low 2, query-slow 1)`; undefined when none was held back. */
export function describeHeldBack(heldBack: Readonly<Record<string, number>>): string | undefined {
  const counts = Object.entries(heldBack).sort(([one], [other]) => (one < other ? -1 : 1));
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return undefined;
  const each = counts.map(([key, count]) => `${key} ${String(count)}`).join(", ");
  return `${String(total)} ${total === 1 ? "message" : "messages"} by the rate limit (${each})`;
}
