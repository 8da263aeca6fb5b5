/**
 * Archive sizes and cold starts of every deployed Lambda function. `npm run bench -- closures [--runs 5] [--quick]`
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { GetFunctionCommand, paginateListFunctions, type FunctionConfiguration } from "@aws-sdk/client-lambda";
import { unzipSync } from "fflate";
import { z } from "zod";
import { wholeNumber } from "../automation/commands/options";
import { withEphemeralStack, type StackSession } from "../automation/ephemeral-stack";
import { PROJECT_ROOT } from "../automation/stack/workspace";
import { benchmark, say, timed, type BenchOptions, type Finding } from "./support/bench";
import { figure, median, spreadOf, spreadText } from "./support/statistics";

interface ClosureOptions extends BenchOptions {
  runs?: number;
}

const startSchema = z.object({
  /** Milliseconds to load the module, the SDK's clients included where the factory makes them. */
  load: z.number(),
  /** Of the first call. */
  first: z.number(),
  second: z.number(),
  outcome: z.string(),
  rss: z.number(),
});

/** One function. */
interface Closure {
  name: string;
  zipBytes: number;
  textBytes: number;
  memoryMb: number;
  starts: (z.infer<typeof startSchema> & { /** Milliseconds of the whole process. */ process: number })[];
}

const RUNS = 5;
/** CONTRIBUTING and the components: archives stay under it. */
const LIMIT_BYTES = 200 * 1024;
const exec = promisify(execFile);

async function closureOf(
  { stack }: StackSession,
  { FunctionName = "", Handler = "", MemorySize = 0, Environment }: FunctionConfiguration,
  folder: string,
  runs: number,
): Promise<Closure> {
  const { Code } = await stack.clients.lambda.send(new GetFunctionCommand({ FunctionName }));
  const answer = await fetch(Code?.Location ?? "");
  if (!answer.ok) throw new Error(`The code of ${FunctionName} cannot be read: ${String(answer.status)}`);
  const zip = new Uint8Array(await answer.arrayBuffer());
  const [module = "", name = ""] = Handler.split(".");
  const text = unzipSync(zip)[`${module}.js`];
  if (text === undefined) throw new Error(`The archive of ${FunctionName} has no ${module}.js.`);
  const file = path.join(folder, `${FunctionName}.js`);
  await writeFile(file, text);
  const env = {
    ...stack.target.env,
    ...Environment?.Variables,
    PATH: process.env["PATH"] ?? "",
    // Lambda supplies the SDK.
    NODE_PATH: path.join(PROJECT_ROOT, "node_modules"),
  };
  const starter = path.join(__dirname, "support", "closures", "cold-start.cjs");
  const starts: Closure["starts"] = [];
  for (let run = 0; run < runs; run += 1) {
    const { seconds, result } = await timed(() => exec(process.execPath, [starter, file, name], { env }));
    const line = result.stdout.trim().split("\n").at(-1) ?? "";
    starts.push({ ...startSchema.parse(JSON.parse(line)), process: seconds * 1000 });
  }
  return { name: FunctionName, zipBytes: zip.length, textBytes: text.length, memoryMb: MemorySize, starts };
}

async function measure({ quick, runs = quick ? 1 : RUNS }: ClosureOptions): Promise<Finding> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "clickstream-closures-"));
  try {
    // With the warehouse: more functions.
    const config = { warehouseMode: "provisioned" };
    const closures = await withEphemeralStack({ config }, async (session) => {
      const found: Closure[] = [];
      for await (const { Functions = [] } of paginateListFunctions({ client: session.stack.clients.lambda }, {})) {
        for (const one of Functions) {
          const closure = await closureOf(session, one, folder, runs);
          // The suffix that the engine adds to names says nothing.
          const name = closure.name.replace(`${session.outputs.pipelineName}-`, "").replace(/-[0-9a-f]{7}$/, "");
          found.push({ ...closure, name });
          say(`${name}: ${figure(median(closure.starts.map(({ load }) => load)))} ms to load`);
        }
      }
      return found.sort((one, other) => one.name.localeCompare(other.name));
    });
    return finding(closures);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function finding(closures: readonly Closure[]): Finding {
  const largest = Math.max(...closures.map(({ zipBytes }) => zipBytes));
  const cold = (closure: Closure) => spreadOf(closure.starts.map(({ load, first }) => load + first));
  return {
    curves: {
      id: "closures",
      title: "Cold start over the size of the archive",
      what: "Milliseconds to load a function's module and answer the first call, over the size of its archive; a point is a function.",
      x: "KB of archive",
      y: "ms",
      points: closures.map((closure) => ({ series: "function", x: closure.zipBytes / 1000, y: cold(closure).median })),
    },
    method: [
      "The archives as Lambda got them, from a stack on the local target with a provisioned warehouse. Each start is a fresh " +
        "process of this machine's Node: load (module, factory, SDK clients), the first call, the second, with an event that " +
        "holds no record; a function that refuses it has run too, and its outcome says so.",
      "Lambda's own part (fetching the archive, starting the runtime, less processor at small memory) is not in it.",
    ],
    tables: [
      {
        caption: "Median (fastest–slowest), milliseconds",
        head: [
          "function",
          "archive, KB",
          "text, KB",
          "memory, MB",
          "load",
          "first call",
          "second call",
          "outcome",
          "process",
        ],
        rows: closures.map(({ name, zipBytes, textBytes, memoryMb, starts }) => [
          name,
          figure(zipBytes / 1000),
          figure(textBytes / 1000),
          String(memoryMb),
          ...(["load", "first", "second"] as const).map((key) =>
            spreadText(spreadOf(starts.map((start) => start[key]))),
          ),
          starts[0]?.outcome ?? "",
          spreadText(spreadOf(starts.map((start) => start.process))),
        ]),
      },
    ],
    goals: [
      {
        goal: `every archive under ${String(LIMIT_BYTES / 1024)} KiB`,
        measured: `${String(closures.length)} functions, the largest ${figure(largest / 1000)} KB`,
        met: largest < LIMIT_BYTES,
      },
    ],
    notes: [
      `All archives together: ${figure(closures.reduce((sum, { zipBytes }) => sum + zipBytes, 0) / 1000)} KB; runs each: ` +
        `${String(closures[0]?.starts.length ?? 0)}; resident memory after two calls: median ` +
        `${figure(median(closures.flatMap(({ starts }) => starts.map(({ rss }) => rss / 1e6))))} MB.`,
    ],
    data: { closures },
  };
}

benchmark<ClosureOptions>({
  name: "closures",
  title: "Lambda functions: archives and cold starts",
  options: (command) => command.option("--runs <n>", "starts of each function", wholeNumber(1, 50)),
  measure,
});
