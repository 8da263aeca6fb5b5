/**
 * Throughput of the two Glue jobs beside a naive Spark job and DuckDB, which do the same work with the same answer.
 * `npm run bench -- etl [--full] [--sizes 0.1,1] [--runs 5] [--index] [--quick]`
 */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { wholeNumber } from "../automation/commands/options";
import { EventGenerator } from "../automation/generate/generator";
import { defaultGenerateOptions, startOfHour } from "../automation/generate/options";
import { Lander, toFolder } from "../automation/ingest/lander";
import { awsClients } from "../automation/stack/clients";
import { privateLocalTarget } from "../automation/stack/target";
import { benchmark, say, type BenchOptions, type Finding } from "./support/bench";
import { keepKey } from "./support/etl/catalog";
import { differences, duckdb, jobs, naive, type Contender, type Run, type Task } from "./support/etl/contenders";
import { etlFinding, type Measured } from "./support/etl/finding";

interface EtlOptions extends BenchOptions {
  full?: boolean;
  sizes?: number[];
  runs?: number;
  index?: boolean;
}

/** Silver as deployed, which also writes the index by which people are erased; neither of the others has one. */
const WITH_INDEX = "jobs with the index of people";

/** Bytes of one generated event as JSON, measured; decides how many make a gigabyte. */
const BYTES_AN_EVENT = 567;
const DAYS = 30;
const KEY = "benchmark-key-benchmark-key-0123";
/** Cores that each contender may use: those of the smallest Glue worker that runs two tasks at once, and of CI. */
const CORES = 2;
const RUNS = 5;
/** From this size on, GB, fewer runs are made: each takes minutes. */
const LARGE_GB = 3;
const LARGE_RUNS = 3;

function sizes(text: string): number[] {
  const parsed = text.split(",").map(Number);
  if (parsed.every((size) => size >= 0.001 && size <= 20)) return parsed;
  throw new InvalidArgumentError("It must be gigabytes from 0.001 to 20, for example 0.1,1.");
}

async function land(raw: string, gb: number, end: Date): Promise<{ events: number; bytes: number }> {
  const events = Math.ceil((gb * 1e9) / BYTES_AN_EVENT);
  const options = { ...defaultGenerateOptions(), events, days: gb < 0.05 ? 3 : DAYS, end };
  const { textBytes, lines } = await new Lander(toFolder(path.join(raw, "events"))).land(
    new EventGenerator(options, 1000).lines(),
  );
  return { events: lines, bytes: textBytes };
}

async function measureSize(gb: number, runs: number, contenders: Contender[], task: Task): Promise<Measured> {
  const landed = await land(task.raw, gb, new Date(task.asOf));
  const all = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
  // One run that does not count: it brings the files into the page cache for all.
  const first = (await duckdb.run(task)).answer;
  for (let run = 1; run <= runs; run += 1) {
    for (const contender of contenders) {
      const result = await contender.run(task);
      const odd = differences(first, result.answer);
      if (odd.length > 0) throw new Error(`${contender.name} answers otherwise than DuckDB: ${odd.join("; ")}`);
      all.get(contender.name)?.push(result);
      say(
        `${String(gb)} GB, run ${String(run)}: ${contender.name} ${result.seconds.toFixed(1)} s, ${result.cpu.toFixed(1)} s of processor`,
      );
    }
  }
  const measured = [...all].map(([name, found]) => ({
    name,
    seconds: found.map(({ seconds }) => seconds),
    cpu: found.map(({ cpu }) => cpu),
    silver: found.map(({ silver }) => silver),
  }));
  return { gb, ...landed, answer: first, contenders: measured };
}

async function measure({ quick, full, sizes: asked, runs = quick ? 1 : RUNS, index }: EtlOptions): Promise<Finding> {
  process.env["CLICKSTREAM_SPARK_COMPILER"] ??= "full";
  const work = await mkdtemp(path.join(os.tmpdir(), "clickstream-bench-"));
  const target = await privateLocalTarget();
  const clients = awsClients(target, "us-east-1");
  try {
    const cloud = {
      clients,
      env: target.env,
      pseudonymArn: await keepKey(clients.secrets, "bench-pseudonyms", KEY),
      subjectArn: await keepKey(clients.secrets, "bench-subjects", `${KEY}-subjects`),
    };
    const contenders = [duckdb, jobs(cloud, "jobs", false), naive];
    if (index === true) contenders.push(jobs(cloud, WITH_INDEX, true));
    const measured: Measured[] = [];
    for (const gb of asked ?? (quick ? [0.005, 0.01] : full ? [0.1, 1, 5] : [0.1, 1])) {
      const raw = path.join(work, `raw-${String(gb)}`);
      const asOf = startOfHour(new Date()).toISOString();
      const task = { raw, work, asOf, cores: CORES, key: KEY };
      measured.push(await measureSize(gb, gb >= LARGE_GB ? Math.min(runs, LARGE_RUNS) : runs, contenders, task));
      await rm(raw, { recursive: true, force: true });
    }
    return etlFinding(measured, CORES);
  } finally {
    clients.destroy();
    await target.close();
    await rm(work, { recursive: true, force: true });
  }
}

benchmark<EtlOptions>({
  name: "etl",
  title: "ETL throughput: the Glue jobs beside naive Spark and DuckDB",
  options: (command: Command) =>
    command
      .option("--full", "5 GB too; takes an hour")
      .option("--sizes <gb,…>", "gigabytes of raw JSON", sizes)
      .option("--index", "the jobs with the index of people too, which no other contender writes")
      .option("--runs <n>", "runs of each contender", wholeNumber(1, 20)),
  measure,
});
