import { utcDay } from "../query-log/query-record";

/** A UTC day, `2026-11-24`. */
export type Day = string;

const MS_PER_DAY = 86_400_000;

/** A day that is closed, and the instant at which its figures are put. */
export interface ClosingDay {
  day: Day;
  at: Date;
}

/** The UTC day after. */
export function dayAfter(day: Day): Day {
  return utcDay(new Date(Date.parse(day) + MS_PER_DAY));
}

/** Days of the month in which a day lies: 28 to 31. */
export function daysInMonth(day: Day): number {
  const [year = 0, month = 0] = day.split("-").map(Number);
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/**
 * The two days that a closure states: yesterday, put at the event's time, and the day before, put a day earlier, where
 * its first figures are.
 *
 * A figure with its own day's timestamp would be up to 31 hours old when it appears, too old for an alarm that looks at
 * one day. The day before is stated again because Cost Explorer refreshes "at least once every 24 hours" (Cost Management
 * user guide, "Analyzing your costs and usage with AWS Cost Explorer"), so what it says of yesterday at 07:00 UTC is what
 * is known so far. CloudWatch keeps both values: whoever reads them takes `Maximum`, since a day's cost only grows while
 * it settles.
 */
export function closingDays(now: Date): readonly [ClosingDay, ClosingDay] {
  const ago = (days: number): Date => new Date(now.getTime() - days * MS_PER_DAY);
  return [
    { day: utcDay(ago(2)), at: ago(1) },
    { day: utcDay(ago(1)), at: now },
  ];
}
