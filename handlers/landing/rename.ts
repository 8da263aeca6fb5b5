import type { FieldSpec } from "./event-schema";
import { typeOf, valueAt, type LineFacts } from "./line-facts";
import { isRenameShare, MIN_LINES, RENAME_OVERLAP } from "./thresholds";

/** A field that the producer seems to have renamed. */
export interface Rename {
  /** Path that the producer uses now. */
  from: string;
  /** Path that the schema knows. */
  to: string;
  /** Path of the missing-field observation that it explains; undefined where the field is optional. */
  missing?: string;
  /** Indices of the lines that show it. */
  lines: number[];
}

/** Lines by path, of one kind of observation. */
export type LinesByPath = Record<string, number[]>;

const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf("."), 0));
const plain = (path: string): string =>
  path
    .slice(path.lastIndexOf(".") + 1)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");

/** Shortest name that may be an abbreviation; `os` is hidden in too many words. */
const MIN_SIMILAR = 3;

/** Whether one name may be another way to write the other: `userId`, `uid`, `sess` for `user_id` and `session_id`. */
export function similarNames(left: string, right: string): boolean {
  const [short, long] = [plain(left), plain(right)].sort((a, b) => a.length - b.length) as [string, string];
  if (short === long) return true;
  if (short.length < MIN_SIMILAR) return false;
  if (long.startsWith(short)) return true;
  let at = 0;
  for (const letter of long) if (letter === short[at]) at += 1;
  return at === short.length && short[0] === long[0] && short.at(-1) === long.at(-1);
}

/** Whether the values at `path` in these lines are what the schema wants of the field. */
function fits(field: FieldSpec, path: string, lines: number[], facts: LineFacts[]): boolean {
  const pattern = field.pattern === undefined ? undefined : new RegExp(field.pattern, "u");
  const good = lines.filter((index) => {
    const value = valueAt(facts[index]?.event ?? {}, path);
    return field.types.includes(typeOf(value)) && (pattern === undefined || pattern.test(String(value)));
  });
  return good.length >= RENAME_OVERLAP * lines.length;
}

/**
 * Renames among missing and unknown fields: the required field is missing and an unknown one of its type and form is
 * there, under the same parent, in the same lines. Where the names are not alike there must be one candidate only.
 * An optional field is missed by nobody, so for it the names must be alike and the two must never stand together.
 *
 * @param of lines that a path applies to
 */
export function findRenames(
  missing: LinesByPath,
  unknown: LinesByPath,
  fields: FieldSpec[],
  facts: LineFacts[],
  of: (path: string) => number,
): Rename[] {
  const found: Rename[] = [];
  const isTaken = (path: string): boolean => found.some(({ from }) => from === path);
  const shared = (left: number[], right: number[]): number[] => left.filter((index) => right.includes(index));
  const specOf = (path: string): FieldSpec | undefined => fields.find((field) => field.path === path);

  for (const path of Object.keys(missing).sort()) {
    const lines = missing[path] ?? [];
    const members = path.split("|");
    const candidates = Object.keys(unknown)
      .sort()
      .flatMap((from) => {
        if (isTaken(from) || parentOf(from) !== parentOf(members[0] ?? "")) return [];
        const there = unknown[from] ?? [];
        const both = shared(lines, there);
        if (both.length < MIN_LINES || both.length < RENAME_OVERLAP * Math.max(lines.length, there.length)) return [];
        return members.flatMap((to) => {
          const field = specOf(to);
          if (field === undefined || !fits(field, from, both, facts)) return [];
          return [{ from, to, lines: both, alike: similarNames(from, to) }];
        });
      });
    const alike = candidates.filter((candidate) => candidate.alike);
    const others = new Set(candidates.map(({ from }) => from)).size === 1 ? candidates : [];
    const best = alike[0] ?? others[0];
    if (best === undefined || !isRenameShare(best.lines.length, of(path))) continue;
    found.push({ from: best.from, to: best.to, missing: path, lines: best.lines });
  }

  for (const from of Object.keys(unknown).sort()) {
    const lines = unknown[from] ?? [];
    if (isTaken(from) || !isRenameShare(lines.length, of(from))) continue;
    const field = fields.find(
      ({ path }) =>
        parentOf(path) === parentOf(from) &&
        similarNames(path, from) &&
        !found.some(({ to }) => to === path) &&
        lines.every((index) => valueAt(facts[index]?.event ?? {}, path) === undefined),
    );
    if (field !== undefined && fits(field, from, lines, facts)) found.push({ from, to: field.path, lines });
  }
  return found;
}
