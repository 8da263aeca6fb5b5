/** The frame of every benchmark: options, machine, output, errors. */
import path from "node:path";
import { Command } from "commander";
import { table } from "../../automation/demo/summary";
import { UserError } from "../../automation/errors";
import { PROJECT_ROOT } from "../../automation/stack/workspace";
import { commitNow, loadNow, thisMachine, versions, wasBusy } from "./machine";
import { drawCurves, type Curves } from "./plot";
import { RESULTS, TRIALS, writeResult, type BenchResult } from "./result";

/** Options that every benchmark has. */
export interface BenchOptions {
  /** Smallest sizes and fewest runs: proves that the command works; its figures go to build/bench. */
  quick: boolean;
}

/** What one benchmark found. */
export interface Finding extends Pick<BenchResult, "method" | "tables" | "goals" | "notes" | "data"> {
  curves: Curves;
}

/** One benchmark. */
export interface Benchmark<O extends BenchOptions> {
  name: string;
  title: string;
  /** Adds options of its own. */
  options?: (command: Command) => Command;
  measure: (options: O) => Promise<Finding>;
}

/** Says what is being done, on the error stream: the output is the result. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Runs a benchmark as this process's command. A failure ends with one message and exit code 1. */
export function benchmark<O extends BenchOptions>({ name, title, options, measure }: Benchmark<O>): void {
  const command = new Command(name).description(title).option("--quick", "a trial: tiny, and its figures mean nothing");
  (options?.(command) ?? command).action(async (given: O) => {
    const quick = given.quick ?? false;
    const machine = thisMachine();
    const loadBefore = loadNow();
    const before = { commit: commitNow(), measuredAt: new Date().toISOString() };
    const { curves, ...found } = await measure({ ...given, quick });
    const result: BenchResult = {
      name,
      title,
      command: `npm run bench -- ${[name, ...process.argv.slice(2)].join(" ")}`,
      ...before,
      machine,
      versions: versions(),
      loadBefore,
      busy: wasBusy(loadBefore, machine.cores),
      ...found,
    };
    const folder = quick ? TRIALS : RESULTS;
    await writeResult(folder, result, await drawCurves(curves));
    print(result);
    say(`written: ${path.relative(PROJECT_ROOT, path.join(folder, name))}.json, .svg`);
  });
  command.parseAsync().catch(fail);
}

function print(result: BenchResult): void {
  const { machine } = result;
  const out = (line: string): void => void process.stdout.write(`${line}\n`);
  out(`${result.title}, ${result.measuredAt}, commit ${result.commit}`);
  out(`${String(machine.cores)} cores (${machine.cpu}), ${String(machine.memoryGb)} GB, ${machine.os}`);
  if (result.busy)
    out(`The machine was busy (load ${result.loadBefore.toFixed(1)}): trust the ratios, not the seconds.`);
  for (const { caption, head, rows } of result.tables) out(`\n${caption}\n${table(head, rows)}`);
  for (const { goal, measured, met, reason } of result.goals) {
    out(`${met ? "met" : "MISSED"}: ${goal} – ${measured}${reason === undefined ? "" : `; ${reason}`}`);
  }
  for (const note of result.notes) out(`- ${note}`);
}

/** Ends the process's command with one message. */
export function fail(error: unknown): void {
  const told =
    error instanceof UserError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  process.stderr.write(`${told}\n`);
  process.exitCode = 1;
}

/** Seconds that some work takes. */
export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const from = performance.now();
  const result = await work();
  return { seconds: (performance.now() - from) / 1000, result };
}
