import { countText, dayText, usdText, whenText, type Plot, type PlotSpec } from "./plot";
import type { ReportData } from "./report-data";
import { COLOR } from "./theme";

/** Runs and bars that fit beside each other. */
const MOST_RUNS = 48;
const MOST_BARS = 12;

const OUTCOMES = [
  ["accepted", COLOR.good],
  ["duplicates", COLOR.quiet],
  ["quarantined", COLOR.bad],
] as const;

/** What became of the lines of each silver run. */
export function silverPlot({ silver }: ReportData): Plot {
  const runs = silver.rows.slice(-MOST_RUNS);
  return {
    id: "silver-rows",
    title: "Rows by run: accepted, duplicates, quarantined",
    what: "What became of the lines that each silver run read; every line is in exactly one of the three.",
    rows: runs.flatMap((run) =>
      OUTCOMES.map(([outcome], order) => ({
        run: run.endedAt,
        outcome,
        order,
        rows: run[outcome],
        text: `${whenText(run.endedAt)}: ${countText(run[outcome])} ${outcome}`,
      })),
    ),
    why: silver.why,
    spec: (width) => ({
      height: 190,
      mark: { type: "bar", width: { band: 0.8 } },
      encoding: {
        x: runAxis(
          runs.map(({ endedAt }) => endedAt),
          width,
        ),
        y: { field: "rows", type: "quantitative", title: "rows", stack: true },
        color: {
          field: "outcome",
          type: "nominal",
          scale: { domain: OUTCOMES.map(([outcome]) => outcome), range: OUTCOMES.map(([, color]) => color) },
        },
        order: { field: "order", type: "quantitative" },
        description: { field: "text" },
      },
    }),
    table: {
      head: ["run ended (UTC)", "accepted", "duplicates", "quarantined"],
      rows: silver.rows.map(({ endedAt, accepted, duplicates, quarantined }) => [
        whenText(endedAt),
        countText(accepted),
        countText(duplicates),
        countText(quarantined),
      ]),
    },
  };
}

/** Runs beside each other in their order, however much time lies between them. */
function runAxis(runs: readonly string[], width: number): PlotSpec {
  const shown = Math.max(1, Math.ceil(runs.length / (width < 400 ? 3 : 6)));
  return {
    field: "run",
    type: "ordinal",
    title: null,
    sort: [...runs],
    axis: {
      values: runs.filter((_, at) => at % shown === 0),
      labelAngle: 0,
      labelExpr: "utcFormat(toDate(datum.value), '%-d %b %H:%M')",
    },
    // One run alone is no wall.
    scale: { paddingOuter: runs.length < 6 ? 1.5 : 0.1 },
  };
}

/** Bars that lie: names need room. */
function lyingBars(
  rows: readonly { name: string; value: number; shown: string }[],
  color: string,
): Pick<Plot, "rows" | "spec"> {
  return {
    rows: rows.map(({ name, value, shown }) => ({ name, value, shown, text: `${name}: ${shown}` })),
    spec: (width) => {
      const y = {
        field: "name",
        type: "nominal",
        sort: null,
        title: null,
        axis: { labelLimit: width < 400 ? 185 : 240 },
      };
      // Room for the figure behind the longest bar.
      const most = Math.max(...rows.map(({ value }) => value)) * (width < 400 ? 1.45 : 1.18);
      const x = {
        field: "value",
        type: "quantitative",
        title: null,
        axis: null,
        scale: { domain: [0, most === 0 ? 1 : most], nice: false },
      };
      return {
        height: rows.length * 25 + 6,
        layer: [
          { mark: { type: "bar", color, height: { band: 0.7 } }, encoding: { x, y, description: { field: "text" } } },
          {
            mark: { type: "text", align: "left", dx: 5, color: COLOR.ink, fontSize: 12, aria: false },
            encoding: { x, y, text: { field: "shown" } },
          },
        ],
      };
    },
  };
}

/** Rows that broke each rule. */
export function rulesPlot({ rules }: ReportData): Plot {
  const rows = rules.rows.slice(0, MOST_BARS);
  return {
    id: "rules",
    title: "Quality by rule",
    what: "Rows that broke each rule; a row that broke two counts in both.",
    ...lyingBars(
      rows.map(({ rule, rows: count }) => ({ name: rule, value: count, shown: countText(count) })),
      COLOR.bad,
    ),
    why: rules.why,
    table: { head: ["rule", "rows"], rows: rules.rows.map(({ rule, rows: count }) => [rule, countText(count)]) },
  };
}

/** USD of a month by service. */
export function servicesPlot({ services }: ReportData): Plot {
  const rows = services.rows.filter(({ usd }) => usd >= 0.005).slice(0, MOST_BARS);
  return {
    id: "services",
    title: "Cost by service, a month",
    what: "What the stack costs in a month by the cost model: its resources, list prices, and the volume that the model assumes; npm run cli -- cost has every line.",
    ...lyingBars(
      rows.map(({ service, usd }) => ({ name: service, value: usd, shown: usdText(usd) })),
      COLOR.main,
    ),
    why: services.why,
    table: { head: ["service", "USD"], rows: services.rows.map(({ service, usd }) => [service, usdText(usd)]) },
  };
}

function dayAxis(dates: readonly string[], width: number): PlotSpec {
  const shown = Math.max(1, Math.ceil(dates.length / (width < 400 ? 5 : 10)));
  return {
    field: "date",
    type: "ordinal",
    title: null,
    axis: {
      values: dates.filter((_, at) => at % shown === 0),
      labelAngle: 0,
      labelExpr: "utcFormat(toDate(datum.value), '%-d %b')",
    },
    scale: { paddingOuter: dates.length < 6 ? 1.5 : 0.1 },
  };
}

/** Revenue by day of the event, from gold. */
export function revenuePlot({ revenue }: ReportData): Plot {
  const dates = revenue.rows.map(({ date }) => date);
  return {
    id: "revenue",
    title: "Revenue by day",
    what: "Sum of daily_sales in gold, by date of the event.",
    rows: revenue.rows.map(({ date, usd }) => ({ date, usd, text: `${dayText(date)}: ${usdText(usd)}` })),
    why: revenue.why,
    spec: (width) => ({
      height: 190,
      mark: { type: "bar", color: COLOR.main, width: { band: 0.8 } },
      encoding: {
        x: dayAxis(dates, width),
        y: { field: "usd", type: "quantitative", title: "USD", axis: { format: "~s" } },
        description: { field: "text" },
      },
    }),
    table: { head: ["date", "USD"], rows: revenue.rows.map(({ date, usd }) => [date, usdText(usd)]) },
  };
}

/** USD of what each team's queries read, by day. */
export function scansPlot({ scans }: ReportData): Plot {
  const dates = [...new Set(scans.rows.map(({ date }) => date))].sort();
  return {
    id: "scans",
    title: "Queries by team",
    what: "USD of what each team's queries read on a day, from the query log.",
    rows: scans.rows.map(({ date, team, usd }) => ({
      date,
      team,
      usd,
      text: `${dayText(date)}: ${team} ${usdText(usd)}`,
    })),
    why: scans.why,
    spec: (width) => ({
      height: 190,
      mark: { type: "bar", width: { band: 0.8 } },
      encoding: {
        x: dayAxis(dates, width),
        y: { field: "usd", type: "quantitative", title: "USD", stack: true },
        color: { field: "team", type: "nominal" },
        description: { field: "text" },
      },
    }),
    table: {
      head: ["date", "team", "USD"],
      rows: scans.rows.map(({ date, team, usd }) => [date, team, usdText(usd)]),
    },
  };
}
