// @ts-check
/** Ask the Automation API's installer for the engine, but not for longer than it makes progress. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { inProject } from "./paths.mjs";
import { capture } from "./process.mjs";

/** Without a new byte for this long its host counts as out of reach. */
const STALL_MS = 20_000;
/** A slow but moving download of about 150 MB may take this long. */
const LIMIT_MS = 15 * 60_000;

/**
 * Watches a number that should grow.
 * @param {() => number} measure
 * @param {number} limitMs
 * @param {() => number} [now]
 * @returns {() => boolean} true once the number has not grown for `limitMs`
 */
export function stallDetector(measure, limitMs, now = Date.now) {
  let best = 0;
  let since = now();
  return () => {
    const size = measure();
    if (size > best) {
      best = size;
      since = now();
    }
    return now() - since >= limitMs;
  };
}

/** @param {string} folder @returns {number} bytes of all files below */
function sizeOf(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  } catch {
    // A file went away between listing and looking; the next second tells.
    return 0;
  }
}

/**
 * @param {string} root the engine comes to `root/bin/pulumi`
 * @param {string} version
 * @returns {Promise<{ installed: boolean, reason: string }>} reason is empty when installed
 */
export async function installEngine(root, version) {
  // The installer keeps its script and its download in the temp folder: an own one shows whether bytes arrive.
  const temp = join(root, "tmp");
  mkdirSync(temp, { recursive: true });
  const script = inProject("automation", "toolchain", "pulumi-installer.mjs");
  const result = await capture(process.execPath, [script, root, version], {
    env: { ...process.env, TMPDIR: temp },
    timeoutMs: LIMIT_MS,
    giveUp: stallDetector(() => sizeOf(root), STALL_MS),
  });
  rmSync(temp, { recursive: true, force: true });
  if (result.code === 0 && existsSync(join(root, "bin", "pulumi"))) return { installed: true, reason: "" };
  if (result.timedOut) return { installed: false, reason: `no answer from its host for ${STALL_MS / 1000} s` };
  const said = (result.stderr || result.stdout).trim().split("\n")[0];
  return { installed: false, reason: `it said: ${said || `exit code ${result.code}`}` };
}
