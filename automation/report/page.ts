import { createHash } from "node:crypto";
import type { StackStatus } from "../stack/status";
import { durationText, valueText } from "../stack/status-text";
import { drawPlot, escapeHtml } from "./draw";
import { PAGE_SCRIPT, PAGE_STYLE } from "./page-style";
import { whenText, WIDTHS, type Plot } from "./plot";
import { revenuePlot, rulesPlot, scansPlot, servicesPlot, silverPlot } from "./plots-data";
import { fivePlots, lagPlot } from "./plots-metrics";
import { alarmsPlot, runsPlot } from "./plots-time";
import type { ReportData } from "./report-data";

/** A part of the page. */
export interface Section {
  title: string;
  plots: Plot[];
}

/** All plots of a report, in their order on the page. */
export function sectionsOf(data: ReportData): Section[] {
  return [
    { title: "Five metrics and the flow", plots: [...fivePlots(data), lagPlot(data)] },
    { title: "Jobs, quality and sales", plots: [runsPlot(data), silverPlot(data), rulesPlot(data), revenuePlot(data)] },
    { title: "Cost", plots: [servicesPlot(data), scansPlot(data)] },
    { title: "Alarms", plots: [alarmsPlot(data)] },
  ];
}

/** The whole page: one file without anything from elsewhere. */
export async function reportPage(data: ReportData): Promise<string> {
  const { pipeline, status, from, to } = data;
  const sections = await Promise.all(
    sectionsOf(data).map(async ({ title, plots }) => {
      const drawn = await Promise.all(plots.map(figure));
      return `<section><h2>${escapeHtml(title)}</h2><div class="plots">${drawn.join("")}</div></section>`;
    }),
  );
  const range = `${whenText(from)} to ${whenText(to)} UTC, ${to.slice(0, 4)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<title>${escapeHtml(pipeline)}: report</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(pipeline)}</h1>
<p class="soft">${escapeHtml(range)} · <a href="${escapeHtml(status.dashboardUrl)}">dashboard</a></p>
</header>
<div class="figures">${status.five.map(fiveFigure).join("")}</div>
${nowList(status)}
${sections.join("\n")}
<footer>Times are UTC. Made by <code>npm run cli -- report</code>; everything is in this file, nothing is loaded.</footer>
</main>
<div id="tip" role="tooltip" hidden></div>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

/** Whatever text of a producer got into the page can neither run nor load anything. */
function policy(): string {
  const hash = createHash("sha256").update(PAGE_SCRIPT).digest("base64");
  return `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
}

function fiveFigure({ metric, title, text, value, age, met }: StackStatus["five"][number]): string {
  const [mark, look] = met === undefined ? ["–", "unknown"] : met ? ["✓", "met"] : ["✗", "missed"];
  const shown = value === undefined ? "no value" : valueText(metric, value);
  const when = age === undefined ? "no value in three days" : age < 60 ? "just now" : `${durationText(age)} ago`;
  const verdict = met === undefined ? "not known" : met ? "target met" : "target missed";
  return (
    `<div class="figure"><span>${escapeHtml(title)}</span>` +
    `<strong class="${look}"><span role="img" aria-label="${verdict}">${mark}</span> ${escapeHtml(shown)}</strong>` +
    `<span class="soft">target ${escapeHtml(text)}</span><span class="soft">${escapeHtml(when)}</span></div>`
  );
}

/** What needs somebody now. */
function nowList({ alarms, deadLetters, drifts, holds, watched }: StackStatus): string {
  const items = [
    ...alarms.map(({ title, severity, since, runbook }) => {
      const began = since === undefined ? "" : ` since ${whenText(since)}`;
      return item(severity, `${severity}: ${title}${began}. Runbook: ${runbook}`);
    }),
    ...deadLetters
      .filter(({ messages }) => messages > 0)
      .map(({ queue, messages }) => item("critical", `${String(messages)} set aside in the queue of ${queue}`)),
    ...drifts.map(({ id, severity, what }) =>
      item(severity === "breaking" ? "critical" : "warning", `${severity} drift ${id}: ${what}`),
    ),
    ...(holds.length === 0 ? [] : [item("warning", `hours held out of silver: ${String(holds.length)}`)]),
  ];
  const calm = item("", `None of ${String(watched)} alarms is on, no dead letter waits, no drift is undecided.`);
  return `<ul class="now">${items.length === 0 ? calm : items.join("")}</ul>`;
}

function item(look: string, text: string): string {
  return `<li class="${look}">${escapeHtml(text)}</li>`;
}

/** One plot with its caption and its table, drawn for a large and for a small screen. */
async function figure(plot: Plot): Promise<string> {
  const { id, title, what, dashed, rows, why, wide = false, table } = plot;
  // Beside the title: in the plot it would lie on the data.
  const line = dashed === undefined ? "" : `<span class="dashed">${escapeHtml(dashed)}</span>`;
  const caption = `<figcaption><h3>${escapeHtml(title)}${line}</h3><p>${escapeHtml(what)}</p></figcaption>`;
  const open = `<figure class="plot${wide ? " wide" : ""}" id="${id}" data-rows="${String(rows.length)}">`;
  if (rows.length === 0) return `${open}${caption}<p class="empty">No data yet: ${escapeHtml(why)}.</p></figure>`;
  const big = await drawPlot(plot, wide ? WIDTHS.whole : WIDTHS.half, "big");
  const phone = await drawPlot(plot, WIDTHS.phone, "phone");
  const drawn = `<div class="big">${big}</div><div class="phone">${phone}</div>`;
  return `${open}${caption}${drawn}${tableOf(table)}</figure>`;
}

function tableOf({ head, rows }: Plot["table"]): string {
  const cells = (tag: "th" | "td", row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  const body = rows.map((row) => cells("td", row)).join("");
  const all = `<table><thead>${cells("th", head)}</thead><tbody>${body}</tbody></table>`;
  return `<details><summary>As a table</summary><div class="scroll" tabindex="0">${all}</div></details>`;
}
