import { createColors } from "picocolors";
import { FIVE_METRICS, METRICS, type MetricId } from "../../handlers/operations/metrics";
import type { Gauge, JobStatus, StackStatus } from "./status";

/** Rules that are listed; the rest is counted. */
const MOST_LISTED = 5;
/** Hours that fit in a line. */
const MOST_HOURS = 4;
/** Columns of the page. */
const WIDTH = 100;

type Colors = ReturnType<typeof createColors>;

/** `95` → `1 min 35 s`: the two largest units. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  const units: readonly [string, number][] = [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ];
  const first = units.findIndex(([, size]) => whole >= size);
  if (first === -1) return "0 s";
  let rest = whole;
  const parts = units.slice(first, first + 2).flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${String(count)} ${unit}`];
  });
  return parts.join(" ");
}

const usd = (value: number): string => `$${value.toFixed(2)}`;
const count = (value: number): string => value.toLocaleString("en-US");
const things = (value: number, one: string): string => `${count(value)} ${one}${value === 1 ? "" : "s"}`;

/** A value of a metric for people: `12 min`, `99.8 %`, `1.24 s`, `$41.20`. */
export function valueText(metric: MetricId, value: number): string {
  if (metric === "costPerTb" || metric === "dailyCost" || metric === "dailyBudget") return usd(value);
  switch (METRICS[metric].unit) {
    case "Seconds":
      return durationText(value);
    case "Milliseconds":
      return value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(2)} s`;
    case "Percent":
      return `${value.toFixed(2)} %`;
    default:
      return count(value);
  }
}

/** The status as a page of at most 100 columns. */
export function statusText(status: StackStatus, color: boolean): string {
  const colors = createColors(color);
  const { pipeline, at, dashboardUrl } = status;
  const sections: [string, string[]][] = [
    ["Five metrics", fiveLines(status, colors)],
    ["Flow", flowLines(status)],
    ["Jobs", status.jobs.map((job) => jobLine(job, status, colors))],
    [alarmHeading(status), alarmLines(status, colors)],
    ["Dead letters", deadLetterLines(status, colors)],
    ["Drift", driftLines(status, colors)],
    ["Quarantine", quarantineLines(status)],
    ["Cost", [costLine(status, colors)]],
  ];
  return [
    `${colors.bold(pipeline)} at ${minute(at)}`,
    // A URL is not wrapped: it is there to be clicked.
    colors.dim(dashboardUrl),
    ...sections.flatMap(([title, lines]) => ["", colors.bold(title), ...lines.map((line) => `  ${line}`)]),
  ].join("\n");
}

const minute = (iso: string): string => `${iso.slice(0, 16).replace("T", " ")} UTC`;
const ago = (age: number): string => (age < 60 ? "just now" : `${durationText(age)} ago`);
const agoOf = (iso: string, status: StackStatus): string =>
  ago(Math.max(0, (Date.parse(status.at) - Date.parse(iso)) / 1000));
const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

function fiveLines({ five }: StackStatus, colors: Colors): string[] {
  const widest = Math.max(...FIVE_METRICS.map(({ title }) => title.length));
  return five.map(({ metric, title, text, value, age, met }) => {
    const [mark, paint] =
      met === undefined
        ? (["–", colors.dim] as const)
        : met
          ? (["✓", colors.green] as const)
          : (["✗", colors.red] as const);
    const shown = value === undefined ? "no value" : valueText(metric, value);
    const when = age === undefined ? "in three days" : ago(age);
    return `${paint(mark)} ${title.padEnd(widest)}  ${paint(shown.padStart(14))}  ${text.padEnd(9)} ${colors.dim(when)}`;
  });
}

function flowLines({ flow }: StackStatus): string[] {
  return flow.map(({ stage, behind, value, age }) => {
    if (value === undefined || age === undefined) return `${stage.padEnd(7)} no value in three days`;
    return `${stage.padEnd(7)} ${durationText(value).padStart(14)} behind ${behind.padEnd(7)} ${ago(age)}`;
  });
}

function jobLine(job: JobStatus, status: StackStatus, colors: Colors): string {
  const running =
    job.runningSince === undefined ? "" : `; running for ${agoOf(job.runningSince, status).replace(" ago", "")}`;
  if (job.state === undefined) return `${job.job.padEnd(8)} no run ended yet${running}`;
  const paint = job.state === "SUCCEEDED" ? colors.green : colors.red;
  const took = durationText(job.seconds ?? 0);
  const broken = job.conservation === "broken" ? colors.red(", rows are unaccounted for") : "";
  const why = job.message === undefined ? "" : `\n             ${cut(job.message.replaceAll(/\s+/g, " "), WIDTH - 15)}`;
  const when = agoOf(job.endedAt ?? status.at, status);
  return `${job.job.padEnd(8)} ${paint(job.state.padEnd(9))} ${when}, took ${took}${broken}${running}${why}`;
}

function alarmHeading({ alarms, watched }: StackStatus): string {
  const critical = alarms.filter(({ severity }) => severity === "critical").length;
  return alarms.length === 0
    ? `Alarms: none of ${String(watched)} is on`
    : `Alarms: ${String(alarms.length)} of ${String(watched)} on, ${String(critical)} critical`;
}

function alarmLines(status: StackStatus, colors: Colors): string[] {
  return status.alarms.map(({ title, severity, since, suppressed, runbook }) => {
    const paint = severity === "critical" ? colors.red : colors.yellow;
    const when = since === undefined ? "" : `, since ${minute(since)}`;
    const told = suppressed ? ", explained by another" : "";
    return `${paint(`✗ ${severity.padEnd(8)}`)} ${cut(title, 50)}${when}${told}\n             ${colors.dim(runbook)}`;
  });
}

function deadLetterLines({ deadLetters }: StackStatus, colors: Colors): string[] {
  const filled = deadLetters.filter(({ messages }) => messages > 0);
  if (filled.length === 0) return [`none in ${things(deadLetters.length, "queue")}`];
  return filled.map(({ queue, messages }) => colors.red(`${things(messages, "message")} of: ${queue}`));
}

function driftLines({ drifts, holds }: StackStatus, colors: Colors): string[] {
  if (drifts.length === 0 && holds.length === 0) return ["nothing undecided"];
  const lines = drifts.map(({ id, severity, what, lastSeen }) => {
    const paint = severity === "breaking" ? colors.red : colors.yellow;
    return `${paint(severity.padEnd(8))} ${id}  ${cut(what, 40)}, last seen ${minute(lastSeen)}`;
  });
  const hours = holds.slice(0, MOST_HOURS).map(({ hour }) => hour);
  const more = holds.length > MOST_HOURS ? ` and ${String(holds.length - MOST_HOURS)} more` : "";
  if (holds.length > 0) lines.push(`held out of silver: ${hours.join(", ")}${more}`);
  return [...lines, colors.dim("decide: npm run cli -- drift list")];
}

function quarantineLines(status: StackStatus): string[] {
  const { quarantine } = status;
  if (quarantine === undefined) return ["no silver run has succeeded yet"];
  const { read, quarantined, rules, endedAt } = quarantine;
  const percent = read === 0 ? "" : ` (${((100 * quarantined) / read).toFixed(2)} %)`;
  const named = rules.slice(0, MOST_LISTED).map(({ rule, rows }) => `${rule.padEnd(26)} ${count(rows)}`);
  const more = rules.length > MOST_LISTED ? [`and ${things(rules.length - MOST_LISTED, "more rule")}`] : [];
  return [
    `${count(quarantined)} of ${things(read, "row")}${percent} in the last run, ${agoOf(endedAt, status)}`,
    ...named,
    ...more,
  ];
}

function costLine({ cost: { day, budget } }: StackStatus, colors: Colors): string {
  const allowed = known(budget) ? `${usd(budget.value)} a day are budgeted` : "no budget is known yet";
  if (!known(day)) return `no cost of a day is known yet; ${allowed}`;
  if (!known(budget) || budget.value === 0) return `${usd(day.value)} on the last whole day; ${allowed}`;
  const share = (100 * day.value) / budget.value;
  const paint = share > 100 ? colors.red : (text: string): string => text;
  return paint(`${usd(day.value)} on the last whole day, ${share.toFixed(0)} % of its budget; ${allowed}`);
}

function known(gauge: Gauge): gauge is Required<Gauge> {
  return gauge.value !== undefined;
}
