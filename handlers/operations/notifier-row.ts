/** What the notifier knows of an alarm: the part of a row of the alarm list that people are told. Plain data. */

/** Who is woken: critical pages, warning waits in the channel. */
export type Severity = "critical" | "warning";

/** How a value is phrased: seconds as a duration, 94 as `94 %`, 1.8 as `1.8 ×`, 2 as `2 days`, 3 as `3`. */
export type ValueKind = "duration" | "percent" | "times" | "days" | "count";

/** The words of an alarm. */
export interface MessageWords {
  /** What happened, one sentence. */
  readonly what: string;
  /** How bad it is; `{value}` and `{threshold}` are replaced. Left out where CloudWatch gave no value. */
  readonly howBad: { readonly kind: ValueKind; readonly text: string };
  /** What to do first, one sentence. */
  readonly firstStep: string;
  /** Whether the value is the age of the trouble, which then began that long before the alarm. @default false */
  readonly valueIsAge?: boolean;
}

/** How an alarm reaches people: through the notifier, or from CloudWatch straight to the pager. */
export type Route = "notifier" | "pager-direct";

/** One alarm as the notifier knows it. */
export interface NotifierRow {
  /** Kebab case; the alarm is called `<pipeline>-<id>`. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** Role, such as `data-platform on call`. */
  readonly owner: string;
  readonly threshold: number;
  readonly message: MessageWords;
  readonly route: Route;
  /** For a row with one alarm a part, `<pipeline>-<id>-<part>`: the part's title. */
  readonly parts?: Readonly<Record<string, string>>;
}

/** The row of an alarm, and the part of it that the alarm watches. */
export interface FoundRow {
  readonly row: NotifierRow;
  /** `etl-failed`, `dead-letters-loads`: the alarm's name without the pipeline's. */
  readonly key: string;
  readonly partTitle?: string;
}

/** Finds the row of an alarm by its name; undefined for an alarm that is none of this pipeline's list. */
export function findRow(rows: readonly NotifierRow[], pipeline: string, alarmName: string): FoundRow | undefined {
  if (!alarmName.startsWith(`${pipeline}-`)) return undefined;
  const key = alarmName.slice(pipeline.length + 1);
  for (const row of rows) {
    if (row.parts === undefined) {
      if (row.id === key) return { row, key };
      continue;
    }
    const part = key.startsWith(`${row.id}-`) ? key.slice(row.id.length + 1) : "";
    const partTitle = Object.hasOwn(row.parts, part) ? row.parts[part] : undefined;
    if (partTitle !== undefined) return { row, key, partTitle };
  }
  return undefined;
}
