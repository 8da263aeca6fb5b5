import { access, constants } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { UserError, messageOf } from "../errors";
import { defaultGenerateOptions } from "../generate/options";
import type { InputFormat } from "../ingest/import-file";
import { openTextFile } from "../ingest/source";
import type { TargetName } from "../stack/target-name";
import { formatOption, numberBetween, targetOption, wholeNumber } from "./options";

interface DemoFlags {
  input?: string;
  format: InputFormat;
  events: number;
  seed: number;
  threshold: number;
  target: TargetName;
  keep?: boolean;
  json?: string;
  report?: string;
}

/** `demo`: the whole way of the data, from an empty account to an alert and an answer, and back to an empty account. */
export function addDemoCommand(program: Command): void {
  const defaults = defaultGenerateOptions();
  program
    .command("demo")
    .description("deploy, land events, run both jobs, ask Athena, show everything, destroy")
    .option("--input <file>", "land this file instead of generated events")
    .addOption(formatOption())
    .option("--events <n>", "how many events to generate", wholeNumber(1, 100_000_000), defaults.events)
    .option("--seed <n>", "seed of the generator", wholeNumber(0, 2 ** 31), defaults.seed)
    .option("--threshold <usd>", "purchases of this much raise an alert", numberBetween(0.01, 1_000_000), 1000)
    .addOption(targetOption())
    .option("--keep", "leave the stack running")
    .option("--json <file>", "write the figures to this file too")
    .option("--report <file>", "write a page with plots, as the command report does")
    .action(async (flags: DemoFlags) => {
      await checkBeforehand(flags);
      const { runDemo } = await import("../demo/run-demo.js");
      await runDemo({
        input:
          flags.input === undefined
            ? { kind: "generated", options: { ...defaults, events: flags.events, seed: flags.seed } }
            : { kind: "file", file: flags.input, format: flags.format },
        target: flags.target,
        keep: flags.keep ?? false,
        json: flags.json,
        report: flags.report,
        alertThresholdUsd: flags.threshold,
      });
    });
}

// A bad path should not cost a deployment first.
async function checkBeforehand(flags: DemoFlags): Promise<void> {
  if (flags.input !== undefined) (await openTextFile(flags.input)).destroy();
  for (const [option, file] of Object.entries({ "--json": flags.json, "--report": flags.report })) {
    if (file === undefined) continue;
    await access(path.dirname(path.resolve(file)), constants.W_OK).catch((error: unknown) => {
      throw new UserError(`${file} cannot be written: ${messageOf(error)}`, `Give ${option} a writable folder.`);
    });
  }
}
