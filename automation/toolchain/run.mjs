// @ts-check
/**
 * Entry of every npm script: make sure that what a command needs is installed, then run it.
 * Nothing but Node's own modules is imported here, so that it works on a fresh clone.
 */
import { planFor, USAGE } from "./commands.mjs";
import { ensureJava, findJava } from "./java.mjs";
import { formatFailure } from "./messages.mjs";
import { checkNode, ensureNodePackages } from "./node-packages.mjs";
import { projectRoot } from "./paths.mjs";
import { endChildren, runForeground } from "./process.mjs";
import { say, secondsSince } from "./progress.mjs";
import { ensurePulumi } from "./pulumi.mjs";
import { ensurePython, findPython } from "./python.mjs";
import { ensureSparkArchive } from "./spark-archive.mjs";
import { ensureSparkJars } from "./spark-jars.mjs";

/** @typedef {import("./commands.mjs").Need} Need */

/**
 * Look for everything that only the user can provide, before anything is installed, and name all that is missing.
 * @param {ReadonlySet<Need>} needs
 */
async function lookAround(needs) {
  const python = needs.has("python") || needs.has("java") ? findPython() : Promise.resolve(undefined);
  const looked = await Promise.allSettled([
    (async () => checkNode(process.versions.node))(),
    (async () => checkPlatform())(),
    python,
    needs.has("java") ? findJava() : undefined,
  ]);
  const failures = looked.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures);
  const [, , basePython, java] = looked;
  return {
    basePython: basePython.status === "fulfilled" ? basePython.value : undefined,
    java: java.status === "fulfilled" ? java.value : undefined,
  };
}

function checkPlatform() {
  if (process.platform !== "win32") return;
  throw new Error(
    "Windows is not supported directly. Use the Windows Subsystem for Linux (`wsl --install`) and clone there.",
  );
}

/**
 * Install what is missing.
 * @param {ReadonlySet<Need>} needs
 * @returns {Promise<Record<string, string>>} environment for the command
 */
async function prepare(needs) {
  const startedAt = Date.now();
  const { basePython, java } = await lookAround(needs);
  const facts = [`Node ${process.versions.node}`];
  // The SDK's versions are locked and run on this Node: its notice of a later one is nothing that a user can act on.
  /** @type {Record<string, string>} */
  const env = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
  const packages = ensureNodePackages();
  const forSpark = async () => {
    if (!needs.has("python")) return;
    const python = await ensurePython(basePython);
    // Spark starts its workers by this name; the `python3` on PATH may be another version, which it refuses.
    Object.assign(env, { CLICKSTREAM_PYTHON: python, PYSPARK_PYTHON: python, PYSPARK_DRIVER_PYTHON: python });
    facts.push(basePython ? `Python ${basePython.version.join(".")}` : "Python (.venv)");
    if (!needs.has("java")) return;
    const chosen = await ensureJava(java, python);
    env["JAVA_HOME"] = chosen.home;
    facts.push(`Java ${chosen.release} (${chosen.origin})`);
    if (!needs.has("jars")) return;
    const jars = await ensureSparkJars(python, chosen.home);
    env["CLICKSTREAM_SPARK_JARS"] = jars;
    const archive = await ensureSparkArchive(python, chosen.home, jars);
    if (archive !== undefined) env["CLICKSTREAM_SPARK_ARCHIVE"] = archive;
  };
  const engine = async () => {
    // Its installer is one of the Node packages.
    await packages;
    if (!needs.has("pulumi")) return;
    const { root, version, origin } = await ensurePulumi();
    env["CLICKSTREAM_PULUMI_ROOT"] = root;
    facts.push(`Pulumi ${version} (${origin})`.replace("  ", " "));
  };
  await Promise.all([packages, forSpark(), engine()]);
  say(`toolchain: ${facts.join(" · ")} · ${secondsSince(startedAt)}`);
  return env;
}

/** @param {readonly string[]} words */
async function main(words) {
  const plan = planFor(words);
  if (!plan) {
    say(words[0] === undefined ? USAGE : `Unknown command "${words[0]}".\n${USAGE}`);
    return 2;
  }
  const stop = (/** @type {NodeJS.Signals} */ signal) => {
    endChildren();
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGHUP", stop);
  const env = await prepare(plan.needs);
  // From here on the command itself decides what a signal means.
  process.off("SIGINT", stop).off("SIGTERM", stop).off("SIGHUP", stop);
  if (plan.args.length === 0) return 0;
  const { code } = await runForeground(process.execPath, plan.args, {
    cwd: projectRoot,
    env: { ...process.env, ...env },
  });
  return code;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  for (const failure of error instanceof AggregateError ? error.errors : [error]) say(formatFailure(failure));
  endChildren();
  // Not `exitCode`: other installations of this start may still be waiting for something.
  process.exit(1);
}
