import { readFileSync } from "node:fs";
import * as path from "node:path";
import { JOBS_DIRECTORY } from "../support/zone";

interface RawTable {
  columns: { name: string; type: string }[];
}

const FILE = path.join(JOBS_DIRECTORY, "clickstream_jobs", "tables", "raw_events.json");

/** Dotted paths of the values of the raw table: `struct<id:string,…>` gives `order.id`. */
export const TABLES_COLUMNS: readonly string[] = (JSON.parse(readFileSync(FILE, "utf8")) as RawTable).columns.flatMap(
  ({ name, type }) => {
    const inner = /^struct<(.*)>$/.exec(type)?.[1];
    return inner === undefined ? [name] : inner.split(",").map((field) => `${name}.${field.split(":")[0] ?? ""}`);
  },
);
