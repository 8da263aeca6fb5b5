import * as pulumi from "@pulumi/pulumi";
import { alertKeyGrants } from "../alert-policies";
import { EncryptionKey, type KeyServiceGrant } from "../encryption-key";
import { KEY_USERS } from "../key-users";
import { keyedTable } from "../keyed-table";
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
    const { deletion, tags } = args;
    const table = keyedTable(`${name}-state`, { key, ttlAttribute: "expiresAt", deletion, tags }, this);
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
}
