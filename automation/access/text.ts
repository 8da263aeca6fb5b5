import type { Access, Actor, Grant } from "./matrix";
import { LAYERS } from "./layers";

/** One cell: `read`, `read?` under a condition, `read!` with a wildcard, `read 3` for three of a kind, empty for nothing. */
export function cell(access: Access | undefined): string {
  if (access === undefined) return "";
  const { right, conditional, wildcard, things } = access;
  return `${right}${conditional ? "?" : ""}${wildcard ? "!" : ""}${things > 1 ? ` ${things}` : ""}`;
}

/** Rows of the table, the head first. */
export function accessRows(actors: readonly Actor[]): string[][] {
  const used = LAYERS.filter((layer) => actors.some(({ layers }) => layers[layer] !== undefined));
  return [["actor", ...used], ...actors.map(({ name, layers }) => [name, ...used.map((layer) => cell(layers[layer]))])];
}

/** What the marks mean. */
export const LEGEND =
  "list sees names only; read, write and admin each include what stands before them here; ? under a condition; " +
  "! with a wildcard; a number: so many keys, secrets or tables.";

/** The table for a terminal. */
export function accessText(actors: readonly Actor[]): string {
  const rows = accessRows(actors);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, "", LEGEND].join("\n");
}

/** Everything about one actor: who takes the role on, and every right with its statement. */
export function actorText({ name, arn, takenOnBy, grants }: Actor): string {
  const lines = grants.map(({ layer, right, action, resource, from, condition }: Grant) => {
    const when = condition === undefined ? "" : `, when ${condition}`;
    return `  ${layer}: ${right} by ${action} on ${resource}${when} (${from})`;
  });
  const role = arn === undefined ? "" : ` (${arn})`;
  return [`${name}${role}, taken on by ${takenOnBy.join(", ") || "nobody"}`, ...lines].join("\n");
}
