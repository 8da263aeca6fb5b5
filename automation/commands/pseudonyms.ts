import { userInfo } from "node:os";
import type { Command } from "commander";
import ora from "ora";
import type { TargetName } from "../stack/target-name";
import { describePlan, describeStep } from "./backfill-text";
import { confirm, lockOwner } from "./confirm";
import { withOutputs } from "./data";
import { instant, stackOption, targetOption } from "./options";

interface RekeyFlags {
  stack: string;
  target: TargetName;
  asOf?: Date;
  estimate?: boolean;
  yes?: boolean;
}

/** `pseudonyms rekey`: a new key for the keyed hashes of persons, and new pseudonyms everywhere. */
export function addPseudonymsCommand(program: Command): void {
  program
    .command("pseudonyms")
    .description("the keyed hashes that stand for persons")
    .command("rekey")
    .description(
      "draw a new key, write all pseudonyms anew from the raw events, and prove that persons stay who they are",
    )
    .addOption(stackOption())
    .addOption(targetOption())
    .option("--as-of <instant>", "clock of the silver run, for old events; now by default", instant)
    .option("--estimate", "only say what it would do, take and cost")
    .option("--yes", "do not ask")
    .action(async (flags: RekeyFlags) => {
      await withOutputs(flags, async ({ clients, outputs }, signal) => {
        const { planRekey, rekey } = await import("../pseudonyms/rekey.js");
        const { assumed } = await import("../costs/assumptions.js");
        const { loadPrices } = await import("../costs/prices.js");
        const prices = loadPrices();
        const { asOf } = flags;
        const spinner = ora({ text: "Looking at raw events and pseudonyms", discardStdin: false });
        const options = {
          by: userInfo().username,
          owner: lockOwner(),
          now: new Date(),
          ...(asOf === undefined ? {} : { asOf }),
          signal,
          tell: {
            chunk: () => undefined,
            step: (
              _: unknown,
              step: Parameters<typeof describeStep>[0],
              figures: Parameters<typeof describeStep>[1],
            ) => {
              spinner.succeed(`${step}: ${describeStep(step, figures)}`);
              spinner.start("Pseudonyms");
            },
            progress: (line: string) => {
              if (process.stderr.isTTY) spinner.text = line.slice(0, 90);
            },
          },
          assumed: assumed(),
          prices,
        };
        const plan = await planRekey({ clients, outputs }, options);
        print(describePlan("silver", plan.range, plan.backfill, prices));
        if (flags.estimate === true) return;
        print(
          "Every pseudonym of an e-mail address and a name changes. Tables outside of the lake that hold old ones lose them.",
        );
        if (flags.yes !== true && !(await confirm("Begin?", signal))) {
          print("Nothing was done.");
          return;
        }
        spinner.start("Pseudonyms");
        try {
          const { before, after, figures, seconds } = await rekey({ clients, outputs }, plan, options);
          spinner.succeed(`${String(before)} pseudonyms became ${String(after)} new ones in ${seconds.toFixed(1)} s`);
          print(
            `${String(figures)} figures of rows, persons and joins are as they were; no pseudonym of the old key is left.`,
          );
        } catch (error) {
          spinner.fail("Pseudonyms");
          throw error;
        }
      });
    });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
