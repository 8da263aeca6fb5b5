import { createHash } from "node:crypto";
import type { LandedLine } from "../../../automation/generate/event";
import { EventGenerator, type ExpectedCounts } from "../../../automation/generate/generator";
import { defaultGenerateOptions, type GenerateOptions } from "../../../automation/generate/options";
import { Lander, toBucket } from "../../../automation/ingest/lander";
import { queryAthena, type QueryAnswer } from "../../../automation/stack/athena";
import type { AwsClients } from "../../../automation/stack/clients";
import type { StackOutputs } from "../../../automation/stack/outputs";

/** A stack under test. */
export interface Deployed {
  clients: AwsClients;
  outputs: StackOutputs;
}

/**
 * Lands generated events and gives the counts that must come of them.
 *
 * @param objectEach landing time that an object holds; months of hours are thousands of objects, each of which wakes
 *   the alert function and the landing check
 */
export async function landGenerated(
  at: Deployed,
  options: Partial<GenerateOptions>,
  objectEach: "hour" | "day" = "hour",
): Promise<ExpectedCounts> {
  const generator = new EventGenerator({ ...defaultGenerateOptions(), ...options }, 1000);
  const place = { bucket: at.outputs.rawBucket, prefix: at.outputs.eventsPrefix };
  const lines = objectEach === "hour" ? generator.lines() : inTheLastHour(generator.lines());
  await new Lander(toBucket(at.clients.s3, place)).land(lines);
  return generator.expected;
}

/** The landing check holds an object whose events come after the hour of its folder: a day's belong into its last one. */
function* inTheLastHour(lines: Iterable<LandedLine>): Generator<LandedLine> {
  for (const { line, landedAt } of lines) {
    yield { line, landedAt: new Date(`${landedAt.toISOString().slice(0, 10)}T23:00:00Z`) };
  }
}

/** Runs SQL on a layer's database through the ad-hoc workgroup. */
export function ask(at: Deployed, layer: "bronze" | "silver" | "gold", sql: string): Promise<QueryAnswer> {
  const database = at.outputs[`${layer}Database`];
  return queryAthena(at.clients.athena, { workgroup: at.outputs.adhocWorkgroup, database }, sql);
}

const TABLES = [
  ["silver", "events"],
  ["silver", "quarantine"],
  ["gold", "fact_clicks"],
  ["gold", "dim_users"],
  ["gold", "daily_sales"],
] as const;

/** SHA-256 of all rows of each table, read through Athena, independent of their order and of the run that wrote them. */
export async function tableHashes(at: Deployed): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const [layer, table] of TABLES) {
    const { rows } = await ask(at, layer, `SELECT * FROM ${table}`);
    const sorted = rows.map((row) => JSON.stringify(row)).sort();
    hashes[table] = `${String(rows.length)}:${createHash("sha256").update(sorted.join("\n")).digest("hex")}`;
  }
  return hashes;
}
