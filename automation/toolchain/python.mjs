// @ts-check
/** Python and the project's virtual environment. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { withLock } from "./lock.mjs";
import { lastLines, MissingPrerequisite } from "./messages.mjs";
import { fingerprint, inProject, stampMatches } from "./paths.mjs";
import { capture } from "./process.mjs";
import { step } from "./progress.mjs";
import { atLeast, compareVersions, parseVersion } from "./versions.mjs";

/** @typedef {import("./versions.mjs").Version} Version */
/** @typedef {{ command: string, version: Version, hasVenv: boolean }} FoundPython */

export const MINIMUM_PYTHON = /** @type {const} */ ([3, 10, 0]);
/** Spark 3.5 was tried with 3.10 to 3.13; later ones have no Spark 3.5 that anybody tested. */
export const FIRST_UNTRIED_PYTHON = /** @type {const} */ ([3, 14, 0]);

/** 3.11 first: the version that Glue 5.1 runs the jobs with. */
const CANDIDATES = ["python3.11", "python3.12", "python3.10", "python3.13", "python3", "python"];

const VENV = inProject(".venv");
const VENV_PYTHON = inProject(".venv", "bin", "python");
const STAMP = inProject(".venv", "clickstream-stamp");
const REQUIREMENTS = ["requirements-build.txt", "requirements.txt"].map((name) => inProject("tools", name));

/**
 * @param {readonly FoundPython[]} found in order of preference
 * @returns {FoundPython | undefined} the first one that can be used
 */
export function choosePython(found) {
  return found.find((python) => isSupported(python.version) && python.hasVenv);
}

/** @param {Version} version */
function isSupported(version) {
  return atLeast(version, MINIMUM_PYTHON) && compareVersions(version, FIRST_UNTRIED_PYTHON) < 0;
}

/**
 * The message for a machine without a usable Python.
 * @param {readonly FoundPython[]} found
 */
export function missingPython(found) {
  const why = "it runs the Spark jobs, the local target (emulator, SQL engines) and their tests";
  const withoutVenv = found.find((python) => isSupported(python.version));
  if (withoutVenv) {
    return new MissingPrerequisite(
      `the venv module of Python ${withoutVenv.version.join(".")}`,
      why,
      "install it (Debian and Ubuntu: `apt-get install python3-venv`) or another Python 3.10 to 3.13",
    );
  }
  const seen = found.length === 0 ? "none found on PATH" : `found ${found.map((p) => p.version.join(".")).join(", ")}`;
  return new MissingPrerequisite(
    `Python 3.10 to 3.13 (${seen})`,
    why,
    "install Python 3.11, the version of Glue 5.1, with your package manager or pyenv, so that `python3.11` or `python3` starts it",
  );
}

/** @param {string} command @returns {Promise<FoundPython | undefined>} */
async function probe(command) {
  // A pyenv shim exists for versions that are not selected, so only running it tells.
  const script = "import sys; print(sys.version.split()[0]); import venv, ensurepip; print('venv')";
  const { stdout } = await capture(command, ["-c", script], { timeoutMs: 20_000 });
  const version = parseVersion(stdout);
  return version && { command, version, hasVenv: stdout.includes("venv") };
}

/** @param {string} command value of CLICKSTREAM_PYTHON */
async function checkOwn(command) {
  const python = await probe(command);
  if (python && isSupported(python.version)) return;
  throw new MissingPrerequisite(
    `the Python 3.10 to 3.13 that CLICKSTREAM_PYTHON names (${command} ${python ? `is ${python.version.join(".")}` : "does not start"})`,
    "with that variable set, nothing else is looked for",
    "point it to the python of an environment with tools/requirements.txt installed, or unset it",
  );
}

/**
 * A Python to make the virtual environment with, looked for before anything is installed.
 * @returns {Promise<FoundPython | undefined>} undefined when the environment is already made
 * @throws {MissingPrerequisite}
 */
export async function findPython() {
  const own = process.env["CLICKSTREAM_PYTHON"];
  if (own) await checkOwn(own);
  if (own || isMade()) return undefined;
  const found = (await Promise.all(CANDIDATES.map(probe))).filter((python) => python !== undefined);
  const chosen = choosePython(found);
  if (!chosen) throw missingPython(found);
  return chosen;
}

function requirementsFingerprint() {
  // The folder is part of it: a virtual environment cannot be moved.
  return fingerprint(REQUIREMENTS, [VENV]);
}

function isMade() {
  return stampMatches(STAMP, requirementsFingerprint()) && existsSync(VENV_PYTHON);
}

/**
 * @param {FoundPython | undefined} base what `findPython` returned
 * @returns {Promise<string>} path of a Python that has every package of requirements.txt
 */
export async function ensurePython(base) {
  // A developer's own environment; nothing is installed into it.
  const own = process.env["CLICKSTREAM_PYTHON"];
  if (own) return own;
  if (base === undefined) return VENV_PYTHON;
  await withLock(inProject(".cache", "venv.lock"), async () => {
    if (isMade()) return;
    const label = `Python packages from tools/requirements.txt into .venv (Python ${base.version.join(".")}, about 2 min)`;
    await step(label, () => makeVenv(base.command));
  });
  return VENV_PYTHON;
}

/** @param {string} command */
async function makeVenv(command) {
  rmSync(VENV, { recursive: true, force: true });
  await pip(command, ["-m", "venv", VENV]);
  const install = ["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--require-hashes"];
  const [build, packages] = REQUIREMENTS;
  await pip(VENV_PYTHON, [...install, "-r", /** @type {string} */ (build)]);
  await pip(VENV_PYTHON, [...install, "--no-build-isolation", "-r", /** @type {string} */ (packages)]);
  writeFileSync(STAMP, requirementsFingerprint());
}

/** @param {string} python @param {readonly string[]} args */
async function pip(python, args) {
  // Options of the user's own projects (a target folder, another environment) must not steer this one.
  const env = { ...process.env };
  for (const name of ["PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "VIRTUAL_ENV"])
    delete env[name];
  const result = await capture(python, args, { env, timeoutMs: 30 * 60_000 });
  if (result.code === 0) return;
  throw new MissingPrerequisite(
    "the Python packages of tools/requirements.txt",
    "Spark, the emulator and the SQL engine come from them",
    `installing them failed; check the network and pip's index setting. It said:\n${lastLines(result.stderr || result.stdout)}`,
  );
}
