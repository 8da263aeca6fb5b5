import type { LambdaContext } from "../lambda-types";
import { logLine } from "../log";
import { loadRedshiftData } from "../runtime-sdk";
import { connectWarehouse, MAX_BATCH, type Warehouse } from "./data-api";
import { literal } from "./load-sql";
import { clockOf, connectCluster } from "./connections";
import { pendingMigrations, type Migration } from "./migration";
import { readTarget } from "./settings";
import { wake } from "./wake";

/** Where the warehouse remembers what ran; made before the first migration, so it is none itself. */
const LEDGER = [
  "CREATE SCHEMA IF NOT EXISTS ops",
  "CREATE TABLE IF NOT EXISTS ops.migrations (id VARCHAR(127) NOT NULL, checksum CHAR(64) NOT NULL, " +
    "applied_at TIMESTAMP NOT NULL, PRIMARY KEY (id)) DISTSTYLE ALL SORTKEY (id)",
];

/** What a run did. */
export interface MigrationReport {
  applied: string[];
  /** Number of migrations that had run before. */
  before: number;
}

/**
 * Runs each pending migration once, in order, and records it: in the transaction of its statements where they allow one,
 * else right after them.
 * @throws Error that names the migration, the statement and the warehouse's own words; what ran before it stays
 */
export async function migrate(warehouse: Warehouse, migrations: readonly Migration[]): Promise<MigrationReport> {
  await warehouse.execute(LEDGER);
  const rows = await warehouse.query("SELECT id, checksum FROM ops.migrations");
  const ran = rows.map(([id, checksum]) => ({ id: String(id), checksum: String(checksum) }));
  const applied: string[] = [];
  for (const migration of pendingMigrations(migrations, ran)) {
    const { id, checksum, statements, transactional } = migration;
    const record =
      `INSERT INTO ops.migrations (id, checksum, applied_at) ` +
      `VALUES (${literal(id)}, ${literal(checksum)}, GETDATE())`;
    if (transactional && statements.length >= MAX_BATCH) {
      throw new Error(
        `migration ${id} has ${statements.length} statements: split it, ${MAX_BATCH - 1} fit one transaction`,
      );
    }
    try {
      if (transactional) await warehouse.transaction([...statements, record]);
      else await warehouse.execute([...statements, record]);
    } catch (error) {
      throw new Error(`migration ${id}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    logLine("info", "migration applied", { id });
    applied.push(id);
  }
  return { applied, before: ran.length };
}

/** Factory of the migrator, which the deployment invokes with all migrations. */
export function createWarehouseMigrator(): (
  event: { migrations: Migration[] },
  context: LambdaContext,
) => Promise<MigrationReport> {
  return async ({ migrations }, context) => {
    const target = readTarget(process.env);
    const clock = clockOf(context);
    if (target.kind === "cluster") await wake(connectCluster(target.name), clock);
    const data = loadRedshiftData();
    return migrate(connectWarehouse(new data.RedshiftDataClient({}), data, target, clock), migrations);
  };
}
