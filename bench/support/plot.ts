/** One drawing of a benchmark: lines over a size, as SVG that stands alone. */
import { drawPlot } from "../../automation/report/draw";
import { PAGE_STYLE } from "../../automation/report/page-style";
import type { Plot } from "../../automation/report/plot";
import { figure } from "./statistics";

/** A point of a line; `low` and `high` are the ends of its runs. */
export interface Point {
  series: string;
  x: number;
  y: number;
  low?: number;
  high?: number;
}

/** What to draw. */
export interface Curves {
  /** Letters and hyphens. */
  id: string;
  title: string;
  what: string;
  x: string;
  y: string;
  /** @default false: linear */
  logX?: boolean;
  /** @default false: linear from 0 */
  logY?: boolean;
  points: readonly Point[];
}

const WIDTH = 720;
const HEIGHT = 300;

/** SVG text, with the colours of light and dark readers inside. */
export async function drawCurves(curves: Curves): Promise<string> {
  const svg = await drawPlot(plotOf(curves), WIDTH, "bench");
  const colors = PAGE_STYLE.slice(0, PAGE_STYLE.indexOf("*"));
  return svg.replace(/(<svg [^>]*>)/, (open) => `${open}<style>${colors}</style>`);
}

function plotOf({ id, title, what, x, y, logX, logY, points }: Curves): Plot {
  const rows = points.map((point) => ({
    series: point.series,
    x: point.x,
    y: point.y,
    low: point.low ?? point.y,
    high: point.high ?? point.y,
    text: `${point.series}, ${x} ${figure(point.x)}: ${figure(point.y)} ${y}`,
  }));
  const sizes = [...new Set(points.map((point) => point.x))].sort((left, right) => left - right);
  const xAxis = {
    field: "x",
    type: "quantitative",
    title: x,
    scale: logX === true ? { type: "log", nice: false } : { zero: true },
    axis: { values: sizes },
  };
  const scale = logY === true ? { type: "log" } : { zero: true };
  const color = { field: "series", type: "nominal", sort: null };
  return {
    id,
    title,
    what,
    rows,
    why: "nothing was measured",
    spec: () => ({
      height: HEIGHT,
      title: { text: title, anchor: "start", color: "var(--ink)", fontSize: 14, offset: 10 },
      encoding: { x: xAxis },
      layer: [
        {
          mark: { type: "rule", strokeWidth: 1.5, opacity: 0.6 },
          encoding: { y: { field: "low", type: "quantitative", scale, title: y }, y2: { field: "high" }, color },
        },
        {
          mark: { type: "line", point: { size: 50, filled: true } },
          encoding: { y: { field: "y", type: "quantitative", scale, title: y }, color, description: { field: "text" } },
        },
      ],
    }),
    table: { head: ["series", x, y], rows: rows.map((row) => [row.series, String(row.x), String(row.y)]) },
  };
}
