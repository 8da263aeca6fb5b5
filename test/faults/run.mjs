// @ts-check
/**
 * `npm run test:faults [-- --runs N --seed S --write]`: all layers of the fault suite, and their table; `--write` puts it
 * into docs/reliability.md.
 *
 * The alert path gets N runs, the ETL jobs a quarter of them (each is several Spark runs), the deployed stack its fixed list.
 * The same seed gives the same faults again.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "../../automation/toolchain/paths.mjs";
import { runForeground } from "../../automation/toolchain/process.mjs";

const LAYERS = /** @type {const} */ ({
  etl: "ETL jobs",
  alerts: "Alert path",
  live: "Deployed stack",
  emulator: "Deployed stack",
});
const BUILD = join(projectRoot, "build", "faults");
const PAGE = join(projectRoot, "docs", "reliability.md");
/** What is between them on the page is replaced. */
const [BEGIN, END] = ["<!-- measured: begin -->", "<!-- measured: end -->"];
const DEFAULT_RUNS = "200";

/** @typedef {{ tried: number, lost: number, duplicated: number }} Count */
/** @typedef {{ layer: keyof typeof LAYERS, seed: number, runs: number, seconds: number, kinds: Record<string, Count> }} Result */

/** @param {string} name @param {string} text */
function wholeNumber(name, text) {
  if (/^[1-9]\d{0,8}$/.test(text)) return text;
  process.stderr.write(`--${name} is "${text}": it must be a whole number from 1. Example: --${name} 200\n`);
  process.exit(2);
}

/** The options of the command line; ends the process where one is unknown. */
function options() {
  const known = /** @type {const} */ ({
    runs: { type: "string" },
    seed: { type: "string" },
    write: { type: "boolean" },
  });
  try {
    return parseArgs({ options: known }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\nOptions: --runs N, --seed S, --write\n`);
    process.exit(2);
  }
}

/** @param {readonly Result[]} results */
function table(results) {
  const lines = ["| layer | fault | tried | lost | duplicated |", "| --- | --- | ---: | ---: | ---: |"];
  for (const { layer, kinds } of results) {
    for (const [kind, { tried, lost, duplicated }] of Object.entries(kinds)) {
      lines.push(`| ${LAYERS[layer]} | ${kind} | ${tried} | ${lost} | ${duplicated} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** @returns {Result[]} of the layers that wrote one */
function results() {
  return Object.keys(LAYERS).flatMap((layer) => {
    try {
      return [JSON.parse(readFileSync(join(BUILD, `${layer}.json`), "utf8"))];
    } catch {
      return [];
    }
  });
}

/** @param {readonly Result[]} found @param {string} again */
function summary(found, again) {
  const total = found.reduce((sum, { runs }) => sum + runs, 0);
  const parts = found.map(({ layer, runs, seconds }) => `${LAYERS[layer]} ${runs} in ${seconds} s`);
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${availableParallelism()} cores: ${total} runs with a fault (${parts.join(", ")}), by \`${again}\`.\n`;
}

/** @param {string} text */
async function writePage(text) {
  const page = readFileSync(PAGE, "utf8");
  const [head, rest] = page.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) throw new Error(`${PAGE} lacks ${BEGIN} or ${END}.`);
  // Not at the top of the file: the first command of a fresh clone installs it.
  const prettier = await import("prettier");
  const whole = `${head}${BEGIN}\n\n${text}\n${END}${tail}`;
  const config = (await prettier.resolveConfig(PAGE)) ?? {};
  writeFileSync(PAGE, await prettier.format(whole, { ...config, filepath: PAGE }));
}

async function main() {
  const values = options();
  const runs = wholeNumber("runs", values.runs ?? DEFAULT_RUNS);
  const seed = wholeNumber("seed", values.seed ?? String(Math.floor(Math.random() * 1e9) + 1));
  const again = `npm run test:faults -- --runs ${runs} --seed ${seed}`;
  process.stdout.write(`Faults: the same again with ${again}\n`);
  rmSync(BUILD, { recursive: true, force: true });
  const { code } = await runForeground(process.execPath, ["automation/toolchain/test.mjs", "faults"], {
    cwd: projectRoot,
    env: { ...process.env, FAULT_RUNS: runs, FAULT_SEED: seed },
  });
  const found = results();
  const text = `${summary(found, again)}\n${table(found)}`;
  if (found.length > 0) writeFileSync(join(BUILD, "table.md"), text);
  process.stdout.write(`\n${text}\nbuild/faults/table.md holds the same.\n`);
  // A page that shows a run with a failure would say what is not so.
  if (values.write === true && code === 0) await writePage(text);
  return code;
}

process.exitCode = await main();
