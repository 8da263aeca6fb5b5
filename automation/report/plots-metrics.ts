import { FIVE_METRICS, type MetricId, type Target } from "../../handlers/operations/metrics";
import { durationText, valueText } from "../stack/status-text";
import { timeAxis, whenText, type Plot, type PlotSpec } from "./plot";
import type { ReportData } from "./report-data";
import { COLOR } from "./theme";

/** Unit in which a metric is drawn: what a value is divided by, and its name. */
const DRAWN: Partial<Record<MetricId, [number, string]>> = {
  dataFreshness: [60, "minutes"],
  queryP95: [1000, "seconds"],
  costPerTb: [1, "USD"],
  etlSuccessRate: [1, "percent"],
  qualityScore: [1, "percent"],
};

const WHAT: Partial<Record<MetricId, string>> = {
  dataFreshness: "How old the newest event, or a producer's newest heartbeat, was.",
  etlSuccessRate: "Runs that succeeded among those that ended in the seven days before.",
  queryP95: "95 of 100 queries of the day before were faster than this.",
  costPerTb: "What a day cost over the TB that landed on it.",
  qualityScore: "Valid rows among those of the last silver run.",
};

/** The five metrics over time, each with its target. */
export function fivePlots({ five, from, to }: ReportData): Plot[] {
  return FIVE_METRICS.map((target) => {
    const { metric, title } = target;
    const [divisor, unit] = DRAWN[metric] ?? [1, ""];
    const { rows, why } = five[metric] ?? { rows: [], why: "it was not read" };
    const values = rows.map(({ value }) => value / divisor);
    return {
      id: `five-${metric}`,
      title,
      what: WHAT[metric] ?? "",
      dashed: `target ${target.text}`,
      rows: rows.map(({ at, value }) => ({
        at,
        value: value / divisor,
        text: `${whenText(at)}: ${valueText(metric, value)}`,
      })),
      why,
      spec: (width) => ({
        height: 150,
        layer: targetLayers(target, values, divisor, unit, timeAxis("at", width, from, to)),
      }),
      table: {
        head: ["when (UTC)", title],
        rows: rows.map(({ at, value }) => [whenText(at), valueText(metric, value)]),
      },
    };
  });
}

/** Lowest and highest value of the axis, so that the target is always in sight. */
export function domainOf({ target, good }: Target, values: readonly number[], divisor: number): [number, number] {
  const goal = target / divisor;
  if (good === "below") return [0, Math.max(goal * 1.2, ...values.map((value) => value * 1.05))];
  const lowest = Math.min(goal, ...values);
  return [Math.max(0, lowest - (100 - lowest) * 0.25), 100];
}

function targetLayers(
  target: Target,
  values: readonly number[],
  divisor: number,
  unit: string,
  x: PlotSpec,
): PlotSpec[] {
  const goal = target.target / divisor;
  const domain = domainOf(target, values, divisor);
  const y = { field: "value", type: "quantitative", title: unit, scale: { domain, nice: false, zero: false } };
  const beyond = target.good === "below" ? domain[1] : domain[0];
  const once = { values: [{}] };
  const size = values.length > 60 ? 14 : values.length > 10 ? 34 : 60;
  return [
    {
      data: once,
      mark: { type: "rect", color: COLOR.bad, opacity: 0.07, aria: false },
      encoding: { y: { datum: goal, scale: y.scale, title: unit }, y2: { datum: beyond } },
    },
    {
      data: once,
      mark: { type: "rule", color: COLOR.bad, strokeDash: [5, 4], strokeWidth: 1.5, aria: false },
      encoding: { y: { datum: goal, title: unit } },
    },
    { mark: { type: "line", color: COLOR.main, aria: false }, encoding: { x, y } },
    {
      mark: { type: "point", filled: true, size, opacity: 1, color: COLOR.main },
      encoding: { x, y, description: { field: "text" } },
    },
  ];
}

/** How far each stage of the flow was behind the one before. */
export function lagPlot({ lags, from, to, status }: ReportData): Plot {
  const stages = status.flow.map(({ stage }) => stage);
  const colors: Readonly<Record<string, string>> = {
    landed: COLOR.quiet,
    silver: COLOR.main,
    gold: COLOR.second,
    loaded: COLOR.fourth,
  };
  const color = {
    field: "stage",
    type: "nominal",
    scale: { domain: stages, range: stages.map((stage) => colors[stage] ?? COLOR.ink) },
  };
  const y = { field: "minutes", type: "quantitative", title: "minutes behind" };
  return {
    id: "lags",
    title: "Flow: lag of each stage",
    what: `How far each stage was behind the one before it: landed behind now, ${stages.slice(1).join(", ")}.`,
    rows: lags.rows.map(({ at, stage, seconds }) => ({
      at,
      stage,
      minutes: seconds / 60,
      text: `${whenText(at)}: ${stage} ${durationText(seconds)} behind`,
    })),
    why: lags.why,
    spec: (width) => {
      const x = timeAxis("at", width, from, to);
      return {
        height: 190,
        layer: [
          { mark: { type: "line", aria: false }, encoding: { x, y, color } },
          {
            mark: { type: "point", filled: true, size: lags.rows.length > 200 ? 12 : 34, opacity: 1 },
            encoding: { x, y, color, description: { field: "text" } },
          },
        ],
      };
    },
    table: {
      head: ["when (UTC)", "stage", "behind"],
      rows: lags.rows.map(({ at, stage, seconds }) => [whenText(at), stage, durationText(seconds)]),
    },
  };
}
