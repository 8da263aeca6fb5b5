import { parseAlert } from "./alert-message";
import type { SnsEvent } from "./lambda-types";
import { logLine } from "./log";
import { loadSecretsManager } from "./runtime-sdk";
import { requireVariable, SLACK_SECRET_ENV } from "./settings";
import { plainSlackMessage, slackMessage, type SlackMessage } from "./slack-message";

/** What came back from the webhook: a status, or the name of a network error. Never the URL, which is a secret. */
export type PostResult = { status: number; retryAfterSeconds?: number } | { status: 0; error: string };

/** What sending needs; the shell binds it to AWS and the network. */
export interface SlackDependencies {
  /** The webhook URL; `fresh` asks for one that is not from the cache. */
  webhook: (fresh: boolean) => Promise<string>;
  post: (url: string, message: SlackMessage) => Promise<PostResult>;
  sleep: (milliseconds: number) => Promise<void>;
}

/** Tries in one invocation; Lambda repeats the invocation itself twice more before the dead-letter queue. */
const MAX_TRIES = 3;

/** Longest pause between two tries, in seconds; a longer Retry-After is left to the next invocation. */
const MAX_PAUSE_SECONDS = 10;

/** Statuses by which Slack says that the webhook itself is no longer valid: it may have been rotated. */
const REVOKED = [403, 404, 410];

/**
 * Sends one message. Repeats on 429, 5xx and network errors; after a revoked webhook it reads the secret again, once.
 * Throws when it is not delivered, so that Lambda retries and then dead-letters the event.
 */
export async function sendToSlack(message: SlackMessage, deps: SlackDependencies): Promise<void> {
  let fresh = false;
  let last = "no try made";
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const result = await deps.post(await deps.webhook(fresh), message);
    if (result.status >= 200 && result.status < 300) return;
    last = "error" in result ? `network: ${result.error}` : `status ${result.status}`;
    let pause = 2 ** (attempt - 1);
    if (REVOKED.includes(result.status)) {
      if (fresh) break;
      fresh = true;
      pause = 0;
    } else if (result.status !== 0 && result.status !== 429 && result.status < 500) {
      break;
    } else if ("retryAfterSeconds" in result && result.retryAfterSeconds !== undefined) {
      pause = result.retryAfterSeconds;
    }
    if (pause > MAX_PAUSE_SECONDS) break;
    if (attempt < MAX_TRIES && pause > 0) await deps.sleep(pause * 1000);
  }
  throw new Error(`Slack did not take the message: ${last}. Check the webhook in the notifier's secret.`);
}

/** Sends every notification of the event; a failed one does not hold back the others. Throws if any failed. */
export async function notifySlack(event: SnsEvent, deps: SlackDependencies): Promise<void> {
  const errors: unknown[] = [];
  for (const { Sns: notice } of event.Records) {
    const alert = parseAlert(notice.Message);
    try {
      await sendToSlack(
        alert === undefined ? plainSlackMessage(notice.Subject ?? undefined, notice.Message) : slackMessage(alert),
        deps,
      );
      logLine("info", "sent to Slack", { messageId: notice.MessageId, orderId: alert?.orderId });
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** How long a webhook URL is kept before the secret is read again, in milliseconds. */
const WEBHOOK_CACHE_MS = 300_000;

/** Binds the dependencies to Secrets Manager and `fetch`. */
export function connectSlack(env: Record<string, string | undefined>): SlackDependencies {
  const secretArn = requireVariable(env, SLACK_SECRET_ENV);
  const sdk = loadSecretsManager();
  const client = new sdk.SecretsManagerClient({});
  let cached: { url: string; until: number } | undefined;
  return {
    async webhook(fresh: boolean): Promise<string> {
      if (!fresh && cached !== undefined && cached.until > Date.now()) return cached.url;
      const answer = await client.send(new sdk.GetSecretValueCommand({ SecretId: secretArn }));
      const url = answer.SecretString?.trim() ?? "";
      if (!URL.canParse(url)) throw new Error(`Secret ${secretArn} holds no URL. Store the Slack webhook URL in it.`);
      cached = { url, until: Date.now() + WEBHOOK_CACHE_MS };
      return url;
    },
    async post(url: string, message: SlackMessage): Promise<PostResult> {
      try {
        const response = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json; charset=utf-8" },
          body: JSON.stringify(message),
          signal: AbortSignal.timeout(5000),
        });
        await response.arrayBuffer();
        const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
        return Number.isFinite(retryAfter)
          ? { status: response.status, retryAfterSeconds: retryAfter }
          : { status: response.status };
      } catch (error) {
        // The message of a fetch error may hold the URL; its name does not.
        return { status: 0, error: error instanceof Error ? error.name : "unknown" };
      }
    },
    sleep: (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  };
}

/** Factory of the Slack notifier; runs once per Lambda instance, the client is made at the first event. */
export function createSlackNotifier(): (event: SnsEvent) => Promise<void> {
  let deps: SlackDependencies | undefined;
  return async (event) => {
    deps ??= connectSlack(process.env);
    await notifySlack(event, deps);
  };
}
