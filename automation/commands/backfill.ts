import { userInfo } from "node:os";
import { Option, type Command } from "commander";
import ora from "ora";
import { UserError } from "../errors";
import type { Journal } from "../stack/backfill-journal";
import { LAYERS, type Layer } from "../stack/backfill-volume";
import type { AwsClients } from "../stack/clients";
import type { StackOutputs } from "../stack/outputs";
import type { TargetName } from "../stack/target-name";
import { describePlan, describeStanding, describeStep, rangeText } from "./backfill-text";
import { confirm, lockOwner } from "./confirm";
import { withOutputs } from "./data";
import { instant, stackOption, targetOption, wholeNumber } from "./options";
import { calendarDate } from "./restore";

interface BackfillFlags {
  stack: string;
  target: TargetName;
  from?: string;
  to?: string;
  layer: Layer;
  chunkDays?: number;
  asOf?: Date;
  publishLowQuality?: boolean;
  estimate?: boolean;
  yes?: boolean;
  resume?: string;
  fresh?: boolean;
}

/** `backfill`: fill dates of a layer, and the layers after it, once more. */
export function addBackfillCommand(program: Command): void {
  program
    .command("backfill")
    .description("fill dates of a layer and of the layers after it once more: estimate, chunks, resumable")
    .addOption(stackOption())
    .addOption(targetOption())
    .option(
      "--from <date>",
      "first date, YYYY-MM-DD: of landing for silver, of events for gold and warehouse",
      calendarDate,
    )
    .option("--to <date>", "last date, YYYY-MM-DD", calendarDate)
    .addOption(new Option("--layer <layer>", "where to begin").choices([...LAYERS]).default("silver"))
    .option("--chunk-days <n>", "dates of one run (default: 7)", wholeNumber(1, 366))
    .option(
      "--as-of <instant>",
      "clock of the silver runs and of the hot window, for old events; now by default",
      instant,
    )
    .option("--publish-low-quality", "publish even where the quality score is under the gate")
    .option("--estimate", "only say what it would do, take and cost")
    .option("--resume <id>", "go on with a backfill that ended early")
    .option("--fresh", "begin anew even where an unfinished backfill of the same dates is there")
    .option("--yes", "do not ask; an unfinished backfill of the same dates is gone on with")
    .action(async (flags: BackfillFlags) => {
      checkFlags(flags);
      await withOutputs(flags, async ({ clients, outputs }, signal) => {
        const { jobsOf } = await import("../stack/backfill.js");
        const { requireIdle } = await import("../stack/job-runs.js");
        const found = await choose(flags, clients, outputs, signal);
        if (found === undefined) return;
        await requireIdle(clients.glue, jobsOf(found.layer, outputs));
        await work(flags, clients, outputs, found, signal);
      });
    });
}

function checkFlags({ from, to, resume, fresh, chunkDays, estimate }: BackfillFlags): void {
  if (resume !== undefined) {
    if (from === undefined && to === undefined && chunkDays === undefined && fresh !== true && estimate !== true)
      return;
    throw new UserError(
      "--resume goes on with what its journal says, so other dates, --chunk-days, --fresh or --estimate do not fit it.",
      "Give --resume alone, or the dates without it.",
    );
  }
  if (from === undefined || to === undefined) {
    throw new UserError(
      `${from === undefined ? "--from" : "--to"} is missing.`,
      "Give both ends as YYYY-MM-DD (the same date twice for one day), or --resume ID.",
    );
  }
}

/** The journal to work off; undefined where there is nothing to do or the person says no. */
async function choose(
  flags: BackfillFlags,
  clients: AwsClients,
  outputs: StackOutputs,
  signal: AbortSignal,
): Promise<Journal | undefined> {
  const { JournalStore } = await import("../stack/backfill-journal.js");
  const store = new JournalStore(clients.s3, outputs.statePath);
  if (flags.resume !== undefined) return resumed(await store.read(flags.resume));
  const { DEFAULT_CHUNK_DAYS, newJournal, planBackfill } = await import("../stack/backfill.js");
  const { requireRange } = await import("../stack/date-range.js");
  const { requireWarehouse } = await import("../stack/warehouse.js");
  const { assumed } = await import("../costs/assumptions.js");
  const { loadPrices } = await import("../costs/prices.js");
  const { from = "", to = "", layer, asOf, publishLowQuality } = flags;
  const range = { from, to };
  requireRange(range);
  if (layer === "warehouse") requireWarehouse(outputs);
  if (flags.fresh !== true && flags.estimate !== true) {
    const [unfinished] = await store.open(layer, range);
    if (unfinished !== undefined && (await offered(unfinished, flags, signal))) return unfinished;
  }
  const prices = loadPrices();
  const request = {
    ...range,
    layer,
    chunkDays: flags.chunkDays ?? DEFAULT_CHUNK_DAYS,
    by: userInfo().username,
    now: new Date(),
    publishLowQuality: publishLowQuality ?? false,
    ...(asOf === undefined ? {} : { asOf }),
  };
  const plan = await planBackfill(clients, outputs, request, assumed(), prices);
  print(describePlan(layer, range, plan, prices));
  if (flags.estimate === true || plan.volume.objects === 0) return undefined;
  if (flags.yes !== true && !(await confirm("Begin?", signal))) {
    print("Nothing was done.");
    return undefined;
  }
  return newJournal(request, plan);
}

function resumed(journal: Journal): Journal {
  if (journal.state === "open") return journal;
  throw new UserError(
    `The backfill ${journal.id} is ${journal.state} already.`,
    `To fill the dates again, begin a new one: npm run cli -- backfill --layer ${journal.layer} ` +
      `--from ${journal.from} --to ${journal.to}`,
  );
}

async function offered(journal: Journal, flags: BackfillFlags, signal: AbortSignal): Promise<boolean> {
  print("An unfinished backfill of the same layer and dates is there.");
  print(describeStanding(journal, flags));
  return flags.yes === true || (await confirm("Go on with it (no: plan a new one)?", signal));
}

async function work(
  at: { stack: string; target: TargetName },
  clients: AwsClients,
  outputs: StackOutputs,
  journal: Journal,
  signal: AbortSignal,
): Promise<void> {
  const { runBackfill } = await import("../stack/backfill.js");
  const spinner = ora({ text: `Backfill ${journal.id}`, discardStdin: false }).start();
  let title = journal.id;
  try {
    const done = await runBackfill(clients, outputs, journal, lockOwner(), signal, {
      chunk: (chunk, number, of) => {
        title = `${String(number)}/${String(of)} ${rangeText(chunk)}`;
        spinner.text = title;
      },
      step: (_chunk, step, figures) => {
        spinner.succeed(`${title} ${step}: ${describeStep(step, figures)}`);
        spinner.start(title);
      },
      progress: (line) => {
        // Without a terminal each change of text would be a line of its own.
        if (process.stderr.isTTY) spinner.text = `${title}  ${line.slice(0, 90)}`;
      },
    });
    spinner.succeed(`Backfill ${journal.id} is done`);
    print(describeStanding(done, at));
  } catch (error) {
    spinner.fail(title);
    await tellStanding(clients, outputs, journal, at);
    throw error;
  }
}

/** Says where a backfill stands after it ended early; a failure to read that must not hide why it ended. */
async function tellStanding(
  clients: AwsClients,
  outputs: StackOutputs,
  { id }: Journal,
  at: { stack: string; target: string },
): Promise<void> {
  const { JournalStore } = await import("../stack/backfill-journal.js");
  const found = await new JournalStore(clients.s3, outputs.statePath).find(id).catch(() => undefined);
  if (found !== undefined) process.stderr.write(`${describeStanding(found, at)}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
