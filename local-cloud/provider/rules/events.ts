/**
 * EventBridge and EventBridge Scheduler. AWS pages: "Creating Amazon EventBridge event patterns", "Comparison operators
 * for use in event patterns", "Setting a schedule pattern for scheduled rules", "Schedule types in EventBridge
 * Scheduler", "Amazon EventBridge quotas".
 */
import { isRecord, type Props } from "../mapping";
import {
  bytes,
  type Check,
  distinct,
  inspect,
  list,
  onlyOne,
  parseJson,
  type Problems,
  type Rules,
  where,
} from "./check";

const LARGEST = 5e9;
const BOUNDS = ["<", "<=", ">", ">="];

function* numericProblems(terms: unknown): Problems {
  const parts = list(terms);
  const pairs = parts.length === 2 || parts.length === 4;
  const operators = parts.filter((_, i) => i % 2 === 0);
  const numbers = parts.filter((_, i) => i % 2 === 1) as number[];
  const known = parts.length === 2 ? ["=", ...BOUNDS] : BOUNDS;
  if (!pairs || !operators.every((operator) => known.includes(operator as string)))
    return yield "numeric must be an operator and a number, or a lower and an upper bound of them";
  if (!numbers.every((n) => typeof n === "number" && Math.abs(n) <= LARGEST))
    yield `numeric must compare with numbers from -${LARGEST} to ${LARGEST}`;
  const [low, high] = operators.map((operator) => String(operator).charAt(0));
  const [least, most] = numbers as [number, number | undefined];
  if (parts.length === 4 && (low !== ">" || high !== "<" || least >= (most ?? Infinity)))
    yield "numeric must have its lower bound first, and below the upper one";
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const folded = (value: unknown): boolean =>
  isRecord(value) &&
  Object.keys(value).join() === "equals-ignore-case" &&
  list(value["equals-ignore-case"]).every(isText);
const wildcard = (value: unknown): boolean => isText(value) && !/\*\*/.test(value as string);
const edges = (value: unknown): boolean => isText(value) || folded(value);
const scalar = (value: unknown): boolean => typeof value === "string" || typeof value === "number";

function anythingBut(value: unknown): boolean {
  if (!isRecord(value)) return list(value).length > 0 && list(value).every(scalar);
  const entries = Object.entries(value);
  const [operator, operand] = entries[0] ?? [];
  if (entries.length !== 1) return false;
  if (operator === "prefix" || operator === "suffix") return list(operand).every(edges);
  if (operator === "wildcard") return list(operand).every(wildcard);
  return folded(value);
}

const FILTERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  prefix: edges,
  suffix: edges,
  exists: (value) => typeof value === "boolean",
  "equals-ignore-case": isText,
  wildcard,
  cidr: (value) => typeof value === "string" && /^[0-9a-f.:]+\/\d{1,3}$/i.test(value),
  "anything-but": anythingBut,
};

/** What is wrong with a pattern: an object whose leaves are lists of values and content filters. */
export function* patternProblems(pattern: unknown, at = ""): Problems {
  if (!isRecord(pattern) || Object.keys(pattern).length === 0)
    return yield `the pattern${at} must be an object with fields`;
  for (const [field, value] of Object.entries(pattern)) {
    const here = `${at} at ${field}`;
    if (field === "$or") {
      const ways = Array.isArray(value) ? (value as unknown[]) : [];
      if (ways.length < 2) yield `the pattern${at}: $or must list at least two patterns`;
      for (const way of ways) yield* patternProblems(way, here);
    } else if (isRecord(value)) yield* patternProblems(value, here);
    else if (!Array.isArray(value) || value.length === 0) yield `the pattern${here} must be a list of values to match`;
    else for (const item of value as unknown[]) yield* filterProblems(item, here);
  }
}

function* filterProblems(item: unknown, at: string): Problems {
  if (Array.isArray(item)) return yield `the pattern${at} must not nest lists`;
  if (!isRecord(item)) return;
  const [[filter, operand] = ["", undefined], ...others] = Object.entries(item);
  if (others.length > 0) yield `the pattern${at}: a content filter has one operator`;
  else if (filter === "numeric") yield* numericProblems(operand);
  else if (FILTERS[filter] === undefined) yield `the pattern${at}: ${filter} is no content filter`;
  else if (!FILTERS[filter](operand)) yield `the pattern${at}: ${filter} cannot be ${JSON.stringify(operand)}`;
}

/** A JSON text that is an event pattern of at most `limit` bytes. */
export const eventPattern = (path: string, limit = 4_096): Check =>
  inspect(path, function* (value) {
    const pattern = parseJson(value);
    if (pattern === undefined) yield "must be JSON";
    else yield* patternProblems(pattern);
    if (bytes(value) > limit) yield `must have at most ${limit} bytes`;
  });

const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const DAYS = "SUN MON TUE WED THU FRI SAT".split(" ");
const FIELDS: readonly [name: string, least: number, most: number, special: RegExp, names: readonly string[]][] = [
  ["minutes", 0, 59, /$^/, []],
  ["hours", 0, 23, /$^/, []],
  ["day-of-month", 1, 31, /^(\?|L|L?W|\d{1,2}W)$/, []],
  ["month", 1, 12, /$^/, MONTHS],
  ["day-of-week", 1, 7, /^(\?|L|\w+L|\w+#[1-5])$/, DAYS],
  ["year", 1970, 2199, /$^/, []],
];

/** What is wrong with `cron(…)` of six fields. */
export function* cronProblems(expression: string): Problems {
  const fields = /^cron\((.*)\)$/.exec(expression)?.[1]?.trim().split(/\s+/) ?? [];
  if (fields.length !== FIELDS.length) return yield "must be cron(…) with six fields";
  for (const [i, [name, least, most, special, names]] of FIELDS.entries()) {
    const field = (fields[i] as string).toUpperCase();
    const value = (text: string): number =>
      names.includes(text) ? names.indexOf(text) + 1 : /^\d+$/.test(text) ? Number(text) : NaN;
    const inside = (text: string): boolean => value(text) >= least && value(text) <= most;
    const ok = field.split(",").every((item) => {
      const [range = "", step] = item.split("/");
      if (step !== undefined && !/^[1-9]\d*$/.test(step)) return false;
      return range === "*" || special.test(item) || range.split("-", 2).every(inside);
    });
    if (!ok) yield `${name} cannot be "${field}": it goes from ${least} to ${most}`;
  }
  if ((fields[2] === "?") === (fields[4] === "?")) yield 'must have "?" in exactly one of day-of-month and day-of-week';
}

function* scheduleProblems(value: unknown, at: boolean): Problems {
  const expression = String(value);
  const [, count, unit, plural] = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  if (count !== undefined) {
    if (Number(count) < 1 || (count === "1") !== (plural === "")) yield `must be rate(1 ${unit}) or rate(n ${unit}s)`;
  } else if (expression.startsWith("cron(")) yield* cronProblems(expression);
  else if (!at || !/^at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)$/.test(expression))
    yield `must be rate(…) or cron(…)${at ? " or at(…)" : ""}`;
}

const flexible = ({ Mode, MaximumWindowInMinutes }: Props): boolean =>
  (Mode === "FLEXIBLE") === (MaximumWindowInMinutes !== undefined);

const isQueue = (value: unknown): boolean =>
  /^arn:[\w-]+:sqs:.+$/.test(String(value)) && !String(value).endsWith(".fifo");

export const eventsRules: Rules = {
  CreateEventBus: [
    where("Name", "must not be default or hold a slash", (name) => name !== "default" && !/\//.test(String(name))),
  ],
  PutRule: [
    eventPattern("EventPattern"),
    inspect("ScheduleExpression", (value) => scheduleProblems(value, false)),
    where("", "must have EventPattern or ScheduleExpression", (rule) => {
      const { EventPattern, ScheduleExpression } = rule as Props;
      return EventPattern !== undefined || ScheduleExpression !== undefined;
    }),
    where("ScheduleExpression", "is possible on the default event bus only", (_, { EventBusName }) =>
      [undefined, "default"].includes(EventBusName as string),
    ),
  ],
  PutTargets: [
    distinct("Targets", ({ Id }) => Id, "target ids"),
    onlyOne("Targets.*", ["Input", "InputPath", "InputTransformer"]),
    where("Targets.*.Input", "must be JSON", (value) => parseJson(value) !== undefined),
    where("Targets.*.DeadLetterConfig.Arn", "must be a standard SQS queue's ARN", isQueue),
    where("Targets.*", "must have SqsParameters.MessageGroupId for a FIFO queue, and for nothing else", (target) => {
      const { Arn, SqsParameters } = target as Props;
      return /:sqs:.*\.fifo$/.test(String(Arn)) === (SqsParameters !== undefined);
    }),
    where(
      "Targets.*.InputTransformer.InputPathsMap",
      "must hold JSON paths under names that do not begin with AWS",
      (paths) =>
        Object.entries(paths as object).every(([name, path]) => !/^aws/i.test(name) && String(path).startsWith("$")),
    ),
  ],
};

const SCHEDULE: readonly Check[] = [
  inspect("ScheduleExpression", (value) => scheduleProblems(value, true)),
  where("FlexibleTimeWindow", "must have MaximumWindowInMinutes when, and only when, its mode is FLEXIBLE", (window) =>
    flexible(window as Props),
  ),
  where("Target.DeadLetterConfig.Arn", "must be a standard SQS queue's ARN", isQueue),
];

export const schedulerRules: Rules = { CreateSchedule: SCHEDULE, UpdateSchedule: SCHEDULE };
