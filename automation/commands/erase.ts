import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import ora from "ora";
import { messageOf, UserError } from "../errors";
import type { Subject } from "../privacy/subject";
import type { TargetName } from "../stack/target-name";
import { confirm, lockOwner } from "./confirm";
import { withOutputs } from "./data";
import { stackOption, targetOption } from "./options";

interface At {
  stack: string;
  target: TargetName;
}

interface EraseFlags extends At {
  user?: string;
  email?: string[];
  file?: string;
  again?: boolean;
  resume?: boolean;
  yes?: boolean;
}

/** `erase`: take persons out of everything the stack holds (Article 17 GDPR), and prove it. */
export function addEraseCommand(program: Command): void {
  const erase = program
    .command("erase")
    .description("erase persons from every layer, old version, queue and query result, and certify it; resumable")
    // `erase status --stack X` is an option of status.
    .enablePositionalOptions()
    .option("--user <id>", "user id as events carry it")
    .option("--email <address>", "an e-mail address of the person; may be given several times", collect)
    .option("--file <csv>", "persons as a CSV file with the columns user_id and email")
    .option("--again", "erase also who is certified already: lines of them came since; a certificate of its own")
    .option("--resume", "go on with every erasure that has not ended")
    .option("--yes", "do not ask")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(eraseAction);
  addLooking(erase);
  erase
    .command("allow")
    .description("let an erased person in again, who has signed up anew: events from now on are kept")
    .requiredOption("--user <id>", "user id as it was erased")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(async ({ user, ...at }: At & { user: string }) => {
      const { privacyOf } = await import("../privacy/batch.js");
      const { allowAgain } = await import("../privacy/allow.js");
      const { subjectOf } = await import("../privacy/subject.js");
      const subject = subjectOf(user);
      await withOutputs(at, async ({ clients, outputs }) => {
        const { id } = await allowAgain(await privacyOf(clients, outputs), subject);
        print(`Events of this person are kept again from the next silver run on; ${id} stays certified.`);
      });
    });
}

function addLooking(erase: Command): void {
  erase
    .command("status [request]")
    .description("how far each request is, or one of them")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(async (id: string | undefined, at: At) => {
      const { privacyOf } = await import("../privacy/batch.js");
      const { describeRequests } = await import("./erase-text.js");
      await withOutputs(at, async ({ clients, outputs }) => {
        const { ledger } = await privacyOf(clients, outputs);
        const requests = (await ledger.requests()).filter((one) => id === undefined || one.id === id);
        if (id !== undefined && requests.length === 0) {
          throw new UserError(`The ledger has no request "${id}".`, "Give no id to see all of them.");
        }
        print(describeRequests(requests, await ledger.batches()));
      });
    });
  erase
    .command("certificate <id>")
    .description("the certificate of a request as JSON; by the request's id or the certificate's number")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(async (id: string, at: At) => {
      const { privacyOf } = await import("../privacy/batch.js");
      const { certificateOf } = await import("../privacy/chain.js");
      await withOutputs(at, async ({ clients, outputs }) =>
        print(JSON.stringify(await certificateOf(await privacyOf(clients, outputs), id), undefined, 2)),
      );
    });
  erase
    .command("verify-chain")
    .description("check that no certificate was changed, removed, added or moved; exits 1 where one was")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(async (at: At) => {
      const { privacyOf } = await import("../privacy/batch.js");
      const { verifyChain } = await import("../privacy/chain.js");
      const { describeChain } = await import("./erase-text.js");
      await withOutputs(at, async ({ clients, outputs }) => {
        const report = await verifyChain(await privacyOf(clients, outputs));
        print(describeChain(report));
        if (report.faults.length > 0) process.exitCode = 1;
      });
    });
}

async function eraseAction(flags: EraseFlags): Promise<void> {
  const subjects = await given(flags);
  await withOutputs(flags, async ({ clients, outputs }, signal) => {
    const { privacyOf, takeRequests } = await import("../privacy/batch.js");
    const { eraseBatches } = await import("../privacy/erase.js");
    const { describeCertificates, describeErasureStep } = await import("./erase-text.js");
    const place = await privacyOf(clients, outputs);
    const question = `Erase ${subjects.length === 0 ? "whoever has an open request" : persons(subjects.length)} for good?`;
    if (flags.yes !== true && !(await confirm(question, signal))) {
      print("Nothing was done.");
      return;
    }
    const { batches, done, opened } = await takeRequests(place, subjects, { again: flags.again === true });
    for (const { id, certificate } of done) {
      print(
        `${id} is certified already (number ${String(certificate ?? 0)}): nothing is left to erase. --again erases what came since.`,
      );
    }
    for (const { id, batch } of opened) print(`${id} is requested, in ${batch}`);
    const open = flags.resume === true ? (await place.ledger.batches()).filter(notEnded) : batches;
    if (open.length === 0) {
      if (flags.resume === true) print("Every erasure has ended.");
      return;
    }
    const spinner = ora({ text: "Erasing", discardStdin: false }).start();
    let title = "Erasing";
    try {
      const certificates = await eraseBatches(clients, outputs, open, {
        owner: lockOwner(),
        signal,
        tell: {
          step: (step, number, of) => {
            title = `${String(number)}/${String(of)} ${step.title}`;
            spinner.text = title;
          },
          done: (_step, record) => {
            spinner.succeed(`${title}: ${describeErasureStep(record)}`);
            spinner.start();
          },
          progress: (line) => {
            // Without a terminal each change of text would be a line of its own.
            if (process.stderr.isTTY) spinner.text = `${title}  ${line.slice(0, 90)}`;
          },
        },
      });
      spinner.stop();
      print(describeCertificates(certificates));
    } catch (error) {
      spinner.fail(title);
      process.stderr.write(
        `What is done is in the ledger. Go on: npm run cli -- erase --resume --stack ${flags.stack} --target ${flags.target}\n`,
      );
      throw error;
    }
  });
}

function notEnded({ state }: { state: string }): boolean {
  return state !== "certified";
}

async function given({ user, email = [], file, resume, again }: EraseFlags): Promise<Subject[]> {
  const { subjectOf, subjectsOfCsv } = await import("../privacy/subject.js");
  const ways = [user, file, resume === true ? "" : undefined].filter((one) => one !== undefined);
  const idle = (email.length > 0 && user === undefined) || (again === true && resume === true);
  if (ways.length !== 1 || idle) {
    throw new UserError(
      ways.length === 0 ? "Nobody is named." : "These options do not fit together.",
      "Give --user ID (and --email for each address), or --file persons.csv, either with --again, or --resume alone.",
    );
  }
  if (user !== undefined) return [subjectOf(user, email)];
  if (file === undefined) return [];
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UserError(`The file ${file} cannot be read: ${messageOf(cause)}`, "Give the path of a CSV file.", {
      cause,
    });
  });
  return subjectsOfCsv(text);
}

function persons(count: number): string {
  return count === 1 ? "one person" : `${String(count)} persons`;
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
