import { createHmac } from "node:crypto";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { messageOf, UserError } from "../errors";

/** A person whose data are asked for or to be erased, as the stack knows them. */
export interface Subject {
  /** As producers send it, without spaces around it; lower case where it is an address. */
  userId: string;
  /** Lower case, sorted, each once. */
  emails: string[];
}

/** A person as the ledger and the suppression list know them: keyed hashes, nothing that can be read. */
export interface SubjectHashes {
  user: string;
  /** In the order of the subject's e-mails. */
  emails: string[];
}

/** Persons of one batch: the job carries their ids in memory, and compares each line with all of them. */
export const MAX_SUBJECTS = 1000;
/** Longest id: a column of the warehouse holds no longer one (warehouse/migrations/003_hot_tables.sql). */
const MAX_ID = 1024;

const id = z
  .string()
  .trim()
  .min(1, "is empty")
  .max(MAX_ID, `has more than ${String(MAX_ID)} characters`)
  // eslint-disable-next-line no-control-regex
  .regex(/^[^\u0000-\u001f\u007f]+$/, "has control characters");
const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, "has more than 254 characters")
  .regex(/^[^\s@]+@[^\s@]+$/, "is no e-mail address");

/** A subject of what a person typed. @throws UserError that names the value and the rule */
export function subjectOf(userId: string, emails: readonly string[] = [], where = ""): Subject {
  const given = checked(id, userId, `${where}The user id`, "Give the id as events carry it in user_id.");
  const addresses = emails.map((one) => checked(email, one, `${where}The e-mail`, "Give it as name@host."));
  if (!given.includes("@")) return { userId: given, emails: [...new Set(addresses)].sort() };
  // A producer may use the address as the id; the jobs take it for both, in lower case.
  const address = given.toLowerCase();
  return { userId: address, emails: [...new Set([...addresses, address])].sort() };
}

function checked(schema: z.ZodType<string>, value: string, what: string, next: string): string {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const rules = found.error.issues.map(({ message }) => message).join(" and ");
  // JSON shows control characters as escapes: a terminal would obey them.
  throw new UserError(`${what} ${JSON.stringify(value.slice(0, 80))} ${rules}.`, next);
}

/**
 * Subjects of a CSV file with the columns `user_id` and, optional, `email` (several in one cell are separated by
 * semicolons). Rows of one user id are one subject.
 * @throws UserError with the line that is wrong
 */
export function subjectsOfCsv(text: string): Subject[] {
  const found = new Map<string, string[]>();
  for (const { record, info } of rowsOf(text)) {
    const where = `Line ${String(info.lines)}: `;
    const emails = (record["email"] ?? "").split(";").filter((one) => one.trim() !== "");
    const subject = subjectOf(record["user_id"] ?? "", emails, where);
    found.set(subject.userId, [...(found.get(subject.userId) ?? []), ...subject.emails]);
  }
  if (found.size === 0 || found.size > MAX_SUBJECTS) {
    throw new UserError(
      `The file names ${String(found.size)} persons; a batch has 1 to ${String(MAX_SUBJECTS)}.`,
      "Split the file, or give one with a row for each person.",
    );
  }
  return [...found].map(([userId, emails]) => subjectOf(userId, emails));
}

interface CsvRow {
  record: Record<string, string | undefined>;
  info: { lines: number };
}

function rowsOf(text: string): CsvRow[] {
  let header: string[] = [];
  const columns = (names: string[]): string[] => {
    header = names.map((name) => name.trim().toLowerCase());
    return header;
  };
  let rows: CsvRow[];
  try {
    rows = parse(text, { columns, info: true, bom: true, skip_empty_lines: true, trim: true }) as unknown as CsvRow[];
  } catch (cause) {
    throw new UserError(`The file is no CSV: ${messageOf(cause)}`, "Give a header line and a row for each person.", {
      cause,
    });
  }
  const unknown = header.filter((name) => name !== "user_id" && name !== "email");
  if (!header.includes("user_id") || unknown.length > 0) {
    throw new UserError(
      `The file has the columns ${header.length === 0 ? "(none)" : header.join(", ")}.`,
      "It must have user_id, may have email, and nothing else.",
    );
  }
  return rows;
}

/** Lower-case hex HMAC-SHA256 that an erased person is known by. The same in glue-jobs/clickstream_jobs. */
export function hashesOf(key: string, { userId, emails }: Subject): SubjectHashes {
  const hash = (text: string): string => createHmac("sha256", key).update(text, "utf8").digest("hex");
  return { user: hash(`user:${userId}`), emails: emails.map((one) => hash(`email:${one}`)) };
}
