import { UserError } from "../errors";

/** Calendar dates in UTC, `YYYY-MM-DD`, both ends included. */
export interface DateRange {
  from: string;
  to: string;
}

const DAY_MS = 86_400_000;
/** Ten years: more is a typing error. */
const MAX_DAYS = 3660;

const dayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS;
const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Number of dates of a range. */
export function daysOf({ from, to }: DateRange): number {
  return dayNumber(to) - dayNumber(from) + 1;
}

/** Every date of a range, oldest first. */
export function datesOf(range: DateRange): string[] {
  return Array.from({ length: daysOf(range) }, (_, index) => dateOf(dayNumber(range.from) + index));
}

/** @throws UserError where the range ends before it begins, or is longer than ten years */
export function requireRange(range: DateRange): void {
  if (range.from > range.to) {
    throw new UserError(`--from ${range.from} is after --to ${range.to}.`, "Exchange them; both dates are included.");
  }
  if (daysOf(range) > MAX_DAYS) {
    throw new UserError(
      `${range.from} to ${range.to} are ${String(daysOf(range))} dates; at most ${String(MAX_DAYS)} go at once.`,
      "Narrow --from and --to to the dates that have data.",
    );
  }
}

/** A range in pieces of at most `days` dates, oldest first: every date is in exactly one; only the last may be shorter. */
export function chunksOf(range: DateRange, days: number): DateRange[] {
  const last = dayNumber(range.to);
  const chunks: DateRange[] = [];
  for (let first = dayNumber(range.from); first <= last; first += days) {
    chunks.push({ from: dateOf(first), to: dateOf(Math.min(first + days - 1, last)) });
  }
  return chunks;
}
