import { compileEventSchemas } from "../../../../components/event-schemas";
import { loadSchemas } from "../../../../handlers/landing/event-schema";
import { findDrifts, type Findings, type Judge } from "../../../../handlers/landing/find-drifts";
import type { FieldMapping } from "../../../../handlers/landing/line-facts";
import { sampleObject } from "../../../../handlers/landing/sample-object";

/** The project's schemas, compiled once for all tests. */
export const SCHEMAS = compileEventSchemas();
const LOADED = loadSchemas(SCHEMAS);
export const HOUR = "2026/11/25/13";
export const KEY = "events/year=2026/month=11/day=25/hour=13/a.json";

/** Judges by the project's schemas. */
export const judge = (mappings: FieldMapping[] = []): Judge => ({
  schemas: LOADED,
  defaultVersion: SCHEMAS.defaultVersion,
  mappings,
});

/** A good event of `HOUR`, changed; an undefined field is left out. */
export function event(index: number, change: object = {}): Record<string, unknown> {
  return {
    event_id: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    event_type: "page_view",
    event_timestamp: "2026-11-25T13:10:00.000Z",
    user_id: "u-1",
    anonymous_id: "a-1",
    page_url: "https://shop.example.com/",
    device: { type: "phone", os: "Android" },
    schema_version: "1",
    ...change,
  };
}

/** `count` events, the first `changed` of them changed. */
export function events(count: number, changed = 0, change: (index: number) => object = () => ({})): object[] {
  return Array.from({ length: count }, (_, index) => event(index, index < changed ? change(index) : {}));
}

/** JSON lines. */
export function linesOf(list: readonly (object | string)[]): Buffer {
  return Buffer.from(list.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join("\n"));
}

/** What an object of these bytes shows. */
export async function findings(bytes: Buffer, mappings: FieldMapping[] = [], hour?: string): Promise<Findings> {
  const body = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes;
  };
  return findDrifts(await sampleObject(body(), () => true), hour ?? HOUR, judge(mappings));
}

/** `severity kind path (lines/of)` of each drift. */
export async function drifts(list: readonly (object | string)[], mappings: FieldMapping[] = []): Promise<string[]> {
  const found = await findings(linesOf(list), mappings);
  return found.drifts.map(
    ({ severity, kind, path, lines, of }) => `${severity} ${kind} ${path} (${String(lines)}/${String(of)})`,
  );
}
