import type { ValueKind } from "./notifier-row";

/** At most one digit after the point, thousands apart: `1,234.5`. */
function plainNumber(value: number): string {
  return new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 }).format(value);
}

/** Seconds for people: the two largest units, `1 h 31 min`; under a minute, seconds. */
export function describeSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${String(whole)} s`;
  const minutes = Math.floor(whole / 60);
  const units: [number, string][] = [
    [Math.floor(minutes / 1440), "d"],
    [Math.floor(minutes / 60) % 24, "h"],
    [minutes % 60, "min"],
  ];
  const first = units.findIndex(([count]) => count > 0);
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${String(count)} ${unit}`)
    .join(" ");
}

/** A value in the unit that people use for it. */
export function describeValue(kind: ValueKind, value: number): string {
  switch (kind) {
    case "duration":
      return describeSeconds(value);
    case "percent":
      return `${plainNumber(value)} %`;
    case "times":
      return `${plainNumber(value)} ×`;
    case "days":
      return value === 1 ? "1 day" : `${plainNumber(value)} days`;
    case "count":
      return plainNumber(value);
  }
}

/** An instant for people: `2026-11-25 13:05 UTC`. */
export function describeInstant(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
