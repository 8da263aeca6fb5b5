import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { dataOptions, mayDelete } from "../deletion";
import type { PolicyStatement } from "../policy";
import type { DeletionKeys, KeyRef, Tags } from "../types";

/** Arguments of `hashKeySecret`. */
export interface HashKeySecretArgs {
  /** What the hash is for; shown in the console. */
  description: string;
  /** Encrypts the secret. */
  key: KeyRef;
  deletion: DeletionKeys;
  tags: Tags;
}

/**
 * A secret that holds the key of a keyed hash: drawn by AWS at the first `up`, never changed by a later one.
 * @returns the secret's ARN, which resolves when the secret holds a value
 */
export function hashKeySecret(
  name: string,
  { description, key, deletion, tags }: HashKeySecretArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const secret = new aws.secretsmanager.Secret(
    name,
    {
      description,
      kmsKeyId: key.arn,
      // 0 deletes at once, so that a throw-away stack leaves no secret; 30 days is the most there is.
      recoveryWindowInDays: mayDelete(deletion) ? 0 : 30,
      tags,
    },
    { parent, ...dataOptions(deletion) },
  );
  const { randomPassword } = aws.secretsmanager.getRandomPasswordOutput(
    // 64 of 62 letters and digits: 381 bits, more than HMAC-SHA256 can use.
    { passwordLength: 64, excludePunctuation: true },
    { parent },
  );
  const version = new aws.secretsmanager.SecretVersion(
    name,
    { secretId: secret.arn, secretString: pulumi.secret(randomPassword) },
    // Every program run draws a new password; only the first may count, or all hashes would change.
    { parent, ...dataOptions(deletion), ignoreChanges: ["secretString"] },
  );
  // The secret's ARN, but not before it holds a value: the jobs read it by their first line.
  return version.secretId;
}

/** Lets a job read the key of a hash. */
export function hashKeyStatement(sid: string, secretArn: pulumi.Input<string>): PolicyStatement {
  return { Sid: sid, Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secretArn };
}
