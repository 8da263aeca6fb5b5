import { ALARMS, notifierRows } from "../../../../components/operations/alarm-list";
import { notifyPeople, type NotifierDependencies } from "../../../../handlers/operations/notifier";
import type { PagerNotice } from "../../../../handlers/operations/notifier-channels";
import { NOTHING_TOLD, type Told } from "../../../../handlers/operations/notifier-limit";
import type { NotifierSettings } from "../../../../handlers/operations/notifier-settings";
import type { SnsEvent } from "../../../../handlers/lambda-types";
import type { SlackMessage } from "../../../../handlers/slack-message";
import { capturingLog } from "../support";

export const P = "clickstream-prod";
export const SETTINGS: NotifierSettings = {
  table: "state",
  team: "data",
  environment: "prod",
  pipeline: P,
  region: "eu-west-1",
  pagerTopic: "arn:aws:sns:eu-west-1:123456789012:pager",
  paged: true,
  slack: true,
  runbookBase: "https://example.org/runbooks/",
  dashboardUrl: "https://example.org/dashboard",
};
export const ROWS = notifierRows(ALARMS);

/** An alarm's message as CloudWatch publishes it. */
export function alarmJson(id: string, state: string, at: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    AlarmName: `${P}-${id}`,
    AlarmDescription: "what people read in the console",
    AWSAccountId: "123456789012",
    NewStateValue: state,
    NewStateReason: "Threshold Crossed",
    StateChangeTime: at.replace("Z", "+0000"),
    Region: "EU (Ireland)",
    AlarmArn: `arn:aws:cloudwatch:eu-west-1:123456789012:alarm:${P}-${id}`,
    OldStateValue: state === "ALARM" ? "OK" : "ALARM",
    ...more,
  });
}

/** The reason of a metric alarm. */
export function crossed(value: number, threshold: number): string {
  return (
    `Threshold Crossed: 1 out of the last 1 datapoints [${String(value)} (25/11/26 13:00:00)] was greater than the ` +
    `threshold (${String(threshold)}) (minimum 1 datapoint for OK -> ALARM transition).`
  );
}

/** An event of one notification. */
export function event(messageId: string, message: string, more: Record<string, string> = {}): SnsEvent {
  return { Records: [{ Sns: { MessageId: messageId, Message: message, ...more } }] };
}

/** What reached people, and the record of it, in memory. */
export class People {
  readonly slack: SlackMessage[] = [];
  readonly pages: (PagerNotice & { attributes: Readonly<Record<string, string>> })[] = [];
  readonly heldBack: { count: number; at: string }[] = [];
  readonly reasons: Record<string, string> = {};
  told: Told = NOTHING_TOLD;
  tableIsDown = false;
  slackIsDown = false;

  deps(settings: Partial<NotifierSettings> = {}): NotifierDependencies {
    return {
      settings: { ...SETTINGS, ...settings },
      rows: ROWS,
      store: {
        update: async (change) => {
          if (this.tableIsDown) throw new Error("table is down");
          const { told, result } = change(this.told);
          this.told = told;
          return result;
        },
      },
      slack: async (message) => {
        if (this.slackIsDown) throw new Error("Slack is down");
        this.slack.push(message);
      },
      page: async (notice, attributes) => void this.pages.push({ ...notice, attributes }),
      reasonOf: async (alarm) => this.reasons[alarm],
      countHeldBack: async (count, at) => void this.heldBack.push({ count, at: at.toISOString() }),
    };
  }
}

/** Runs one event against `people`, silently. */
export async function send(
  people: People,
  given: ReturnType<typeof event>,
  owner = "request-1",
  settings: Parameters<People["deps"]>[0] = {},
): Promise<unknown> {
  const { result } = await capturingLog(async () => {
    try {
      await notifyPeople(given, owner, people.deps(settings));
      return undefined;
    } catch (error) {
      return error;
    }
  });
  return result;
}
