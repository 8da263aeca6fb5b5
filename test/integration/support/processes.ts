import { readdir, readFile } from "node:fs/promises";

/**
 * Ids of the running processes that have `text` in their command line or environment, without this one. A child keeps
 * its parent's environment, so a temp folder named there finds the whole tree. Linux and its /proc.
 */
export async function processesWith(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    // A process may end while it is looked at.
    const files = ["cmdline", "environ"].map((file) => readFile(`/proc/${entry}/${file}`, "utf8").catch(() => ""));
    if ((await Promise.all(files)).join("\0").replaceAll("\0", " ").includes(text)) found.push(Number(entry));
  }
  return found;
}

/** Polls until `ready` is true; fails after `seconds`. */
export async function eventually(
  what: string,
  ready: () => Promise<boolean>,
  seconds: number,
  everyMs = 25,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    if (await ready()) return;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`${what} did not happen within ${String(seconds)} s`);
}
