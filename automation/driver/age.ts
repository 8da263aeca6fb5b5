import { UserError } from "../errors";

const MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A whole number and its unit: seconds, minutes, hours or days, for example `90m`. */
export type Age = `${number}${keyof typeof MS}`;

/** @throws UserError where it is not a whole number with a unit, or more than a year */
export function parseAge(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * MS[(unit ?? "s") as keyof typeof MS];
  if (unit !== undefined && ms <= 366 * MS.d) return ms;
  throw new UserError(
    `"${text}" is no length of time.`,
    "Give a whole number and s, m, h or d, at most a year, for example 90m or 2h.",
  );
}
