import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { capture } from "../../../automation/toolchain/process.mjs";

const PROCESS_MODULE = pathToFileURL(join(__dirname, "../../../automation/toolchain/process.mjs")).href;

/** A driver that runs `child` (JavaScript) in the foreground and exits as it does. */
function driver(child: string) {
  const script = `
    const { runForeground } = await import(${JSON.stringify(PROCESS_MODULE)});
    const { code } = await runForeground(process.execPath, ["-e", ${JSON.stringify(child)}]);
    process.exit(code);`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
}

describe("toolchain: child processes", () => {
  it("passes a signal on once, though npm sends it again, and waits for the child's own clean-up", async () => {
    const running = driver(`
      let count = 0;
      process.on("SIGINT", () => { count++; setTimeout(() => { console.log("signals", count); process.exit(7); }, 250); });
      setInterval(() => {}, 1000);
      console.log("ready");`);
    let output = "";
    running.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    await once(running.stdout, "data");
    running.kill("SIGINT");
    setTimeout(() => running.kill("SIGINT"), 50);
    const [code] = (await once(running, "close")) as [number];
    expect(code).to.equal(7);
    expect(output).to.equal("ready\nsignals 1\n");
  });

  it("reports a child that a signal ended as a shell does", async () => {
    const [code] = (await once(driver('process.kill(process.pid, "SIGKILL")'), "close")) as [number];
    expect(code).to.equal(137);
  });

  it("captures output and exit code, and tells a missing command from a failing one", async () => {
    const failed = await capture(process.execPath, ["-e", 'console.log("out"); console.error("err"); process.exit(3)']);
    expect(failed).to.deep.equal({ code: 3, stdout: "out\n", stderr: "err\n", timedOut: false, notFound: false });
    expect(await capture("no-such-command-anywhere", [])).to.include({ code: 127, notFound: true });
  });

  it("ends a child that takes too long together with its own children", async () => {
    // The grandchild holds stdout open: had it not been ended too, capture would wait for its 60 s.
    const started = Date.now();
    const result = await capture("sh", ["-c", "sleep 60 & wait"], { timeoutMs: 300 });
    expect(result.timedOut).to.equal(true);
    expect(Date.now() - started).to.be.below(20_000);
  });
});
