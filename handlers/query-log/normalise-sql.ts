import { createHash } from "node:crypto";
import { tokenize, type SqlDialect, type SqlToken } from "./sql-tokens";

/** Longest normalised text that is kept, in characters; Athena takes 262,144 bytes, which no reader of a log wants. */
export const MAX_TEXT_LENGTH = 8192;

/** Stands for every literal. */
const MASK = "?";
/** Words after which a sign belongs to the number that follows. */
const BEFORE_SIGN =
  "select where and or not then else when in between limit offset by on having values return set like".split(" ");
/** What may stand between the commas of a list of literals: DATE '…', TIMESTAMP '…', NULL and so on. */
const LITERAL_WORDS =
  "date time timestamp decimal interval char varbinary json null true false day month year hour minute second".split(
    " ",
  );

/** Whether a sign after this text is a sign, not a subtraction. */
function precedesSign(text: string | undefined): boolean {
  if (text === undefined || BEFORE_SIGN.includes(text)) return true;
  return /^[^\p{L}\p{N}_?)\]"`#@]/u.test(text);
}

/** Texts with literals masked; the sign of a number goes with it, so that -1 and 1 are alike. */
function maskLiterals(tokens: readonly SqlToken[]): string[] {
  const texts: string[] = [];
  for (const { kind, text } of tokens) {
    if (kind !== "literal") {
      texts.push(text);
      continue;
    }
    while (["-", "+"].includes(texts.at(-1) ?? "") && precedesSign(texts.at(-2))) texts.pop();
    texts.push(MASK);
  }
  while (texts.at(-1) === ";") texts.pop();
  return texts;
}

/** The index after a list `( ?, ?, … )` that begins at `from`, or undefined where there is none. */
function endOfList(texts: readonly string[], from: number): number | undefined {
  if (texts[from] !== "(") return undefined;
  let found = false;
  for (let at = from + 1; at < texts.length; at += 1) {
    const text = texts[at] ?? "";
    if (text === ")") return found ? at + 1 : undefined;
    found ||= text === MASK;
    if (text !== MASK && text !== "," && !LITERAL_WORDS.includes(text)) return undefined;
  }
  return undefined;
}

/** `IN (?, ?, ?)` and `VALUES (?, ?), (?, ?)` say the same whatever the number of values: one is left of them. */
function collapseLists(texts: readonly string[]): string[] {
  const kept: string[] = [];
  let at = 0;
  while (at < texts.length) {
    const word = texts[at] ?? "";
    kept.push(word);
    at += 1;
    if (word !== "in" && word !== "values") continue;
    let end = endOfList(texts, at);
    if (end === undefined) continue;
    kept.push("(", MASK, ")");
    at = end;
    while (word === "values" && texts[at] === ",") {
      end = endOfList(texts, at + 1);
      if (end === undefined) break;
      at = end;
    }
  }
  return kept;
}

/** Joined by blanks, but for those that nobody writes: around dots, inside brackets, before commas. */
function join(texts: readonly string[]): string {
  let joined = "";
  let previous = "";
  for (const text of texts) {
    const tight = joined === "" || /^[,).]$/.test(text) || previous === "(" || previous === ".";
    joined += tight ? text : ` ${text}`;
    previous = text;
  }
  return joined;
}

/**
 * The statement without its literals, which may be personal data: each string, number and parameter becomes `?`, a list
 * of them one `?`; comments go; words are in lower case and parted by one blank. Names stay. Two statements that differ
 * only in values have one normal form, and the normal form of a normal form is itself.
 */
export function normaliseSql(sql: string, dialect: SqlDialect): string {
  return join(collapseLists(maskLiterals(tokenize(sql, dialect))));
}

/** What identifies a normal form: the first 32 hexadecimal digits of its SHA-256. */
export function fingerprintOf(normalised: string): string {
  return createHash("sha256").update(normalised, "utf8").digest("hex").slice(0, 32);
}
