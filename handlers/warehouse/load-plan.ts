/** What the lake has, what the warehouse has, and what follows. Dates are `YYYY-MM-DD`, which sort as text. */
export interface LoadState {
  /** Location of each registered partition of the facts, by date. */
  lake: ReadonlyMap<string, string>;
  /** Location that each hot date was loaded from. */
  hot: ReadonlyMap<string, string>;
  /** Location of the users' table, undefined before the first run of the job. */
  lakeUsers: string | undefined;
  /** Location that the warehouse's users were loaded from. */
  hotUsers: string | undefined;
  /** First hot date as the warehouse has it. */
  boundary: string;
}

/** What is asked for. */
export interface LoadWindow {
  /** First date that is to be hot. */
  hotFrom: string;
  /** Only these dates are looked at, both ends included; the boundary stays where it is. @default all hot dates */
  only?: { from: string; to: string };
  /** Load the dates of `only` even if nothing changed. @default false */
  again?: boolean;
}

/** Steps in the order in which they are to be taken. */
export interface LoadPlan {
  load: { date: string; location: string }[];
  remove: string[];
  users: string | undefined;
  boundary: { from: string; to: string } | undefined;
}

/** `days` before a date. */
export function daysBefore(date: Date, days: number): string {
  return new Date(date.getTime() - days * 86_400_000).toISOString().slice(0, 10);
}

/**
 * Compares the two sides. It asks what is so, not what happened: an event that was lost, repeated or late leads to the
 * same plan.
 */
export function planLoad(state: LoadState, { hotFrom, only, again = false }: LoadWindow): LoadPlan {
  const wanted = (date: string): boolean =>
    date >= hotFrom && (only === undefined || (date >= only.from && date <= only.to));
  const load = [...state.lake]
    .filter(([date, location]) => wanted(date) && (again || state.hot.get(date) !== location))
    .map(([date, location]) => ({ date, location }))
    .sort((one, other) => (one.date < other.date ? -1 : 1));
  const remove = [...state.hot.keys()].filter((date) => wanted(date) && !state.lake.has(date)).sort();
  const changed = state.lakeUsers !== undefined && (again || state.lakeUsers !== state.hotUsers);
  const moves = only === undefined && state.boundary !== hotFrom;
  return {
    load,
    remove,
    users: changed ? state.lakeUsers : undefined,
    boundary: moves ? { from: state.boundary, to: hotFrom } : undefined,
  };
}

/** True when there is nothing to do. */
export function isEmpty({ load, remove, users, boundary }: LoadPlan): boolean {
  return load.length === 0 && remove.length === 0 && users === undefined && boundary === undefined;
}
