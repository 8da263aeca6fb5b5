/** What a benchmark leaves behind: one JSON file and one drawing. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { UserError } from "../../automation/errors";
import { PROJECT_ROOT } from "../../automation/stack/workspace";

const table = z.object({ caption: z.string(), head: z.array(z.string()), rows: z.array(z.array(z.string())) });

const goal = z.object({
  goal: z.string(),
  measured: z.string(),
  met: z.boolean(),
  /** Why not, or under which condition. */
  reason: z.string().optional(),
});

const schema = z.object({
  name: z.string(),
  title: z.string(),
  /** Command that measures it again. */
  command: z.string(),
  measuredAt: z.string(),
  commit: z.string(),
  machine: z.object({ cpu: z.string(), cores: z.number(), memoryGb: z.number(), os: z.string() }),
  versions: z.record(z.string(), z.string()),
  /** Load of the minute before. */
  loadBefore: z.number(),
  busy: z.boolean(),
  /** Method, in sentences. */
  method: z.array(z.string()),
  tables: z.array(table),
  goals: z.array(goal),
  notes: z.array(z.string()),
  /** The figures behind the tables, every single run included. */
  data: z.record(z.string(), z.unknown()),
});

/** A finished benchmark. */
export type BenchResult = z.infer<typeof schema>;
/** A table of a benchmark, as a person reads it. */
export type ResultTable = z.infer<typeof table>;
/** A goal and whether it was met. */
export type Goal = z.infer<typeof goal>;

/** Where results are committed. */
export const RESULTS = path.join(PROJECT_ROOT, "bench", "results");
/** Where those of a quick trial go: they prove that the command works, and are no figures. */
export const TRIALS = path.join(PROJECT_ROOT, "build", "bench");

/** Writes `<name>.json` and `<name>.svg`. */
export async function writeResult(folder: string, result: BenchResult, drawing: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, `${result.name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
  await writeFile(path.join(folder, `${result.name}.svg`), `${drawing}\n`);
}

/** @throws UserError where it was never measured or is no result */
export async function readResult(folder: string, name: string): Promise<BenchResult> {
  const file = path.join(folder, `${name}.json`);
  const text = await readFile(file, "utf8").catch(() => undefined);
  const shown = path.relative(PROJECT_ROOT, file);
  const again = `Measure it: npm run bench -- ${name}`;
  if (text === undefined) throw new UserError(`There is no ${shown}.`, again);
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new UserError(`${shown} is no result: ${z.prettifyError(parsed.error)}`, again);
  return parsed.data;
}

/** Names of the results in a folder, sorted. */
export async function resultNames(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}
