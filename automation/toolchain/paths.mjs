// @ts-check
/** Where things live: the project's own folders and the user's cache, which all clones share. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of package.json. */
export const projectRoot = resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** @param {...string} parts */
export function inProject(...parts) {
  return join(projectRoot, ...parts);
}

/**
 * Folder for what is costly to make and the same for every clone (engine, jars).
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string} `$XDG_CACHE_HOME/clickstream-pipeline`, by default under `~/.cache`; a relative
 *   XDG_CACHE_HOME is ignored, as the XDG base directory specification asks
 */
export function userCache(env = process.env) {
  const xdg = env["XDG_CACHE_HOME"];
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), ".cache"), "clickstream-pipeline");
}

/**
 * One hash over files and words: equal if and only if nothing that it covers has changed.
 * @param {readonly string[]} files read in this order
 * @param {readonly string[]} [words]
 * @returns {string} hex sha256
 */
export function fingerprint(files, words = []) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file)).update("\0");
  for (const word of words) hash.update(word).update("\0");
  return hash.digest("hex");
}

/**
 * Whether a stamp file holds this fingerprint. It is written last, so an interrupted installation has none.
 * @param {string} file
 * @param {string} expected
 */
export function stampMatches(file, expected) {
  try {
    return readFileSync(file, "utf8").trim() === expected;
  } catch {
    return false;
  }
}
