// @ts-check
/** The archive of loaded classes with which Spark starts in half the time; without it everything works, slower. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { lastLines } from "./messages.mjs";
import { fingerprint, inProject } from "./paths.mjs";
import { capture } from "./process.mjs";
import { say, step } from "./progress.mjs";

/** What the archive depends on: the jars of Spark and of S3, and how they are started. */
const RECIPE = [
  inProject("tools", "spark-jars.json"),
  inProject("tools", "requirements.txt"),
  inProject("automation", "toolchain", "archive_spark_classes.py"),
  inProject("local-cloud", "engines", "local_engines", "glue", "spark_conf.py"),
];

/**
 * @param {string} python a Python that has pyspark
 * @param {string} javaHome
 * @param {string} jars folder of the S3 jars
 * @returns {Promise<string | undefined>} the archive's file; undefined where this JVM makes none
 */
export async function ensureSparkArchive(python, javaHome, jars) {
  // Class paths are absolute, so the archive belongs to this clone; the empty folder is on that path too.
  const folder = inProject(".cache", "spark-archive");
  const name = fingerprint(RECIPE, [python, javaHome, jars, folder]).slice(0, 16);
  const archive = join(folder, `${name}.jsa`);
  const failed = join(folder, `${name}.failed`);
  if (existsSync(archive)) return archive;
  if (existsSync(failed)) return undefined;
  await withLock(join(folder, "archive.lock"), async () => {
    if (existsSync(archive)) return;
    const making = join(folder, `${name}.new`);
    mkdirSync(join(folder, "conf"), { recursive: true });
    // Of an older recipe or an interrupted start: 150 MB each.
    for (const old of readdirSync(folder).filter((file) => /\.(jsa|new|failed)$/.test(file))) rmSync(join(folder, old));
    await step("Spark's class archive (one run of both jobs, about 45 s)", async () => {
      const script = inProject("automation", "toolchain", "archive_spark_classes.py");
      const result = await capture(python, [script, making, join(folder, "conf")], {
        env: { ...process.env, JAVA_HOME: javaHome, CLICKSTREAM_SPARK_JARS: jars, PYSPARK_PYTHON: python },
        timeoutMs: 10 * 60_000,
      });
      if (result.code === 0 && existsSync(making)) return renameSync(making, archive);
      say(`  not made (Spark starts slower without it): ${lastLines(result.stderr.replace(/^.*\[cds.*$/gm, ""), 2)}`);
      writeFileSync(failed, "");
    });
  });
  return existsSync(archive) ? archive : undefined;
}
