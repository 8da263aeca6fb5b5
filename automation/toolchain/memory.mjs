// @ts-check
/**
 * What passed before, so that a plain `npm test` leaves out what would pass again. A suite names the files that it reads;
 * it is left out while none of them, nor the machine's tools, has changed since it passed, for a day at the longest.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprint, inProject, projectRoot } from "./paths.mjs";
import { capture } from "./process.mjs";

/** @typedef {import("./suites.mjs").Suite} Suite */
/**
 * @typedef {object} Pass
 * @property {string} of what it was a pass of: `fingerprintOf`
 * @property {number} at epoch milliseconds of its end
 * @property {number} passed tests
 * @property {readonly string[]} lines of the runner's own summary
 */

/** Some tests look at the calendar (waivers end, prices age), so what passed yesterday is asked again. */
export const REMEMBERED_MS = 24 * 3600_000;

/** What the environment decides: the tools that run.mjs found, how many faults, a Spark with other settings. */
const SETTINGS = /^(CLICKSTREAM_|FAULT_|JAVA_HOME$)/;

/**
 * One hash over all that decides how a suite ends.
 * @param {Pick<Suite, "args" | "reads">} suite
 * @param {string} [root] of the checkout
 * @returns {Promise<string | undefined>} undefined outside a git checkout, where nothing tells which files there are
 */
export async function fingerprintOf(suite, root = projectRoot) {
  const listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...(suite.reads ?? ["."])];
  const listed = await capture("git", listing, { cwd: root });
  if (listed.code !== 0) return undefined;
  const names = [...new Set(listed.stdout.split("\0"))].filter((name) => name !== "").sort();
  const files = names.map((name) => `${root}/${name}`);
  // A tracked file that was deleted is listed too.
  const there = files.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
  const tools = [process.version, process.platform, process.arch];
  const settings = Object.entries(process.env).filter(([name]) => SETTINGS.test(name));
  const words = settings.map((pair) => pair.join("=")).sort();
  return fingerprint(there, [...there.map((file) => file.slice(root.length)), ...suite.args, ...tools, ...words]);
}

/**
 * @param {string} of what would be run now
 * @param {Pass | undefined} pass
 * @param {number} now epoch milliseconds
 * @returns {pass is Pass}
 */
export function stillHolds(of, pass, now) {
  return pass !== undefined && pass.of === of && now >= pass.at && now - pass.at < REMEMBERED_MS;
}

const FOLDER = inProject(".cache", "passed");

/** @param {string} folder @param {string} name of a suite */
const fileOf = (folder, name) => join(folder, `${name.replaceAll(" ", "-")}.json`);

/** @param {string} name of a suite @param {string} [folder] @returns {Pass | undefined} undefined for a broken file too */
export function recall(name, folder = FOLDER) {
  try {
    return JSON.parse(readFileSync(fileOf(folder, name), "utf8"));
  } catch {
    return undefined;
  }
}

/** @param {string} name of a suite @param {Pass} pass @param {string} [folder] */
export function remember(name, pass, folder = FOLDER) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(folder, name), JSON.stringify(pass));
}
