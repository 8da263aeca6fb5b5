import type { SnsEvent, SnsRecord } from "../lambda-types";
import { describeError, logLine } from "../log";
import { plainSlackMessage, type SlackMessage } from "../slack-message";
import { parseAlarmChange, valueInReason, type AlarmChange } from "./notifier-alarm";
import { alarmSlackMessage, pagerNotice, unknownPagerNotice, type PagerNotice } from "./notifier-channels";
import { decide, describeHeldBack, undo, type Candidate, type Decision } from "./notifier-limit";
import { buildMessage, messageText, type AlarmMessage } from "./notifier-message";
import { findRow, type FoundRow, type NotifierRow } from "./notifier-row";
import type { NotifierSettings } from "./notifier-settings";
import type { ToldStore } from "./notifier-store";
import { parseSecurityEvent, securityKey, securityMessage, type SecurityEvent } from "./security-event";

/** What the notifier needs; the shell binds it to AWS. */
export interface NotifierDependencies {
  readonly settings: NotifierSettings;
  readonly rows: readonly NotifierRow[];
  readonly store: ToldStore;
  /** Throws when Slack does not take it. */
  readonly slack: (message: SlackMessage) => Promise<void>;
  readonly page: (notice: PagerNotice, attributes: Readonly<Record<string, string>>) => Promise<void>;
  /** Why an alarm is in its state: a composite alarm's own message carries no value. */
  readonly reasonOf: (alarm: string) => Promise<string | undefined>;
  /** Counts messages held back, at an instant. */
  readonly countHeldBack: (count: number, at: Date) => Promise<void>;
}

/** Tells people of every notification of the event; a failed one does not hold back the others. Throws if any failed. */
export async function notifyPeople(event: SnsEvent, owner: string, deps: NotifierDependencies): Promise<void> {
  const errors: unknown[] = [];
  for (const { Sns: notice } of event.Records) {
    try {
      await notifyOne(notice, owner, deps);
    } catch (error) {
      logLine("error", "not told", { messageId: notice.MessageId, error: describeError(error) });
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

async function notifyOne(notice: SnsRecord["Sns"], owner: string, deps: NotifierDependencies): Promise<void> {
  const change = parseAlarmChange(notice.Message);
  const found = change === undefined ? undefined : findRow(deps.rows, deps.settings.pipeline, change.name);
  const delivery = { message: notice.MessageId, owner };
  const security = change === undefined ? parseSecurityEvent(notice.Message) : undefined;
  if (security !== undefined) {
    await tellSecurityEvent(security, delivery, deps);
    return;
  }
  if (change === undefined || found === undefined) {
    const at = Date.parse(notice.Timestamp ?? "") || 0;
    const candidate: Candidate = { ...delivery, key: "notice", at, kind: "notice", toldElsewhere: false };
    await decideAndTell(candidate, deps, () => passOn(notice, deps));
    return;
  }
  // The alarm cannot be judged for lack of data: neither trouble nor recovery.
  if (change.state === "INSUFFICIENT_DATA") return;
  const candidate: Candidate = {
    ...delivery,
    key: found.key,
    at: Date.parse(change.at),
    kind: change.state === "ALARM" ? "alarm" : "recovery",
    toldElsewhere: found.row.route === "pager-direct" && (change.state === "ALARM" || change.oldState === "ALARM"),
  };
  await decideAndTell(candidate, deps, async (decision) => tell(await messageOf(change, found, decision, deps), deps));
}

async function tellSecurityEvent(
  event: SecurityEvent,
  delivery: { message: string; owner: string },
  deps: NotifierDependencies,
): Promise<void> {
  const at = Date.parse(event.at);
  const candidate: Candidate = { ...delivery, key: securityKey(event), at, kind: "event", toldElsewhere: false };
  await decideAndTell(candidate, deps, ({ heldBack }) =>
    tell(securityMessage(event, deps.settings, describeHeldBack(heldBack)), deps),
  );
}

type Send = Extract<Decision, { kind: "send" }>;

/** Runs `telling` if the message is to be told, and takes the decision back if that fails. */
async function decideAndTell(
  candidate: Candidate,
  deps: NotifierDependencies,
  telling: (decision: Send) => Promise<void>,
): Promise<void> {
  const decision = await decideInTable(candidate, deps);
  logLine("info", "decided", { messageId: candidate.message, alarm: candidate.key, decision });
  if (decision.kind === "hold") await reportHeldBack(candidate, deps);
  if (decision.kind !== "send") return;
  try {
    await telling(decision);
  } catch (error) {
    await takeBack(candidate, deps);
    throw error;
  }
}

/** Better twice than never: without the table everything is told. */
async function decideInTable(candidate: Candidate, { store }: NotifierDependencies): Promise<Decision> {
  try {
    return await store.update((told) => {
      const decided = decide(told, candidate);
      return { told: decided.told, result: decided.decision };
    });
  } catch (error) {
    logLine("error", "the record of what was told cannot be reached; telling without it", {
      messageId: candidate.message,
      error: describeError(error),
    });
    if (candidate.kind === "alarm" && candidate.toldElsewhere) return { kind: "record" };
    return { kind: "send", heldBack: {} };
  }
}

async function takeBack(candidate: Candidate, { store }: NotifierDependencies): Promise<void> {
  try {
    await store.update((told) => ({ told: undo(told, candidate.message), result: undefined }));
  } catch (error) {
    logLine("error", "a message that was not delivered still counts as told", {
      messageId: candidate.message,
      error: describeError(error),
    });
  }
}

async function reportHeldBack({ at, key }: Candidate, deps: NotifierDependencies): Promise<void> {
  try {
    await deps.countHeldBack(1, new Date(at));
  } catch (error) {
    logLine("warn", "the held back message is not in the metric", { alarm: key, error: describeError(error) });
  }
}

async function messageOf(
  change: AlarmChange,
  found: FoundRow,
  decision: Send,
  deps: NotifierDependencies,
): Promise<AlarmMessage> {
  const value = change.state === "ALARM" ? await measuredValue(change, deps) : undefined;
  const heldBack = describeHeldBack(decision.heldBack);
  return buildMessage(change, found, deps.settings, {
    ...(value === undefined ? {} : { value }),
    ...(decision.openSince === undefined ? {} : { openSince: decision.openSince }),
    ...(heldBack === undefined ? {} : { heldBack }),
  });
}

/** The value that made the alarm change. A message without it is better than none, so nothing here throws. */
async function measuredValue(change: AlarmChange, deps: NotifierDependencies): Promise<number | undefined> {
  const own = valueInReason(change.reason);
  const [child] = change.children;
  if (own !== undefined || child === undefined) return own;
  try {
    return valueInReason((await deps.reasonOf(child)) ?? "");
  } catch (error) {
    logLine("warn", "the value is not known", { alarm: child, error: describeError(error) });
    return undefined;
  }
}

/** Critical goes to the pager, warnings to Slack; where a stack has only one of the two, everything goes there. */
async function tell(message: AlarmMessage, deps: NotifierDependencies): Promise<void> {
  const { slack, paged } = deps.settings;
  const toPager = message.severity === "critical" ? paged || !slack : !slack;
  if (!slack && !paged) logLine("warn", "nobody listens: neither pager nor Slack", { text: messageText(message) });
  if (toPager) {
    await deps.page(pagerNotice(message), { severity: message.severity, kind: message.kind });
  } else {
    await deps.slack(alarmSlackMessage(message));
  }
}

/** What is no alarm of the list (a budget's notice, another alarm, plain text) goes on as it is, never dropped. */
async function passOn(
  { Subject, Message, MessageId, Timestamp }: SnsRecord["Sns"],
  deps: NotifierDependencies,
): Promise<void> {
  logLine("info", "passing on what is no alarm of the list", { messageId: MessageId });
  const given = Subject ?? undefined;
  if (deps.settings.slack) {
    await deps.slack(plainSlackMessage(given, Message));
  } else {
    const at = Timestamp ?? new Date(0).toISOString();
    const notice = unknownPagerNotice(deps.settings.pipeline, given, Message, at);
    await deps.page(notice, { severity: "warning", kind: "notice" });
  }
}
