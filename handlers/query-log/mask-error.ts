import { tokenize, type SqlDialect } from "./sql-tokens";

/** Longest error text that is kept, in characters: the first sentence says what went wrong. */
export const MAX_ERROR_LENGTH = 500;

/** Both engines put values into their messages, most in quotes; a name in quotes cannot be told from a value. */
const QUOTED = /'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)/g;
const NUMBER = /\d(?:[\d.,:T+-]*\d)?/g;
/** Messages about a value that did not fit end with the value itself, without quotes. */
const ABOUT_A_VALUE = /\b(?:cast|convert|converting|parse|parsing|malformed|syntax for|value|input)\b/i;

/**
 * The contents of the statement's strings, as written and as meant (a doubled quote is one, a backslash none), the longest first, so that
 * none is left in pieces.
 */
function stringsOf(sql: string, dialect: SqlDialect): string[] {
  const literals = tokenize(sql, dialect).filter(({ kind, text }) => kind === "literal" && text.includes("'"));
  return literals
    .map(({ text }) => text.slice(text.indexOf("'") + 1).replace(/'$/, ""))
    .flatMap((text) => [text, text.replaceAll("''", "'"), text.replace(/\\(.)/gs, "$1")])
    .filter((text) => text !== "")
    .sort((a, b) => b.length - a.length);
}

/** Cuts what follows the last colon of a message about a value. */
function cutValue(message: string): string {
  const colon = message.lastIndexOf(": ");
  return colon >= 0 && ABOUT_A_VALUE.test(message.slice(0, colon)) ? `${message.slice(0, colon)}: ?` : message;
}

/**
 * An engine's error message without the values of the statement or the data: quoted texts, numbers and the statement's
 * own strings become `?`. The error's name and its words stay, which is what one groups by.
 */
export function maskError(message: string, sql: string, dialect: SqlDialect): string {
  let masked = message;
  for (const text of stringsOf(sql, dialect)) masked = masked.replaceAll(text, "?");
  masked = cutValue(masked.replace(QUOTED, "?").replace(NUMBER, "?").replace(/\s+/g, " ").trim());
  return masked.slice(0, MAX_ERROR_LENGTH);
}
