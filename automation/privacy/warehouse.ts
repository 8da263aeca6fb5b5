import { createHash, randomBytes } from "node:crypto";
import type { AwsClients } from "../stack/clients";
import type { StackOutputs } from "../stack/outputs";
import { loadNow, queryWarehouse } from "../stack/warehouse";
import type { ClassFigures } from "./certificate";

/** Tables that hold rows of persons, and their columns that may hold an id or a pseudonym of one. */
const TABLES = [
  { table: "hot.fact_clicks", columns: ["user_id", "user_key", "anonymous_id"] },
  { table: "hot.dim_users", columns: ["user_id", "email_hash"] },
  { table: "staging.fact_clicks", columns: ["user_id", "user_key", "anonymous_id"] },
  { table: "staging.dim_users", columns: ["user_id", "email_hash"] },
] as const;

/** Whether the stack has a warehouse to erase from. */
export function hasWarehouse({ warehouseKind }: StackOutputs): boolean {
  return warehouseKind === "cluster" || warehouseKind === "workgroup";
}

/**
 * Brings the warehouse to the rewritten gold, and gives the space of deleted rows back: DELETE only marks rows, and until
 * VACUUM their blocks are on the disks and in every snapshot (Amazon Redshift developer guide, "Vacuuming tables").
 * @returns dates that were loaded anew
 */
export async function eraseFromWarehouse(clients: AwsClients, outputs: StackOutputs): Promise<number> {
  const { loaded, removed } = await loadNow(clients, outputs, {});
  // THRESHOLD: without one, a table with less than 5 percent of deleted rows is left as it is (developer guide, "VACUUM").
  for (const { table } of TABLES) await queryWarehouse(clients, outputs, `VACUUM DELETE ONLY ${table} TO 100 PERCENT`);
  return loaded.length + removed.length;
}

/** Counts rows that hold one of the values (ids, and pseudonyms of addresses) in each table. */
export async function countInWarehouse(
  clients: AwsClients,
  outputs: StackOutputs,
  values: readonly string[],
): Promise<ClassFigures[]> {
  const found: ClassFigures[] = [];
  for (const { table, columns } of TABLES) {
    const { rows } = await queryWarehouse(clients, outputs, countSql(table, columns, values));
    const [all, theirs] = (rows[0] ?? []).map(Number);
    found.push({ class: `warehouse ${table}`, rows: theirs ?? 0, read: all ?? 0 });
  }
  return found;
}

/**
 * A count that names nobody: the text of a statement stays in the warehouse's logs and in the query log, so ids are
 * compared as hashes with a salt that no other statement has.
 */
export function countSql(
  table: string,
  columns: readonly string[],
  values: readonly string[],
  salt: string = randomBytes(16).toString("hex"),
): string {
  const hashes = values.map((value) => `'${createHash("sha256").update(`${salt}${value}`, "utf8").digest("hex")}'`);
  const matches = columns.map((column) => `SHA2('${salt}' || TRIM(${column}), 256) IN (${hashes.join(", ")})`);
  return `SELECT COUNT(*), SUM(CASE WHEN ${matches.join(" OR ")} THEN 1 ELSE 0 END) FROM ${table}`;
}
