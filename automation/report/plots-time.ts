import { durationText } from "../stack/status-text";
import { timeAxis, whenText, type Plot } from "./plot";
import type { ReportData, RunDone } from "./report-data";
import { COLOR } from "./theme";

const ended = ({ state }: RunDone): boolean => state === "SUCCEEDED";

/** How long the runs of each job took. */
export function runsPlot({ runs, from, to }: ReportData): Plot {
  const y = { field: "minutes", type: "quantitative", title: "minutes" };
  const color = {
    field: "job",
    type: "nominal",
    scale: { domain: ["silver", "gold", "archive"], range: [COLOR.main, COLOR.second, COLOR.fourth] },
  };
  const description = { field: "text" };
  const point = { type: "point", opacity: 1 };
  const done = { transform: [{ filter: "datum.succeeded" }], mark: { ...point, filled: true, size: 46 } };
  const cross = { shape: "M-1,-1L1,1M-1,1L1,-1", size: 70, strokeWidth: 2.5, color: COLOR.bad };
  const failed = { transform: [{ filter: "!datum.succeeded" }], mark: { ...point, ...cross } };
  return {
    id: "runs",
    title: "Duration of the jobs' runs",
    what: "How long each run took; a cross is a run that did not succeed.",
    rows: runs.rows.map(({ endedAt, job, state, seconds }) => ({
      at: endedAt,
      job,
      minutes: seconds / 60,
      succeeded: ended({ endedAt, job, state, seconds }),
      text: `${whenText(endedAt)}: ${job} ${state}, ${durationText(seconds)}`,
    })),
    why: runs.why,
    spec: (width) => {
      const x = timeAxis("at", width, from, to);
      return {
        height: 190,
        layer: [
          { mark: { type: "line", opacity: 0.35, aria: false }, encoding: { x, y, color } },
          ...(runs.rows.some(ended) ? [{ ...done, encoding: { x, y, color, description } }] : []),
          ...(runs.rows.every(ended) ? [] : [{ ...failed, encoding: { x, y, description } }]),
        ],
      };
    },
    table: {
      head: ["ended (UTC)", "job", "state", "took"],
      rows: runs.rows.map(({ endedAt, job, state, seconds }) => [whenText(endedAt), job, state, durationText(seconds)]),
    },
  };
}

/** When which alarm was on. */
export function alarmsPlot({ alarms, from, to }: ReportData): Plot {
  const names = [...new Set(alarms.rows.map(({ alarm }) => alarm))];
  const color = {
    field: "severity",
    type: "nominal",
    scale: { domain: ["critical", "warning"], range: [COLOR.bad, COLOR.warn] },
  };
  return {
    id: "alarms",
    title: "Alarms",
    what: "When which alarm was on.",
    wide: true,
    rows: alarms.rows.map(({ alarm, severity, from: start, to: end, on }) => ({
      alarm,
      severity,
      start,
      end,
      text: `${alarm}: ${whenText(start)} to ${on ? "now" : whenText(end)}`,
    })),
    why: alarms.why,
    spec: (width) => {
      const { scale: _scale, ...x } = timeAxis("start", width, from, to);
      const utc = { ...x, scale: { type: "utc" } };
      const axis = { labelLimit: width < 400 ? 175 : 420 };
      // Long names leave no room for two words beside each other on a phone.
      const legend = { ...color, ...(width < 400 ? { legend: { columns: 1 } } : {}) };
      const y = { field: "alarm", type: "nominal", sort: names, title: null, axis };
      return {
        height: names.length * 28 + 64,
        layer: [
          {
            mark: { type: "bar", height: { band: 0.55 } },
            encoding: { x: utc, x2: { field: "end" }, y, color: legend, description: { field: "text" } },
          },
          // A short alarm is a hair's breadth of bar: its beginning is marked.
          {
            mark: { type: "point", filled: true, size: 50, opacity: 1, aria: false },
            encoding: { x: utc, y, color: legend },
          },
          // Vega-Lite takes no domain in dates for a bar with two ends: two points that nobody sees stretch it.
          {
            data: { values: [{ start: from }, { start: to }] },
            mark: { type: "point", opacity: 0, aria: false },
            encoding: { x: utc },
          },
        ],
      };
    },
    table: {
      head: ["alarm", "severity", "from (UTC)", "to (UTC)"],
      rows: alarms.rows.map(({ alarm, severity, from: start, to: end, on }) => [
        alarm,
        severity,
        whenText(start),
        on ? "still on" : whenText(end),
      ]),
    },
  };
}
