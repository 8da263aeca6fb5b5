/** What landed in an hour, by arrival. */
export interface VolumeHour {
  /** UTC hour, `2026-11-25T13`. */
  hour: string;
  bytes: number;
}

/** Days before, whose same hour is compared: a whole week, so that weekends are among them. */
export const COMPARED_DAYS = 7;
/** Days of history without which there is no verdict. */
export const LEAST_DAYS = 3;
/** How many times the usual is far more; its inverse is far less. */
export const FAR = 3;
/** An hour below this is quiet whatever it was before, in bytes: a few files more or less are no news. */
export const QUIET_BYTES = 64 * 1024;
/** Minutes into the next hour from which an hour is whole: the landing check may be a minute or more behind. */
export const GRACE_MINUTES = 5;

const HOUR_MS = 3_600_000;

/** `2026-11-25T13` */
export function hourOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 13);
}

/** The last whole hour at `now`. */
export function lastWholeHour(now: Date): string {
  return hourOf(now.getTime() - GRACE_MINUTES * 60_000 - HOUR_MS);
}

/** The earliest hour that `volumeOff` looks at. */
export function firstComparedHour(now: Date): string {
  return hourOf(Date.parse(`${lastWholeHour(now)}:00:00Z`) - COMPARED_DAYS * 24 * HOUR_MS);
}

/**
 * 1 if the last whole hour landed far more or far less than usual, 0 if not, undefined with fewer than `LEAST_DAYS` days of
 * history.
 *
 * Usual is what the same hour had on the `COMPARED_DAYS` days before, as far as the stack's history goes; an hour in which
 * nothing landed counts as 0 bytes. Far more is over `FAR` times the second largest of them, far less is under a `FAR`th of
 * the second smallest: one odd day (an outage, a backfill) moves neither limit, and a night is compared with nights. Below
 * `QUIET_BYTES` there is neither.
 */
export function volumeOff(hours: readonly VolumeHour[], now: Date): 0 | 1 | undefined {
  const judged = lastWholeHour(now);
  const bytes: Record<string, number> = {};
  for (const one of hours) bytes[one.hour] = (bytes[one.hour] ?? 0) + one.bytes;
  const began = Object.keys(bytes).sort()[0];
  const usual: number[] = [];
  for (let day = 1; day <= COMPARED_DAYS; day += 1) {
    const hour = hourOf(Date.parse(`${judged}:00:00Z`) - day * 24 * HOUR_MS);
    if (began !== undefined && hour >= began) usual.push(bytes[hour] ?? 0);
  }
  if (usual.length < LEAST_DAYS) return undefined;
  usual.sort((one, other) => one - other);
  const [low = 0, high = 0] = [usual[1], usual[usual.length - 2]];
  const found = bytes[judged] ?? 0;
  const farMore = found > FAR * Math.max(high, QUIET_BYTES);
  const farLess = low > QUIET_BYTES && found < low / FAR;
  return farMore || farLess ? 1 : 0;
}
