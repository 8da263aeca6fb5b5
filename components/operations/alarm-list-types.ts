import type { MetricId } from "../../handlers/operations/metrics";
import type { NotifierRow } from "../../handlers/operations/notifier-row";

/** Queues of messages that nobody could work on, each with an alarm of row `dead-letters`: key → what lies in it. */
export const DEAD_LETTER_QUEUES = {
  alerts: "purchase alerts",
  loads: "loads of the warehouse",
  queries: "the query log",
  recorder: "run records and the pulse",
  landing: "the landing check",
  costs: "the daily cost",
} as const;

/** A key of `DEAD_LETTER_QUEUES`. */
export type DeadLetterQueue = keyof typeof DEAD_LETTER_QUEUES;

/** What an alarm watches. */
export type AlarmMetric =
  | { readonly kind: "pipeline"; readonly metric: MetricId }
  /** An expression over metrics, by the names that the expression gives them. */
  | {
      readonly kind: "math";
      readonly metrics: Readonly<Record<string, MetricId>>;
      readonly expression: string;
      readonly label: string;
    }
  /** Messages in a queue that the arguments of `Alarms` name. */
  | { readonly kind: "queue-depth"; readonly queue: "parts" | "notifier" | "pager" };

/** `ignore` keeps the state that the last value gave. */
export type MissingData = "ignore" | "breaching" | "notBreaching";

/** Alarms that explain this one: while one of them is in alarm, this one tells nobody. */
export interface Suppression {
  readonly by: readonly string[];
  /** How long this alarm waits for one that explains it, in seconds; part of its delay. */
  readonly waitSeconds: number;
  /** How long after the explanation ended this alarm has to end by itself, in seconds. */
  readonly extensionSeconds: number;
  readonly because: string;
}

/** One row of the alarm list: everything about an alarm, as data. */
export interface AlarmRow extends NotifierRow {
  readonly metric: AlarmMetric;
  readonly statistic: "Maximum" | "Minimum" | "Sum";
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly comparison: "GreaterThanThreshold" | "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly missing: { readonly treatAs: MissingData; readonly because: string };
  /** From the cause to the message, at worst; longer by the extension while an explanation has just ended. */
  readonly delay: { readonly minutes: number; readonly because: string };
  /** Path in the repository. */
  readonly runbook: `docs/runbooks/${string}.md`;
  readonly suppression?: Suppression;
  /** Minutes after its creation in which the alarm does not judge. @default 0 */
  readonly warmUpMinutes?: number;
  /** What a stack must have for the alarm to make sense. @default every stack has it */
  readonly appliesWhen?: "warehouse";
}

/** Path of the runbook of an alarm. */
export function runbookOf<Id extends string>(id: Id): `docs/runbooks/${Id}.md` {
  return `docs/runbooks/${id}.md`;
}

/** Who answers for the pipeline around the clock. */
export const ON_CALL = "data-platform on call";
/** Who answers for it in working hours. */
export const TEAM = "data-platform team";
/** Who answers for what it costs. */
export const COST_OWNER = "data-platform cost owner";

/** Both reasons why the list hardly ever treats silence as health. */
export const KEEPS_STATE = {
  treatAs: "ignore",
  because: "a gauge that is not measured says nothing: it neither heals nor alarms; silence is monitoring-blind's",
} as const;
export const KEEPS_LAST_RUN = {
  treatAs: "ignore",
  because: "put once a run: between two runs the last one's value holds",
} as const;

/**
 * A gauge that is put at once when it changes and again by every pulse. Two windows of five minutes with one breaching
 * suffice: a pulse that read just before the change cannot clear the alarm, since the change is still in the window.
 */
export const AT_ONCE = {
  periodSeconds: 300,
  evaluationPeriods: 2,
  datapointsToAlarm: 1,
  statistic: "Maximum",
} as const;
/** A gauge that the pulse puts every five minutes. */
export const EVERY_PULSE = {
  periodSeconds: 300,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  statistic: "Maximum",
} as const;
/** A value an hour or a day: the window is an hour, so that a value that comes minutes late is still in it. */
export const SELDOM = {
  periodSeconds: 3600,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  statistic: "Maximum",
} as const;
