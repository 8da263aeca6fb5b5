import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { execa as Execa, Options, ResultPromise } from "execa";
import { expect } from "chai";
import type { DemoReport } from "../../automation/demo/report";
import { EphemeralStack } from "../../automation/ephemeral-stack";
import { PROJECT_ROOT, stackFolder, stacksHere } from "../../automation/stack/workspace";
import { eventually, processesWith } from "./support/processes";

const QUIET: Options = { cwd: PROJECT_ROOT, reject: false, stdin: "ignore", all: true };

// An ES module, which the tests' own loader cannot `require`.
let execa: typeof Execa;

/** A command of the CLI with a temp folder of its own, so that what it leaves there can be seen. */
function cli(temp: string, ...args: string[]): ResultPromise<Options> {
  const command = ["--import", "tsx", path.join("automation", "cli.ts"), ...args];
  return execa(process.execPath, command, { ...QUIET, env: { TMPDIR: temp } });
}

describe("the life of a throw-away stack", () => {
  let temp: string;
  before(async () => ({ execa } = await import("execa")));
  beforeEach(async () => (temp = await mkdtemp(path.join(tmpdir(), "clickstream-it-"))));
  afterEach(() => rm(temp, { recursive: true, force: true }));

  const nothingLeft = async (before: readonly string[]): Promise<void> => {
    await eventually(
      "the end of every process with this temp folder",
      async () => (await processesWith(temp)).length === 0,
      60,
    );
    expect(await stacksHere()).to.deep.equal(before);
  };

  it("starts nothing for a stack without a config file", async () => {
    const before = await stacksHere();
    const { exitCode, all } = await cli(temp, "preview", "--stack", "nobody", "--target", "local");
    expect(exitCode).to.equal(1);
    expect(all).to.contain("There is no Pulumi.nobody.yaml");
    expect(await processesWith(temp)).to.deep.equal([]);
    await nothingLeft(before);
  });

  it("lets two demos run at once, with right figures, and leaves nothing of either", async () => {
    const before = await stacksHere();
    const reports = ["a", "b"].map((name) => path.join(temp, `${name}.json`));
    const demo = (report: string, seed: string): ResultPromise<Options> =>
      cli(temp, "demo", "--events", "400", "--seed", seed, "--json", report);
    const ended = await Promise.all(reports.map((report, at) => demo(report, String(at + 1))));
    for (const { exitCode, all } of ended) expect(exitCode, String(all)).to.equal(0);
    const figures = await Promise.all(
      reports.map(async (report) => JSON.parse(await readFile(report, "utf8")) as DemoReport),
    );
    for (const { read, accepted, quarantined, duplicates, factRows, resources, queries } of figures) {
      expect(read).to.equal(accepted + quarantined + duplicates);
      expect(factRows).to.equal(accepted);
      expect(resources).to.be.greaterThan(50);
      expect(queries.every(({ seconds, bytesScanned }) => seconds > 0 && bytesScanned >= 0)).to.equal(true);
    }
    expect(figures[0]?.revenue).to.not.equal(figures[1]?.revenue);
    await nothingLeft(before);
  });

  it("cleans up after Ctrl-C in the middle of a deployment, and exits 130", async () => {
    const before = await stacksHere();
    const running = cli(temp, "demo", "--events", "100");
    await eventually("a stack of the demo", async () => (await stacksHere()).length > before.length, 120);
    await eventually(
      "its engine",
      async () => (await processesWith("pulumi up")).length > 0 || running.exitCode !== null,
      120,
    );
    running.kill("SIGINT");
    const { exitCode, all } = await running;
    expect(exitCode, String(all)).to.equal(130);
    await nothingLeft(before);
  });

  it("destroys and removes the stack when the program refuses its config", async () => {
    const before = await stacksHere();
    const stack = await EphemeralStack.create({ config: { alertThresholdUsd: -5, glueWorkers: "many" } });
    const folder = stackFolder(stack.name);
    let message = "";
    await stack.up().catch((error: unknown) => (message = String(error)));
    await stack.destroy();
    expect(message).to.contain("alertThresholdUsd").and.contain("-5").and.contain("glueWorkers").and.contain("many");
    expect(existsSync(folder)).to.equal(false);
    expect(await stacksHere()).to.deep.equal(before);
  });

  for (const { args, says } of [
    { args: ["demo", "--input", "no-such-file.json"], says: "no-such-file.json" },
    { args: ["demo", "--input", "."], says: "is a directory" },
    { args: ["demo", "--events", "0"], says: "whole number from 1" },
    { args: ["destroy", "--stack", "prod"], says: "prod" },
    { args: ["query", "SELECT 1", "--stack", "nobody"], says: "nobody" },
    { args: ["up", "--stack", "Bad_Name"], says: "Bad_Name" },
  ]) {
    it(`refuses: cli ${args.join(" ")}`, async () => {
      const { exitCode, all } = await cli(temp, ...args);
      expect(exitCode).to.equal(1);
      expect(String(all))
        .to.contain(says)
        .and.not.match(/\n\s+at .*\(/);
    });
  }
});
