/** The three that do the same work on the same files: the real jobs, a naive Spark job, DuckDB. */
import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { AwsClients } from "../../../automation/stack/clients";
import { PROJECT_ROOT } from "../../../automation/stack/workspace";
import { DATABASE, freshCatalog } from "./catalog";
import { python, sparkEnv } from "./spark-env";

/** What all contenders get. */
export interface Task {
  /** Folder with `events/year=…/…json.gz`. */
  raw: string;
  /** Folder for outputs and scratch. */
  work: string;
  asOf: string;
  cores: number;
  key: string;
}

/** One run of a contender. */
export interface Run {
  /** Wall time of all its processes, starts included. */
  seconds: number;
  /** Processor time of all its processes, in seconds. */
  cpu: number;
  /** Of that, bronze to silver. */
  silver: number;
  answer: Answer;
}

const answerSchema = z.object({
  events: z.number(),
  quarantined: z.number(),
  facts: z.number(),
  revenue: z.string(),
  users: z.number(),
  newest: z.string(),
  /** Hash of the facts without session metrics. */
  core: z.string(),
  /** Hash of the facts; null where the contender defines sessions another way. */
  full: z.string().nullable(),
  /** Hash of the daily sales. */
  sales: z.string(),
});

/** Counts, sums and hashes of a contender's tables. */
export type Answer = z.infer<typeof answerSchema>;

/** A contender. */
export interface Contender {
  name: string;
  run: (task: Task) => Promise<Run>;
}

const HERE = path.join(PROJECT_ROOT, "bench", "support", "etl");

/** DuckDB, one process with as many threads as cores. */
export const duckdb: Contender = {
  name: "DuckDB",
  run: (task) => runScript(task, "duckdb", "duckdb_etl.py", { BENCH_CORES: String(task.cores) }),
};

/** Spark as a first version uses it, with Spark's own defaults. */
export const naive: Contender = {
  name: "naive Spark",
  run: async (task) => {
    const { cores, work } = task;
    return runScript(task, "naive", "naive_spark.py", await sparkEnv(path.join(work, "naive-spark"), { cores }));
  },
};

async function runScript(task: Task, name: string, script: string, env: Record<string, string>): Promise<Run> {
  const out = path.join(task.work, name);
  const args = [path.join(HERE, script), path.join(task.raw, "events"), out, task.asOf, task.key];
  const { said, ...measured } = await measuredRun(args, env);
  const { silver } = z.object({ silver: z.number() }).parse(JSON.parse(said));
  return { ...measured, silver, answer: await answerOf(out) };
}

/** What the jobs run against: an emulator's catalog and secrets. */
export interface Cloud {
  clients: AwsClients;
  env: Readonly<Record<string, string>>;
  pseudonymArn: string;
  subjectArn: string;
}

/**
 * The deployed scripts, each a process of its own, with the arguments of the deployed jobs.
 * @param index whether silver also writes the index by which people are erased, which neither of the others does
 */
export function jobs(
  cloud: Cloud,
  name: string,
  index: boolean,
  conf: Readonly<Record<string, string>> = {},
): Contender {
  return {
    name,
    run: async ({ raw, work, asOf, cores }) => {
      const out = path.join(work, "jobs");
      await rm(out, { recursive: true, force: true });
      await mkdir(out, { recursive: true });
      const url = `file://${out}`;
      await freshCatalog(cloud.clients.glue, url);
      const scratch = path.join(work, "jobs-spark");
      // Shuffle partitions as the local Glue runner sets them.
      const spark = await sparkEnv(scratch, { cores, conf: { "spark.sql.shuffle.partitions": "16", ...conf } });
      const env = { ...spark, ...cloud.env };
      const common = { state_path: `${url}/state/`, reports_path: `${url}/reports/`, currencies: '{"USD":1}' };
      const privacy = {
        privacy_path: `${url}/privacy/`,
        subjects_path: `${url}/subjects/`,
        subject_secret_arn: cloud.subjectArn,
      };
      const silver = await runJob("bronze_to_silver", env, {
        ...common,
        silver_database: DATABASE,
        raw_path: `file://${raw}/events/`,
        events_path: `${url}/events/`,
        quarantine_path: `${url}/quarantine/`,
        pseudonym_secret_arn: cloud.pseudonymArn,
        as_of: asOf,
        ...(index ? privacy : {}),
      });
      const gold = await runJob("silver_to_gold", env, {
        ...common,
        silver_database: DATABASE,
        gold_database: DATABASE,
        fact_path: `${url}/fact_clicks/`,
        users_path: `${url}/dim_users/`,
        sales_path: `${url}/daily_sales/`,
      });
      const [seconds, cpu] = [silver.seconds + gold.seconds, silver.cpu + gold.cpu];
      return { seconds, cpu, silver: silver.seconds, answer: await answerOf(out) };
    },
  };
}

async function runJob(job: string, env: Record<string, string>, args: Record<string, string>): Promise<Cost> {
  const words = Object.entries(args).flatMap(([name, value]) => [`--${name}`, value]);
  return measuredRun([path.join(PROJECT_ROOT, "glue-jobs", `${job}.py`), ...words, "--JOB_RUN_ID", job], env);
}

/** What a process and all that it started took. */
interface Cost {
  seconds: number;
  cpu: number;
}

const costSchema = z.object({ seconds: z.number(), cpu: z.number() });

/** Runs a Python script. `said` is the last line that it printed. */
async function measuredRun(args: string[], env: Readonly<Record<string, string>>): Promise<Cost & { said: string }> {
  const stdout = await runPython([path.join(HERE, "measure.py"), python(), ...args], env);
  const [said = "", cost = ""] = stdout.trim().split("\n").slice(-2);
  return { ...costSchema.parse(JSON.parse(cost)), said };
}

async function answerOf(out: string): Promise<Answer> {
  const stdout = await runPython([path.join(HERE, "answers.py"), out], {});
  return answerSchema.parse(JSON.parse(stdout));
}

const exec = promisify(execFile);

/** @returns what it printed. An error holds what it printed on the error stream */
async function runPython(args: string[], env: Readonly<Record<string, string>>): Promise<string> {
  // Spark warns a lot.
  const { stdout } = await exec(python(), args, { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** What differs between two answers, in words; empty for the same answer. */
export function differences(one: Answer, other: Answer): string[] {
  const names = Object.keys(one) as (keyof Answer)[];
  return names
    .filter((name) => one[name] !== null && other[name] !== null && one[name] !== other[name])
    .map((name) => `${name}: ${String(one[name])} and ${String(other[name])}`);
}
