import type { Config } from "vega-lite";

/**
 * Colours of the page and its plots: names of CSS variables, which browsers take in SVG attributes too, so that one plot
 * serves light and dark. Categories are Okabe and Ito's, which stay apart for the colour-blind.
 */
export const COLOR = {
  ink: "var(--ink)",
  soft: "var(--soft)",
  line: "var(--line)",
  main: "var(--c1)",
  second: "var(--c2)",
  third: "var(--c3)",
  fourth: "var(--c4)",
  good: "var(--good)",
  bad: "var(--bad)",
  warn: "var(--warn)",
  quiet: "var(--c0)",
} as const;

/** Categories in the order in which they are given out. */
export const CATEGORIES = [COLOR.main, COLOR.second, COLOR.third, COLOR.fourth, COLOR.quiet, COLOR.warn, COLOR.bad];

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/** Look of a plot of a width in pixels. */
export const plotConfig = (width: number): Config => ({
  background: "transparent",
  font: FONT,
  view: { stroke: null },
  axis: {
    labelColor: COLOR.soft,
    titleColor: COLOR.soft,
    gridColor: COLOR.line,
    domainColor: COLOR.line,
    tickColor: COLOR.line,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: "normal",
    labelPadding: 6,
    labelLimit: 190,
    ticks: false,
  },
  axisX: { grid: false, labelOverlap: "greedy", labelSeparation: 8 },
  axisY: { domain: false, tickCount: 4 },
  legend: {
    orient: "top",
    direction: "horizontal",
    title: null,
    labelColor: COLOR.ink,
    labelFontSize: 12,
    symbolSize: 90,
    symbolStrokeWidth: 0,
    offset: 8,
    columnPadding: 14,
    symbolOpacity: 1,
    // On a phone a row of names would be cut.
    ...(width < 400 ? { columns: 2 } : {}),
  },
  line: { strokeWidth: 2 },
  bar: { cornerRadiusEnd: 2 },
  range: { category: [...CATEGORIES] },
});
