import type { AthenaClient } from "@aws-sdk/client-athena";
import { queryAthena } from "../stack/athena";
import type { StackOutputs } from "../stack/outputs";

/** Where the tables are asked. */
export type LakePlace = Pick<StackOutputs, "silverDatabase" | "goldDatabase" | "adhocWorkgroup">;

/**
 * What a change of the pseudonyms must leave as it is: how many rows and persons there are, how the rows are spread over
 * them, and how many rows of the facts find their user. Names of figures are shown to people.
 */
export type Shape = Readonly<Record<string, number>>;

/** Columns of silver that hold a pseudonym, or may: an id that looks like an e-mail address is hashed too. */
const COLUMNS = ["user_id", "user_email_hash", "user_name_hash"];

/** Reads the figures; four scans of a few columns. */
export async function shapeOf(athena: AthenaClient, place: LakePlace, signal?: AbortSignal): Promise<Shape> {
  const silver = { workgroup: place.adhocWorkgroup, database: place.silverDatabase };
  const gold = { workgroup: place.adhocWorkgroup, database: place.goldDatabase };
  const shape: Record<string, number> = {};
  for (const column of COLUMNS) {
    // The sum of squares differs as soon as two persons have become one, or one has become two.
    const sql =
      "SELECT count(*), coalesce(sum(rows), 0), coalesce(sum(rows * rows), 0) FROM " +
      `(SELECT ${column}, count(*) AS rows FROM events WHERE ${column} IS NOT NULL GROUP BY ${column}) AS persons`;
    const [row = []] = (await queryAthena(athena, silver, sql, signal)).rows;
    const [values, rows, squares] = row.map(Number);
    shape[`distinct ${column}`] = values ?? 0;
    shape[`rows with ${column}`] = rows ?? 0;
    shape[`spread of ${column}`] = squares ?? 0;
  }
  const joined = "SELECT count(*) FROM fact_clicks AS f JOIN dim_users AS u ON f.user_id = u.user_id";
  const users = "SELECT count(*), count(DISTINCT email_hash) FROM dim_users";
  shape["facts that find their user"] = Number((await queryAthena(athena, gold, joined, signal)).rows[0]?.[0] ?? 0);
  const [counts = []] = (await queryAthena(athena, gold, users, signal)).rows;
  shape["users"] = Number(counts[0] ?? 0);
  shape["distinct email_hash of users"] = Number(counts[1] ?? 0);
  return shape;
}

/** Figures that differ, a sentence each. */
export function differences(before: Shape, after: Shape): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name}: ${String(before[name] ?? "none")} before, ${String(after[name] ?? "none")} after`);
}

/** Characters of a hash that are compared: 64 bits, so that among a billion persons no two meet by chance. */
const PREFIX = 16;

/** Beginnings of all pseudonyms of the lake, of silver and of gold. */
export async function pseudonymsOf(athena: AthenaClient, place: LakePlace, signal?: AbortSignal): Promise<Set<string>> {
  const begin = (column: string): string => `substr(${column}, 1, ${String(PREFIX)})`;
  const silver =
    `SELECT DISTINCT ${begin("user_email_hash")} FROM events WHERE user_email_hash IS NOT NULL UNION ` +
    `SELECT DISTINCT ${begin("user_name_hash")} FROM events WHERE user_name_hash IS NOT NULL`;
  const gold =
    `SELECT DISTINCT ${begin("email_hash")} FROM dim_users WHERE email_hash IS NOT NULL UNION ` +
    `SELECT DISTINCT ${begin("name_hash")} FROM dim_users WHERE name_hash IS NOT NULL`;
  const at = { workgroup: place.adhocWorkgroup };
  const answers = [
    await queryAthena(athena, { ...at, database: place.silverDatabase }, silver, signal),
    await queryAthena(athena, { ...at, database: place.goldDatabase }, gold, signal),
  ];
  return new Set(answers.flatMap(({ rows }) => rows.flatMap(([value]) => value ?? [])));
}

/** Raw objects that rows of silver were read from. */
export async function sourcesOf(athena: AthenaClient, place: LakePlace, signal?: AbortSignal): Promise<string[]> {
  const at = { workgroup: place.adhocWorkgroup, database: place.silverDatabase };
  const { rows } = await queryAthena(athena, at, "SELECT DISTINCT source_file FROM events", signal);
  return rows.flatMap(([file]) => file ?? []);
}
