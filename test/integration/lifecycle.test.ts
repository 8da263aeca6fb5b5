import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { EphemeralStack } from "../../automation/ephemeral-stack";
import { stackFolder, stacksHere } from "../../automation/stack/workspace";
import { cli } from "./support/cli";
import { eventually, processesWith } from "./support/processes";

describe("the life of a throw-away stack", () => {
  let temp: string;
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
