import { open } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { messageOf, UserError } from "../errors";
import type { TargetName } from "../stack/target-name";
import { withOutputs } from "./data";
import { stackOption, targetOption } from "./options";

interface ExportFlags {
  stack: string;
  target: TargetName;
  user: string;
  email?: string[];
  out?: string;
}

/** Only its owner may read or write the file. */
const PRIVATE = 0o600;

/** `export`: everything the stack holds of a person, for that person (Articles 15 and 20 GDPR). */
export function addExportCommand(program: Command): void {
  program
    .command("export")
    .description("write everything that the stack holds of a person as JSON, for that person")
    .requiredOption("--user <id>", "user id as events carry it")
    .option("--email <address>", "an e-mail address of the person; may be given several times", collect)
    .option("--out <file>", "file to write, readable by you only (default: standard output)")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(async ({ user, email, out, ...at }: ExportFlags) => {
      const { subjectOf } = await import("../privacy/subject.js");
      const { exportPerson } = await import("../privacy/export.js");
      const subject = subjectOf(user, email);
      await withOutputs(at, async ({ clients, outputs }, signal) => {
        const data = await exportPerson(clients, outputs, subject, signal);
        const text = `${JSON.stringify(data, undefined, 2)}\n`;
        if (out === undefined) {
          process.stdout.write(text);
          return;
        }
        await writePrivate(out, text);
        const { events, profile, quarantine } = data;
        process.stdout.write(
          `${out}: ${String(events.length)} events, ${String(profile.length)} profile, ` +
            `${String(quarantine.length)} lines of quarantine\n`,
        );
      });
    });
}

/** Writes a new file that nobody else can read, also not while it is written. @throws UserError where there is one */
async function writePrivate(file: string, text: string): Promise<void> {
  try {
    const handle = await open(path.resolve(file), "wx", PRIVATE);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new UserError(
      `${file} cannot be written: ${messageOf(cause)}`,
      "Give the path of a file that is not there yet: one that is could be open to others.",
      { cause },
    );
  }
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
