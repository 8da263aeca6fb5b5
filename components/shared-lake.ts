import * as pulumi from "@pulumi/pulumi";
import type { AwsAccount, LakeLocation } from "./types";

/** Tables of gold, by the names under which their locations are handed on. */
export const SHARED_TABLES = ["clicks", "users", "sales"] as const;
/** A table that other stacks read. */
export type SharedTable = (typeof SHARED_TABLES)[number];

/** The gold of a stack as another stack of the same account and region reads it; plain values, from the owner's outputs. */
export interface SharedLake {
  /** Pipeline that owns the lake. */
  pipelineName: string;
  accountId: string;
  region: string;
  bucket: { name: string; arn: string };
  /** Key that encrypts gold; its policy names the readers. */
  keyArn: string;
  database: string;
  tables: Readonly<Record<SharedTable, { table: string; prefix: string }>>;
  /** Pipelines that the owner lets read: those whose roles its key's policy names. */
  readers: readonly string[];
}

/** What the owner knows of its lake. */
export interface OwnLake {
  pipelineName: string;
  account: AwsAccount;
  gold: Readonly<Record<SharedTable, LakeLocation>>;
  readers: readonly string[];
}

/** The owner's output: JSON of `SharedLake`. It holds names and ARNs, no secret, and is there also while nobody reads. */
export function sharedLakeText({ pipelineName, account, gold, readers }: OwnLake): pulumi.Output<string> {
  const { bucket, key, database } = gold.clicks;
  const { accountId, region } = account;
  const tables = Object.fromEntries(
    SHARED_TABLES.map((name) => [name, { table: gold[name].table, prefix: gold[name].prefix }]),
  );
  const place = { bucket: { name: bucket.name, arn: bucket.arn }, keyArn: key.arn, database, tables };
  return pulumi.jsonStringify({ pipelineName, accountId, region, ...place, readers: [...readers] });
}

/** The tables of a shared lake as the serving parts take them. */
export function locationsOf({ bucket, keyArn, database, tables }: SharedLake): Record<SharedTable, LakeLocation> {
  const place = { bucket, key: { arn: keyArn }, database };
  return {
    clicks: { ...place, ...tables.clicks },
    users: { ...place, ...tables.users },
    sales: { ...place, ...tables.sales },
  };
}
