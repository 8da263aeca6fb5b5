import type { Command } from "commander";
import type { TargetName } from "../stack/target-name";
import { withOutputs } from "./data";
import { stackOption, targetOption } from "./options";
import { calendarDate } from "./restore";

interface LoadFlags {
  stack: string;
  target: TargetName;
  from?: string;
  to?: string;
  asOf?: string;
  again?: boolean;
}

/** `load`: bring the warehouse to what gold has now, or load dates of it once more. */
export function addLoadCommand(program: Command): void {
  program
    .command("load")
    .description(
      "bring the warehouse to what gold has in the hot window; it happens by itself after each run of the job",
    )
    .addOption(stackOption())
    .addOption(targetOption())
    .option("--from <date>", "first date to look at, YYYY-MM-DD", calendarDate)
    .option("--to <date>", "last date to look at, YYYY-MM-DD", calendarDate)
    .option("--again", "load the dates even if nothing changed")
    .option("--as-of <instant>", "the instant at which the hot window ends, ISO 8601; now by default")
    .action(async ({ from, to, asOf, again, ...at }: LoadFlags) => {
      const { loadNow } = await import("../stack/warehouse.js");
      await withOutputs(at, async ({ clients, outputs }) => {
        const given = { from, to, asOf, again };
        const request = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        const report = await loadNow(clients, outputs, request);
        const loaded = report.loaded.length === 0 ? "nothing had changed" : `loaded ${report.loaded.sort().join(", ")}`;
        const removed = report.removed.length === 0 ? "" : `; removed ${report.removed.join(", ")}`;
        process.stdout.write(
          `${loaded}${removed}${report.users ? "; users loaded" : ""}; hot from ${report.hotFrom}; ` +
            `${report.seconds.toFixed(1)} s\n`,
        );
      });
    });
}
