import { InvalidArgumentError, Option, type Command } from "commander";
import { UserError } from "../errors";
import { RETRIEVAL_TIERS, type RetrievalTier } from "../stack/archive-prices";
import type { RestoredDate, RestoreStatus } from "../stack/restore";
import type { TargetName } from "../stack/target-name";
import { withOutputs } from "./data";
import { stackOption, targetOption, wholeNumber } from "./options";

interface RestoreFlags {
  stack: string;
  target: TargetName;
  date?: string;
  days: number;
  tier: RetrievalTier;
  wait?: boolean;
  list?: boolean;
}

/** `restore`: bring an archived date back to where Athena can ask it, or say how far that is. */
export function addRestoreCommand(program: Command): void {
  program
    .command("restore")
    .description("bring an archived date back as fact_clicks_restored; a second call says how far it is")
    .addOption(stackOption())
    .addOption(targetOption())
    .option("--date <date>", "date to restore, YYYY-MM-DD", calendarDate)
    .option("--days <n>", "how long it stays readable, at least", wholeNumber(1, 365), 7)
    .addOption(new Option("--tier <tier>", "how fast and how dear").choices([...RETRIEVAL_TIERS]).default("Standard"))
    .option("--wait", "stay until the date is ready")
    .option("--list", "show the restored dates; those that have ended leave the catalog")
    .action(async ({ date, days, tier, wait, list, ...at }: RestoreFlags) => {
      if ((date === undefined) === (list !== true)) {
        throw new UserError(
          date === undefined ? "Neither --date nor --list is given." : "--date and --list are both given.",
          "Give --date YYYY-MM-DD to restore a date, or --list to see what is restored.",
        );
      }
      const { listRestored, restoreAndWait, restoreDate } = await import("../stack/restore.js");
      await withOutputs(at, async ({ clients, outputs }, signal) => {
        if (date === undefined) {
          print(describeRestored(await listRestored(clients, outputs)));
          return;
        }
        const request = { date, days, tier };
        const status =
          wait === true
            ? await restoreAndWait(clients, outputs, request, print, { signal })
            : await restoreDate(clients, outputs, request, print);
        print(describeStatus(status));
      });
    });
}

/** Parses a date of the calendar; 2026-02-30 is none. */
export function calendarDate(text: string): string {
  const at = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)) {
    return text;
  }
  throw new InvalidArgumentError("It must be a date of the calendar as YYYY-MM-DD, for example 2026-01-31.");
}

/** What a person is told about a date. */
export function describeStatus(status: RestoreStatus): string {
  const { date, files, rows, revenue } = status.manifest;
  if (status.kind === "restoring") {
    return (
      `${date}: ${String(status.waiting)} of ${String(files.length)} objects are on their way. ` +
      "Call again to see how far it is, or give --wait."
    );
  }
  const until = status.until === undefined ? "" : ` until ${status.until.toISOString()}`;
  return `${date} is ready${until}: ${String(rows)} rows, ${revenue} USD of revenue. Ask:\n  ${status.query}`;
}

/** What a person is told about all restored dates. */
export function describeRestored(dates: readonly RestoredDate[]): string {
  if (dates.length === 0) return "No date is restored.";
  return dates
    .map(({ date, kind, until }) => {
      if (kind === "ended") return `${date}  ended; it has left fact_clicks_restored, restore it again to ask it`;
      return `${date}  ready${until === undefined ? "" : ` until ${until.toISOString()}`}`;
    })
    .join("\n");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
