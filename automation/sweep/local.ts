import { existsSync } from "node:fs";
import { readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { attachLocalCloud, stopDetached } from "../../local-cloud/emulator/local-cloud";
import { startIdentity } from "../../local-cloud/emulator/process-identity";
import { stillRuns } from "../driver/identity";
import { readLease, type Lease } from "../driver/lease";
import { PROJECT_ROOT } from "../stack/workspace";
import { expiredBecause, UNMARKED_AGE_MS, type Finding, type SweepRules } from "./finding";
import { kill, processesUsing } from "./processes";

/** Where a sweep looks on this machine. */
export interface LocalPlaces {
  /** The folder with `local/` and the folders of stacks. @default .clickstream of the checkout */
  root?: string;
  /** Only the stacks of one driver's folder below it. @default CLICKSTREAM_STACKS, else all */
  only?: string;
  /** @default the temporary folder */
  temp?: string;
}

/** Name of the folder below `.clickstream` that holds records of local clouds, and no stacks. */
const CLOUDS = "local";

/** Everything of this machine that a sweep removes, or names and leaves alone. */
export async function localFindings(rules: SweepRules, places: LocalPlaces = {}): Promise<Finding[]> {
  const root = places.root ?? path.join(PROJECT_ROOT, ".clickstream");
  const only = places.only ?? process.env["CLICKSTREAM_STACKS"];
  const temp = places.temp ?? tmpdir();
  const findings: Finding[] = [];
  for (const suite of await entries(root)) {
    if (suite === CLOUDS || (only !== undefined && suite !== only)) continue;
    for (const name of await entries(path.join(root, suite))) {
      const found = await stackFinding(path.join(root, suite, name), name, rules);
      if (found !== undefined) findings.push(found);
    }
  }
  for (const file of await entries(path.join(root, CLOUDS))) {
    const found = file.endsWith(".json") ? await recordFinding(path.join(root, CLOUDS, file), rules) : undefined;
    if (found !== undefined) findings.push(found);
  }
  for (const name of await entries(temp)) {
    const found = await tempFinding(path.join(temp, name), rules);
    if (found !== undefined) findings.push(found);
  }
  return findings;
}

/** A stack in AWS whose driver on this machine has ended without removing it. */
export interface LostStack {
  folder: string;
  reason: string;
}

/** Stacks in AWS by name that drivers of this machine lost. */
export async function lostAwsStacks(places: LocalPlaces = {}): Promise<Map<string, LostStack>> {
  const root = places.root ?? path.join(PROJECT_ROOT, ".clickstream");
  const only = places.only ?? process.env["CLICKSTREAM_STACKS"];
  const lost = new Map<string, LostStack>();
  for (const suite of await entries(root)) {
    if (suite === CLOUDS || (only !== undefined && suite !== only)) continue;
    for (const name of await entries(path.join(root, suite))) {
      const folder = path.join(root, suite, name);
      const lease = readLease(folder);
      if (lease?.target !== "aws" || lease.keep || stillRuns(lease.driver) !== false) continue;
      const reason = `its driver (process ${String(lease.driver.pid)}) has ended without removing it`;
      lost.set(name, { folder, reason });
    }
  }
  return lost;
}

async function entries(folder: string): Promise<string[]> {
  return existsSync(folder) ? (await readdir(folder)).sort() : [];
}

async function stackFinding(folder: string, name: string, rules: SweepRules): Promise<Finding | undefined> {
  const lease = readLease(folder);
  if (lease === undefined) return unmarkedFinding(folder, name, rules);
  // What a driver of this machine left in AWS is destroyed there; its folder holds the way to its state.
  if (lease.target === "aws") return undefined;
  const runs = stillRuns(lease.driver);
  const expired = expiredBecause(rules, new Date(lease.created), new Date(lease.expires));
  const finding = { kind: "stack", what: name, target: "local" } as const;
  const driver = `process ${String(lease.driver.pid)}`;
  const action = (): Promise<void> => removeLocalStack(folder, lease);
  if (runs === true) {
    return { ...finding, remove: false, reason: `${expired ?? "in use"}, and its driver (${driver}) still runs` };
  }
  if (!lease.keep && runs === false) {
    return { ...finding, remove: true, action, reason: `its driver (${driver}) has ended without removing it` };
  }
  if (expired !== undefined) return { ...finding, remove: true, action, reason: expired };
  return { ...finding, remove: false, reason: `kept until ${lease.expires}` };
}

/** A folder without lease: of a stack that people named, or of a driver that was killed as it began. */
async function unmarkedFinding(folder: string, name: string, rules: SweepRules): Promise<Finding | undefined> {
  const finding = { kind: "stack", what: name, target: "local" } as const;
  if (!name.startsWith(".") && !name.startsWith("e-")) {
    if ((await attachLocalCloud(name).catch(() => "starting")) !== undefined) return undefined;
    if (!(await isOld(folder, rules))) return undefined;
    const reason = "its local cloud, and with it all that its state describes, is gone";
    return { ...finding, remove: true, reason, action: () => removeFolder(folder) };
  }
  const old = await isOld(folder, rules);
  const reason = old ? "says nothing of a driver" : "says nothing of a driver, and may be just beginning";
  return { ...finding, remove: old, reason, action: () => removeFolder(folder) };
}

/** The stack's resources go with its cloud. */
async function removeLocalStack(folder: string, lease: Lease): Promise<void> {
  await stopDetached(lease.name);
  const { cloud } = lease;
  if (cloud !== undefined && isCloudFolder(cloud.dir)) {
    kill(processesUsing(cloud.dir));
    await rm(cloud.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  kill(processesUsing(folder));
  await removeFolder(folder);
}

/** Removes a stack's folder. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  // The folders above go too once empty; another stack may be using them.
  for (const parent of [path.dirname(folder), path.dirname(path.dirname(folder))]) {
    await rmdir(parent).catch(() => undefined);
  }
}

/** What a sweep reads of the record of a local cloud. */
interface CloudRecord {
  pid: number;
  started: string;
}

/** A record of a local cloud whose process has ended: lost in a reboot, or killed. */
async function recordFinding(file: string, rules: SweepRules): Promise<Finding | undefined> {
  const name = path.basename(file, ".json");
  const record = await readFile(file, "utf8")
    .then(
      (text) => JSON.parse(text) as CloudRecord,
      () => undefined,
    )
    .catch(() => undefined);
  // One that cannot be read may be just being written.
  if (record === undefined && !(await isOld(file, rules))) return undefined;
  if (record !== undefined && startIdentity(record.pid) === record.started) return undefined;
  // Looking for it removes record and folder; `<project>/.clickstream/local/<name>.json`.
  const projectRoot = path.resolve(file, "..", "..", "..");
  const action = async (): Promise<void> => void (await attachLocalCloud(name, { projectRoot }));
  return { kind: "local cloud", what: name, target: "local", remove: true, reason: "its process has ended", action };
}

/** Folders of local clouds in the temporary folder that nobody serves any more. */
async function tempFinding(folder: string, rules: SweepRules): Promise<Finding | undefined> {
  if (!isCloudFolder(folder) || processesUsing(folder).length > 0) return undefined;
  if (!(await isOld(folder, rules))) return undefined;
  const finding = { kind: "folder", what: folder, target: "local" } as const;
  const action = (): Promise<void> => rm(folder, { recursive: true, force: true });
  return { ...finding, remove: true, reason: "no process uses it", action };
}

function isCloudFolder(folder: string): boolean {
  return path.basename(folder).startsWith("clickstream-local-");
}

/** By its last change; what vanishes meanwhile is as good as young. */
async function isOld(folder: string, rules: SweepRules): Promise<boolean> {
  const changed = await stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  return rules.now.getTime() - changed >= (rules.olderThanMs ?? UNMARKED_AGE_MS);
}
