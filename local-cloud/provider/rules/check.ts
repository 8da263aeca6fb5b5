/** The vocabulary of the rules: what holds of the values at a path of an operation's input. */
import { isRecord, type Props } from "../mapping";
import { HIDDEN, type Issue, shown, UNKNOWN } from "../validate";

/** Says what AWS would refuse of an input; `whole` when it cannot be asked of a part of it. */
export type Check = ((input: Props) => Issue[]) & { readonly whole?: boolean };

/** Checks by operation. */
export type Rules = Readonly<Record<string, readonly Check[]>>;

/** A test of one value; the second argument is the structure that holds it. */
export type Test = (value: unknown, owner: Props) => boolean;

/** What is wrong with a value, one rule at a time. */
export type Problems = Generator<string, void, undefined>;

interface Found {
  readonly path: string;
  readonly value: unknown;
  readonly owner: Props;
}

/** The known values at a path; `*` stands for every item of a list or member of a map. */
function find(value: unknown, path: readonly string[], at: string, owner: Props): Found[] {
  if (value === undefined || value === null || value === UNKNOWN) return [];
  const [head, ...rest] = path;
  if (head === undefined) return [{ path: at, value, owner }];
  const step = (name: string, inner: unknown): Found[] =>
    find(inner, rest, at === "" ? name : `${at}.${name}`, isRecord(value) ? value : owner);
  if (head !== "*") return isRecord(value) ? step(head, value[head]) : [];
  if (Array.isArray(value)) return value.flatMap((item, i) => step(String(i + 1), item));
  return isRecord(value) ? Object.entries(value).flatMap(([name, item]) => step(name, item)) : [];
}

const segmentsOf = (path: string): string[] => (path === "" ? [] : path.split("."));

/** Environments of functions hold secrets as often as not; passwords always. */
const display = (path: string, value: unknown): string =>
  /Variables|UserPassword$/i.test(path) ? HIDDEN : shown(value);

/** Every value at `path` must pass `test`; what is absent or unknown passes. An empty path is the input itself. */
export function where(path: string, rule: string, test: Test): Check {
  const segments = segmentsOf(path);
  const check = (input: Props): Issue[] =>
    find(input, segments, "", input)
      .filter(({ value, owner }) => !test(value, owner))
      .map(({ path: at, value }) => ({ path: at, value: display(at, value), rule }));
  return Object.assign(check, { whole: path === "" });
}

/** Every problem that `problems` finds in a value at `path` is one issue. */
export function inspect(path: string, problems: (value: unknown, owner: Props) => Iterable<string>): Check {
  const segments = segmentsOf(path);
  return (input) =>
    find(input, segments, "", input).flatMap(({ path: at, value, owner }) =>
      [...problems(value, owner)].map((rule) => ({ path: at, value: display(at, value), rule })),
    );
}

/** The checks of a structure, for the structures at `path`. */
export function within(path: string, checks: readonly Check[]): Check {
  const segments = segmentsOf(path);
  return (input) =>
    find(input, segments, "", input).flatMap(({ path: at, value }) =>
      checks.flatMap((check) =>
        check(value as Props).map((issue) => ({ ...issue, path: [at, issue.path].filter(Boolean).join(".") })),
      ),
    );
}

/** A number, or its text, from `min` to `max`. */
export const between = (
  path: string,
  min: number,
  max: number,
  test: (n: number) => boolean = Number.isInteger,
): Check =>
  where(path, `must be a whole number from ${min} to ${max}`, (value) => {
    const n = typeof value === "string" && value.trim() === "" ? NaN : Number(value);
    return test(n) && n >= min && n <= max;
  });

export const oneOf = (path: string, allowed: readonly (string | number)[]): Check =>
  where(path, `must be one of ${allowed.join(", ")}`, (value) => allowed.includes(value as string));

export const matches = (path: string, rule: string, pattern: RegExp): Check =>
  where(path, rule, (value) => typeof value === "string" && pattern.test(value));

/** Of these members of the structure at `path`, at most one (exactly one, if `needed`) may be there. */
export function onlyOne(path: string, members: readonly string[], needed = false): Check {
  const rule = `must have ${needed ? "exactly" : "at most"} one of ${members.join(", ")}`;
  return where(path, rule, (value) => {
    const there = members.filter((member) => (value as Props)[member] !== undefined).length;
    return there === 1 || (there === 0 && !needed);
  });
}

/** The members that are there must be so many at most, items of a list or entries of a map. */
export const atMost = (path: string, count: number): Check =>
  where(path, `must have at most ${count} entries`, (value) => Object.keys(value as object).length <= count);

/** No two items of the list at `path` may have the same `key`. */
export const distinct = (path: string, key: (item: Props) => unknown, what: string): Check =>
  where(path, `must not repeat ${what}`, (value) => {
    const keys = (value as Props[]).map(key).filter((one) => one !== undefined);
    return new Set(keys).size === keys.length;
  });

/** A JSON text; `undefined` for what is none. */
export function parseJson(value: unknown): unknown {
  try {
    return typeof value === "string" ? (JSON.parse(value) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

export const list = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value];

/** Size in UTF-8, which is what AWS counts where it says bytes. */
export const bytes = (value: unknown): number =>
  typeof value === "string" ? Buffer.byteLength(value) : value instanceof Uint8Array ? value.byteLength : 0;
