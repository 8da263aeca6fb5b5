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
/** As it is written: a column by which the events or attributes of one person can be put together again says so. */
const written = definition.extend({
  columns: z.array(column.extend({ pseudonymous: z.literal(true).optional() })).min(1),
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
  const { columns, ...rest } = readWritten(jobsDirectory, table);
  return { ...rest, columns: columns.map(({ name, type, comment }) => ({ name, type, comment })) };
}

/**
 * Columns of a table that hold a pseudonym: ids of persons and sessions, hashes of names and addresses, and what joins
 * one person's attributes to one event. Empty where a table has none.
 * @throws TableDefinitionError
 */
export function pseudonymousColumns(jobsDirectory: string, table: string): string[] {
  return readWritten(jobsDirectory, table)
    .columns.filter(({ pseudonymous }) => pseudonymous === true)
    .map(({ name }) => name);
}

function readWritten(jobsDirectory: string, table: string): z.infer<typeof written> {
  const file = path.join(jobsDirectory, "clickstream_jobs", "tables", `${table}.json`);
  try {
    return written.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new TableDefinitionError(`table "${table}" has no usable definition in ${file}: ${reason}`, { cause });
  }
}
