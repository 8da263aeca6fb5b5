/** The environment of a Spark program on this machine: local mode, as many tasks at once as there are cores. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { resolvePython } from "../../../local-cloud/emulator/local-cloud";
import { UserError } from "../../../automation/errors";
import { PROJECT_ROOT } from "../../../automation/stack/workspace";

/** Heap of Spark's one JVM: enough that no contender spills for want of it at 5 GB of JSON. */
const MEMORY = "6g";

/** How a Spark program is started. */
export interface SparkEnvOptions {
  cores: number;
  /** Settings over those here. @default none */
  conf?: Readonly<Record<string, string>>;
}

/** The project's Python, which has Spark. */
export function python(): string {
  return resolvePython(process.env, PROJECT_ROOT);
}

/** Environment by which `python script.py` finds Spark and its settings. */
export async function sparkEnv(folder: string, { cores, conf = {} }: SparkEnvOptions): Promise<Record<string, string>> {
  const jars = process.env["CLICKSTREAM_SPARK_JARS"];
  if (jars === undefined) {
    throw new UserError("CLICKSTREAM_SPARK_JARS is not set.", "Start through npm: npm run bench -- NAME");
  }
  const archive = process.env["CLICKSTREAM_SPARK_ARCHIVE"];
  const cached = archive !== undefined && existsSync(archive);
  await mkdir(path.join(folder, "conf"), { recursive: true });
  const java = ["-XX:+UseParallelGC", "-XX:MetaspaceSize=256m", "-Xms1g", `-Djava.io.tmpdir=${folder}`];
  if (cached) java.push(`-XX:SharedArchiveFile=${archive}`, "-Xlog:cds=off", "-Xlog:cds+dynamic=off");
  const settings = {
    "spark.master": `local[${String(cores)}]`,
    "spark.driver.memory": MEMORY,
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": java.join(" "),
    "spark.driver.extraClassPath": `${jars}${path.sep}*`,
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.local.dir": path.join(folder, "spark"),
    "spark.sql.warehouse.dir": path.join(folder, "warehouse"),
    ...conf,
  };
  const file = path.join(folder, "spark.properties");
  await writeFile(
    file,
    Object.entries(settings)
      .map((pair) => `${pair.join(" ")}\n`)
      .join(""),
  );
  return {
    PYSPARK_SUBMIT_ARGS: `--properties-file ${file} pyspark-shell`,
    // The class archive is valid for the class path that it was made with, which holds this folder.
    SPARK_CONF_DIR: cached ? path.join(path.dirname(archive), "conf") : path.join(folder, "conf"),
    PYTHONPATH: path.join(PROJECT_ROOT, "glue-jobs"),
  };
}
