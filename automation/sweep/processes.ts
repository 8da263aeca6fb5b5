import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * Ids of the processes of this user that name `folder` in their command line or (Linux) in their environment: those that
 * use it. This process is not among them.
 */
export function processesUsing(folder: string): number[] {
  const found = process.platform === "linux" ? fromProc(folder) : fromPs(folder);
  return found.filter((pid) => pid !== process.pid);
}

function fromProc(folder: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => ["cmdline", "environ"].some((file) => names(contentOf(`/proc/${pid}/${file}`), folder)))
    .map(Number);
}

/** Another user's process, or one that ended meanwhile, reads as empty. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function fromPs(folder: string): number[] {
  const lines = execFileSync("ps", ["-xwwo", "pid=,command="], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => names(line, folder)).map((line) => Number.parseInt(line, 10));
}

/** The folder itself, not one whose name begins with the same letters. */
function names(text: string, folder: string): boolean {
  for (let at = text.indexOf(folder); at !== -1; at = text.indexOf(folder, at + 1)) {
    if (!/[A-Za-z0-9_-]/.test(text.charAt(at + folder.length))) return true;
  }
  return false;
}

/** Ends processes at once; one that is gone already is as good. */
export function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended between the two calls.
    }
  }
}
