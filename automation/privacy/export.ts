import { createHash, createHmac, randomBytes } from "node:crypto";
import { GetQueryExecutionCommand } from "@aws-sdk/client-athena";
import { queryAthena } from "../stack/athena";
import { placeOf } from "../stack/archive";
import type { AwsClients } from "../stack/clients";
import type { StackOutputs } from "../stack/outputs";
import { secretText } from "./batch";
import type { Subject } from "./subject";
import { namesOneOf } from "./text-match";
import { deleteForGood } from "./versions";

/** What the stack holds of a person, for their own eyes (Articles 15 and 20 GDPR). */
export interface PersonalData {
  format: 1;
  /** ISO 8601. */
  exportedAt: string;
  userId: string;
  emails: string[];
  /** Rows of each table by column, oldest event first. */
  events: Record<string, string | null>[];
  profile: Record<string, string | null>[];
  /** Lines that broke a quality rule, as they landed. */
  quarantine: Record<string, string | null>[];
  /** Rows that the archive holds are those of these events too: silver keeps every event. */
  notes: string[];
}

/** Everything about a person, read through Athena by queries that name nobody; their results are deleted at once. */
export async function exportPerson(
  clients: AwsClients,
  outputs: StackOutputs,
  subject: Subject,
  signal: AbortSignal,
  now: Date = new Date(),
): Promise<PersonalData> {
  const key = await secretText(clients, outputs.pseudonymSecretArn);
  const pseudonyms = subject.emails.map((email) => createHmac("sha256", key).update(email, "utf8").digest("hex"));
  const ids = [subject.userId.includes("@") ? undefined : subject.userId, ...pseudonyms].filter(
    (id): id is string => id !== undefined,
  );
  const ask = (database: string, sql: string): Promise<Record<string, string | null>[]> =>
    askOnce(clients, outputs, database, sql, signal);
  const who = matching(["user_id", "user_email_hash", "anonymous_id", "session_id"], ids);
  const texts = [subject.userId, ...subject.emails];
  return {
    format: 1,
    exportedAt: now.toISOString(),
    userId: subject.userId,
    emails: subject.emails,
    events: await ask(outputs.silverDatabase, `SELECT * FROM events WHERE ${who} ORDER BY event_ts, event_id`),
    profile: await ask(
      outputs.goldDatabase,
      `SELECT * FROM dim_users WHERE ${matching(["user_id", "email_hash"], ids)}`,
    ),
    quarantine: await quarantineOf(ask, outputs.silverDatabase, texts),
    notes: [
      "E-mail addresses and names are stored as keyed hashes only; raw objects hold them until they expire.",
      "Facts in gold, in the warehouse and in the archive are derived from these events, row by row.",
    ],
  };
}

/**
 * Lines of quarantine are free text: every word of a line that could be an id or an address is hashed and compared, so
 * that the query's own text names nobody. Lines that are no UTF-8 are few, and are looked through here.
 */
async function quarantineOf(
  ask: (database: string, sql: string) => Promise<Record<string, string | null>[]>,
  database: string,
  texts: readonly string[],
): Promise<Record<string, string | null>[]> {
  const salt = randomBytes(16).toString("hex");
  const words = `regexp_extract_all(line, '[^\\s"'',:;{}()<>\\[\\]\\\\]+')`;
  const hashed = `transform(${words}, word -> ${hashSql("lower(word)", salt)})`;
  const wanted = texts.map((text) => `'${hashOf(text.toLowerCase(), salt)}'`).join(", ");
  const named = await ask(
    database,
    `SELECT * FROM quarantine WHERE line_encoding <> 'base64' AND arrays_overlap(${hashed}, ARRAY[${wanted}])`,
  );
  const names = namesOneOf(texts);
  const coded = await ask(database, "SELECT * FROM quarantine WHERE line_encoding = 'base64'");
  return [...named, ...coded.filter(({ line }) => names(Buffer.from(line ?? "", "base64").toString("utf8")))];
}

/** A condition that is true where a column holds one of the values, and whose text holds none of them. */
export function matching(
  columns: readonly string[],
  values: readonly string[],
  salt: string = randomBytes(16).toString("hex"),
): string {
  const hashes = values.map((value) => `'${hashOf(value, salt)}'`).join(", ");
  return columns.map((column) => `${hashSql(column, salt)} IN (${hashes})`).join(" OR ");
}

function hashOf(value: string, salt: string): string {
  return createHash("sha256").update(`${salt}${value}`, "utf8").digest("hex");
}

function hashSql(expression: string, salt: string): string {
  return `lower(to_hex(sha256(to_utf8(concat('${salt}', ${expression})))))`;
}

async function askOnce(
  { athena, s3 }: AwsClients,
  { adhocWorkgroup: workgroup }: StackOutputs,
  database: string,
  sql: string,
  signal: AbortSignal,
): Promise<Record<string, string | null>[]> {
  const { columns, rows, queryId } = await queryAthena(athena, { workgroup, database }, sql, signal);
  const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: queryId }));
  const location = QueryExecution?.ResultConfiguration?.OutputLocation;
  if (location !== undefined) {
    const { Bucket, Key } = placeOf(location);
    await deleteForGood(s3, Bucket, Key);
    await deleteForGood(s3, Bucket, `${Key}.metadata`);
  }
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])));
}
