/** Statistics of repeated measurements; pure functions. */

/** Middle, ends and number of some measurements of one thing. */
export interface Spread {
  median: number;
  min: number;
  max: number;
  runs: number;
}

/** @throws RangeError where there is nothing to summarise */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError("nothing was measured");
  return { median: percentile(values, 50), min: Math.min(...values), max: Math.max(...values), runs: values.length };
}

/** The middle value, or the mean of the two in the middle. @throws RangeError where there is none */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/**
 * Percentile by linear interpolation between the two nearest ranks (Hyndman and Fan's type 7, the default of R and NumPy).
 * @param percent 0 to 100
 * @throws RangeError for no values, or a percent outside of 0 to 100
 */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new RangeError("there is no percentile of nothing");
  if (!(percent >= 0 && percent <= 100)) throw new RangeError(`percentile ${String(percent)} is not from 0 to 100`);
  const sorted = [...values].sort((left, right) => left - right);
  const rank = ((sorted.length - 1) * percent) / 100;
  const low = sorted[Math.floor(rank)] ?? 0;
  const high = sorted[Math.ceil(rank)] ?? 0;
  return low + (high - low) * (rank - Math.floor(rank));
}

/** A straight line through points. */
export interface Line {
  slope: number;
  intercept: number;
}

/** Least squares. @throws RangeError for fewer than two different x */
export function lineThrough(points: readonly { x: number; y: number }[]): Line {
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (points.length < 2 || spread === 0) throw new RangeError("a slope needs two points with different x");
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  return { slope, intercept: meanY - slope * meanX };
}

/** Significant digits of a measured figure for people: `0.0123`, `4.57`, `123`. */
export function figure(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  return size >= 10 ? value.toFixed(1) : size >= 1 ? value.toFixed(2) : value.toPrecision(2);
}

/** `4.57 (4.31–5.02)`: median and ends. */
export function spreadText({ median: middle, min, max }: Spread): string {
  return `${figure(middle)} (${figure(min)}–${figure(max)})`;
}
