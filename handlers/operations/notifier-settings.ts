import { SLACK_SECRET_ENV } from "../settings";
import type { MessageContext } from "./notifier-message";
import { OPERATIONS_ENV } from "./state";

/** Names of the environment variables that the AlarmRoutes component sets beside those of `OPERATIONS_ENV`. */
export const NOTIFIER_ENV = {
  pagerTopic: "PAGER_TOPIC_ARN",
  /** `true` when somebody listens to the pager topic. */
  paged: "PAGED",
  runbookBase: "RUNBOOK_BASE",
  dashboardUrl: "DASHBOARD_URL",
} as const;

/** What the notifier is told by its environment. */
export interface NotifierSettings extends MessageContext {
  readonly table: string;
  readonly pagerTopic: string;
  readonly paged: boolean;
  /** Whether there is a Slack webhook. */
  readonly slack: boolean;
}

/** Reads the settings; throws an error that names the first variable that is missing. */
export function readNotifierSettings(env: Record<string, string | undefined>): NotifierSettings {
  const required = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === "") {
      throw new Error(
        `Environment variable ${name} is not set. The AlarmRoutes component sets it; deploy the stack again.`,
      );
    }
    return value;
  };
  const dashboardUrl = env[NOTIFIER_ENV.dashboardUrl];
  return {
    table: required(OPERATIONS_ENV.table),
    team: required(OPERATIONS_ENV.team),
    environment: required(OPERATIONS_ENV.environment),
    pipeline: required(OPERATIONS_ENV.pipeline),
    region: required("AWS_REGION"),
    pagerTopic: required(NOTIFIER_ENV.pagerTopic),
    paged: required(NOTIFIER_ENV.paged) === "true",
    runbookBase: required(NOTIFIER_ENV.runbookBase),
    slack: (env[SLACK_SECRET_ENV] ?? "") !== "",
    ...(dashboardUrl === undefined || dashboardUrl === "" ? {} : { dashboardUrl }),
  };
}
