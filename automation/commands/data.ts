import path from "node:path";
import { Option, type Command } from "commander";
import { LATE_EVENT_RULES, type LateEventRule } from "../../components/defaults";
import { UserError } from "../errors";
import { EventGenerator } from "../generate/generator";
import { defaultGenerateOptions, generateOptionsSchema, type GenerateOptions } from "../generate/options";
import { importFile, type InputFormat } from "../ingest/import-file";
import { Lander, toBucket, toFolder } from "../ingest/lander";
import type { TargetName } from "../stack/target-name";
import { formatOption, instant, numberBetween, stackOption, targetOption, wholeNumber } from "./options";

interface GenerateFlags extends GenerateOptions {
  out: string;
  threshold: number;
}

interface IngestFlags {
  stack: string;
  target: TargetName;
  input: string;
  format: InputFormat;
  threshold: number;
}

interface EtlFlags {
  stack: string;
  target: TargetName;
  asOf?: Date;
  publishLowQuality?: boolean;
  lateEvents?: LateEventRule;
}

/** `generate`, `ingest`, `run-etl`: the way of the data, step by step. */
export function addDataCommands(program: Command): void {
  addGenerate(program);
  program
    .command("ingest")
    .description("land a file in the stack's raw bucket")
    .addOption(stackOption())
    .addOption(targetOption())
    .requiredOption("--input <file>", "the file")
    .addOption(formatOption())
    .option("--threshold <usd>", "count purchases of this much", numberBetween(0.01, 1_000_000), 1000)
    .action(async ({ input, format, threshold, ...at }: IngestFlags) => {
      await withOutputs(at, async ({ clients, outputs }) => {
        const put = toBucket(clients.s3, { bucket: outputs.rawBucket, prefix: outputs.eventsPrefix });
        const { read, newestEvent, landed, ledger } = await importFile(put, input, format, threshold);
        print({ read, newestEvent, objects: landed.objects, textBytes: landed.textBytes, dearOrders: ledger.alerts });
      });
    });
  program
    .command("run-etl")
    .description("run both Glue jobs, one after the other, and print their reports")
    .addOption(stackOption())
    .addOption(targetOption())
    .option("--as-of <instant>", "clock of the run, for old events", instant)
    .option("--publish-low-quality", "publish even where the quality score is under the gate")
    .addOption(
      new Option("--late-events <rule>", "merge events of dates that are over: now, or with the next day's first run")
        .choices(LATE_EVENT_RULES)
        .default(undefined, "as the stack is configured"),
    )
    .action(async ({ stack, target, asOf, publishLowQuality, lateEvents }: EtlFlags) => {
      const { runGold, runSilver } = await import("../stack/etl.js");
      await withOutputs({ stack, target }, async ({ clients, outputs }, signal) => {
        const options = {
          signal,
          ...(asOf ? { asOf } : {}),
          ...(lateEvents ? { lateEvents } : {}),
          publishLowQuality: publishLowQuality ?? false,
        };
        print({ silver: await runSilver(clients, outputs, options) });
        print({ gold: await runGold(clients, outputs, options) });
      });
    });
}

function addGenerate(program: Command): void {
  const defaults = defaultGenerateOptions();
  const percent = numberBetween(0, 50);
  program
    .command("generate")
    .description("write seeded events as gzip JSON lines, in the landing layout, and print what must come of them")
    .requiredOption("--out <folder>", "folder to write to")
    .option("--events <n>", "clean events to make", wholeNumber(1, 100_000_000), defaults.events)
    .option("--seed <n>", "seed", wholeNumber(0, 2 ** 31), defaults.seed)
    .option("--end <instant>", "instant just after the newest event", instant, defaults.end)
    .option("--days <n>", "days of history", numberBetween(1 / 24, 400), defaults.days)
    .option("--retried-percent <p>", "lines sent twice in a row", percent, defaults.retriedPercent)
    .option("--replayed-percent <p>", "lines that come again hours later", percent, defaults.replayedPercent)
    .option("--late-percent <p>", "events landing up to three days late", percent, defaults.latePercent)
    .option("--corrupt-percent <p>", "lines that break one rule each", percent, defaults.corruptPercent)
    .option("--drift-percent <p>", "events with fields the schema does not know", percent, defaults.driftPercent)
    .option("--bot-percent <p>", "sessions of crawlers", percent, defaults.botPercent)
    .option("--threshold <usd>", "count orders of this much as alerts", numberBetween(0.01, 1_000_000), 1000)
    .action(async ({ out, threshold, ...knobs }: GenerateFlags) => {
      const generator = new EventGenerator(generateOptionsSchema.parse(knobs), threshold);
      const landed = await new Lander(toFolder(path.resolve(out))).land(generator.lines());
      print({ ...generator.expected, ...landed });
    });
}

type NamedStack = Awaited<ReturnType<(typeof import("../named-stack.js"))["openNamedStack"]>>;
type WithOutputs = Pick<NamedStack, "clients"> & {
  stack: NamedStack;
  outputs: Awaited<ReturnType<NamedStack["outputs"]>>;
};
type At = { stack: string; target: TargetName };
type Work = (stack: WithOutputs, signal: AbortSignal) => Promise<void>;

/**
 * Opens a stack that is up, and lets go of it afterwards.
 * @throws UserError for a stack that is not up, and for one that reads another's lake
 */
export async function withOutputs(at: At, work: Work): Promise<void> {
  const { requireOwnLake } = await import("../stack/outputs.js");
  await withAnyOutputs(at, async (opened, signal) => {
    requireOwnLake(at.stack, opened.outputs);
    await work(opened, signal);
  });
}

/** The same also for a stack that reads another's lake, which has the outputs of `ServingOutputs` only. */
export async function withAnyOutputs(at: At, work: Work): Promise<void> {
  const { openNamedStack } = await import("../named-stack.js");
  const { interruptible } = await import("../stack/interruption.js");
  await interruptible(async (signal) => {
    const stack = await openNamedStack({ ...at, start: false });
    try {
      const outputs = await stack.outputs();
      if (outputs.pipelineName === undefined) {
        throw new UserError(
          `The stack "${at.stack}" is not deployed on the ${at.target} target.`,
          `Deploy it first: npm run cli -- up --target ${at.target} --stack ${at.stack}`,
        );
      }
      await work({ stack, clients: stack.clients, outputs }, signal);
    } finally {
      await stack.release();
    }
  });
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
