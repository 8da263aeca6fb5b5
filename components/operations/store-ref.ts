import type * as pulumi from "@pulumi/pulumi";
import type { EncryptionKey } from "../encryption-key";
import type { PolicyStatement } from "../policy";
import type { STATE } from "../../handlers/operations/state";

/** The operations table as its users see it (handlers/operations/state.ts has its shape). */
export interface OperationsStoreRef {
  tableName: pulumi.Input<string>;
  tableArn: pulumi.Input<string>;
  /** Encrypts the table, and the functions, queues and topics of the operations part. */
  key: EncryptionKey;
}

/** A partition key of the table. */
export type StatePartition = (typeof STATE)[
  "landing" | "volume" | "heartbeat" | "drift" | "job" | "runs" | "message" | "lock"];

const ACTIONS = {
  read: ["dynamodb:GetItem", "dynamodb:Query"],
  write: ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
} as const;

/** What a function may do in the table: in the named partitions only. */
export function stateAccess(
  sid: string,
  store: OperationsStoreRef,
  access: keyof typeof ACTIONS,
  partitions: readonly StatePartition[],
): PolicyStatement {
  return {
    Sid: sid,
    Effect: "Allow",
    Action: [...ACTIONS[access]],
    Resource: store.tableArn,
    // IAM user guide, "Using IAM policy conditions for fine-grained access control": keys of partitions.
    Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [...partitions] } },
  };
}
