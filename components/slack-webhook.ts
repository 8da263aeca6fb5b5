import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { SLACK_SECRET_ENV } from "../handlers/settings";
import { dataOptions, mayDelete } from "./deletion";
import type { PolicyStatement } from "./policy";
import type { DeletionKeys, KeyRef, Tags } from "./types";

/** Three posts of at most 5 s with two pauses of at most 10 s, and the start (handlers/slack-notifier.ts). */
export const SLACK_TIMEOUT_SECONDS = 45;

/** Arguments of `slackWebhook`. */
export interface SlackWebhookArgs {
  description: string;
  key: KeyRef;
  webhook: pulumi.Input<string>;
  deletion: DeletionKeys;
  tags?: Tags;
}

/** A webhook in Secrets Manager, and what a function needs in order to read it. */
export interface SlackWebhook {
  /** The function must not start before it. */
  version: aws.secretsmanager.SecretVersion;
  environment: Record<string, pulumi.Input<string>>;
  statements: PolicyStatement[];
}

/** Keeps a Slack webhook in Secrets Manager, as children of the component that asks. */
export function slackWebhook(name: string, args: SlackWebhookArgs, parent: pulumi.Resource): SlackWebhook {
  const options = { parent, ...dataOptions(args.deletion) };
  const secret = new aws.secretsmanager.Secret(
    name,
    {
      description: args.description,
      kmsKeyId: args.key.arn,
      // 0 deletes at once; 30 days is the longest that a deleted secret can be brought back.
      recoveryWindowInDays: mayDelete(args.deletion) ? 0 : 30,
      tags: args.tags,
    },
    options,
  );
  const version = new aws.secretsmanager.SecretVersion(
    name,
    { secretId: secret.id, secretString: pulumi.secret(args.webhook) },
    options,
  );
  return {
    version,
    environment: { [SLACK_SECRET_ENV]: secret.arn },
    statements: [
      { Sid: "ReadWebhook", Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secret.arn },
    ],
  };
}
