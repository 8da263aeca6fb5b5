import { QUERY_TEAM, TEAM_SCANS } from "../../handlers/costs/closed-day";
import { FIVE_METRICS, METRICS, type MetricId, type Target } from "../../handlers/operations/metrics";
import { RULE_DIMENSION, RULE_ROWS } from "../../handlers/operations/rule-rows";
import {
  COLORS,
  graph,
  numbers,
  scaledLine,
  searchLine,
  stackLine,
  type DashboardDimensions,
  type MetricLine,
  type Widget,
} from "./dashboard-widgets";

/** What a dashboard is made of: plain values. */
export interface DashboardFacts {
  region: string;
  dimensions: DashboardDimensions;
  /** ARNs of the alarms that people see, critical ones first; CloudWatch shows 100 at most. */
  alarmArns: readonly string[];
  /** Purchase alerts: name of their topic, their queue's dead letters. */
  alerts: { topicName: string; deadLetterQueueName: string };
  warehouse: boolean;
}

/** A dashboard body (CloudWatch API reference, "Dashboard body structure and syntax"). */
export interface DashboardBody {
  start: string;
  periodOverride: "inherit" | "auto";
  widgets: Widget[];
}

/** Three days: long enough for yesterday's and the day before's cost, short enough to see an hour. */
const START = "-P3D";
const PULSE_SECONDS = 300;
const HOUR = 3600;
const DAY = 86_400;

/** How a metric is shown to people: in another unit than it is put in. */
export const SHOWN: Partial<Record<MetricId, { divisor: number; unit: string }>> = {
  dataFreshness: { divisor: 60, unit: "minutes" },
  goldFreshness: { divisor: 60, unit: "minutes" },
  queryP95: { divisor: 1000, unit: "seconds" },
  costPerTb: { divisor: 1, unit: "USD" },
  etlSuccessRate: { divisor: 1, unit: "percent" },
  qualityScore: { divisor: 1, unit: "percent" },
};

/** Seconds between two values of a metric: a graph with a shorter period would be dots. */
const PERIODS: Partial<Record<MetricId, number>> = { queryP95: HOUR, costPerTb: DAY, qualityScore: HOUR };

/** The dashboard of a stack: five metrics with their targets, alarms, flow, quality, alerts and cost. */
export function dashboardBody(facts: DashboardFacts): DashboardBody {
  return {
    start: START,
    periodOverride: "inherit",
    widgets: [...fiveMetrics(facts), alarms(facts), ...flow(facts), ...quality(facts), alerts(facts), ...costs(facts)],
  };
}

const shownAs = (metric: MetricId): { divisor: number; unit: string } => SHOWN[metric] ?? { divisor: 1, unit: "" };

function fiveMetrics({ region, dimensions }: DashboardFacts): Widget[] {
  const now = numbers(
    { x: 0, y: 0, width: 24, height: 3 },
    {
      title: `${dimensions.pipeline}: now, each beside its target`,
      region,
      lines: FIVE_METRICS.flatMap(({ metric, title, text }) => {
        const { divisor, unit } = shownAs(metric);
        return scaledLine(metric, dimensions, divisor, { label: `${title}, ${unit} (${text})` });
      }),
      period: PULSE_SECONDS,
      stat: "Maximum",
    },
  );
  // Three beside each other: at 1366 pixels each is 430 wide, and the sixth place is the alarms'.
  const graphs = FIVE_METRICS.map((target, at) =>
    targetGraph(target, { x: (at % 3) * 8, y: 3 + Math.floor(at / 3) * 5, width: 8, height: 5 }, region, dimensions),
  );
  return [now, ...graphs];
}

function targetGraph(
  { metric, title, target, good, text }: Target,
  place: { x: number; y: number; width: number; height: number },
  region: string,
  dimensions: DashboardDimensions,
): Widget {
  const { divisor, unit } = shownAs(metric);
  const lines = scaledLine(metric, dimensions, divisor, { label: title, color: COLORS.blue });
  if (metric === "dataFreshness") {
    lines.push(
      ...scaledLine("goldFreshness", dimensions, shownAs("goldFreshness").divisor, {
        label: "Gold freshness",
        color: COLORS.orange,
      }),
    );
  }
  return graph(place, {
    title: `${title}: ${text}`,
    region,
    lines,
    period: PERIODS[metric] ?? PULSE_SECONDS,
    // The worst value of a period is what people must see.
    stat: good === "below" ? "Maximum" : "Minimum",
    unit,
    target: { value: target / divisor, label: `target ${text}`, bad: good === "below" ? "above" : "below" },
  });
}

function alarms({ alarmArns }: DashboardFacts): Widget {
  return {
    type: "alarm",
    ...{ x: 16, y: 8, width: 8, height: 5 },
    // First what is on; within a state what changed last.
    properties: { title: "Alarms", alarms: alarmArns, sortBy: "stateUpdatedTimestamp" },
  };
}

function flow({ region, dimensions, warehouse }: DashboardFacts): Widget[] {
  const lag = (metric: MetricId, label: string, color: string): MetricLine[] =>
    scaledLine(metric, dimensions, 60, { label, color });
  const lags = graph(
    { x: 0, y: 13, width: 12, height: 6 },
    {
      title: `Flow: how far each stage is behind the one before (landed → silver → gold${warehouse ? " → loaded" : ""})`,
      region,
      lines: [
        ...lag("dataFreshness", "landed behind now", COLORS.grey),
        ...lag("silverLag", "silver behind landed", COLORS.sky),
        ...lag("goldLag", "gold behind silver", COLORS.orange),
        ...(warehouse ? lag("warehouseLag", "warehouse behind gold", COLORS.purple) : []),
      ],
      period: PULSE_SECONDS,
      stat: "Maximum",
      unit: "minutes",
    },
  );
  const rows = graph(
    { x: 12, y: 13, width: 12, height: 6 },
    {
      title: "Flow: rows by hour",
      region,
      lines: [
        stackLine("RowsRead", dimensions, { label: "read from landing", color: COLORS.grey }),
        stackLine("RowsAccepted", dimensions, { label: "accepted into silver", color: COLORS.sky }),
        // A date's facts are written anew when something is added to it.
        stackLine("FactRows", dimensions, { label: "facts of the dates that gold wrote", color: COLORS.orange }),
      ],
      period: HOUR,
      stat: "Sum",
      unit: "rows",
    },
  );
  return [lags, rows];
}

function quality({ region, dimensions }: DashboardFacts): Widget[] {
  const common = { region, period: HOUR, stat: "Sum" as const, unit: "rows", stacked: true };
  const outcome = graph(
    { x: 0, y: 19, width: 8, height: 6 },
    {
      ...common,
      title: "Quality: what became of the rows",
      lines: [
        stackLine("RowsAccepted", dimensions, { label: "accepted", color: COLORS.green }),
        stackLine("RowsDuplicate", dimensions, { label: "duplicates", color: COLORS.grey }),
        stackLine("RowsQuarantined", dimensions, { label: "quarantined", color: COLORS.red }),
      ],
    },
  );
  const rules = graph(
    { x: 8, y: 19, width: 8, height: 6 },
    {
      ...common,
      title: "Quality by rule: rows that broke it",
      lines: [searchLine(RULE_ROWS.name, RULE_DIMENSION, dimensions, { id: "rules", stat: "Sum", period: HOUR })],
    },
  );
  return [outcome, rules];
}

function alerts({ region, alerts: { topicName, deadLetterQueueName } }: DashboardFacts): Widget {
  return graph(
    { x: 16, y: 19, width: 8, height: 6 },
    {
      title: "Purchase alerts",
      region,
      lines: [
        ["AWS/SNS", "NumberOfMessagesPublished", "TopicName", topicName, { label: "sent", color: COLORS.green }],
        [
          "AWS/SQS",
          "ApproximateNumberOfMessagesVisible",
          "QueueName",
          deadLetterQueueName,
          { label: "set aside", color: COLORS.red, stat: "Maximum" },
        ],
      ],
      period: HOUR,
      stat: "Sum",
      unit: "alerts",
    },
  );
}

function costs({ region, dimensions }: DashboardFacts): Widget[] {
  const daily = { region, period: DAY, stat: "Maximum" as const, unit: "USD a day" };
  const budget = graph(
    { x: 0, y: 25, width: 12, height: 6 },
    {
      ...daily,
      title: "Cost of a day beside its budget",
      lines: [
        stackLine(METRICS.dailyCost.name, dimensions, { label: "cost", color: COLORS.blue }),
        stackLine(METRICS.dailyBudget.name, dimensions, { label: "budget", color: COLORS.red }),
      ],
    },
  );
  const scans = graph(
    { x: 12, y: 25, width: 12, height: 6 },
    {
      ...daily,
      title: "Queries: USD of what each team's read",
      stacked: true,
      lines: [searchLine(TEAM_SCANS.name, QUERY_TEAM, dimensions, { id: "teams", stat: "Maximum", period: DAY })],
    },
  );
  return [budget, scans];
}
