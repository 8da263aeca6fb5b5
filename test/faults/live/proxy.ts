import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { PROJECT_ROOT } from "../../../automation/stack/workspace";
import { resolvePython } from "../../../local-cloud/emulator/environment";

const HOME = path.join(PROJECT_ROOT, ".cache", "faults");
const REQUIREMENTS = path.join(PROJECT_ROOT, "tools", "requirements-faults.txt");
const READY_MS = 60_000;
const run = promisify(execFile);

/** A rule of microburst, as its documentation writes it. */
export interface FaultRule {
  service: string;
  operation?: string;
  /** Strikes so often, then passes everything. */
  times: number;
  error?: { code: string; status: number };
  /** Milliseconds. */
  latency?: { min: number; max: number };
  reset?: true;
  request?: { cut_upload: { after_bytes: number } };
  response?: { abort_bytes?: number; abort_frac?: number; truncate_frac?: number };
}

/** A fault that struck, by microburst's own record. */
export interface Fired {
  service: string;
  operation: string;
  action: string;
}

/** Installs microburst with its hashes on first use, away from the packages of the project. @returns its program */
async function installed(): Promise<string> {
  const stamp = path.join(HOME, "requirements.txt");
  const wanted = await readFile(REQUIREMENTS, "utf8");
  const program = path.join(HOME, "bin", "microburst");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === wanted) return program;
  await rm(HOME, { recursive: true, force: true });
  await run(resolvePython(process.env, PROJECT_ROOT), ["-m", "venv", HOME]);
  const options = ["--disable-pip-version-check", "--quiet", "--require-hashes"];
  await run(path.join(HOME, "bin", "python"), ["-m", "pip", "install", ...options, "-r", REQUIREMENTS]);
  // Last, so that an installation that was cut off is made again.
  await writeFile(stamp, wanted);
  return program;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A fault proxy in front of one endpoint. */
export class FaultProxy {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /** @throws Error with what the proxy printed, where it does not answer within a minute */
  static async start(upstream: string): Promise<FaultProxy> {
    const program = await installed();
    const port = await freePort();
    const args = ["--upstream", upstream, "--host", "127.0.0.1", "--port", String(port), "--no-resign"];
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part: Buffer) => (said = (said + part.toString()).slice(-2000)));
    }
    const proxy = new FaultProxy(`http://127.0.0.1:${String(port)}`, child);
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline && child.exitCode === null) {
      const healthy = await fetch(`${proxy.url}/_microburst/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (healthy) return proxy;
      await sleep(50);
    }
    proxy.stop();
    throw new Error(`The fault proxy for ${upstream} does not answer. It said: ${said}`);
  }

  /** From now on these faults strike. */
  async arm(rules: readonly FaultRule[]): Promise<void> {
    await this.control("DELETE", "fired");
    await this.control("POST", "rules", rules);
  }

  /** No more faults. @returns those that struck since {@link arm} */
  async disarm(): Promise<Fired[]> {
    const fired = (await this.control("GET", "fired")) as Fired[];
    await this.control("POST", "rules", []);
    return fired;
  }

  stop(): void {
    this.child.kill("SIGKILL");
  }

  private async control(method: string, what: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.url}/_microburst/${what}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`The fault proxy refuses ${method} ${what}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}
