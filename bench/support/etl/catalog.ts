/** What the jobs need beside their files: tables in a catalog and the key of the pseudonyms. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  CreateDatabaseCommand,
  CreateTableCommand,
  DeleteDatabaseCommand,
  type GlueClient,
} from "@aws-sdk/client-glue";
import { CreateSecretCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { PROJECT_ROOT } from "../../../automation/stack/workspace";

const columns = z.array(z.object({ name: z.string(), type: z.string() }));
const specification = z.object({ columns, partitionKeys: columns.default([]) });

const TABLES = ["events", "quarantine", "fact_clicks", "daily_sales", "dim_users", "subjects"];

/** Database of all tables of a run. */
export const DATABASE = "bench";

/** A fresh database whose tables lie below `out`, a `file://` URL. */
export async function freshCatalog(glue: GlueClient, out: string): Promise<void> {
  await glue.send(new DeleteDatabaseCommand({ Name: DATABASE })).catch(() => undefined); // The first run has none.
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: DATABASE } }));
  for (const table of TABLES) {
    const file = path.join(PROJECT_ROOT, "glue-jobs", "clickstream_jobs", "tables", `${table}.json`);
    const { columns, partitionKeys } = specification.parse(JSON.parse(await readFile(file, "utf8")));
    await glue.send(
      new CreateTableCommand({
        DatabaseName: DATABASE,
        TableInput: {
          Name: table,
          PartitionKeys: partitionKeys.map(({ name, type }) => ({ Name: name, Type: type })),
          StorageDescriptor: {
            Columns: columns.map(({ name, type }) => ({ Name: name, Type: type })),
            Location: `${out}/${table}/`,
          },
        },
      }),
    );
  }
}

/** Keeps a key. @returns its ARN */
export async function keepKey(secrets: SecretsManagerClient, name: string, key: string): Promise<string> {
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name: name, SecretString: key }));
  if (ARN === undefined) throw new Error("Secrets Manager gave no ARN.");
  return ARN;
}
