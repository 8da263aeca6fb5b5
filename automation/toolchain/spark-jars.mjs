// @ts-check
/** The jars with which Spark reads and writes S3, in one folder that all clones share. */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { lastLines, MissingPrerequisite } from "./messages.mjs";
import { fingerprint, inProject, userCache } from "./paths.mjs";
import { capture } from "./process.mjs";
import { step } from "./progress.mjs";

/** Packages, excludes, and the name and sha256 of every jar that must come out. */
const SPEC = inProject("tools", "spark-jars.json");

/**
 * @param {Record<string, string>} expected jar name to sha256
 * @param {Record<string, string>} actual the same of a folder
 * @returns {string[]} one line for each jar that is missing, other or surplus
 */
export function jarDifferences(expected, actual) {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
  return names.flatMap((name) => {
    if (actual[name] === expected[name]) return [];
    if (actual[name] === undefined) return [`${name} is missing`];
    if (expected[name] === undefined) return [`${name} is not in tools/spark-jars.json`];
    return [`${name} has sha256 ${actual[name]}, tools/spark-jars.json says ${expected[name]}`];
  });
}

/** @param {string} folder */
function hashJars(folder) {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".jar")) : [];
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );
}

/**
 * @param {string} python a Python that has pyspark
 * @param {string} javaHome
 * @returns {Promise<string>} folder of jars
 * @throws {MissingPrerequisite}
 */
export async function ensureSparkJars(python, javaHome) {
  const own = process.env["CLICKSTREAM_SPARK_JARS"];
  if (own) return own;
  const cache = join(userCache(), "spark-jars");
  // Named by its recipe: a changed recipe is another folder, and older clones keep theirs.
  const folder = join(cache, fingerprint([SPEC]).slice(0, 16));
  if (existsSync(folder)) return folder;
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return;
    await step("Spark's S3 jars (Maven, 7 MB, about 20 s)", () => resolveJars(python, javaHome, cache, folder));
  });
  return folder;
}

/** @param {string} python @param {string} javaHome @param {string} cache @param {string} folder */
async function resolveJars(python, javaHome, cache, folder) {
  mkdirSync(cache, { recursive: true });
  const ivy = mkdtempSync(join(cache, "resolving-"));
  const cleanUp = () => rmSync(ivy, { recursive: true, force: true });
  process.once("exit", cleanUp);
  try {
    const script = inProject("automation", "toolchain", "resolve_spark_jars.py");
    const result = await capture(python, [script, SPEC, ivy], {
      env: { ...process.env, JAVA_HOME: javaHome, PYSPARK_PYTHON: python },
      timeoutMs: 10 * 60_000,
    });
    /** @type {{ jars: Record<string, string> }} */
    const spec = JSON.parse(readFileSync(SPEC, "utf8"));
    const differences = jarDifferences(spec.jars, hashJars(join(ivy, "jars")));
    if (result.code !== 0 || differences.length > 0) throw missingJars(differences, result.stdout + result.stderr);
    chmodSync(join(ivy, "jars"), 0o755);
    renameSync(join(ivy, "jars"), folder);
  } finally {
    process.removeListener("exit", cleanUp);
    cleanUp();
  }
}

/** @param {readonly string[]} differences @param {string} output */
function missingJars(differences, output) {
  return new MissingPrerequisite(
    "the jars with which Spark reads S3 (tools/spark-jars.json)",
    "the jobs read and write the local target's S3 with them",
    "check that Maven packages can be reached (a mirror goes into Spark's own setting spark.jars.ivySettings), " +
      "or set CLICKSTREAM_SPARK_JARS to a folder that holds them.\n" +
      [...differences, lastLines(output.replace(/^.*\tfound .*$/gm, ""), 8)].join("\n"),
  );
}
