import type { AlertRule } from "./purchase";

/** Names of the environment variables that the component sets and the handlers read. */
export const ALERT_ENV = {
  table: "ALERT_TABLE",
  topicArn: "ALERT_TOPIC_ARN",
  queueUrl: "ALERT_QUEUE_URL",
  rawBucket: "ALERT_RAW_BUCKET",
  thresholdUsd: "ALERT_THRESHOLD_USD",
  currencies: "ALERT_CURRENCIES",
  rememberDays: "ALERT_REMEMBER_DAYS",
  leaseSeconds: "ALERT_LEASE_SECONDS",
  team: "ALERT_TEAM",
  environment: "ALERT_ENVIRONMENT",
  dashboardUrl: "ALERT_DASHBOARD_URL",
} as const;

/** Name of the variable that gives the Slack notifier its secret. */
export const SLACK_SECRET_ENV = "SLACK_SECRET_ARN";

/** What the purchase handler is told by its environment. */
export interface AlertSettings extends AlertRule {
  table: string;
  topicArn: string;
  queueUrl: string;
  rawBucket: string;
  /** How long an order is remembered, in days. */
  rememberDays: number;
  /** How long one invocation may hold an order before another may take it over, in seconds. */
  leaseSeconds: number;
  team: string;
  environment: string;
  region: string;
  dashboardUrl?: string;
}

/** The variable's value; throws an error that names the variable when it is missing or empty. */
export function requireVariable(env: Record<string, string | undefined>, name: string): string {
  const value = env[name];
  if (value === undefined || value === "") {
    throw new Error(`Environment variable ${name} is not set. The Alerting component sets it; deploy the stack again.`);
  }
  return value;
}

/** Reads the settings from the environment; throws an error that names the first variable that is missing or wrong. */
export function readAlertSettings(env: Record<string, string | undefined>): AlertSettings {
  const positive = (name: string): number => {
    const text = requireVariable(env, name);
    const value = Number(text);
    if (!Number.isFinite(value) || value <= 0) {
      throw new Error(`Environment variable ${name} is "${text}": it must be a number above 0.`);
    }
    return value;
  };
  const parseCurrencies = (): Record<string, number> => {
    const text = requireVariable(env, ALERT_ENV.currencies);
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (cause) {
      throw new Error(`Environment variable ${ALERT_ENV.currencies} is not JSON: ${text}`, { cause });
    }
    const rates: Record<string, number> = {};
    for (const [code, rate] of Object.entries(parsed as Record<string, unknown>)) {
      if (typeof rate !== "number" || !(rate > 0)) {
        throw new Error(`Environment variable ${ALERT_ENV.currencies}: rate of ${code} must be a number above 0.`);
      }
      rates[code] = rate;
    }
    return rates;
  };
  const dashboardUrl = env[ALERT_ENV.dashboardUrl];
  return {
    table: requireVariable(env, ALERT_ENV.table),
    topicArn: requireVariable(env, ALERT_ENV.topicArn),
    queueUrl: requireVariable(env, ALERT_ENV.queueUrl),
    rawBucket: requireVariable(env, ALERT_ENV.rawBucket),
    thresholdUsd: positive(ALERT_ENV.thresholdUsd),
    currencies: parseCurrencies(),
    rememberDays: positive(ALERT_ENV.rememberDays),
    leaseSeconds: positive(ALERT_ENV.leaseSeconds),
    team: requireVariable(env, ALERT_ENV.team),
    environment: requireVariable(env, ALERT_ENV.environment),
    region: requireVariable(env, "AWS_REGION"),
    ...(dashboardUrl === undefined || dashboardUrl === "" ? {} : { dashboardUrl }),
  };
}
