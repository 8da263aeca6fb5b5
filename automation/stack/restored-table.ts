import {
  BatchDeletePartitionCommand,
  CreatePartitionCommand,
  EntityNotFoundException,
  GetPartitionCommand,
  GetTableCommand,
  paginateGetPartitions,
  UpdatePartitionCommand,
  type GlueClient,
  type PartitionInput,
} from "@aws-sdk/client-glue";
import { UserError } from "../errors";

/** Table of the archived dates that can be read now; partitioned like the facts. */
export const RESTORED_TABLE = "fact_clicks_restored";

/** Location of a registered date of a table, undefined if it is not registered. */
export async function registeredAt(
  glue: GlueClient,
  database: string,
  table: string,
  date: string,
): Promise<string | undefined> {
  try {
    const found = await glue.send(
      new GetPartitionCommand({ DatabaseName: database, TableName: table, PartitionValues: [date] }),
    );
    return found.Partition?.StorageDescriptor?.Location;
  } catch (error) {
    if (error instanceof EntityNotFoundException) return undefined;
    throw error;
  }
}

/** Locations of all restored dates, by date. */
export async function restoredPartitions(glue: GlueClient, database: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const pages = paginateGetPartitions(
    { client: glue },
    { DatabaseName: database, TableName: RESTORED_TABLE, ExcludeColumnSchema: true },
  );
  for await (const page of pages) {
    for (const { Values, StorageDescriptor } of page.Partitions ?? []) {
      const [date] = Values ?? [];
      if (date !== undefined) found.set(date, StorageDescriptor?.Location ?? "");
    }
  }
  return found;
}

/** Registers a restored date at its folder in the archive, or moves it there. */
export async function registerRestored(
  glue: GlueClient,
  database: string,
  date: string,
  location: string,
): Promise<void> {
  const at = { DatabaseName: database, TableName: RESTORED_TABLE };
  const now = await registeredAt(glue, database, RESTORED_TABLE, date);
  if (now === location) return;
  const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: RESTORED_TABLE }));
  const PartitionInput: PartitionInput = {
    Values: [date],
    StorageDescriptor: { ...Table?.StorageDescriptor, Location: location },
  };
  await (now === undefined
    ? glue.send(new CreatePartitionCommand({ ...at, PartitionInput }))
    : glue.send(new UpdatePartitionCommand({ ...at, PartitionValueList: [date], PartitionInput })));
}

/**
 * Takes one restored date out of the catalog; its objects stay in the archive. A date that is not there is no error.
 * @throws UserError if the catalog refuses
 */
export async function unregisterRestored(glue: GlueClient, database: string, date: string): Promise<void> {
  const { Errors } = await glue.send(
    new BatchDeletePartitionCommand({
      DatabaseName: database,
      TableName: RESTORED_TABLE,
      PartitionsToDelete: [{ Values: [date] }],
    }),
  );
  const refused = Errors?.find(({ ErrorDetail }) => ErrorDetail?.ErrorCode !== "EntityNotFoundException")?.ErrorDetail;
  if (refused !== undefined) {
    throw new UserError(
      `The Glue catalog refused to remove ${date} from ${RESTORED_TABLE}: ${refused.ErrorCode ?? ""} ${refused.ErrorMessage ?? ""}`,
      "Call again; until it is removed, a query of this date finds no rows.",
    );
  }
}
