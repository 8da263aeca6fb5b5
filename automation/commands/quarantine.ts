import type { Command } from "commander";
import ora from "ora";
import { UserError } from "../errors";
import type { TargetName } from "../stack/target-name";
import { costText, usd } from "./backfill-text";
import { confirm, lockOwner } from "./confirm";
import { withOutputs } from "./data";
import { instant, stackOption, targetOption, wholeNumber } from "./options";
import { describeReplay, describeRows, describeScope, describeSummary } from "./quarantine-text";
import { calendarDate } from "./restore";

interface At {
  stack: string;
  target: TargetName;
}

interface ShowFlags extends At {
  rule: string;
  date?: string;
  limit: number;
  reveal?: boolean;
}

interface ReplayFlags extends At {
  rule: string;
  from: string;
  to?: string;
  asOf?: Date;
  yes?: boolean;
}

/** `quarantine`: which lines broke a rule, where they came from, and how they get another chance. */
export function addQuarantineCommand(program: Command): void {
  const quarantine = program.command("quarantine").description("see lines that broke a quality rule, and replay them");
  quarantine
    .command("list")
    .description("count rows by rule and landing date, with the newest line of each rule, masked")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(async (at: At) => {
      const { summariseQuarantine } = await import("../stack/quarantine.js");
      await withOutputs(at, async ({ clients, outputs }, signal) =>
        print(describeSummary(await summariseQuarantine(clients.athena, outputs, signal))),
      );
    });
  quarantine
    .command("show")
    .description("show rows of a rule: raw object, line number, reason and line; values are masked")
    .requiredOption("--rule <rule>", "id of the rule, as list prints it; * for all")
    .option("--date <date>", "landing date, YYYY-MM-DD; all by default", calendarDate)
    .option("--limit <n>", "rows to show, newest first", wholeNumber(1, 1000), 10)
    .option("--reveal", "show the lines as they are, with personal data")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(show);
  quarantine
    .command("replay")
    .description("judge rows of a rule again by today's rules and mappings; says first what it does and costs")
    .requiredOption("--rule <rule>", "id of the rule, as list prints it; * for all")
    .requiredOption("--from <date>", "first landing date, YYYY-MM-DD", calendarDate)
    .option("--to <date>", "last landing date; the newest with rows by default", calendarDate)
    .option("--as-of <instant>", "clock of the run, for old events; now by default", instant)
    .option("--yes", "do not ask")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(replay);
}

async function show({ rule, date, limit, reveal, ...at }: ShowFlags): Promise<void> {
  const { quarantinedRows } = await import("../stack/quarantine.js");
  const { placesOf } = await import("../stack/quarantine-place.js");
  await withOutputs(at, async ({ clients, outputs }, signal) => {
    const wanted = { rule, limit, ...(date === undefined ? {} : { date }) };
    const rows = await quarantinedRows(clients.athena, outputs, wanted, signal);
    if (rows.length === 0) {
      const when = date === undefined ? "" : ` landed on ${date}`;
      throw new UserError(
        `No row in quarantine broke the rule "${rule}"${when}.`,
        "See what there is: npm run cli -- quarantine list",
      );
    }
    const places = await placesOf(clients.s3, outputs.rawBucket, rows);
    print(describeRows(rows, places, reveal === true));
  });
}

async function replay({ rule, from, to, asOf, yes, ...at }: ReplayFlags): Promise<void> {
  const { requireIdle } = await import("../stack/job-runs.js");
  const { replayScope } = await import("../stack/quarantine.js");
  const { replayCost, replayQuarantine } = await import("../stack/replay.js");
  const { assumed } = await import("../costs/assumptions.js");
  const { loadPrices } = await import("../costs/prices.js");
  const { requireRange } = await import("../stack/date-range.js");
  if (to !== undefined) requireRange({ from, to });
  await withOutputs(at, async ({ clients, outputs }, signal) => {
    const asked = { rule, from, ...(to === undefined ? {} : { to }) };
    const scope = await replayScope(clients.athena, outputs, asked, signal);
    print(describeScope(scope));
    if (scope.rows === 0) return;
    const prices = loadPrices();
    const costs = await replayCost(clients, outputs, scope, assumed(), prices);
    for (const cost of costs) print(`  ${costText(cost, prices)}`);
    print(`Together about ${usd(costs.reduce((sum, cost) => sum + cost.usd, 0))}, most of it for starting the runs.`);
    await requireIdle(clients.glue, [outputs.silverJob, outputs.goldJob]);
    if (yes !== true && !(await confirm("Replay them?", signal))) {
      print("Nothing was done.");
      return;
    }
    const spinner = ora({ text: "Replaying", discardStdin: false }).start();
    try {
      const result = await replayQuarantine(clients, outputs, scope, {
        owner: lockOwner(),
        signal,
        ...(asOf === undefined ? {} : { asOf }),
        onProgress: (line) => {
          if (process.stderr.isTTY) spinner.text = `Replaying  ${line.slice(0, 90)}`;
        },
      });
      spinner.succeed(`Replayed ${rule}`);
      print(describeReplay(result));
    } catch (error) {
      spinner.fail(
        "The replay ended early. Nothing is lost: rows are in events or in quarantine. Give the command again for the " +
          `rest; what is in events already reaches gold by: npm run cli -- run-etl --stack ${at.stack} --target ${at.target}`,
      );
      throw error;
    }
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
