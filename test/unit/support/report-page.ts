import type { Browser, Page } from "playwright-core";

/** Opens a page; `problems` gets whatever the browser complains of, and every request. */
export async function openPage(
  browser: Browser,
  html: string,
  width: number,
  height: number,
): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage({ viewport: { width, height } });
  const problems: string[] = [];
  page.on("console", (message) => problems.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("request", (request) => problems.push(`request: ${request.url()}`));
  await page.setContent(html, { waitUntil: "load" });
  return { page, problems };
}

/** What a browser sees of a report. */
export interface Measured {
  scrollWidth: number;
  /** Of each plot: rows of its data, marks that can be seen, texts that are cut off, drawings for this screen. */
  plots: { id: string; rows: number; marks: number; outside: string[]; drawings: number }[];
}

/** What is drawn, of every plot. */
export async function measurePlots(page: Page): Promise<Measured> {
  return page.evaluate(MEASURE);
}

/** Runs in the browser, as text: this project's types know no DOM. */
const MEASURE = `(() => {
  const visible = (element) => element.getClientRects().length > 0;
  const plots = [...document.querySelectorAll("figure.plot")].map((figure) => {
    const card = figure.getBoundingClientRect();
    const drawings = [...figure.querySelectorAll("svg")].filter(visible);
    const labelled = drawings.flatMap((svg) => [...svg.querySelectorAll(".role-mark path[aria-label]")]);
    const marks = labelled.filter((mark) => {
      const box = mark.getBoundingClientRect();
      const style = getComputedStyle(mark);
      const painted = [style.fill, style.stroke].some((paint) => paint !== "none" && !paint.includes("rgba(0, 0, 0, 0)"));
      return painted && style.opacity !== "0" && box.left >= card.left && box.right <= card.right && box.bottom <= card.bottom;
    });
    const texts = drawings.flatMap((svg) => [...svg.querySelectorAll("text")]).filter(visible);
    const outside = texts.filter((text) => {
      const box = text.getBoundingClientRect();
      return box.left < card.left || box.right > card.right || box.top < card.top || box.bottom > card.bottom;
    }).map((text) => text.textContent);
    return { id: figure.id, rows: Number(figure.dataset.rows), marks: marks.length, outside, drawings: drawings.length };
  });
  return { scrollWidth: document.documentElement.scrollWidth, plots };
})()` as unknown as () => Measured;
