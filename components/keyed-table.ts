import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { dataOptions, mayDelete } from "./deletion";
import type { DeletionKeys, KeyRef, Tags } from "./types";

/** Arguments of `keyedTable`. */
export interface KeyedTableArgs {
  /** Encrypts the table. */
  key: KeyRef;
  /** Attribute with the epoch second at which an item ends. @default items stay */
  ttlAttribute?: string;
  deletion: DeletionKeys;
  /** @default none */
  tags?: Tags;
}

/** A DynamoDB table whose items are found by the texts `pk` and `sk`: encrypted, restorable to any second, paid by request. */
export function keyedTable(
  name: string,
  { key, ttlAttribute, deletion, tags }: KeyedTableArgs,
  parent: pulumi.Resource,
): aws.dynamodb.Table {
  return new aws.dynamodb.Table(
    name,
    {
      attributes: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
      ],
      hashKey: "pk",
      rangeKey: "sk",
      billingMode: "PAY_PER_REQUEST",
      ttl: ttlAttribute === undefined ? undefined : { attributeName: ttlAttribute, enabled: true },
      serverSideEncryption: { enabled: true, kmsKeyArn: key.arn },
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: !mayDelete(deletion),
      tags,
    },
    { parent, ...dataOptions(deletion) },
  );
}
