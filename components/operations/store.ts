import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alertKeyGrants } from "../alert-policies";
import { dataOptions, mayDelete } from "../deletion";
import { EncryptionKey, type KeyServiceGrant } from "../encryption-key";
import { KEY_USERS } from "../key-users";
import { componentType, fittingName } from "../naming";
import type { AwsAccount, DeletionKeys, Tags } from "../types";
import type { OperationsStoreRef } from "./store-ref";

/** Arguments of `OperationsStore`. */
export interface OperationsStoreArgs {
  /** Rules, topics and log groups whose names begin with it may use the key: those of the whole operations part. */
  pipelineName: string;
  account: AwsAccount;
  /** Services beside EventBridge, SNS, CloudWatch and CloudWatch Logs that use the key by themselves. @default none */
  services?: KeyServiceGrant[];
  deletion: DeletionKeys;
  /** @default none */
  tags?: Tags;
}

/** What the stack knows of itself: the operations table (handlers/operations/state.ts), and the part's key. */
export class OperationsStore extends pulumi.ComponentResource {
  readonly ref: OperationsStoreRef;

  constructor(name: string, args: OperationsStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    fittingName("DynamoDB table", `${name}-state`);
    super(componentType("OperationsStore"), name, {}, opts);
    const key = this.createKey(name, args);
    const table = this.createTable(name, args, key);
    this.ref = { tableName: table.name, tableArn: table.arn, key };
    this.registerOutputs({ tableName: table.name, tableArn: table.arn });
  }

  private createKey(name: string, args: OperationsStoreArgs): EncryptionKey {
    const { account, pipelineName, deletion, tags } = args;
    const rules = pulumi.interpolate`arn:${account.partition}:events:${account.region}:${account.accountId}:rule/${pipelineName}-*`;
    return new EncryptionKey(
      `${name}-key`,
      {
        description: `Operations of ${pipelineName}: table, queues, topics, functions and their logs`,
        account,
        users: KEY_USERS.operations,
        services: [...alertKeyGrants(pipelineName, account, [{ arn: rules }]), ...(args.services ?? [])],
        deletion,
        tags,
      },
      { parent: this },
    );
  }

  private createTable(name: string, args: OperationsStoreArgs, key: EncryptionKey): aws.dynamodb.Table {
    return new aws.dynamodb.Table(
      `${name}-state`,
      {
        attributes: [
          { name: "pk", type: "S" },
          { name: "sk", type: "S" },
        ],
        hashKey: "pk",
        rangeKey: "sk",
        billingMode: "PAY_PER_REQUEST",
        ttl: { attributeName: "expiresAt", enabled: true },
        serverSideEncryption: { enabled: true, kmsKeyArn: key.arn },
        pointInTimeRecovery: { enabled: true },
        deletionProtectionEnabled: !mayDelete(args.deletion),
        tags: args.tags,
      },
      { parent: this, ...dataOptions(args.deletion) },
    );
  }
}
