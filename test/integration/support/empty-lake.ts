import {
  BatchDeletePartitionCommand,
  GetTableCommand,
  GetTablesCommand,
  paginateGetPartitions,
  UpdateTableCommand,
  type Table,
} from "@aws-sdk/client-glue";
import { DeleteObjectsCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import type { Deployed } from "./lake";

/** Most partitions that BatchDeletePartition takes. */
const PARTITIONS_AT_ONCE = 25;

/** Puts silver, gold and what the jobs remember back to how they were before the first run; raw events stay. */
export async function emptyDerived(at: Deployed): Promise<void> {
  const { outputs } = at;
  for (const database of [outputs.silverDatabase, outputs.goldDatabase]) {
    const { TableList = [] } = await at.clients.glue.send(new GetTablesCommand({ DatabaseName: database }));
    for (const table of TableList.filter(({ TableType }) => TableType === "EXTERNAL_TABLE")) {
      await emptyTable(at, database, table);
    }
  }
  for (const bucket of [outputs.silverBucket, outputs.goldBucket]) await emptyPrefix(at, bucket, "");
  const { host, pathname } = new URL(outputs.statePath);
  await emptyPrefix(at, host, pathname.slice(1));
}

/** The same with the raw events. */
export async function emptyLake(at: Deployed): Promise<void> {
  await emptyPrefix(at, at.outputs.rawBucket, at.outputs.eventsPrefix);
  await emptyDerived(at);
}

async function emptyTable(at: Deployed, DatabaseName: string, { Name, PartitionKeys = [] }: Table): Promise<void> {
  if (PartitionKeys.length === 0) return moveToBase(at, DatabaseName, Name ?? "");
  const values: string[][] = [];
  const pages = paginateGetPartitions({ client: at.clients.glue }, { DatabaseName, TableName: Name });
  for await (const { Partitions = [] } of pages) values.push(...Partitions.map(({ Values = [] }) => Values));
  for (let start = 0; start < values.length; start += PARTITIONS_AT_ONCE) {
    const PartitionsToDelete = values.slice(start, start + PARTITIONS_AT_ONCE).map((Values) => ({ Values }));
    await at.clients.glue.send(new BatchDeletePartitionCommand({ DatabaseName, TableName: Name, PartitionsToDelete }));
  }
}

/** A table without partitions is published by its location, which before the first run is the folder of all runs. */
async function moveToBase(at: Deployed, DatabaseName: string, name: string): Promise<void> {
  const { Table: table = { Name: name } } = await at.clients.glue.send(
    new GetTableCommand({ DatabaseName, Name: name }),
  );
  const { Name, Description, PartitionKeys, StorageDescriptor, TableType, Parameters } = table;
  const Location = StorageDescriptor?.Location?.replace(/run=[^/]+\/?$/, "");
  const TableInput = { Name, Description, PartitionKeys, TableType, Parameters };
  await at.clients.glue.send(
    new UpdateTableCommand({
      DatabaseName,
      TableInput: { ...TableInput, StorageDescriptor: { ...StorageDescriptor, Location } },
    }),
  );
}

async function emptyPrefix({ clients }: Deployed, Bucket: string, Prefix: string): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client: clients.s3 }, { Bucket, Prefix })) {
    const Objects = Contents.map(({ Key }) => ({ Key }));
    if (Objects.length > 0) await clients.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  }
}
