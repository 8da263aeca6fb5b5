import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import type { TargetName } from "../stack/target-name";
import { withOutputs } from "./data";
import { stackOption, targetOption, wholeNumber } from "./options";

interface SavingsFlags {
  stack: string;
  target: TargetName;
  days: number;
  json?: string;
}

/** `explain-savings`: the most common question in four forms, with the time and bytes of each. */
export function addSavingsCommand(program: Command): void {
  program
    .command("explain-savings")
    .description("ask the most common question of raw JSON, partitions, star schema and summary, and compare")
    .addOption(stackOption())
    .addOption(targetOption())
    .option("--days <n>", "how many days are asked about, ending with the newest of gold", wholeNumber(1, 90), 7)
    .option("--json <file>", "write the same figures as JSON")
    .action(async ({ days, json, ...at }: SavingsFlags) => {
      const { explainSavings } = await import("../savings/explain.js");
      const { savingsTable } = await import("../savings/table.js");
      await withOutputs(at, async ({ clients, outputs }, signal) => {
        const progress = (line: string): void => void process.stderr.write(`${line}\n`);
        const savings = await explainSavings(clients, outputs, days, signal, progress);
        const { window, asked, faster, saved } = savings;
        process.stdout.write(
          `Purchases and revenue by day, category and device, ${window.from} to ${window.to}; ` +
            `${String(asked[0]?.rows.length)} rows, the same in every form.\n${savingsTable(savings)}\n`,
        );
        for (const { form } of asked) process.stdout.write(`  ${form.name}: ${form.how}\n`);
        if (json !== undefined) {
          const figures = asked.map(({ form, seconds, bytesScanned }, at) => ({
            name: form.name,
            engine: form.engine,
            seconds,
            bytesScanned,
            faster: faster[at],
            savedPercent: saved[at],
          }));
          await writeFile(json, `${JSON.stringify({ window, rows: asked[0]?.rows.length, figures }, undefined, 2)}\n`);
        }
      });
    });
}
