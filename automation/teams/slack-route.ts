import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation";
import { KEYS } from "../../config-schema";
import { UserError } from "../errors";
import { engineErrors } from "../stack/engine-errors";
import { engine, PROJECT_ROOT } from "../stack/workspace";

/**
 * The webhook that an environment variable holds. Its name is the option, because a command line is seen by every user of
 * the machine and kept in the shell's history.
 * @throws UserError where there is none, or it is no webhook; the value is never shown
 */
export function webhookFrom(variable: string, env: NodeJS.ProcessEnv = process.env): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) {
    throw new UserError(
      "--slack takes the name of an environment variable, and what was given cannot be one.",
      "Put the webhook into a variable: read -rs SLACK_WEBHOOK; export SLACK_WEBHOOK; then give --slack SLACK_WEBHOOK.",
    );
  }
  const value = env[variable];
  if (value !== undefined && value !== "" && KEYS.slackWebhook.schema.safeParse(value).success) return value;
  throw new UserError(
    `The environment variable ${variable} ${value === undefined || value === "" ? "is not set" : "holds no https URL"}.`,
    `Set it to the webhook of the team's channel: read -rs ${variable}; export ${variable}`,
  );
}

/**
 * Puts the webhook into Pulumi.<stack>.yaml, encrypted by the stack's own secrets provider; the stack is initialised in the
 * backend of this machine's login where it is not yet.
 */
export async function routeToSlack(stack: string, webhook: string, secretsProvider?: string): Promise<void> {
  const workspace = await LocalWorkspace.create({
    workDir: PROJECT_ROOT,
    pulumiCommand: await engine(),
    ...(secretsProvider === undefined ? {} : { secretsProvider }),
  });
  const route = async (): Promise<void> => {
    const opened = await Stack.createOrSelect(stack, workspace);
    await opened.setConfig("clickstream:slackWebhook", { value: webhook, secret: true });
  };
  await engineErrors(`Encrypting the Slack webhook of ${stack}`, route());
}
