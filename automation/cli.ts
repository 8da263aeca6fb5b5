import { UserError } from "./errors";
import { InterruptedError } from "./stack/interruption";
import { commandLine } from "./program";

// Errors of other modules that say value, rule and next action themselves; told by name, so that printing an error does
// not load the modules.
const FOR_PEOPLE: ReadonlySet<string> = new Set(["ConfigError", "LocalCloudError", "CommandError"]);

function isForPeople(error: unknown): error is Error {
  return error instanceof UserError || (error instanceof Error && FOR_PEOPLE.has(error.name));
}

commandLine()
  .parseAsync()
  .catch((error: unknown) => {
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
