import { describeAmount, describeProduct, formatMoney, type PurchaseAlert } from "./alert-message";
import { cleanText } from "./purchase";

/** The body of a Slack incoming webhook: `text` for notifications, `blocks` (Block Kit) for the channel. */
export interface SlackMessage {
  text: string;
  blocks: Record<string, unknown>[];
}

/** Escapes the three characters that Slack's mrkdwn gives a meaning to, so that a product name cannot mention @channel. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Slack's own form of a time, shown in the reader's zone, with the plain text as fallback. */
export function slackTime(iso: string | undefined): string {
  if (iso === undefined) return "not stated";
  const seconds = Math.floor(Date.parse(iso) / 1000);
  return Number.isNaN(seconds)
    ? escapeMrkdwn(iso)
    : `<!date^${seconds}^{date_short_pretty} {time_secs}|${escapeMrkdwn(iso)}>`;
}

/** A field of a section block: a bold title over its text, which the caller has escaped. */
export function slackField(title: string, text: string): Record<string, string> {
  return { type: "mrkdwn", text: `*${title}*\n${text}` };
}

/** Who, what, how much, when, and a link. Texts stay below Block Kit's limits (header 150, field 2,000 characters). */
export function slackMessage(alert: PurchaseAlert): SlackMessage {
  const amount = describeAmount(alert);
  const order = escapeMrkdwn(cleanText(alert.orderId) ?? "");
  const where = alert.country === undefined ? "" : ` (${escapeMrkdwn(alert.country)})`;
  return {
    text: escapeMrkdwn(`Purchase of ${amount} by user ${alert.userId} in ${alert.environment}`),
    blocks: [
      { type: "header", text: { type: "plain_text", text: `Purchase of ${formatMoney(alert.amountUsd, "USD")}` } },
      {
        type: "section",
        fields: [
          slackField("Who", `user ${escapeMrkdwn(alert.userId)}${where}`),
          slackField("What", `${escapeMrkdwn(describeProduct(alert.product))}\norder ${order}`),
          slackField("How much", escapeMrkdwn(amount)),
          slackField("When", slackTime(alert.occurredAt)),
        ],
      },
      {
        type: "actions",
        elements: [{ type: "button", text: { type: "plain_text", text: "Open" }, url: alert.link }],
      },
      {
        type: "context",
        elements: [
          {
            type: "mrkdwn",
            text: escapeMrkdwn(
              `${alert.team} · ${alert.environment} · threshold ${formatMoney(alert.thresholdUsd, "USD")} · seen ${alert.detectedAt}`,
            ),
          },
        ],
      },
    ],
  };
}

/** A message that is no known alert (an alarm, a later version) is passed on as text rather than dropped. */
export function plainSlackMessage(subject: string | undefined, message: string): SlackMessage {
  const title = cleanText(subject) ?? "Notification";
  const body = [...message].slice(0, 2500).join("").replaceAll("```", "'''");
  return {
    text: escapeMrkdwn(title),
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: `*${escapeMrkdwn(title)}*` } },
      { type: "section", text: { type: "mrkdwn", text: `\`\`\`${escapeMrkdwn(body).slice(0, 2900)}\`\`\`` } },
    ],
  };
}
