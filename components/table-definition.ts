import { readFileSync } from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { InvalidArgumentError } from "./errors";

const column = z.strictObject({ name: z.string().min(1), type: z.string().min(1), comment: z.string().max(255) });
const definition = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  comment: z.string().max(2048),
  columns: z.array(column).min(1),
  partitionKeys: z.array(column),
});

/** Columns (Hive types) of one table; the same file that the Spark jobs read, so the two cannot disagree. */
export type TableDefinition = z.infer<typeof definition>;

/** A table file that is missing or not of the expected form. */
export class TableDefinitionError extends InvalidArgumentError {
  override readonly name = "TableDefinitionError";
}

/**
 * Reads `<jobsDirectory>/clickstream_jobs/tables/<table>.json`.
 * @throws TableDefinitionError
 */
export function readTableDefinition(jobsDirectory: string, table: string): TableDefinition {
  const file = path.join(jobsDirectory, "clickstream_jobs", "tables", `${table}.json`);
  try {
    return definition.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new TableDefinitionError(`table "${table}" has no usable definition in ${file}: ${reason}`, { cause });
  }
}
