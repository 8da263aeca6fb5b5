import type { AlarmMessage, MessageContext } from "./notifier-message";
import type { Severity } from "./notifier-row";

/** What people are told of one kind of security event. Plain data: the notifier's function carries it. */
export interface SecurityRow {
  /** Kebab case, at most 10 characters: a rule's name ends with it. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** What to do first, one sentence. */
  readonly firstStep: string;
}

/** Every kind, the critical ones first. The rules that catch them are in components/audit. */
export const SECURITY_EVENTS: readonly SecurityRow[] = [
  {
    id: "key-lost",
    title: "A key is disabled or scheduled for deletion",
    severity: "critical",
    firstStep: "Enable the key again or cancel its deletion: without it the data cannot be read.",
  },
  {
    id: "opened",
    title: "A block of public access was changed",
    severity: "critical",
    firstStep: "Look at the bucket's or the account's block of public access and put it back.",
  },
  {
    id: "trail-off",
    title: "The audit trail was stopped or changed",
    severity: "critical",
    firstStep: "Start the trail again, then ask who stopped it and what happened meanwhile.",
  },
  {
    id: "root-use",
    title: "The account's root user was used",
    severity: "critical",
    firstStep: "Ask whoever holds the root credentials whether it was they; if not, lock the account's root user.",
  },
  {
    id: "policies",
    title: "The policy of a bucket or key was changed",
    severity: "warning",
    firstStep: "Compare with the last deployment; deploy again if it was none.",
  },
  {
    id: "roles",
    title: "The rights of one of the stack's roles were changed",
    severity: "warning",
    firstStep: "Compare with the last deployment; deploy again if it was none.",
  },
];

/** Who is told to act. */
const OWNER = "data-platform on call";
/** Runbook of all kinds. */
export const SECURITY_RUNBOOK = "security-event";

/** A call that CloudTrail recorded and a rule caught. */
export interface SecurityEvent {
  readonly row: SecurityRow;
  /** When it was called, ISO 8601. */
  readonly at: string;
  readonly region: string;
  /** CloudTrail's id of the record; absent in a record without one, as are the next ones. */
  readonly id?: string;
  readonly call: string;
  readonly service?: string;
  readonly who?: string;
  readonly from?: string;
  /** CloudTrail's error code: the call was refused. */
  readonly refused?: string;
}

type Fields = Record<string, unknown>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * Reads what a rule's input transformer makes: `{"securityEvent": "<row id>", "time", "region", "detail"}`, where `detail`
 * is CloudTrail's record (CloudTrail guide, "Record contents").
 * @returns undefined for anything else
 */
export function parseSecurityEvent(message: string): SecurityEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return undefined;
  }
  const fields = fieldsOf(value);
  const detail = fieldsOf(fields?.["detail"]);
  const row = SECURITY_EVENTS.find(({ id }) => id === fields?.["securityEvent"]);
  const at = Date.parse(String(detail?.["eventTime"] ?? fields?.["time"]));
  if (detail === undefined || row === undefined || Number.isNaN(at)) return undefined;
  const identity = fieldsOf(detail["userIdentity"]);
  const optional = {
    id: textOf(detail["eventID"]),
    service: textOf(detail["eventSource"]),
    who: textOf(identity?.["arn"]) ?? textOf(identity?.["principalId"]) ?? textOf(identity?.["type"]),
    from: textOf(detail["sourceIPAddress"]),
    refused: textOf(detail["errorCode"]),
  };
  return {
    row,
    at: new Date(at).toISOString(),
    region: textOf(detail["awsRegion"]) ?? textOf(fields?.["region"]) ?? "an unknown region",
    call: textOf(detail["eventName"]) ?? "an unnamed call",
    ...Object.fromEntries(Object.entries(optional).filter(([, text]) => text !== undefined)),
  };
}

/** Key of an event's kind in the record of what was told; it shares the limits of alarms. */
export function securityKey({ row }: SecurityEvent): string {
  return `security-${row.id}`;
}

/** The message for people. */
export function securityMessage(event: SecurityEvent, context: MessageContext, heldBack?: string): AlarmMessage {
  const { row, at, call, service, who, from, region, refused, id } = event;
  const by = `${who ?? "an unknown principal"}${from === undefined ? "" : ` from ${from}`}`;
  return {
    kind: "alarm",
    alarm: `${context.pipeline}-${securityKey(event)}`,
    severity: row.severity,
    title: row.title,
    what: `${call}${service === undefined ? "" : ` (${service})`} by ${by} in ${region}.`,
    since: at,
    at,
    howBad: refused === undefined ? "It was done." : `It was refused: ${refused}.`,
    firstStep: row.firstStep,
    owner: OWNER,
    runbook: `${context.runbookBase}${SECURITY_RUNBOOK}.md`,
    dashboard: eventPage(context.region, event.region, id),
    where: `${context.team} · ${context.environment} · ${context.pipeline}`,
    pipeline: context.pipeline,
    ...(heldBack === undefined ? {} : { heldBack }),
  };
}

/** The record's page in the console of the region where it is; without an id, the event history. */
function eventPage(own: string, given: string, id: string | undefined): string {
  const region = /^[a-z]{2}(-[a-z]+)+-\d$/.test(given) ? given : own;
  const suffix = region.startsWith("cn-") ? "amazonaws.cn" : "aws.amazon.com";
  const domain = region.startsWith("us-gov-") ? "amazonaws-us-gov.com" : suffix;
  const page = id === undefined ? "" : `/${encodeURIComponent(id)}`;
  return `https://${region}.console.${domain}/cloudtrailv2/home?region=${region}#/events${page}`;
}
