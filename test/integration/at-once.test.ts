/** Eight copies of the whole pipeline at once, as eight CI jobs of one machine would have them. `npm run test:integration`. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { DemoReport } from "../../automation/demo/report";
import { stacksHere } from "../../automation/stack/workspace";
import { figure, median, spreadOf, spreadText } from "../../bench/support/statistics";
import { cli } from "./support/cli";
import { eventually, processesWith } from "./support/processes";

const AT_ONCE = 8;
/** A demo takes a minute of both cores of a small machine. */
const MINUTES = 20;

describe(`${String(AT_ONCE)} stacks at once`, function () {
  this.timeout(MINUTES * 60_000);
  let temp: string;
  let others: readonly string[];
  const reports: DemoReport[] = [];
  const life: number[] = [];

  before(async () => {
    temp = await mkdtemp(path.join(tmpdir(), "clickstream-it-"));
    others = await stacksHere();
  });
  after(() => rm(temp, { recursive: true, force: true }));

  it("all run the main job to its end", async () => {
    const ended = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, at) => {
        const started = Date.now();
        const report = path.join(temp, `${String(at)}.json`);
        const { exitCode, all } = await cli(
          temp,
          "demo",
          "--events",
          "400",
          "--seed",
          String(at + 1),
          "--json",
          report,
        );
        life.push((Date.now() - started) / 1000);
        expect(exitCode, String(all)).to.equal(0);
        return JSON.parse(await readFile(report, "utf8")) as DemoReport;
      }),
    );
    reports.push(...ended);
  });

  it("have the figures of their own events, and of no other stack's", () => {
    for (const { read, accepted, quarantined, duplicates, factRows, resources, queries } of reports) {
      expect(read).to.equal(accepted + quarantined + duplicates);
      expect(factRows).to.equal(accepted);
      expect(resources).to.be.greaterThan(50);
      expect(queries.every(({ seconds, bytesScanned }) => seconds > 0 && bytesScanned >= 0)).to.equal(true);
    }
    expect(new Set(reports.map(({ revenue }) => revenue)).size, "each seed has its own revenue").to.equal(AT_ONCE);
  });

  it("leave nothing", async () => {
    const ended = async (): Promise<boolean> => (await processesWith(temp)).length === 0;
    await eventually("the end of every process with this temp folder", ended, 60);
    expect(await stacksHere()).to.deep.equal(others);
  });

  after("say how long they took", () => {
    if (reports.length < AT_ONCE) return;
    const of = (phase: keyof DemoReport["seconds"]): string =>
      `${phase} ${spreadText(spreadOf(reports.map(({ seconds }) => seconds[phase])))}`;
    const phases = (["up", "silver", "gold", "destroy"] as const).map(of).join(", ");
    process.stdout.write(`    ${String(AT_ONCE)} at once, seconds: ${figure(median(life))} each, ${phases}\n`);
  });
});
