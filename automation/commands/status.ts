import type { Command } from "commander";
import type { TargetName } from "../stack/target-name";
import { withOutputs } from "./data";
import { stackOption, targetOption } from "./options";

interface StatusFlags {
  stack: string;
  target: TargetName;
  json?: boolean;
  exitCode?: boolean;
}

/** `status`: what the dashboard shows, for a terminal. */
export function addStatusCommand(program: Command): void {
  program
    .command("status")
    .description("how the stack is: five metrics, flow, jobs, alarms, dead letters, drift, quarantine, cost")
    .addOption(stackOption())
    .addOption(targetOption())
    .option("--json", "print it as JSON")
    .option("--exit-code", "end with 1 while a critical alarm is on")
    .action(async ({ json, exitCode, ...at }: StatusFlags) => {
      const { readStatus } = await import("../stack/status.js");
      const { statusText } = await import("../stack/status-text.js");
      await withOutputs(at, async ({ clients, outputs }) => {
        const status = await readStatus(clients, outputs, new Date());
        const text =
          json === true ? JSON.stringify(status, undefined, 2) : statusText(status, process.stdout.isTTY === true);
        process.stdout.write(`${text}\n`);
        const critical = status.alarms.some(({ severity }) => severity === "critical");
        if (exitCode === true && critical) process.exitCode = 1;
      });
    });
}
