/** A whole number of decimal gigabytes with its unit; Athena bills and limits in decimal units. */
export type Gigabytes = `${number} GB`;

const BYTES_PER_GB = 1_000_000_000;

/** `"100 GB"` → 100000000000. @throws RangeError on zero, fractions and other units. */
export function toBytes(size: Gigabytes): number {
  const parsed = Number(/^([0-9]+) GB$/.exec(size)?.[1]);
  const bytes = parsed * BYTES_PER_GB;
  if (!Number.isSafeInteger(bytes) || parsed < 1) {
    throw new RangeError(`"${size}" is not a size: write a whole number ≥ 1 and the unit, such as "100 GB"`);
  }
  return bytes;
}

/** 100 → `"100 GB"`. */
export function gigabytes(count: number): Gigabytes {
  return `${count} GB`;
}

/** `"100 GB"` → 100. @throws RangeError as `toBytes` */
export function toGigabytes(size: Gigabytes): number {
  return toBytes(size) / BYTES_PER_GB;
}
