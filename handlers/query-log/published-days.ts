import type * as glue from "@aws-sdk/client-glue";
import { LOG_TABLE } from "./settings";

/** Parameter of a partition that tells which objects it was made of. */
const DIGEST_PARAMETER = "staged_digest";

/** The parts of the SDK that the catalog takes. */
export type GlueSdk = Pick<
  typeof glue,
  "GetTableCommand" | "GetPartitionCommand" | "CreatePartitionCommand" | "UpdatePartitionCommand"
>;

/** A day of `query_log` as readers see it. */
export interface PublishedDay {
  /** `s3://` folder of its files, with a final slash. */
  location: string;
  /** Digest of the staged objects that it was made of; undefined for a partition that somebody else made. */
  digest: string | undefined;
}

/** The partitions of `query_log` in the Glue catalog. */
export interface PublishedDays {
  get(day: string): Promise<PublishedDay | undefined>;
  /** Makes readers see another folder: they see the old rows or the new ones, never half of them. */
  move(day: string, to: Required<PublishedDay>): Promise<void>;
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** The partitions of the table `query_log` of a database. */
export function createPublishedDays(client: glue.GlueClient, sdk: GlueSdk, database: string): PublishedDays {
  const at = { DatabaseName: database, TableName: LOG_TABLE };
  return {
    async get(day) {
      try {
        const { Partition } = await client.send(new sdk.GetPartitionCommand({ ...at, PartitionValues: [day] }));
        return {
          location: Partition?.StorageDescriptor?.Location ?? "",
          digest: Partition?.Parameters?.[DIGEST_PARAMETER],
        };
      } catch (error) {
        if (isNamed(error, "EntityNotFoundException")) return undefined;
        throw error;
      }
    },
    async move(day, { location, digest }) {
      const { Table } = await client.send(new sdk.GetTableCommand({ DatabaseName: database, Name: LOG_TABLE }));
      const partition = {
        Values: [day],
        // Columns and format as the table has them now.
        StorageDescriptor: { ...Table?.StorageDescriptor, Location: location },
        Parameters: { [DIGEST_PARAMETER]: digest ?? "" },
      };
      try {
        await client.send(
          new sdk.UpdatePartitionCommand({ ...at, PartitionValueList: [day], PartitionInput: partition }),
        );
      } catch (error) {
        if (!isNamed(error, "EntityNotFoundException")) throw error;
        await client.send(new sdk.CreatePartitionCommand({ ...at, PartitionInput: partition }));
      }
    },
  };
}
