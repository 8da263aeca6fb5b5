import { tokenize, type SqlDialect, type SqlToken } from "./sql-tokens";

/** Columns by which the lake's tables and the warehouse's can leave out whole days, and the time behind them. */
const DATE_COLUMNS = ["event_date", "event_ts", "event_timestamp", "year", "month", "day", "hour"];
const COMPARISONS = ["=", "<", ">", "<=", ">=", "in", "between", "like"];
/** Where conditions begin, and where they end. */
const OPENING = ["where", "on"];
const CLOSING = "select from group order having limit offset union except intersect window join".split(" ");

/** Name of a word or a quoted name. */
function nameOf(token: SqlToken | undefined): string {
  return token === undefined ? "" : token.text.replace(/^["`]|["`]$/g, "");
}

/** Whether the token is a date column, with or without its table before it. */
function isDateColumn(token: SqlToken | undefined): boolean {
  return token !== undefined && ["word", "name"].includes(token.kind) && DATE_COLUMNS.includes(nameOf(token));
}

/** Whether the operand that begins at `at` is a column itself (a join, which leaves out nothing), not a value. */
function isColumn(tokens: readonly SqlToken[], at: number): boolean {
  const dotted = tokens[at + 1]?.text === "." && tokens[at + 3]?.text !== "(";
  return isDateColumn(tokens[dotted ? at + 2 : at]);
}

/** Whether a condition compares the date column at `at` with something that is no date column. */
function isCompared(tokens: readonly SqlToken[], at: number): boolean {
  // date(event_date) = …, cast(event_date AS varchar) = …: the comparison follows the bracket.
  let after = at + 1;
  if (tokens[after]?.text === "as") after += 2;
  while (tokens[after]?.text === ")") after += 1;
  if (tokens[after]?.text === "not") after += 1;
  if (COMPARISONS.includes(tokens[after]?.text ?? "")) return !isColumn(tokens, after + 1);
  const start = tokens[at - 1]?.text === "." ? at - 2 : at;
  const before = tokens[start - 1]?.text ?? "";
  return ["=", "<", ">", "<=", ">="].includes(before) && !isDateColumn(tokens[start - 2]);
}

/**
 * Whether a statement restricts the days that it reads: a WHERE or ON compares a date column (`event_date`, `year`,
 * `month`, `day`, `hour`, `event_ts`) with a value. Undefined for a statement that reads no table.
 *
 * A question about the text, not about the plan: `event_date <> …`, `IS NOT NULL` and `a.event_date = b.event_date`
 * restrict nothing and do not count; a condition inside OR counts although it may restrict nothing.
 */
export function hasDatePredicate(sql: string, dialect: SqlDialect): boolean | undefined {
  const tokens = tokenize(sql, dialect);
  if (!tokens.some(({ kind, text }) => kind === "word" && text === "from")) return undefined;
  // Whether each open bracket, the statement itself first, is in a condition.
  const inCondition = [false];
  for (const [at, token] of tokens.entries()) {
    const last = inCondition.length - 1;
    if (token.text === "(") inCondition.push(inCondition[last] ?? false);
    else if (token.text === ")" && last > 0) inCondition.pop();
    else if (token.kind === "word" && OPENING.includes(token.text)) inCondition[last] = true;
    else if (token.kind === "word" && CLOSING.includes(token.text)) inCondition[last] = false;
    else if ((inCondition[last] ?? false) && isDateColumn(token) && isCompared(tokens, at)) return true;
  }
  return false;
}
