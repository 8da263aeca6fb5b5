import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** True while a process with this id exists (it may be a zombie only if its parent never waits). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * When a process started, as an opaque text that differs between two processes that had the same id.
 * Process ids are reused, so a state file that only kept the id could stop a stranger.
 *
 * @returns undefined when there is no such process
 */
export function startIdentity(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The second field is the command in parentheses and may hold blanks: count from its end. proc(5): field 3 is
      // the state, field 22 the start time in clock ticks since boot.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (fields[0] === "Z") return undefined;
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      return `${boot}:${fields[19]}`;
    }
    const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return started === "" ? undefined : started;
  } catch {
    // Ended between the two calls.
    return undefined;
  }
}

/**
 * Waits until a process that is no child of ours has ended. A zombie counts as ended: in a container without an init
 * process nobody reaps it.
 *
 * @returns false when it is still there at the deadline
 */
export async function waitForEnd(pid: number, started: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (startIdentity(pid) === started) {
    if (Date.now() > deadline) return false;
    await sleep(25);
  }
  return true;
}
