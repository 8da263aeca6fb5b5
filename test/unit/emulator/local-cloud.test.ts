import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { expect } from "chai";

import {
  attachLocalCloud,
  localCloudEnv,
  LocalCloudError,
  resolvePython,
  startLocalCloud,
  stopDetached,
} from "../../../local-cloud/emulator/local-cloud";
import { engineEnv } from "../../../local-cloud/emulator/environment";
import { startIdentity, waitForEnd } from "../../../local-cloud/emulator/process-identity";
import { LineBuffer, parseReady } from "../../../local-cloud/emulator/ready-line";

const READY =
  '{"ready":true,"pid":7,"endpoints":{"default":"http://127.0.0.1:1","glue":"http://127.0.0.1:2","athena":"http://127.0.0.1:2",' +
  '"redshift":"http://127.0.0.1:2","redshift_serverless":"http://127.0.0.1:2","redshift_data":"http://127.0.0.1:2",' +
  '"cloudwatch":"http://127.0.0.1:2","cost_explorer":"http://127.0.0.1:2","budgets":"http://127.0.0.1:2",' +
  '"lakeformation":"http://127.0.0.1:2"}}';
/** Stands in for Python: says it is ready, then lives until its stdin ends or it gets SIGTERM. */
const GOOD = `#!/usr/bin/env node
const { writeFileSync } = require("node:fs");
const dir = process.argv[process.argv.indexOf("--dir") + 1];
writeFileSync(dir + "/args.json", JSON.stringify({ argv: process.argv.slice(2), env: process.env }));
process.on("SIGTERM", () => process.exit(0));
if (process.argv.includes("--watch-stdin")) process.stdin.on("end", () => process.exit(0)).resume();
else setInterval(() => {}, 1000);
console.log('${READY}');
`;

describe("local cloud life cycle", function () {
  this.timeout(30_000);
  let root: string;
  const saved = { CLICKSTREAM_PYTHON: process.env["CLICKSTREAM_PYTHON"], TMPDIR: process.env["TMPDIR"] };

  function usePython(script: string): void {
    const file = path.join(root, "fake-python");
    writeFileSync(file, script);
    chmodSync(file, 0o755);
    process.env["CLICKSTREAM_PYTHON"] = file;
  }

  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), "clickstream-test-"));
    mkdirSync(path.join(root, "local-cloud"));
    writeFileSync(path.join(root, "package.json"), "{}");
    // The stand-ins do not remove their own folder after the driver's death, as the engines do.
    process.env["TMPDIR"] = root;
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  it("starts the engines with a private folder, and leaves neither process nor folder", async () => {
    usePython(GOOD);
    const cloud = await startLocalCloud({ projectRoot: root, region: "eu-west-1" });
    const { argv, env } = JSON.parse(readFileSync(path.join(cloud.dir, "args.json"), "utf8")) as {
      argv: string[];
      env: Record<string, string>;
    };
    expect(argv).to.deep.equal(["-m", "local_engines", "--dir", cloud.dir, "--watch-stdin"]);
    expect(env["PYTHONPATH"]?.split(path.delimiter)[0]).to.equal(path.join(root, "local-cloud", "engines"));
    expect(env["NODE_PATH"]?.split(path.delimiter)[0]).to.equal(path.join(root, "node_modules"));
    expect(cloud.env).to.include({ AWS_ENDPOINT_URL_GLUE: "http://127.0.0.1:2", AWS_REGION: "eu-west-1" });
    const started = startIdentity(cloud.pid);
    expect(started).to.be.a("string");
    await Promise.all([cloud.stop(), cloud.stop()]);
    await cloud.stop();
    expect(startIdentity(cloud.pid)).to.equal(undefined);
    expect(existsSync(cloud.dir)).to.equal(false);
  });

  it("says what the engines printed when they fail, and cleans up", async () => {
    usePython("#!/bin/sh\necho 'No module named local_engines' >&2\nexit 3\n");
    const dir = path.join(root, "data");
    const error = await startLocalCloud({ projectRoot: root, dir }).then(
      () => undefined,
      (caught: unknown) => caught as Error,
    );
    expect(error).to.be.instanceOf(LocalCloudError);
    expect(error?.message).to.match(/ended with exit code 3 before it was ready/);
    expect(error?.message).to.match(/No module named local_engines/);
    expect(existsSync(dir)).to.equal(false);
  });

  it("gives up at the deadline and kills engines that never answer", async () => {
    usePython('#!/bin/sh\necho $$ > "$4.pid"\ntrap "" TERM\nsleep 60 & wait\nsleep 60\n');
    const dir = path.join(root, "data");
    const error = await startLocalCloud({ projectRoot: root, dir, readyTimeoutMs: 300, stopGraceMs: 300 }).then(
      () => undefined,
      (caught: unknown) => caught as Error,
    );
    expect(error?.message).to.match(/was not ready after 0.3 s/);
    const pid = Number(readFileSync(`${dir}.pid`, "utf8"));
    expect(await waitForEnd(pid, startIdentity(pid) ?? "gone", 2000)).to.equal(true);
  });

  for (const [how, code, signal] of [
    ["a normal end", "process.exit(0)", null],
    ["an uncaught error", "throw new Error('boom')", null],
    // The interval is the work that a real driver would be in the middle of.
    ["SIGINT", "setInterval(() => undefined, 1000); process.kill(process.pid, 'SIGINT')", "SIGINT"],
    ["kill -9", "process.kill(process.pid, 'SIGKILL')", "SIGKILL"],
  ] as const) {
    it(`stops with its driver after ${how}`, async () => {
      usePython(GOOD);
      const module = path.resolve(__dirname, "../../../local-cloud/emulator/local-cloud.ts");
      const driver = path.join(root, "driver.ts");
      const out = path.join(root, "pid");
      writeFileSync(
        driver,
        `import { writeFileSync } from "node:fs";
         import { startLocalCloud } from ${JSON.stringify(module)};
         void startLocalCloud({ projectRoot: ${JSON.stringify(root)} }).then((cloud) => {
           writeFileSync(${JSON.stringify(out)}, String(cloud.pid));
           setTimeout(() => { ${code}; }, 50);
         });`,
      );
      const child = spawn(process.execPath, ["--import", "tsx", driver], { stdio: "ignore" });
      const ended = await new Promise<string | null>((resolve) => child.once("exit", (_, by) => resolve(by)));
      expect(ended).to.equal(signal);
      const pid = Number(readFileSync(out, "utf8"));
      const started = startIdentity(pid);
      if (started !== undefined) expect(await waitForEnd(pid, started, 5000)).to.equal(true);
    });
  }

  it("finds a lasting cloud again, refuses a second of its name, and stops it", async () => {
    usePython(GOOD);
    const cloud = await startLocalCloud({ projectRoot: root, detached: "dev" });
    const again = await attachLocalCloud("dev", { projectRoot: root });
    expect(again?.pid).to.equal(cloud.pid);
    expect(again?.env).to.deep.equal(cloud.env);
    const second = await startLocalCloud({ projectRoot: root, detached: "dev" }).then(
      () => undefined,
      (caught: unknown) => caught as Error,
    );
    expect(second?.message).to.match(/"dev" runs already/);
    expect(await stopDetached("dev", { projectRoot: root })).to.equal(true);
    expect(await stopDetached("dev", { projectRoot: root })).to.equal(false);
    expect(startIdentity(cloud.pid)).to.equal(undefined);
    expect(existsSync(cloud.dir)).to.equal(false);
  });

  it("forgets a lasting cloud that was killed, and never touches a process that has its id now", async () => {
    usePython(GOOD);
    const cloud = await startLocalCloud({ projectRoot: root, detached: "dev" });
    const file = path.join(root, ".clickstream", "local", "dev.json");
    const record = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    process.kill(cloud.pid, "SIGKILL");
    await waitForEnd(cloud.pid, String(record["started"]), 5000);
    // As after a reboot: another process, here this test itself, got the id.
    writeFileSync(file, JSON.stringify({ ...record, pid: process.pid }));
    expect(await attachLocalCloud("dev", { projectRoot: root })).to.equal(undefined);
    expect(existsSync(file)).to.equal(false);
    expect(existsSync(cloud.dir)).to.equal(false);
  });

  it("refuses a name that would leave its folder", async () => {
    const error = await attachLocalCloud("../x", { projectRoot: root }).then(
      () => undefined,
      (caught: unknown) => caught as Error,
    );
    expect(error?.message).to.match(/"\.\.\/x" cannot name a local cloud/);
  });
});

describe("local cloud environment", () => {
  const endpoints = {
    default: "http://127.0.0.1:1",
    glue: "http://127.0.0.1:2",
    athena: "http://127.0.0.1:3",
    redshift: "http://127.0.0.1:4",
    redshift_serverless: "http://127.0.0.1:5",
    redshift_data: "http://127.0.0.1:6",
    cloudwatch: "http://127.0.0.1:7",
    cost_explorer: "http://127.0.0.1:8",
    budgets: "http://127.0.0.1:9",
    lakeformation: "http://127.0.0.1:10",
  };

  it("points every client at loopback with constant keys", () => {
    expect(localCloudEnv(endpoints)).to.deep.equal({
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ENDPOINT_URL_GLUE: "http://127.0.0.1:2",
      AWS_ENDPOINT_URL_ATHENA: "http://127.0.0.1:3",
      AWS_ENDPOINT_URL_REDSHIFT: "http://127.0.0.1:4",
      AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS: "http://127.0.0.1:5",
      AWS_ENDPOINT_URL_REDSHIFT_DATA: "http://127.0.0.1:6",
      AWS_ENDPOINT_URL_CLOUDWATCH: "http://127.0.0.1:7",
      AWS_ENDPOINT_URL_COST_EXPLORER: "http://127.0.0.1:8",
      AWS_ENDPOINT_URL_BUDGETS: "http://127.0.0.1:9",
      AWS_ENDPOINT_URL_LAKEFORMATION: "http://127.0.0.1:10",
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_EC2_METADATA_DISABLED: "true",
    });
  });

  it("keeps the user's AWS profile, token and endpoints from the engines", () => {
    const env = engineEnv(
      {
        AWS_PROFILE: "prod",
        AWS_SESSION_TOKEN: "secret",
        AWS_ENDPOINT_URL_S3: "http://x",
        PATH: "/bin",
        PYTHONPATH: "/p",
      },
      "/project",
      "us-east-1",
    );
    expect(env).to.not.have.any.keys("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3");
    expect(env["PATH"]).to.equal("/bin");
    expect(env["PYTHONPATH"]).to.equal(["/project/local-cloud/engines", "/p"].join(path.delimiter));
  });

  it("names the missing Python and the way to get it", () => {
    expect(() => resolvePython({}, "/nowhere")).to.throw(LocalCloudError, /no Python environment at .*npm run setup/);
    expect(() => resolvePython({ CLICKSTREAM_PYTHON: "/nowhere/python" }, "/x")).to.throw(
      /\/nowhere\/python.*not exist/,
    );
    expect(resolvePython({ CLICKSTREAM_PYTHON: "python3.11" }, "/x")).to.equal("python3.11");
  });

  it("takes endpoints from the ready line only, and only loopback ones", () => {
    expect(parseReady(READY)?.athena).to.equal("http://127.0.0.1:2");
    expect(parseReady("starting")).to.equal(undefined);
    expect(parseReady(READY.replace('"redshift":"http://127.0.0.1:2",', ""))).to.equal(undefined);
    expect(parseReady('{"ready":true}')).to.equal(undefined);
    expect(parseReady(READY.replaceAll("127.0.0.1", "example.com"))).to.equal(undefined);
  });

  it("joins lines that arrive in pieces", () => {
    const seen: string[] = [];
    const buffer = new LineBuffer((line) => seen.push(line));
    for (const piece of ["a", "b\nc", "\r\n", "d"]) buffer.push(piece);
    expect(seen).to.deep.equal(["ab", "c"]);
  });
});
