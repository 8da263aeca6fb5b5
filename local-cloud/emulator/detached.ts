import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";

import { z } from "zod";

import { findProjectRoot, LOCAL_SERVICES, type LocalEndpoints, localCloudEnv } from "./environment";
import { LocalCloudError } from "./errors";
import { killGroup, launch, type LaunchOptions, type LocalCloud, STOP_GRACE_MS } from "./start";
import { startIdentity, waitForEnd } from "./process-identity";

/** What `<project>/.clickstream/local/<name>.json` holds. */
const record = z.object({
  name: z.string(),
  /** "starting" holds the place while the process below (the starter) waits for the engines. */
  status: z.enum(["starting", "running"]),
  pid: z.number().int().positive(),
  /** See `startIdentity`: with `pid`, names one process for good. */
  started: z.string(),
  dir: z.string(),
  region: z.string(),
  endpoints: z.record(z.enum(LOCAL_SERVICES), z.string()),
});
type DetachedRecord = z.infer<typeof record>;

/** Names become file names. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export interface DetachedOptions {
  /** @default the folder of package.json above this file */
  projectRoot?: string;
}

/**
 * Starts a local cloud that stays after this process, for `cli up` and the commands after it.
 *
 * @throws LocalCloudError when one of that name runs already
 */
export async function startDetached(name: string, options: Omit<LaunchOptions, "lasting"> = {}): Promise<LocalCloud> {
  const file = stateFile(name, options);
  const running = readLive(file);
  if (running !== undefined) {
    throw new LocalCloudError(
      `the local cloud "${name}" runs already (process ${running.pid}); one name has one. ` +
        "Use it as it is, or destroy it first: `npm run cli -- destroy`.",
    );
  }
  mkdirSync(path.dirname(file), { recursive: true });
  const place: DetachedRecord = {
    name,
    status: "starting",
    pid: process.pid,
    started: startIdentity(process.pid) ?? "",
    dir: "",
    region: "",
    endpoints: Object.fromEntries(LOCAL_SERVICES.map((service) => [service, ""])) as unknown as LocalEndpoints,
  };
  try {
    // Exclusive: of two commands at the same moment one wins.
    writeFileSync(file, JSON.stringify(place), { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw new LocalCloudError(`another command is starting the local cloud "${name}"; try again when it is done`, {
      cause: error,
    });
  }
  try {
    const cloud = await launch({ ...options, lasting: true });
    const started = startIdentity(cloud.pid);
    if (started === undefined) throw new LocalCloudError(`the local cloud "${name}" ended right after it was ready`);
    const { pid, dir, region, endpoints } = cloud;
    const next: DetachedRecord = { name, status: "running", pid, started, dir, region, endpoints };
    writeFileSync(`${file}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return handle(next, file);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/**
 * The running local cloud of that name, or undefined when there is none. A state file left by a cloud that is gone
 * (killed, or lost in a reboot) is removed.
 */
export async function attachLocalCloud(name: string, options: DetachedOptions = {}): Promise<LocalCloud | undefined> {
  const file = stateFile(name, options);
  const found = readLive(file);
  if (found === undefined) return undefined;
  if (found.status === "starting") {
    throw new LocalCloudError(
      `the local cloud "${name}" is still starting (process ${found.pid}); try again in a few seconds`,
    );
  }
  return handle(found, file);
}

/** Stops the detached local cloud of that name. @returns false when there was none */
export async function stopDetached(name: string, options: DetachedOptions = {}): Promise<boolean> {
  const cloud = await attachLocalCloud(name, options);
  await cloud?.stop();
  return cloud !== undefined;
}

function stateFile(name: string, options: DetachedOptions): string {
  if (!NAME.test(name)) {
    throw new LocalCloudError(
      `"${name}" cannot name a local cloud: it must begin with a letter or digit and hold only letters, digits, ` +
        "dots, hyphens and underscores (at most 100). Choose another stack name.",
    );
  }
  return path.join(options.projectRoot ?? findProjectRoot(), ".clickstream", "local", `${name}.json`);
}

/** The record if its process is the very one that wrote it; else cleans up after it. */
function readLive(file: string): DetachedRecord | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  let found: DetachedRecord;
  try {
    found = record.parse(JSON.parse(text));
  } catch {
    // Cut off by a crash: it names nothing that could be stopped.
    rmSync(file, { force: true });
    return undefined;
  }
  if (startIdentity(found.pid) === found.started) return found;
  removeTraces(found, file);
  return undefined;
}

function removeTraces(of: DetachedRecord, file: string): void {
  // The folder is deleted only by the name that launch gives: an edited state file must not delete a home.
  if (path.basename(of.dir).startsWith("clickstream-local-")) rmSync(of.dir, { recursive: true, force: true });
  rmSync(file, { force: true });
}

function handle(of: DetachedRecord, file: string): LocalCloud {
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    if (startIdentity(of.pid) === of.started) {
      process.kill(of.pid, "SIGTERM");
      if (!(await waitForEnd(of.pid, of.started, STOP_GRACE_MS))) killGroup(of.pid);
    }
    removeTraces(of, file);
  };
  const { endpoints, region, pid, dir } = of;
  return { env: localCloudEnv(endpoints, region), endpoints, region, pid, dir, stop: () => (stopped ??= stop()) };
}
