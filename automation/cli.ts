import { Command } from "commander";
import { addDataCommands } from "./commands/data";
import { addDemoCommand } from "./commands/demo";
import { addLoadCommand } from "./commands/load";
import { addQueryCommand } from "./commands/query";
import { addRestoreCommand } from "./commands/restore";
import { addSavingsCommand } from "./commands/savings";
import { addStackCommands } from "./commands/stack";
import { UserError } from "./errors";
import { InterruptedError } from "./stack/interruption";

const program = new Command("clickstream")
  .description("Deploys, feeds, runs and asks a stack of the clickstream pipeline.")
  .showHelpAfterError("(--help lists the options)");

addDemoCommand(program);
addStackCommands(program);
addDataCommands(program);
addQueryCommand(program);
addLoadCommand(program);
addRestoreCommand(program);
addSavingsCommand(program);

// Errors of other modules that say value, rule and next action themselves; told by name, so that printing an error does
// not load the modules.
const FOR_PEOPLE: ReadonlySet<string> = new Set(["ConfigError", "LocalCloudError", "CommandError"]);

function isForPeople(error: unknown): error is Error {
  return error instanceof UserError || (error instanceof Error && FOR_PEOPLE.has(error.name));
}

program.parseAsync().catch((error: unknown) => {
  process.exitCode = 1;
  if (error instanceof InterruptedError) {
    process.stderr.write(`\n${error.message} What was started has been stopped.\n`);
    process.exitCode = 130;
  } else if (isForPeople(error)) {
    process.stderr.write(`\nerror: ${error.message}\n`);
  } else {
    // Not an input's fault: a bug of this program or a fault of a service. The trace is what a maintainer needs.
    process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
});
