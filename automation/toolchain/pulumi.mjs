// @ts-check
/** The Pulumi engine: found, installed or built, in this order. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { withLock } from "./lock.mjs";
import { inProject, userCache } from "./paths.mjs";
import { capture } from "./process.mjs";
import { say } from "./progress.mjs";
import { buildEngine } from "./pulumi-build.mjs";
import { installEngine } from "./pulumi-install.mjs";
import { atLeast, formatVersion, parseVersion, requiredGoModule } from "./versions.mjs";

/** @typedef {import("./versions.mjs").Version} Version */
/** @typedef {{ root: string, version: string, origin: string }} Engine */

export const ENGINE_MODULE = "github.com/pulumi/pulumi/pkg/v3";

/**
 * The oldest engine on PATH that is taken: the release this project is tested with. Older ones may work, but
 * nobody has seen that, and a private copy of the tested one does not touch the machine's own.
 */
export const MINIMUM_ENGINE = /** @type {const} */ ([3, 259, 0]);

/** After a failed try the installer is not asked again for this long: a start must not cost 20 s each time. */
export const RETRY_INSTALLER_MS = 24 * 3600_000;

/**
 * @param {number | undefined} failedAt ms since the epoch of the last failed try
 * @param {number} now
 */
export function shouldTryInstaller(failedAt, now) {
  // A time in the future comes from a wrong clock and must not block the installer for ever.
  return failedAt === undefined || failedAt > now || now - failedAt >= RETRY_INSTALLER_MS;
}

/**
 * The folder above `bin/pulumi`, as the Automation API wants it, or undefined when the file lies otherwise.
 * @param {string} file
 */
export function rootOf(file) {
  return basename(file) === "pulumi" && basename(dirname(file)) === "bin" ? dirname(dirname(file)) : undefined;
}

/** @returns {string | undefined} the first executable `pulumi` on PATH */
function onPath() {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    // npm puts node_modules/.bin on PATH; an entry there is a package's, not the machine's engine.
    if (folder === "" || folder.includes("node_modules")) continue;
    try {
      accessSync(join(folder, "pulumi"), constants.X_OK);
      return join(folder, "pulumi");
    } catch {
      continue;
    }
  }
  return undefined;
}

/** @param {string} file @returns {Promise<Version | undefined>} */
async function engineVersion(file) {
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const { code, stdout } = await capture(file, ["version"], { env, timeoutMs: 20_000 });
  return code === 0 ? parseVersion(stdout) : undefined;
}

/** @returns {Promise<Engine | undefined>} */
async function engineOnPath() {
  const file = onPath();
  if (!file) return undefined;
  const version = await engineVersion(file);
  if (!version || !atLeast(version, MINIMUM_ENGINE)) {
    const found = version ? formatVersion(version) : "of unknown version";
    say(`  pulumi on PATH is ${found}; ${formatVersion(MINIMUM_ENGINE)} or newer is needed, so a private copy is used`);
    return undefined;
  }
  return { root: rootOf(file) ?? linkInBin(file), version: formatVersion(version), origin: "PATH" };
}

/** A version manager's shim does not lie in a folder named `bin`. @param {string} file */
function linkInBin(file) {
  const root = inProject(".cache", "pulumi-on-path");
  rmSync(root, { recursive: true, force: true });
  mkdirSync(join(root, "bin"), { recursive: true });
  symlinkSync(file, join(root, "bin", "pulumi"));
  return root;
}

/** @param {string} root */
function originOf(root) {
  try {
    return readFileSync(join(root, "origin"), "utf8").trim();
  } catch {
    return "user cache";
  }
}

/** @param {string} file @returns {number | undefined} */
function readTime(file) {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10);
  } catch {
    return undefined;
  }
}

/**
 * @returns {Promise<Engine>}
 * @throws {import("./messages.mjs").MissingPrerequisite}
 */
export async function ensurePulumi() {
  const own = process.env["CLICKSTREAM_PULUMI_ROOT"];
  if (own) return { root: own, version: "", origin: "CLICKSTREAM_PULUMI_ROOT" };
  const found = await engineOnPath();
  if (found) return found;
  const version = requiredGoModule(readFileSync(inProject("tools", "go.mod"), "utf8"), ENGINE_MODULE);
  const cache = join(userCache(), "pulumi");
  const root = join(cache, version);
  const engine = () => ({ root, version, origin: originOf(root) });
  if (existsSync(join(root, "bin", "pulumi"))) return engine();
  await withLock(`${root}.lock`, async () => {
    if (!existsSync(join(root, "bin", "pulumi"))) await provide(cache, root, version);
  });
  return engine();
}

/** @param {string} cache @param {string} root @param {string} version */
async function provide(cache, root, version) {
  mkdirSync(cache, { recursive: true });
  // Made aside and put in place by one rename, so that nobody ever starts half an engine.
  const aside = mkdtempSync(join(cache, "new-"));
  const cleanUp = () => rmSync(aside, { recursive: true, force: true });
  process.once("exit", cleanUp);
  try {
    const failedFile = `${root}.installer-failed`;
    let reason = "its last try failed less than a day ago";
    let installed = false;
    if (shouldTryInstaller(readTime(failedFile), Date.now())) {
      say(`… Pulumi ${version} with the Automation API's installer`);
      const attempt = await installEngine(aside, version);
      installed = attempt.installed;
      reason = attempt.reason;
      if (!installed) writeFileSync(failedFile, `${Date.now()}\n${reason}\n`);
    }
    if (installed) {
      say(`✓ Pulumi ${version} installed`);
    } else {
      say(`  the installer is of no use here: ${reason}`);
      await buildEngine(aside, version, reason);
    }
    writeFileSync(join(aside, "origin"), installed ? "installer" : "built from tools/go.mod");
    rmSync(root, { recursive: true, force: true });
    renameSync(aside, root);
  } finally {
    process.removeListener("exit", cleanUp);
    cleanUp();
  }
}
