/**
 * The article's story as figures: the most common question asked of raw JSON, of its partitions, of the star schema and
 * of the materialized forms, side by side on one lake in one run. `npm run bench -- savings [--gb 1] [--json FILE]`
 */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { numberBetween } from "../automation/commands/options";
import { humanBytes } from "../automation/demo/summary";
import { withEphemeralStack } from "../automation/ephemeral-stack";
import { EventGenerator } from "../automation/generate/generator";
import { defaultGenerateOptions } from "../automation/generate/options";
import { Lander, toBucket } from "../automation/ingest/lander";
import { explainSavings, type Savings } from "../automation/savings/explain";
import { savingsTable } from "../automation/savings/table";
import { runGold, runSilver } from "../automation/stack/etl";
import { loadNow } from "../automation/stack/warehouse";

/** Bytes of one generated event as JSON, measured; decides how many make a gigabyte. */
const BYTES_AN_EVENT = 575;
/** Seed: "37× faster", "90 % less data scanned". */
const GOAL = { faster: 37, savedPercent: 90 };
/** Days of history; the question is asked about the last seven. */
const DAYS = 30;

async function measure(gigabytes: number): Promise<{ savings: Savings; events: number; rawBytes: number }> {
  // The local runner compiles for runs of seconds; these take minutes.
  process.env["CLICKSTREAM_SPARK_COMPILER"] ??= "full";
  const events = Math.ceil((gigabytes * 1e9) / BYTES_AN_EVENT);
  // Bad lines are silver's business: without them every form must give the same rows.
  const options = { ...defaultGenerateOptions(), events, days: DAYS, corruptPercent: 0 };
  return withEphemeralStack({ config: { warehouseMode: "provisioned" } }, async ({ stack, outputs }) => {
    const { clients } = stack;
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    say(`landing ${String(events)} events`);
    const put = toBucket(clients.s3, { bucket: outputs.rawBucket, prefix: outputs.eventsPrefix });
    const { textBytes } = await new Lander(put).land(new EventGenerator(options, 1000).lines());
    say("silver");
    await runSilver(clients, outputs);
    say("gold");
    await runGold(clients, outputs);
    say("loading the warehouse");
    await loadNow(clients, outputs, {});
    const savings = await explainSavings(clients, outputs, 7, new AbortController().signal, say);
    return { savings, events, rawBytes: textBytes };
  });
}

async function main(): Promise<void> {
  const program = new Command("savings")
    .option("--gb <n>", "gigabytes of raw JSON", numberBetween(0.001, 100), 1)
    .option("--json <file>", "write the figures as JSON")
    .parse();
  const { gb, json } = program.opts<{ gb: number; json?: string }>();
  const { savings, events, rawBytes } = await measure(gb);
  const { asked, faster, saved, window } = savings;
  process.stdout.write(`${String(events)} events, ${humanBytes(rawBytes)} of JSON, ${window.from} to ${window.to}\n`);
  process.stdout.write(`${savingsTable(savings)}\n`);
  for (const [at, { form }] of asked.entries()) {
    if (!form.name.startsWith("materialized")) continue;
    process.stdout.write(
      `${form.name} against raw: ${(faster[at] ?? 0).toFixed(1)} × faster (seed: ${String(GOAL.faster)} ×), ` +
        `${(saved[at] ?? 0).toFixed(2)} % less scanned (seed: ${String(GOAL.savedPercent)} %)\n`,
    );
  }
  if (json !== undefined) {
    const figures = asked.map(({ form, seconds, bytesScanned }) => ({ name: form.name, seconds, bytesScanned }));
    await writeFile(json, `${JSON.stringify({ events, rawBytes, faster, saved, figures }, undefined, 2)}\n`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
