/**
 * Whose rules a text follows. They differ in what a string is, and a string that is not recognised would be stored:
 * - `trino` (Athena's queries): '…' with '' inside; "…" is a name.
 * - `redshift`: '…' in which a backslash escapes too, $$…$$ and $tag$…$tag$, nested comments; "…" is a name.
 * - `hive` (Athena's DDL): '…' and "…" are both strings, a backslash escapes; `…` is a name.
 */
export type SqlDialect = "trino" | "redshift" | "hive";

/**
 * One token. `text` is that of the statement, but for words and names, which are in lower case (all three dialects
 * ignore case in them). A `literal` is a string, a number or a parameter.
 */
export interface SqlToken {
  kind: "word" | "name" | "literal" | "symbol";
  text: string;
}

/** Blanks, and comments to the end of the line. Block comments nest in one dialect only and are cut by hand. */
const BLANK = /(?:\s+|--[^\n]*)+/y;
/** Letters of any alphabet with their marks, as the engines allow; `#` begins Redshift's temporary tables. */
const WORD = /[#@\p{L}_][\p{L}\p{M}\p{N}_$#@]*/uy;
/** Also `0x1F`, and what a mistyped number runs into: no digit may survive, so the whole run counts as one. */
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[\p{L}\p{M}\p{N}_]*/uy;
/** `?`, `:name` (Redshift Data API) and `$1`. */
const PARAMETER = /\?|:(?=[\p{L}_])[\p{L}\p{M}\p{N}_]+|\$\d+/uy;
const DOLLAR_QUOTE = /\$(?:[\p{L}_][\p{L}\p{M}\p{N}_]*)?\$/uy;
/** What is written before a string to say how it is meant: E'…', N'…', X'…', B'…', U&'…'. */
const STRING_PREFIX = /(?:[enxb]|u&)(?=')/iy;
const OPERATORS = ["::", "<=", ">=", "<>", "!=", "||", "->", "=>"];

/** The match of a sticky pattern at `at`, or undefined. */
function matchAt(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}

/** The index after a quoted text that begins at `at`; the end of the statement if it is not closed (it may be cut). */
function endOfQuoted(sql: string, at: number, escapes: boolean): number {
  const quote = sql.charAt(at);
  let next = at + 1;
  while (next < sql.length) {
    const character = sql.charAt(next);
    if (escapes && character === "\\") next += 2;
    else if (character !== quote) next += 1;
    else if (sql.charAt(next + 1) === quote) next += 2;
    else return next + 1;
  }
  return sql.length;
}

/** The index after a block comment that begins at `at`. */
function endOfComment(sql: string, at: number, nests: boolean): number {
  let depth = 1;
  let next = at + 2;
  while (next < sql.length && depth > 0) {
    if (sql.startsWith("*/", next)) {
      depth -= 1;
      next += 2;
    } else if (nests && sql.startsWith("/*", next)) {
      depth += 1;
      next += 2;
    } else next += 1;
  }
  return Math.min(next, sql.length);
}

/** The index after a literal that begins at `at`, or undefined. */
function endOfLiteral(sql: string, at: number, dialect: SqlDialect): number | undefined {
  const prefix = matchAt(STRING_PREFIX, sql, at) ?? "";
  const first = sql.charAt(at + prefix.length);
  if (first === "'" || (first === '"' && dialect === "hive")) {
    const escapes = dialect !== "trino" || prefix.toLowerCase() === "e";
    return endOfQuoted(sql, at + prefix.length, escapes);
  }
  if (dialect === "redshift") {
    const quote = matchAt(DOLLAR_QUOTE, sql, at);
    if (quote !== undefined) {
      const end = sql.indexOf(quote, at + quote.length);
      return end < 0 ? sql.length : end + quote.length;
    }
  }
  const plain = matchAt(NUMBER, sql, at) ?? matchAt(PARAMETER, sql, at);
  return plain === undefined ? undefined : at + plain.length;
}

/** The token that begins at `at`, which is no blank and no comment, and the index after it. */
function tokenAt(sql: string, at: number, dialect: SqlDialect): { token: SqlToken; end: number } {
  const take = (kind: SqlToken["kind"], end: number, fold: boolean): { token: SqlToken; end: number } => {
    const text = sql.slice(at, end);
    return { token: { kind, text: fold ? text.toLowerCase() : text }, end };
  };
  const operator = OPERATORS.find((one) => sql.startsWith(one, at));
  if (operator !== undefined) return take("symbol", at + operator.length, false);
  const literalEnd = endOfLiteral(sql, at, dialect);
  if (literalEnd !== undefined) return take("literal", literalEnd, false);
  const first = sql.charAt(at);
  if (first === '"' || first === "`") return take("name", endOfQuoted(sql, at, false), true);
  const word = matchAt(WORD, sql, at);
  if (word !== undefined) return take("word", at + word.length, true);
  // A whole code point: half of a pair is no text that UTF-8 can hold.
  const symbol = String.fromCodePoint(sql.codePointAt(at) ?? 0);
  return take("symbol", at + symbol.length, false);
}

/**
 * Cuts a statement into tokens; blanks and comments are left out (comments may hold what literals hold). Total: never
 * throws, whatever the text; an unclosed string or comment reaches to the end.
 */
export function tokenize(sql: string, dialect: SqlDialect): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    const blank = matchAt(BLANK, sql, at);
    if (blank !== undefined) at += blank.length;
    else if (sql.startsWith("/*", at)) at = endOfComment(sql, at, dialect === "redshift");
    else {
      const { token, end } = tokenAt(sql, at, dialect);
      tokens.push(token);
      at = end;
    }
  }
  return tokens;
}
