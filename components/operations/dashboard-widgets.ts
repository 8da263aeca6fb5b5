import { DIMENSIONS, METRICS, METRICS_NAMESPACE, type MetricId } from "../../handlers/operations/metrics";

/** Columns of a dashboard (CloudWatch API reference, "Dashboard body structure and syntax"). */
export const GRID_COLUMNS = 24;

/** Where a widget lies, in grid units. */
export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One widget of a dashboard body. */
export interface Widget extends Place {
  type: "metric" | "alarm" | "text";
  properties: Readonly<Record<string, unknown>>;
}

/** Whose metrics a dashboard shows. */
export interface DashboardDimensions {
  team: string;
  environment: string;
  pipeline: string;
}

/** A line of a graph: `[namespace, name, dimension, value, …, options]`, or `[{ expression, … }]`. */
export type MetricLine = readonly unknown[];

/** How a line is drawn. */
export interface LineOptions {
  label?: string;
  color?: string;
  /** Id for expressions. */
  id?: string;
  /** False for what only expressions use. @default true */
  visible?: boolean;
  stat?: "Maximum" | "Minimum" | "Sum" | "Average";
  /** Seconds. @default the widget's */
  period?: number;
}

/** Colours that stay apart for the colour-blind (Okabe and Ito). */
export const COLORS = {
  blue: "#0072b2",
  orange: "#e69f00",
  green: "#009e73",
  red: "#d55e00",
  purple: "#cc79a7",
  sky: "#56b4e9",
  grey: "#7f7f7f",
} as const;

/** A line of one of the stack's metrics, by its CloudWatch name: also the jobs' own, which are not in `METRICS`. */
export function stackLine(name: string, of: DashboardDimensions, options: LineOptions = {}): MetricLine {
  const dimensions = [
    DIMENSIONS.team,
    of.team,
    DIMENSIONS.environment,
    of.environment,
    DIMENSIONS.pipeline,
    of.pipeline,
  ];
  return [METRICS_NAMESPACE, name, ...dimensions, options];
}

/** A line of a metric in another unit: the metric itself is hidden, its quotient drawn. */
export function scaledLine(
  metric: MetricId,
  of: DashboardDimensions,
  divisor: number,
  options: { label: string; color?: string },
): MetricLine[] {
  if (divisor === 1) return [stackLine(METRICS[metric].name, of, options)];
  const raw = stackLine(METRICS[metric].name, of, { id: `raw_${metric}`, visible: false });
  return [raw, [{ expression: `raw_${metric}/${String(divisor)}`, id: `shown_${metric}`, ...options }]];
}

/** One line for each value of a further dimension of the stack's metrics, whatever values there are. */
export function searchLine(
  name: string,
  dimension: string,
  of: DashboardDimensions,
  { id, stat, period }: { id: string; stat: "Maximum" | "Sum"; period: number },
): MetricLine {
  const schema = [METRICS_NAMESPACE, ...Object.values(DIMENSIONS), dimension].join(",");
  const terms = [
    `MetricName="${name}"`,
    `${DIMENSIONS.team}="${of.team}"`,
    `${DIMENSIONS.environment}="${of.environment}"`,
    `${DIMENSIONS.pipeline}="${of.pipeline}"`,
  ].join(" ");
  // CloudWatch user guide, "CloudWatch search expression syntax"; `PROP` names the line after the dimension's value.
  const label = `\${PROP('Dim.${dimension}')}`;
  return [{ expression: `SEARCH('{${schema}} ${terms}', '${stat}', ${String(period)})`, id, label }];
}

/** A graph over time. */
export interface GraphOptions {
  title: string;
  region: string;
  lines: readonly MetricLine[];
  /** Seconds. */
  period: number;
  stat: "Maximum" | "Minimum" | "Sum" | "Average";
  /** What the left axis measures, with its unit. */
  unit: string;
  /** A line across, the side that is bad filled. */
  target?: { value: number; label: string; bad: "above" | "below" };
  stacked?: boolean;
}

/** A widget with lines over time, its legend below. */
export function graph(place: Place, options: GraphOptions): Widget {
  const { title, region, lines, period, stat, unit, target, stacked = false } = options;
  return {
    type: "metric",
    ...place,
    properties: {
      view: "timeSeries",
      title,
      region,
      metrics: lines,
      period,
      stat,
      stacked,
      legend: { position: "bottom" },
      yAxis: { left: { label: unit, showUnits: false, min: 0 } },
      ...(target === undefined
        ? {}
        : {
            annotations: {
              horizontal: [{ value: target.value, label: target.label, color: COLORS.red, fill: target.bad }],
            },
          }),
    },
  };
}

/** A widget with the newest value of each line. */
export function numbers(
  place: Place,
  options: Pick<GraphOptions, "title" | "region" | "lines" | "period" | "stat">,
): Widget {
  const { title, region, lines, period, stat } = options;
  const properties = { view: "singleValue", title, region, metrics: lines, period, stat, sparkline: false };
  return { type: "metric", ...place, properties };
}
