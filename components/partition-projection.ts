import { InvalidArgumentError } from "./errors";

/** One projected partition column of type integer. */
export interface IntegerProjection {
  type: "integer";
  /** First and last value, both included. */
  range: readonly [number, number];
  /** Pads with zeros to this many digits. @default no padding */
  digits?: number;
  /** Step between values. @default 1 */
  interval?: number;
}

/** One projected partition column that takes the listed values. */
export interface EnumProjection {
  type: "enum";
  values: readonly string[];
}

/** One projected partition column of type date, in days of UTC. */
export interface DateProjection {
  type: "date";
  /** First and last day as `YYYY-MM-DD`, both included; the last one may be `NOW`. */
  range: readonly [string, string];
  /** Only the forms that sort as text in time order, so that a range of prefixes is a range of days. */
  format: "yyyy-MM-dd" | "yyyyMMdd" | "yyyy/MM/dd";
}

/** How Athena derives the values of one partition column. */
export type ColumnProjection = IntegerProjection | EnumProjection | DateProjection;

/** Partition projection of a table: Athena computes the partitions, nobody registers them. */
export interface PartitionProjection {
  /** Columns in the order of the table's partition keys. */
  columns: Readonly<Record<string, ColumnProjection>>;
  /** Path below the table's bucket with each column once as `${column}`, ending in "/". */
  template: string;
}

/** Projection that Athena would refuse, or that would silently find nothing. */
export class PartitionProjectionError extends InvalidArgumentError {
  override readonly name = "PartitionProjectionError";
  constructor(readonly problems: readonly string[]) {
    super(`partition projection is not valid:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
  }
}

const DATE_FORMATS: readonly string[] = ["yyyy-MM-dd", "yyyyMMdd", "yyyy/MM/dd"];
const PLACEHOLDER = /\$\{([^}]*)\}/g;

/**
 * Checks a projection against the partition keys it is for, before any resource exists.
 * @param partitionKeys the table's partition keys, in order
 * @throws PartitionProjectionError with every problem found
 */
export function validateProjection(projection: PartitionProjection, partitionKeys: readonly string[]): void {
  const columns = Object.keys(projection.columns);
  const problems = [
    ...partitionKeys.filter((key) => !columns.includes(key)).map((key) => `partition key "${key}" has no projection`),
    ...columns.filter((key) => !partitionKeys.includes(key)).map((key) => `"${key}" is no partition key of the table`),
    ...Object.entries(projection.columns).flatMap(([name, column]) => columnProblems(name, column)),
    ...templateProblems(projection.template, columns),
  ];
  if (problems.length > 0) throw new PartitionProjectionError(problems);
}

function columnProblems(name: string, column: ColumnProjection): string[] {
  switch (column.type) {
    case "integer":
      return integerProblems(name, column);
    case "enum":
      return enumProblems(name, column);
    case "date":
      return dateProblems(name, column);
  }
}

function integerProblems(name: string, { range, digits, interval }: IntegerProjection): string[] {
  const [first, last] = range;
  const problems: string[] = [];
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0) {
    problems.push(`range of "${name}" is ${first}..${last}: both ends must be whole numbers ≥ 0`);
  } else if (first > last) {
    problems.push(`range of "${name}" is ${first}..${last}: the first value must not be greater than the last`);
  }
  if (interval !== undefined && (!Number.isSafeInteger(interval) || interval < 1)) {
    problems.push(`interval of "${name}" is ${interval}: it must be a whole number ≥ 1`);
  }
  if (digits !== undefined && (!Number.isSafeInteger(digits) || digits < 1 || digits > 18)) {
    problems.push(`digits of "${name}" is ${digits}: it must be between 1 and 18`);
  } else if (digits !== undefined && String(last).length > digits) {
    problems.push(`range of "${name}" ends at ${last}, which does not fit ${digits} digits`);
  }
  return problems;
}

function enumProblems(name: string, { values }: EnumProjection): string[] {
  const problems: string[] = [];
  if (values.length === 0) problems.push(`values of "${name}" are empty: list at least one`);
  if (new Set(values).size !== values.length) problems.push(`values of "${name}" repeat: ${values.join(", ")}`);
  const unusable = values.filter((value) => value === "" || /[,/]|^\s|\s$/.test(value));
  for (const value of unusable) {
    problems.push(
      `value ${JSON.stringify(value)} of "${name}" may not be empty, hold "," or "/", or begin or end blank`,
    );
  }
  return problems;
}

function dateProblems(name: string, { range, format }: DateProjection): string[] {
  const problems: string[] = [];
  if (!DATE_FORMATS.includes(format)) {
    problems.push(`format of "${name}" is "${String(format)}": use one of ${DATE_FORMATS.join(", ")}`);
  }
  const [first, last] = range;
  const isDay = (text: string): boolean => dayNumber(text) !== undefined;
  if (!isDay(first)) problems.push(`range of "${name}" begins at "${first}": write a real day as YYYY-MM-DD`);
  if (last !== "NOW" && !isDay(last)) {
    problems.push(`range of "${name}" ends at "${last}": write a real day as YYYY-MM-DD, or NOW`);
  }
  if (problems.length === 0 && last !== "NOW" && first > last) {
    problems.push(`range of "${name}" is ${first}..${last}: the first day must not be after the last`);
  }
  return problems;
}

function templateProblems(template: string, columns: readonly string[]): string[] {
  const used = [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? "");
  const problems = [
    ...columns
      .filter((name) => used.filter((other) => other === name).length !== 1)
      .map((name) => `template "${template}" must name \${${name}} exactly once`),
    ...used.filter((name) => !columns.includes(name)).map((name) => `template names \${${name}}, which is no column`),
  ];
  if (!template.endsWith("/")) {
    problems.push(`template "${template}" must end in "/": else hour=1 would also match hour=10`);
  }
  if (template.startsWith("/") || template.replace(PLACEHOLDER, "x").includes("//")) {
    problems.push(`template "${template}" may not begin with "/" or hold an empty folder`);
  }
  const leftover = template.replace(PLACEHOLDER, "");
  if (/[${}]/.test(leftover)) problems.push(`template "${template}" has a placeholder that is not closed`);
  return problems;
}

/**
 * The table parameters by which Athena projects the partitions.
 * @param tableRoot `s3://bucket/` that the template continues
 */
export function projectionParameters(projection: PartitionProjection, tableRoot: string): Record<string, string> {
  const parameters: Record<string, string> = {
    "projection.enabled": "true",
    "storage.location.template": `${tableRoot}${projection.template}`,
  };
  for (const [name, column] of Object.entries(projection.columns)) {
    const put = (key: string, value: string): void => {
      parameters[`projection.${name}.${key}`] = value;
    };
    put("type", column.type);
    if (column.type === "enum") {
      put("values", column.values.join(","));
    } else if (column.type === "integer") {
      put("range", column.range.join(","));
      if (column.digits !== undefined) put("digits", String(column.digits));
      if (column.interval !== undefined) put("interval", String(column.interval));
    } else {
      put("range", column.range.map((day) => (day === "NOW" ? day : formatDay(day, column.format))).join(","));
      put("format", column.format);
      put("interval", "1");
      put("interval.unit", "DAYS");
    }
  }
  return parameters;
}

/** Hour by hour, the parts of UTC time that partition columns of these names hold. */
const TIME_PARTS: Readonly<Record<string, (hour: Date) => number>> = {
  year: (hour) => hour.getUTCFullYear(),
  month: (hour) => hour.getUTCMonth() + 1,
  day: (hour) => hour.getUTCDate(),
  hour: (hour) => hour.getUTCHours(),
};
const MILLISECONDS_PER_HOUR = 3_600_000;

/**
 * The prefixes that Athena lists for a time range, in time order, for a projection on year/month/day/hour.
 *
 * Hours that no value of a column's range stands for are left out, exactly as Athena would not look there.
 * @param from first instant, included
 * @param to last instant, excluded
 * @throws PartitionProjectionError on a column that is not a part of time, or an empty range of time
 */
export function prefixesBetween(projection: PartitionProjection, from: Date, to: Date): string[] {
  const columns = Object.entries(projection.columns);
  const problems = columns
    .filter(([name, column]) => TIME_PARTS[name] === undefined || column.type !== "integer")
    .map(
      ([name]) => `column "${name}" is not an integer year, month, day or hour, so a time range says nothing about it`,
    );
  if (!(from.getTime() < to.getTime()))
    problems.push("the range of time is empty: its end must be after its beginning");
  if (problems.length > 0) throw new PartitionProjectionError(problems);

  const prefixes = new Set<string>();
  const firstHour = Math.floor(from.getTime() / MILLISECONDS_PER_HOUR) * MILLISECONDS_PER_HOUR;
  for (let time = firstHour; time < to.getTime(); time += MILLISECONDS_PER_HOUR) {
    const prefix = prefixOfHour(projection, new Date(time));
    if (prefix !== undefined) prefixes.add(prefix);
  }
  return [...prefixes];
}

function prefixOfHour(projection: PartitionProjection, hour: Date): string | undefined {
  let prefix = projection.template;
  for (const [name, column] of Object.entries(projection.columns)) {
    const part = TIME_PARTS[name]?.(hour);
    if (part === undefined || column.type !== "integer" || !projects(column, part)) return undefined;
    // A function, because "$" in a replacement string is special.
    prefix = prefix.replace(`\${${name}}`, () => String(part).padStart(column.digits ?? 1, "0"));
  }
  return prefix;
}

function projects({ range, interval }: IntegerProjection, value: number): boolean {
  return value >= range[0] && value <= range[1] && (value - range[0]) % (interval ?? 1) === 0;
}

function dayNumber(day: string): number | undefined {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN;
  // Date.parse accepts 31 February in some engines and moves it to March: the round trip does not.
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day ? undefined : time;
}

function formatDay(day: string, format: DateProjection["format"]): string {
  return { "yyyy-MM-dd": day, yyyyMMdd: day.replaceAll("-", ""), "yyyy/MM/dd": day.replaceAll("-", "/") }[format];
}
