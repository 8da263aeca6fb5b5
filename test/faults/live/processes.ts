import { readFile } from "node:fs/promises";
import { processesWith } from "../../integration/support/processes";

/** Processes of a local cloud, known by its folder in their command line or environment, by what they run. */
export async function processesOf(cloudFolder: string, runs: RegExp): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await processesWith(cloudFolder)) {
    const command = await readFile(`/proc/${String(pid)}/cmdline`, "utf8").catch(() => "");
    if (runs.test(command.replaceAll("\0", " "))) found.push(pid);
  }
  return found;
}

/** kill -9. @returns how many were still there */
export function killAll(pids: readonly number[]): number {
  let killed = 0;
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
      killed += 1;
    } catch {
      // It ended by itself.
    }
  }
  return killed;
}

/** A Java process: Spark. */
export const SPARK = /^\S*\bjava /;
/** A worker of the purchase alert function; the receipt function's are left alone: both killed at once are two faults. */
export const ALERT_WORKER = /ministack-lambda-\S*alerts-fn\S*_worker\.js/;
