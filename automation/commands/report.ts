import type { Command } from "commander";
import type { TargetName } from "../stack/target-name";
import { withOutputs } from "./data";
import { stackOption, targetOption, wholeNumber } from "./options";

interface ReportFlags {
  stack: string;
  target: TargetName;
  out: string;
  days: number;
}

/** CloudWatch keeps alarms' history for 30 days, and the table keeps runs as long. */
const MOST_DAYS = 30;

/** `report`: one page with plots that needs nothing beside itself. */
export function addReportCommand(program: Command): void {
  program
    .command("report")
    .description("write one HTML page with plots: five metrics, flow, jobs, quality, sales, cost, alarms")
    .addOption(stackOption())
    .addOption(targetOption())
    .requiredOption("--out <file>", "the page")
    .option("--days <n>", "how far back", wholeNumber(1, MOST_DAYS), 14)
    .action(async ({ out, days, ...at }: ReportFlags) => {
      const { checkReportFile, writeReport } = await import("../report/write-report.js");
      await checkReportFile(out);
      await withOutputs(at, async ({ stack, clients, outputs }, signal) => {
        const bytes = await writeReport({ stack, clients, outputs, now: new Date(), days, file: out, signal });
        process.stdout.write(`${out}: ${(bytes / 1000).toFixed(0)} KB, the last ${String(days)} days of ${at.stack}\n`);
      });
    });
}
