import { escapeMrkdwn, slackField, slackTime, type SlackMessage } from "../slack-message";
import { describeInstant } from "./notifier-units";
import { headline, messageParts, messageText, subject, type AlarmMessage } from "./notifier-message";

/** Longest texts that the receivers take. */
const MAX_SLACK_FIELD = 2000;
const MAX_SLACK_HEADER = 150;
/** Events API v2, "summary". */
const MAX_PAGER_SUMMARY = 1024;

const isUrl = (text: string): boolean => text.startsWith("https://") || text.startsWith("http://");

/** The message for Slack: Block Kit with a button for each link that is a URL. */
export function alarmSlackMessage(message: AlarmMessage): SlackMessage {
  const fields = messageParts(message).map(([title, text]) => {
    const at = message.kind === "recovery" ? message.at : message.since;
    const shown = title === "Since" ? slackTime(at) : escapeMrkdwn(text);
    return slackField(title, shown.slice(0, MAX_SLACK_FIELD));
  });
  const button = (text: string, url: string): Record<string, unknown> => ({
    type: "button",
    text: { type: "plain_text", text },
    url,
  });
  const buttons = [
    ...(isUrl(message.runbook) ? [button("Runbook", message.runbook)] : []),
    button("Dashboard", message.dashboard),
  ];
  return {
    text: escapeMrkdwn(headline(message)),
    blocks: [
      { type: "header", text: { type: "plain_text", text: headline(message).slice(0, MAX_SLACK_HEADER) } },
      { type: "section", fields },
      { type: "actions", elements: buttons },
      {
        type: "context",
        elements: [{ type: "mrkdwn", text: escapeMrkdwn(`${message.where} · runbook ${message.runbook}`) }],
      },
    ],
  };
}

/** The event of a pager, in the form of PagerDuty's Events API v2; an alarm and its recovery share the `dedup_key`. */
export function pagerEvent(message: AlarmMessage): Record<string, unknown> {
  const details = Object.fromEntries(messageParts(message));
  return {
    event_action: message.kind === "recovery" ? "resolve" : "trigger",
    dedup_key: message.alarm,
    payload: {
      summary: `${headline(message)} ${message.kind === "recovery" ? "" : message.what}`
        .trimEnd()
        .slice(0, MAX_PAGER_SUMMARY),
      source: message.pipeline,
      severity: message.severity,
      timestamp: message.at,
      component: message.alarm,
      group: message.where,
      custom_details: { ...details, Runbook: message.runbook },
    },
    links: [
      { href: message.dashboard, text: "Dashboard" },
      ...(isUrl(message.runbook) ? [{ href: message.runbook, text: "Runbook" }] : []),
    ],
  };
}

/** A notification of the pager topic: one body for each protocol (SNS, "MessageStructure"). */
export interface PagerNotice {
  readonly subject: string;
  /** JSON of `{default, email, https}`. */
  readonly body: string;
}

/** The message for the pager topic: text for mail, the pager's event for HTTPS. */
export function pagerNotice(message: AlarmMessage): PagerNotice {
  const text = messageText(message);
  return {
    subject: subject(message),
    body: JSON.stringify({ default: text, email: text, https: JSON.stringify(pagerEvent(message)) }),
  };
}

/** Text that is no known alarm, for the pager topic of a stack without Slack; never without a readable body. */
export function unknownPagerNotice(pipeline: string, given: string | undefined, text: string, at: string): PagerNotice {
  const title = `[NOTICE] ${given ?? "Notification"} (${pipeline})`.replace(/[^\x20-\x7e]/g, "?").slice(0, 99);
  const body = `${title}\n\n${text}\n\n${describeInstant(at)}`;
  const event = {
    event_action: "trigger",
    payload: { summary: title, source: pipeline, severity: "warning", timestamp: at, custom_details: { text } },
  };
  return { subject: title, body: JSON.stringify({ default: body, email: body, https: JSON.stringify(event) }) };
}
