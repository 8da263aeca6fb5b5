import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { PROJECT_ROOT } from "../../../automation/stack/workspace";
import { localFindings } from "../../../automation/sweep/local";
import { sweep } from "../../../automation/sweep/sweep";
import { eventually, processesWith } from "../../integration/support/processes";
import { faultOptions, Tally } from "../tally";
import { killAll, processesOf } from "./processes";

const DRIVER = path.join("test", "integration", "support", "killed-driver.ts");
const EMULATOR = /emulator_main\.py/;
const STACKS = `faults-emulator-${String(process.pid)}`;
/** Longest time in which a driver must notice and end, in milliseconds; Pulumi tries each call again for a while. */
const PATIENCE_MS = 240_000;

describe("the emulator killed with -9 under a driver", () => {
  const tally = new Tally("emulator", faultOptions(1).seed);
  let temp: string;

  before(async () => {
    temp = await mkdtemp(path.join(tmpdir(), "clickstream-fault-"));
  });
  after(async () => {
    killAll(await processesWith(temp));
    for (const folder of [temp, path.join(PROJECT_ROOT, ".clickstream", STACKS)]) {
      await rm(folder, { recursive: true, force: true });
    }
    tally.write();
  });

  it("ends the driver with a reason, and leaves nothing that a sweep does not remove", async () => {
    const driver = spawn(process.execPath, ["--import", "tsx", DRIVER], {
      cwd: PROJECT_ROOT,
      env: { ...process.env, TMPDIR: temp, CLICKSTREAM_STACKS: STACKS },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    driver.stderr.on("data", (part: Buffer) => (said += part.toString()));
    const timer = setTimeout(() => driver.kill("SIGKILL"), PATIENCE_MS);
    const ended = new Promise<number | null>((resolve) => driver.once("exit", resolve));
    let killed = 0;
    for await (const line of createInterface({ input: driver.stdout })) {
      if (line === "half create" && killed === 0) killed = killAll(await processesOf(temp, EMULATOR));
    }
    const code = await ended;
    clearTimeout(timer);
    expect(killed, "emulators killed").to.be.greaterThan(0);
    tally.run(["emulator killed during a deployment"]);
    expect(code, `the driver did not end by itself; it said: ${said.slice(-2000)}`).to.be.a("number");
    expect(said)
      .to.match(/UserError: The deployment of \S+ failed/)
      .and.to.match(/ECONNREFUSED|ECONNRESET/);

    const places = { only: STACKS, temp };
    const { failed } = await sweep(await localFindings({ now: new Date() }, places), false);
    expect(failed).to.deep.equal([]);
    await eventually("the end of every process", async () => (await processesWith(temp)).length === 0, 60);
    expect((await readdir(temp)).filter((name) => name.startsWith("clickstream-"))).to.deep.equal([]);
    expect(await localFindings({ now: new Date() }, places)).to.deep.equal([]);
  });
});
