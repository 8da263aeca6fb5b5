import type { TopLevelSpec } from "vega-lite";

/** The part of a Vega-Lite specification that a plot gives: the rest is the same for all. */
export type PlotSpec = Record<string, unknown>;

/** A row of a plot's data. */
export type Row = Readonly<Record<string, string | number | boolean>>;

/** One plot of the report. */
export interface Plot {
  /** Unique on the page; letters and hyphens. */
  id: string;
  title: string;
  /** One sentence: what it shows. */
  what: string;
  /** What a dashed line is. @default there is none */
  dashed?: string;
  /** True for a plot that takes the whole width. */
  wide?: boolean;
  /** Data; without any the page says `why`. Each row's `text` is what a person sees who points at it. */
  rows: readonly Row[];
  why: string;
  /** The plot for a width in pixels. */
  spec: (width: number) => PlotSpec;
  /** The same as a table, for whoever cannot see the plot. */
  table: { head: readonly string[]; rows: readonly (readonly string[])[] };
}

/** Widths in pixels at which a plot is drawn: for half the page, for all of it, for a phone. */
export const WIDTHS = { half: 548, whole: 1136, phone: 316 } as const;

/** A complete specification. `fit` makes the width that of the drawing with its axes. */
export function completeSpec(plot: Plot, width: number): TopLevelSpec {
  const { layer, ...spec } = plot.spec(width);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width,
    autosize: { type: "fit", contains: "padding" },
    padding: { left: 2, right: 8, top: 4, bottom: 2 },
    data: { values: [...plot.rows] },
    ...spec,
    ...(layer === undefined ? {} : { layer }),
  } as unknown as TopLevelSpec;
}

/** `2026-11-25T13:05:00.000Z` → `25 Nov 13:05`, in UTC. */
export function whenText(iso: string): string {
  const at = new Date(iso);
  const month = at.toLocaleString("en-US", { month: "short", timeZone: "UTC" });
  return `${String(at.getUTCDate())} ${month} ${iso.slice(11, 16)}`;
}

/** `2026-11-25` → `25 Nov`. */
export function dayText(date: string): string {
  return whenText(`${date.slice(0, 10)}T00:00:00.000Z`).slice(0, -6);
}

export const usdText = (value: number): string =>
  `$${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: value !== 0 && Math.abs(value) < 0.01 ? 6 : 2 })}`;

export const countText = (value: number): string => value.toLocaleString("en-US");

/** A time axis in UTC with as many labels as fit: of days, or of hours where there are no more than two days. */
export function timeAxis(field: string, width: number, from: string, to: string): PlotSpec {
  const format = Date.parse(to) - Date.parse(from) > 2 * 86_400_000 ? "%-d %b" : "%H:%M";
  return {
    field,
    type: "temporal",
    title: null,
    scale: { type: "utc", domain: [from, to] },
    axis: { tickCount: width < 400 ? 3 : 7, format, labelOverlap: "greedy" },
  };
}
