import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { dataOptions, DELETABLE_KEY_WINDOW_DAYS, mayDelete, RETAINED_KEY_WINDOW_DAYS } from "./deletion";
import { keyUserStatements, type KeyUsers } from "./key-policy";
import { componentType, GLUE_LOG_GROUPS } from "./naming";
import { policyDocument, type PolicyStatement } from "./policy";
import type { AwsAccount, DeletionKeys, Tags } from "./types";

/** A service that may use the key by itself, for requests that meet the conditions. */
export interface KeyServiceGrant {
  /** Statement id: letters and digits. */
  sid: string;
  /** Service principal, such as `events.amazonaws.com`. */
  service: pulumi.Input<string>;
  /** @default `["kms:Decrypt", "kms:GenerateDataKey"]`, the pair of every service that writes encrypted messages */
  actions?: string[];
  /** Conditions that narrow the grant to this account's sources. */
  condition: NonNullable<PolicyStatement["Condition"]>;
}

/** Arguments of `EncryptionKey`. */
export interface EncryptionKeyArgs {
  /** What the key encrypts; shown in the console. */
  description: string;
  account: AwsAccount;
  /** Roles and services that work with what it encrypts; `KEY_USERS` has those of the pipeline. */
  users: KeyUsers;
  /** Pipelines of the same account whose asking roles read what it encrypts. @default none */
  guests?: readonly string[];
  /** Services beside the account's own principals. @default none */
  services?: KeyServiceGrant[];
  /** Whether the key outlives the stack; losing it loses what it encrypted. */
  deletion: DeletionKeys;
  /** @default none */
  tags?: Tags;
}

/**
 * A symmetric KMS key with yearly rotation and an alias. The key policy leaves the key's administration to the account's
 * IAM, its use to the roles named, and grants services only under the conditions given (docs/keys.md).
 */
export class EncryptionKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly keyId: pulumi.Output<string>;

  constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("EncryptionKey"), name, {}, opts);
    const key = this.createKey(name, args);
    this.createAlias(name, args, key);
    // The ARN is handed on; the id is only for the alias and for people.
    this.arn = key.arn;
    this.keyId = key.keyId;
    this.registerOutputs({ arn: this.arn, keyId: this.keyId });
  }

  private createKey(name: string, args: EncryptionKeyArgs): aws.kms.Key {
    return new aws.kms.Key(
      name,
      {
        description: args.description,
        enableKeyRotation: true,
        deletionWindowInDays: mayDelete(args.deletion) ? DELETABLE_KEY_WINDOW_DAYS : RETAINED_KEY_WINDOW_DAYS,
        policy: keyPolicy(args),
        tags: args.tags,
      },
      { parent: this, ...dataOptions(args.deletion) },
    );
  }

  private createAlias(name: string, args: EncryptionKeyArgs, key: aws.kms.Key): void {
    new aws.kms.Alias(name, { targetKeyId: key.keyId }, { parent: this, ...dataOptions(args.deletion) });
  }
}

function keyPolicy(args: EncryptionKeyArgs): pulumi.Output<string> {
  return policyDocument([
    ...keyUserStatements(args.account, args.users, args.guests),
    ...(args.services ?? []).map((grant): PolicyStatement => ({
      Sid: grant.sid,
      Effect: "Allow",
      Principal: { Service: grant.service },
      Action: grant.actions ?? ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: grant.condition,
    })),
  ]);
}

/** Lets CloudWatch Logs encrypt the log groups of this account's Glue jobs. */
export function glueLogsGrant(account: AwsAccount): KeyServiceGrant {
  const { accountId, partition, region } = account;
  return {
    sid: "GlueLogs",
    service: pulumi.interpolate`logs.${region}.amazonaws.com`,
    actions: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
    condition: {
      ArnLike: {
        "kms:EncryptionContext:aws:logs:arn": pulumi.interpolate`arn:${partition}:logs:${region}:${accountId}:log-group:${GLUE_LOG_GROUPS}`,
      },
    },
  };
}
