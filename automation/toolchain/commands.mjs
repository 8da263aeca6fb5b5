// @ts-check
/** What each command starts and what it needs first. */
import { SUITES, suitesFor } from "./suites.mjs";

/** @typedef {"python" | "java" | "jars" | "pulumi"} Need beside Node and its packages, which everything needs */
/** @typedef {{ args: readonly string[], needs: ReadonlySet<Need> }} Plan arguments of `node`, relative to the project */

/** @type {readonly Need[]} */
const EVERYTHING = ["python", "java", "jars", "pulumi"];

/** Entry of the commands that look at where the packages come from, and at what must not be in a commit. */
const SUPPLY_CHAIN = "automation/supply-chain/main.ts";
/**
 * Files of bench/ that are commands, and what each needs.
 * @type {Readonly<Record<string, readonly Need[]>>}
 */
const BENCHMARKS = {
  savings: EVERYTHING,
  etl: ["python", "java", "jars"],
  history: EVERYTHING,
  stack: EVERYTHING,
  alerts: EVERYTHING,
  erasure: EVERYTHING,
  closures: EVERYTHING,
  projection: ["python"],
  results: [],
};

export const USAGE = `usage: node automation/toolchain/run.mjs COMMAND [arguments]
  demo [options]      the whole pipeline on the local target
  cli COMMAND …       preview, up, destroy, generate, ingest, run-etl, query, load, restore, explain-savings, status,
                      report, cost, drift, heartbeat, quarantine, backfill, policy, team, sweep
  bench NAME …        ${Object.keys(BENCHMARKS).join(", ")}
  test [SUITE …]      ${SUITES.map((suite) => suite.group)
    .filter((group, index, all) => all.indexOf(group) === index)
    .join(", ")}; without a name all that read
                      something new since they passed, with --fresh all
  smoke               preview with the normal Pulumi CLI, where it is installed
  faults [options]    a seeded random run of the fault suite and its table; --runs N, --seed S
  audit               known flaws of the Node and Python packages; fails too where nobody could be asked
  licences            licences of all packages against the allowed ones
  sbom                bills of materials (CycloneDX) into build/sbom
  secrets [--staged]  look for secrets in tracked files, or in the next commit
  format              rewrite the sources in the project's style
  setup               install everything and stop`;

/**
 * @param {readonly string[]} words command and its arguments
 * @returns {Plan | undefined} undefined for an unknown command
 */
export function planFor([command, ...rest]) {
  switch (command) {
    case "demo":
      return plan(["--import", "tsx", "automation/cli.ts", "demo", ...rest], wantsHelp(rest) ? [] : EVERYTHING);
    case "cli":
      return plan(["--import", "tsx", "automation/cli.ts", ...rest], cliNeeds(rest));
    case "bench":
      return benchmark(rest);
    case "test":
      return plan(["automation/toolchain/test.mjs", ...rest], testNeeds(rest));
    case "smoke":
      return plan(["--import", "tsx", "automation/smoke/main.ts", ...rest], ["python"]);
    case "faults":
      return plan(["test/faults/run.mjs", ...rest], EVERYTHING);
    case "audit":
    case "licences":
    case "sbom":
      return plan(["--import", "tsx", SUPPLY_CHAIN, String(command), ...rest], ["python"]);
    case "secrets":
      return plan(["--import", "tsx", SUPPLY_CHAIN, command, ...rest], []);
    case "format":
      return plan(["automation/toolchain/format.mjs"], ["python"]);
    case "setup":
      return plan([], EVERYTHING);
    default:
      return undefined;
  }
}

/** @param {readonly string[]} args @param {readonly Need[]} needs @returns {Plan} */
function plan(args, needs) {
  return { args, needs: new Set(needs) };
}

/** @param {readonly string[]} words @returns {Plan | undefined} */
function benchmark([name, ...rest]) {
  const needs = name === undefined ? undefined : BENCHMARKS[name];
  if (needs === undefined) return undefined;
  return plan(["--import", "tsx", `bench/${String(name)}.ts`, ...rest], wantsHelp(rest) ? [] : needs);
}

/** @param {readonly string[]} words */
function wantsHelp(words) {
  return words.includes("--help") || words.includes("-h");
}

/** @param {readonly string[]} words @returns {readonly Need[]} */
function cliNeeds(words) {
  const [command] = words;
  if (command === undefined || command === "help" || command === "generate" || wantsHelp(words)) return [];
  // A dry run needs no more than the program.
  if (command === "policy" || (command === "cost" && words.includes("--offline"))) return [];
  // A team's file is text; only its secrets and the last deployment are the engine's.
  if (command === "team") return words[1] === "add" && !words.includes("--slack") ? [] : ["pulumi"];
  // On AWS, Glue runs Spark and Athena the SQL: nothing but the engine runs here.
  const target = words.find((word) => word.startsWith("--target="))?.slice("--target=".length);
  if ((target ?? words[words.indexOf("--target") + 1]) === "aws") return ["pulumi"];
  // Folders and processes of this machine.
  if (command === "sweep") return [];
  // The local target's emulator and engines are Python; a preview starts no Spark.
  return command === "preview" ? ["python", "pulumi"] : EVERYTHING;
}

/** @param {readonly string[]} words @returns {readonly Need[]} */
function testNeeds(words) {
  const names = words.filter((word) => !word.startsWith("-"));
  return [...new Set(suitesFor(names.slice(0, 1)).flatMap((suite) => suite.needs))];
}
