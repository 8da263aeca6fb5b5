const two = (value: number): string => String(value).padStart(2, "0");

/**
 * Hive-style hour prefix below the events prefix, UTC: `year=YYYY/month=MM/day=DD/hour=HH/`. The raw table's partition
 * projection expects exactly this form.
 */
export function hourPrefix(landedAt: Date): string {
  return [
    `year=${String(landedAt.getUTCFullYear()).padStart(4, "0")}`,
    `month=${two(landedAt.getUTCMonth() + 1)}`,
    `day=${two(landedAt.getUTCDate())}`,
    `hour=${two(landedAt.getUTCHours())}/`,
  ].join("/");
}
