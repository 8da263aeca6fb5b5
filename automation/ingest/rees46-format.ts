import { parse, type Info } from "csv-parse";
import type { Readable } from "node:stream";
import { UserError } from "../errors";
import type { EventType, LandedLine, RawEvent } from "../generate/event";
import type { ImportedCounts } from "./import-file";
import { uuid5 } from "./uuid5";

/** Columns of the REES46 "eCommerce behavior data from multi category store" files, in order. */
export const REES46_COLUMNS = [
  "event_time",
  "event_type",
  "product_id",
  "category_id",
  "category_code",
  "brand",
  "price",
  "user_id",
  "user_session",
] as const;

type Rees46Row = Record<(typeof REES46_COLUMNS)[number], string>;

// Any fixed UUID will do; it only keeps these ids apart from other name-based ids.
const NAMESPACE = "8c1f9c1e-6a5f-5c0b-9d0e-2f4f1f6f2b46";

const EVENT_TYPE_OF: Readonly<Record<string, EventType>> = {
  view: "product_view",
  cart: "add_to_cart",
  remove_from_cart: "remove_from_cart",
  purchase: "purchase",
};

const TIME = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) UTC$/;

/** The event of one row; ids are functions of the row's text, so that importing a file twice adds nothing. */
export function rees46Event(row: Rees46Row): RawEvent & Record<string, unknown> {
  const time = TIME.exec(row.event_time);
  const identity = REES46_COLUMNS.map((column) => row[column]).join("\u001f");
  // Left as text where it is not a number: the silver job then says so for this one row.
  const price = /^-?\d+(\.\d+)?$/.test(row.price) ? Number(row.price) : row.price;
  return {
    event_id: uuid5(NAMESPACE, `event\u001f${identity}`),
    event_type: EVENT_TYPE_OF[row.event_type] ?? (row.event_type as EventType),
    event_timestamp: time === null ? row.event_time : `${time[1] ?? ""}T${time[2] ?? ""}Z`,
    ...(row.user_id === "" ? {} : { user_id: row.user_id }),
    ...(row.user_session === "" ? {} : { session_id: row.user_session }),
    product: {
      id: row.product_id,
      ...(row.category_code === "" ? {} : { category: row.category_code }),
      ...(row.brand === "" ? {} : { brand: row.brand }),
      price: price as number,
      quantity: 1,
    },
    ...(row.event_type === "purchase"
      ? { order: { id: uuid5(NAMESPACE, `order\u001f${identity}`), amount: price as number, currency: "USD" } }
      : {}),
    schema_version: "rees46-1",
    // The store's own numeric category has no place in the schema; it travels in `extras`.
    rees46: { category_id: row.category_id },
  };
}

/**
 * Rows of the CSV as events, landing in the hour they happened. A row with the wrong number of fields lands as its raw
 * text, for the silver job to quarantine: the counts always add up.
 *
 * @throws UserError where the header is not that of a REES46 file.
 */
export async function* rees46Lines(source: Readable, counts: ImportedCounts, now: Date): AsyncGenerator<LandedLine> {
  const parser = source.pipe(
    parse({ bom: true, relax_quotes: true, relax_column_count: true, raw: true, info: true, skip_empty_lines: true }),
  );
  source.on("error", (error) => parser.destroy(error));
  let landedAt = now;
  let header = true;
  for await (const entry of parser as AsyncIterable<{ record: string[]; raw: string; info: Info }>) {
    if (header) {
      checkHeader(entry.record);
      header = false;
      continue;
    }
    counts.read += 1;
    if (entry.record.length !== REES46_COLUMNS.length) {
      yield { line: entry.raw.replace(/[\r\n]+/g, " ").trim(), landedAt };
      continue;
    }
    const row = Object.fromEntries(REES46_COLUMNS.map((column, at) => [column, entry.record[at] ?? ""])) as Rees46Row;
    const event = rees46Event(row);
    counts.ledger.note(event);
    const at = new Date(event.event_timestamp);
    if (!Number.isNaN(at.getTime()) && at <= now) {
      landedAt = at;
      if (counts.newestEvent === undefined || at > counts.newestEvent) counts.newestEvent = at;
    }
    yield { line: JSON.stringify(event), landedAt };
  }
}

function checkHeader(found: readonly string[]): void {
  if (found.length === REES46_COLUMNS.length && REES46_COLUMNS.every((column, at) => found[at] === column)) return;
  throw new UserError(
    `The first line is "${found.join(",").slice(0, 120)}", not the header of a REES46 file ` +
      `(${REES46_COLUMNS.join(",")}).`,
    "Give a REES46 CSV with its header, or --format events for JSON lines.",
  );
}
