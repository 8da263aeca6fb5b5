import { randomUUID } from "node:crypto";
import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";
/** As the program draws the first one (components/privacy/hash-key.ts): more than HMAC-SHA256 can use. */
const KEY = { PasswordLength: 64, ExcludePunctuation: true };

/** Versions of the secret with a stage; what has none, nobody can read by name, and AWS removes it. */
export interface Versions {
  current?: string;
  previous?: string;
}

/** Reads which versions there are; no value is read. */
export async function versionsOf(secrets: SecretsManagerClient, arn: string): Promise<Versions> {
  const { VersionIdsToStages: stages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId: arn }));
  const at = (stage: string): string | undefined =>
    Object.entries(stages).find(([, names]) => names.includes(stage))?.[0];
  const [current, previous] = [at(CURRENT), at(PREVIOUS)];
  return { ...(current === undefined ? {} : { current }), ...(previous === undefined ? {} : { previous }) };
}

/**
 * Draws a new key and makes it the current one; the one before stays readable as the previous one.
 * @param version id of the new version, a UUID: the same id twice makes one version
 */
export async function drawKey(secrets: SecretsManagerClient, arn: string, version: string): Promise<void> {
  const { RandomPassword: value } = await secrets.send(new GetRandomPasswordCommand(KEY));
  if (value === undefined) throw new Error("Secrets Manager drew no key.");
  await secrets.send(new PutSecretValueCommand({ SecretId: arn, ClientRequestToken: version, SecretString: value }));
}

/** Takes the last stage from the previous version, after which Secrets Manager deletes it. */
export async function forgetPrevious(secrets: SecretsManagerClient, arn: string): Promise<void> {
  const { previous } = await versionsOf(secrets, arn);
  if (previous === undefined) return;
  const stage = { SecretId: arn, VersionStage: PREVIOUS, RemoveFromVersionId: previous };
  await secrets.send(new UpdateSecretVersionStageCommand(stage));
}

/** An id for a version to come. */
export function newVersion(): string {
  return randomUUID();
}
