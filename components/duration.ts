/** A whole number of days with its unit, so that a bare number never travels between components. */
export type Days = `${number} day` | `${number} days`;
/** A whole number of minutes with its unit. */
export type Minutes = `${number} minute` | `${number} minutes`;

function wholeNumber(text: string, unit: "day" | "minute"): number {
  const value = new RegExp(`^([0-9]+) ${unit}s?$`).exec(text)?.[1];
  const parsed = Number(value);
  if (value === undefined || !Number.isSafeInteger(parsed) || parsed < 1) {
    throw new RangeError(`"${text}" is not a duration: write a whole number ≥ 1 and its unit, such as "30 ${unit}s"`);
  }
  return parsed;
}

/** `"30 days"` → 30. @throws RangeError on zero, fractions and other units. */
export function toDays(duration: Days): number {
  return wholeNumber(duration, "day");
}

/** `"60 minutes"` → 60. @throws RangeError on zero, fractions and other units. */
export function toMinutes(duration: Minutes): number {
  return wholeNumber(duration, "minute");
}

/** 30 → `"30 days"`; the one place where a bare number becomes a duration. */
export function days(count: number): Days {
  return `${count} days`;
}

/** 60 → `"60 minutes"`. */
export function minutes(count: number): Minutes {
  return `${count} minutes`;
}
