import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import {
  DEFAULT_REGION,
  engineEnv,
  findProjectRoot,
  localCloudEnv,
  type LocalEndpoints,
  resolvePython,
} from "./environment";
import { LocalCloudError } from "./errors";
import { stopAtExit } from "./exit-hooks";
import { LineBuffer, OutputFile, parseReady, Tail } from "./ready-line";

/** A running local cloud. */
export interface LocalCloud {
  /** What every client needs: endpoints, region, constant keys. */
  readonly env: Record<string, string>;
  readonly endpoints: LocalEndpoints;
  readonly region: string;
  /** Process id of the supervisor; the emulator, the engines and all Spark runs end with it. */
  readonly pid: number;
  /** Private folder with everything it stores; gone after stop. */
  readonly dir: string;
  /** Stops every process of it and deletes its folder. May be called any number of times. */
  stop(): Promise<void>;
}

export interface LaunchOptions {
  /** Folder for its data, deleted at the end. @default a fresh one in the temporary folder */
  dir?: string;
  /** Leave it running when this process ends. @default false */
  lasting?: boolean;
  /** Receives its log lines. @default none */
  log?: (line: string) => void;
  /** AWS region that it answers for. @default us-east-1 */
  region?: string;
  /**
   * Let IAM policies bind everybody but root, whose keys `env` holds: jobs, functions, queries and loads then have the
   * rights of their roles and callers, as on AWS. @default false: whoever asks may do everything
   */
  enforceIam?: boolean;
  /** @default the folder of package.json above this file */
  projectRoot?: string;
  /** How long it may take to answer. @default 60000: 0.5 s is usual, a loaded CI machine needs far longer */
  readyTimeoutMs?: number;
  /** Time between the polite signal and the last one. @default 15000: a Spark run gets 5 s of it to die */
  stopGraceMs?: number;
}

/** @default for `readyTimeoutMs` */
export const READY_TIMEOUT_MS = 60_000;

/** @default for `stopGraceMs` */
export const STOP_GRACE_MS = 15_000;

/** Starts the emulator and the engines, and returns when both answer. */
export async function launch(options: LaunchOptions = {}): Promise<LocalCloud> {
  const projectRoot = options.projectRoot ?? findProjectRoot();
  const region = options.region ?? DEFAULT_REGION;
  const python = resolvePython(process.env, projectRoot);
  const dir = options.dir ?? (await mkdtemp(path.join(os.tmpdir(), "clickstream-local-")));
  mkdirSync(dir, { recursive: true });
  const lasting = options.lasting ?? false;
  // A lasting process must not hold a pipe to this one, so it writes to files.
  const files = lasting
    ? { out: new OutputFile(dir, "engines.out"), err: new OutputFile(dir, "engines.log") }
    : undefined;

  const flags = [...(lasting ? [] : ["--watch-stdin"]), ...(options.enforceIam === true ? ["--enforce-iam"] : [])];
  const child = spawn(python, ["-m", "local_engines", "--dir", dir, ...flags], {
    cwd: projectRoot,
    env: engineEnv(process.env, projectRoot, region),
    stdio: [lasting ? "ignore" : "pipe", files?.out.fd ?? "pipe", files?.err.fd ?? "pipe"],
    // Its own process group: Ctrl-C in a terminal must reach the driver alone, which still needs the cloud to destroy
    // its stack. The end of the driver reaches it as end of file on stdin.
    detached: true,
  });

  const tail = new Tail(30);
  const stop = once(async () => {
    await stopChild(child, dir, options.stopGraceMs ?? STOP_GRACE_MS);
    unregister();
  });
  const unregister = lasting ? () => undefined : stopAtExit(child, stop);
  try {
    const endpoints = await waitUntilReady(child, tail, files, options);
    if (child.pid === undefined) throw new LocalCloudError(`${python} did not start`);
    const pid = child.pid;
    // The caller's process may end when its own work ends; the exit hook then stops the cloud.
    for (const handle of [child, child.stdin, child.stdout, child.stderr])
      (handle as { unref?(): void } | null)?.unref?.();
    return { env: localCloudEnv(endpoints, region), endpoints, region, pid, dir, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    files?.out.close();
    files?.err.close();
  }
}

async function waitUntilReady(
  child: ChildProcess,
  tail: Tail,
  files: { out: OutputFile; err: OutputFile } | undefined,
  options: LaunchOptions,
): Promise<LocalEndpoints> {
  const timeoutMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
  const deadline = Date.now() + timeoutMs;
  let failure: string | undefined;
  let found: LocalEndpoints | undefined;
  const onOutput = (line: string): void => {
    found ??= parseReady(line);
    if (parseReady(line) === undefined) options.log?.(line);
  };
  const onError = (line: string): void => {
    tail.push(line);
    options.log?.(line);
  };
  child.once("error", (error) => (failure ??= `could not be started: ${error.message}`));
  child.once("exit", (code, signal) => {
    failure ??= `ended with ${signal ?? `exit code ${code}`} before it was ready`;
    if (found !== undefined) options.log?.(`local cloud ended: ${signal ?? `exit code ${code}`}`);
  });
  const lines = new LineBuffer(onOutput);
  const errors = new LineBuffer(onError);
  child.stdout?.setEncoding("utf8").on("data", (text: string) => lines.push(text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  // A write to the pipe of a dead child must not end the driver.
  child.stdin?.on("error", () => undefined);

  for (;;) {
    if (files !== undefined) for (const line of files.out.lines()) found ??= parseReady(line);
    if (found !== undefined) return found;
    if (failure === undefined && Date.now() > deadline) failure = `was not ready after ${timeoutMs / 1000} s`;
    if (failure !== undefined) {
      // Standard error can arrive after the exit event.
      await sleep(50);
      if (files !== undefined) for (const line of files.err.lines()) if (line) tail.push(line);
      throw new LocalCloudError(
        `the local cloud (${path.basename(child.spawnfile)} -m local_engines) ${failure}.\n` +
          (tail.text === "" ? "It printed nothing.\n" : `It printed:\n${tail.text}\n`) +
          "It must print its ready line; check that `npm run setup` has finished without an error and that loopback ports are allowed.",
      );
    }
    await sleep(15);
  }
}

async function stopChild(child: ChildProcess, dir: string, graceMs: number): Promise<void> {
  const pid = child.pid;
  if (pid !== undefined && child.exitCode === null && child.signalCode === null) {
    child.ref();
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.stdin?.end();
    child.kill("SIGTERM");
    const timer = new AbortController();
    await Promise.race([ended, sleep(graceMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
  }
  if (pid !== undefined) killGroup(pid);
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Ends what is left of a supervisor's process group (the emulator and the engines; Spark runs end with them). */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is empty: nothing is left, which is the aim.
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= action());
}
