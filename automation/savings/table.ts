import { humanBytes, table } from "../demo/summary";
import type { Savings } from "./explain";

/** The comparison as a person reads it; the warehouse is not paid by what it scans. */
export function savingsTable({ asked, faster, saved }: Savings): string {
  const rows = asked.map(({ form, seconds, bytesScanned }, at) => [
    form.name,
    form.engine,
    seconds.toFixed(3),
    form.engine === "athena" ? humanBytes(bytesScanned) : "–",
    `${(faster[at] ?? 0).toFixed(1)} ×`,
    form.engine === "athena" ? `${(saved[at] ?? 0).toFixed(2)} %` : "–",
  ]);
  return table(["form", "engine", "seconds", "scanned", "faster", "less scanned"], rows);
}
