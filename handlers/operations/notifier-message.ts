import type { AlarmChange } from "./notifier-alarm";
import type { FoundRow, Severity } from "./notifier-row";
import { describeInstant, describeSeconds, describeValue } from "./notifier-units";

/** What every message takes from the deployment. */
export interface MessageContext {
  readonly team: string;
  readonly environment: string;
  readonly pipeline: string;
  readonly region: string;
  /** Folder of the runbooks: a URL, or a path in the repository; with a final slash. */
  readonly runbookBase: string;
  /** The stack's dashboard; without it the link leads to the alarm in the console. */
  readonly dashboardUrl?: string;
}

/** A message for people, in parts that each channel lays out its own way. */
export interface AlarmMessage {
  readonly kind: "alarm" | "recovery";
  /** The alarm's name; ties a recovery to its alarm. */
  readonly alarm: string;
  readonly severity: Severity;
  readonly title: string;
  readonly what: string;
  /** When the trouble began, ISO 8601. */
  readonly since: string;
  /** When the alarm changed, ISO 8601. */
  readonly at: string;
  /** Of an alarm: the value against its threshold; absent where CloudWatch gave no value. */
  readonly howBad?: string;
  /** Of a recovery: how long it lasted. */
  readonly lasted?: string;
  readonly firstStep: string;
  readonly owner: string;
  /** URL, or path in the repository. */
  readonly runbook: string;
  readonly dashboard: string;
  /** `data · prod · clickstream-prod` */
  readonly where: string;
  readonly pipeline: string;
  /** Messages that the rate limit held back since the last one; absent when none was. */
  readonly heldBack?: string;
}

/** Host of the AWS console in the region's partition. */
function alarmPage(region: string, alarm: string): string {
  const suffix = region.startsWith("cn-") ? "amazonaws.cn" : "aws.amazon.com";
  const domain = region.startsWith("us-gov-") ? "amazonaws-us-gov.com" : suffix;
  return `https://${region}.console.${domain}/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(alarm)}`;
}

/** What an alarm's change says beside itself. */
export interface MessageFacts {
  /** The value that made it change. */
  readonly value?: number;
  /** When the alarm of a recovery was told, ISO 8601. */
  readonly openSince?: string;
  /** See `AlarmMessage.heldBack`. */
  readonly heldBack?: string;
}

/** Puts a message together. */
export function buildMessage(
  change: AlarmChange,
  found: FoundRow,
  context: MessageContext,
  facts: MessageFacts,
): AlarmMessage {
  const { row, partTitle } = found;
  const recovered = change.state !== "ALARM";
  const { value, openSince, heldBack } = facts;
  const began =
    row.message.valueIsAge === true && value !== undefined && !recovered
      ? new Date(Date.parse(change.at) - value * 1000).toISOString()
      : change.at;
  const since = recovered ? (openSince ?? change.at) : began;
  return {
    kind: recovered ? "recovery" : "alarm",
    alarm: change.name,
    severity: row.severity,
    title: partTitle === undefined ? row.title : `${row.title}: ${partTitle}`,
    what: row.message.what,
    since,
    at: change.at,
    ...(recovered || value === undefined ? {} : { howBad: describeHowBad(found, value) }),
    ...(recovered && openSince !== undefined ? { lasted: lastedBetween(openSince, change.at) } : {}),
    firstStep: row.message.firstStep,
    owner: row.owner,
    runbook: `${context.runbookBase}${row.id}.md`,
    dashboard: context.dashboardUrl ?? alarmPage(context.region, change.name),
    where: `${context.team} · ${context.environment} · ${context.pipeline}`,
    pipeline: context.pipeline,
    ...(heldBack === undefined ? {} : { heldBack }),
  };
}

function describeHowBad({ row }: FoundRow, value: number): string {
  const { kind, text } = row.message.howBad;
  return text
    .replaceAll("{value}", describeValue(kind, value))
    .replaceAll("{threshold}", describeValue(kind, row.threshold));
}

function lastedBetween(from: string, to: string): string {
  return describeSeconds((Date.parse(to) - Date.parse(from)) / 1000);
}

/** One line: `[CRITICAL] No data arrives (prod)`, `[RECOVERED] No data arrives (prod)`. */
export function headline(message: AlarmMessage): string {
  const mark = message.kind === "recovery" ? "RECOVERED" : message.severity.toUpperCase();
  return `[${mark}] ${message.title} (${message.pipeline})`;
}

/** An SNS subject: printable ASCII, one line, under 100 characters (SNS API reference, "Publish"). */
export function subject(message: AlarmMessage): string {
  return headline(message)
    .replace(/[^\x20-\x7e]/g, "?")
    .slice(0, 99);
}

/** Title and text of each part of a message, in the order in which they are read; empty parts are left out. */
export function messageParts(message: AlarmMessage): [string, string][] {
  const parts: [string, string | undefined][] =
    message.kind === "recovery"
      ? [
          ["What", `${message.title}: it is over.`],
          ["Since", describeInstant(message.at)],
          ["Lasted", message.lasted],
          ["What next", "Do what the runbook asks for afterwards."],
        ]
      : [
          ["What", message.what],
          ["Since", describeInstant(message.since)],
          ["How bad", message.howBad],
          ["Do first", message.firstStep],
        ];
  return [...parts, ["Owner", message.owner], ["Held back", message.heldBack]].filter(
    (part): part is [string, string] => part[1] !== undefined,
  );
}

/** The message as plain text, for e-mail. */
export function messageText(message: AlarmMessage): string {
  const lines = [...messageParts(message), ["Runbook", message.runbook], ["Dashboard", message.dashboard]];
  const width = Math.max(...lines.map(([title]) => (title ?? "").length)) + 2;
  return [
    headline(message),
    "",
    ...lines.map(([title, text]) => `${`${title ?? ""}:`.padEnd(width)}${text ?? ""}`),
    "",
    message.where,
  ].join("\n");
}
