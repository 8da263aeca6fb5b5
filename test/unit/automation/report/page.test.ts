import { expect } from "chai";
import type { Browser } from "playwright-core";
import { domainOf } from "../../../../automation/report/plots-metrics";
import { reportPage, sectionsOf } from "../../../../automation/report/page";
import type { ReportData } from "../../../../automation/report/report-data";
import { FIVE_METRICS } from "../../../../handlers/operations/metrics";
import { NoBrowserError, startBrowser } from "../../support/browser";
import { measurePlots, openPage } from "../../support/report-page";
import { EMPTY, FULL, YOUNG } from "./sample";

/** Largest page that goes through everybody's mail. */
const MOST_BYTES = 2_000_000;
const SCREENS = [
  ["a laptop", 1366, 768],
  ["a phone", 390, 844],
] as const;

describe("the report's page", function () {
  this.timeout(60_000);
  let full: string;
  let young: string;
  before(async () => {
    full = await reportPage(FULL);
    young = await reportPage(YOUNG);
  });

  it("is one file of moderate size that refers to nothing else, and lets nothing else in", () => {
    expect(Buffer.byteLength(full)).to.be.below(MOST_BYTES);
    const links = [...full.matchAll(/(?:\b(?:src|href)="|url\()([^")]*)/g)].map(([, to]) => to ?? "");
    // Beside the link to the dashboard there are only references within the page.
    expect(links.filter((to) => !to.startsWith("#"))).to.deep.equal([
      FULL.status.dashboardUrl.replaceAll("&", "&amp;"),
    ]);
    expect(full).to.contain("default-src 'none'");
    expect(full).to.contain("&lt;img src=x&gt;").and.not.contain("<img");
    const ids = [...full.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it("has a title, a description and a table for every plot, and all values in the tables", () => {
    const plots = sectionsOf(FULL).flatMap((section) => section.plots);
    for (const { id, title, table } of plots) {
      for (const size of ["big", "phone"]) {
        expect(full, id).to.contain(`<title id="${id}-${size}-title">${title}</title>`);
        expect(full, id).to.contain(`<desc id="${id}-${size}-desc">`);
      }
      expect(table.rows.length, id).to.be.greaterThan(0);
    }
    expect(full.match(/<table>/g)).to.have.length(plots.length);
    expect(full).to.contain("<td>1,600</td>").and.contain("<td>still on</td>");
  });

  it("says why instead of an empty plot", async () => {
    const empty = await reportPage(EMPTY);
    const plots = sectionsOf(EMPTY).flatMap((section) => section.plots);
    expect(empty.match(/class="empty"/g)).to.have.length(plots.length);
    expect(empty).to.not.contain("<svg").and.to.not.contain("<b>no engine</b>");
    expect(empty).to.contain("No data yet: gold has no sales yet.");
    expect(empty).to.contain("None of 22 alarms is on");
  });

  it("keeps the target in sight, whatever the values", () => {
    const [freshness, , , , quality] = FIVE_METRICS;
    if (freshness === undefined || quality === undefined) expect.fail();
    expect(domainOf(freshness, [], 60)).to.deep.equal([0, 108]);
    expect(domainOf(freshness, [600], 60)).to.deep.equal([0, 630]);
    expect(domainOf(quality, [99], 1)).to.deep.equal([93.75, 100]);
    expect(domainOf(quality, [0], 1)).to.deep.equal([0, 100]);
  });

  describe("in a real browser", () => {
    let browser: Browser;
    before(async function () {
      try {
        browser = await startBrowser();
      } catch (error) {
        if (!(error instanceof NoBrowserError)) throw error;
        process.stderr.write(`      skipped: ${error.message}\n`);
        this.skip();
      }
    });
    after(() => browser?.close());

    for (const [screen, width, height] of SCREENS) {
      it(`draws every plot with its data on ${screen}, without an error and without scrolling sideways`, async () => {
        for (const [name, data, html] of [
          ["full", FULL, full],
          ["young", YOUNG, young],
        ] as const) {
          const { page, problems } = await openPage(browser, html, width, height);
          const found = await measurePlots(page);
          expect(problems, name).to.deep.equal([]);
          expect(found.scrollWidth, `${name}: width of the content`).to.be.at.most(width);
          expect(found.plots.map(({ id }) => id)).to.deep.equal(idsOf(data));
          for (const { id, rows, marks, outside, drawings } of found.plots) {
            expect(drawings, `${name} ${id}: one drawing for this screen`).to.equal(1);
            expect(rows, `${name} ${id}: rows`).to.be.greaterThan(0);
            // Every row of the data is a mark that says its value.
            expect(marks, `${name} ${id}: marks`).to.equal(rows);
            expect(outside, `${name} ${id}: texts that are cut off`).to.deep.equal([]);
          }
          await page.close();
        }
      });
    }

    it("says a mark's value when it is pointed at", async () => {
      const { page, problems } = await openPage(browser, full, 1366, 768);
      await page.locator("#revenue .big .role-mark path[aria-label]").last().hover();
      expect(await page.locator("#tip").innerText()).to.match(/^24 Nov: \$[\d,.]+$/);
      expect(problems).to.deep.equal([]);
      await page.close();
    });
  });
});

function idsOf(data: ReportData): string[] {
  return sectionsOf(data).flatMap(({ plots }) => plots.map(({ id }) => id));
}
