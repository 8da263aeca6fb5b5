/** One query of the demo, as asked and answered. */
export interface QueryFigures {
  name: string;
  engine: "athena";
  seconds: number;
  bytesScanned: number;
  rows: number;
}

/** What `--json FILE` holds; all counts are rows, revenue is USD with two decimals. */
export interface DemoReport {
  read: number;
  accepted: number;
  quarantined: number;
  duplicates: number;
  factRows: number;
  users: number;
  revenue: string;
  alerts: number;
  resources: number;
  seconds: { up: number; ingest: number; silver: number; gold: number; query: number; destroy: number };
  queries: QueryFigures[];
}

/** A figure held against what it must be. */
export interface Check {
  name: string;
  expected: string;
  found: string;
  ok: boolean;
}

/** A check of equality, compared as text so that counts and exact decimals go the same way. */
export function equal(name: string, expected: string | number, found: string | number): Check {
  return { name, expected: String(expected), found: String(found), ok: String(expected) === String(found) };
}

/** Whole cents as USD with two decimals, for example 6698800 → "66988.00". */
export function usd(cents: number): string {
  return `${String(Math.trunc(cents / 100))}.${String(Math.abs(cents) % 100).padStart(2, "0")}`;
}
