// @ts-check
/** Node itself and the packages of package-lock.json. */
import { readFileSync } from "node:fs";
import { withLock } from "./lock.mjs";
import { lastLines, MissingPrerequisite } from "./messages.mjs";
import { inProject, projectRoot } from "./paths.mjs";
import { capture } from "./process.mjs";
import { step } from "./progress.mjs";
import { atLeast, formatVersion, parseVersion } from "./versions.mjs";

/** 20.19 is the first Node 20 that loads ES modules with `require`, which the tests and several packages do. */
export const MINIMUM_NODE = /** @type {const} */ ([20, 19, 0]);

/**
 * @param {string} version `process.versions.node`
 * @throws {MissingPrerequisite}
 */
export function checkNode(version) {
  if (atLeast(parseVersion(version), MINIMUM_NODE)) return;
  throw new MissingPrerequisite(
    `Node ${formatVersion(MINIMUM_NODE)} or newer (this is ${version})`,
    "it runs the Pulumi program, the command line and the tests",
    "install the current LTS release of Node, for example with `nvm install --lts` or your package manager",
  );
}

/** @typedef {{ packages?: Record<string, { version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }> }} Lock */

/**
 * What npm would have to change so that the installed tree is the locked one. Comparing with the record that npm
 * keeps of the tree (node_modules/.package-lock.json, written last) also sees an interrupted or a later
 * installation, and leaves alone a tree that a developer installed by hand.
 * @param {Lock} lock package-lock.json
 * @param {Lock | undefined} installed node_modules/.package-lock.json, undefined when there is none
 * @returns {string[]} folders of packages that are missing, other or not in the lock
 */
export function differingPackages(lock, installed) {
  const wanted = lock.packages ?? {};
  const present = installed?.packages ?? {};
  // Optional packages are there or not by platform.
  const missing = Object.entries(wanted).filter(
    ([folder, entry]) => folder !== "" && !entry.link && !entry.optional && present[folder]?.version !== entry.version,
  );
  const surplus = Object.entries(present).filter(([folder, entry]) => wanted[folder]?.version !== entry.version);
  return [...new Set([...missing, ...surplus].map(([folder]) => folder))];
}

/** @param {string} file @returns {Lock | undefined} */
function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function isInstalled() {
  const lock = readLock(inProject("package-lock.json"));
  if (!lock) throw new Error("package-lock.json cannot be read; restore it with `git checkout package-lock.json`");
  const installed = readLock(inProject("node_modules", ".package-lock.json"));
  return installed !== undefined && differingPackages(lock, installed).length === 0;
}

/** Install the locked packages unless they are there. */
export async function ensureNodePackages() {
  if (isInstalled()) return;
  await withLock(inProject(".cache", "npm.lock"), async () => {
    if (isInstalled()) return;
    await step("Node packages from package-lock.json (npm ci, about 1 min)", async () => {
      const result = await capture("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
        cwd: projectRoot,
        timeoutMs: 20 * 60_000,
      });
      if (result.notFound) {
        throw new MissingPrerequisite(
          "npm",
          "it installs the Node packages",
          "install Node with npm (every official Node has it)",
        );
      }
      if (result.code !== 0) {
        throw new MissingPrerequisite(
          "the Node packages of package-lock.json",
          "the program, the command line and the tests import them",
          `npm ci failed; check the network and npm's registry setting. It said:\n${lastLines(result.stderr || result.stdout)}`,
        );
      }
    });
  });
}
