// @ts-check
/**
 * Run the suites named on the command line, go on after a failure, and sum up. Without a name all of them, but for those
 * that would read nothing new since they passed (memory.mjs).
 * Usage: node test.mjs [--fresh | GROUP [arguments for its runner …]]; run.mjs has set up what they need.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { inLanes } from "./lanes.mjs";
import { fingerprintOf, recall, remember, stillHolds } from "./memory.mjs";
import { projectRoot } from "./paths.mjs";
import { runForeground } from "./process.mjs";
import { secondsSince } from "./progress.mjs";
import { countMocha, countPytest, judge, summaryLines } from "./results.mjs";
import { SUITES, suitesFor } from "./suites.mjs";

/** @typedef {import("./suites.mjs").Suite} Suite */

/** Runs what passed before too. */
const FRESH = "--fresh";

/** @param {string} file */
function readOrEmpty(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** @param {Suite} suite @param {string} report @param {{ code: number }} end */
function count(suite, report, end) {
  if (suite.kind === "mocha") return countMocha(readOrEmpty(report));
  if (suite.kind === "pytest") return countPytest(readOrEmpty(report));
  return { passed: end.code === 0 ? 1 : 0, failed: end.code === 0 ? 0 : 1, skipped: 0 };
}

/** Cores that suites share: more than two would need more memory than a laptop has (Spark and an emulator each). */
const LANES = Math.min(2, availableParallelism());

/**
 * @param {Suite} suite
 * @param {readonly string[]} extra arguments for its runner
 * @param {string} folder for its report
 * @param {boolean} live show its output as it comes, else in one piece at its end
 */
async function runSuite(suite, extra, folder, live) {
  const report = join(folder, suite.name.replaceAll(" ", "-"));
  const python = suite.kind === "pytest" || suite.python === true;
  const command = python ? (process.env["CLICKSTREAM_PYTHON"] ?? "python3") : process.execPath;
  const counting = suite.kind === "pytest" ? [`--junitxml=${report}`] : [];
  const startedAt = Date.now();
  let output = "";
  process.stdout.write(live ? `\n── ${suite.name} ──\n` : `… ${suite.name}\n`);
  const end = await runForeground(command, [...suite.args, ...counting, ...extra], {
    cwd: projectRoot,
    env: {
      ...process.env,
      ...suite.env,
      CLICKSTREAM_MOCHA_STATS: report,
      ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}),
    },
    timeoutMs: suite.minutes * 60_000,
    onOutput: (text) => {
      output += text;
      if (live) process.stdout.write(text);
    },
  });
  if (!live) process.stdout.write(`\n── ${suite.name} ──\n${output}`);
  const result = judge(count(suite, report, end), end);
  const lines = suite.kind === "check" ? [] : summaryLines(output);
  return { suite, result, lines, took: secondsSince(startedAt), interrupted: end.code === 130 || end.code === 143 };
}

/** @typedef {Awaited<ReturnType<typeof runSuite>> & { since?: number }} Outcome `since` when it was not run again */

/**
 * Run a suite, or say what it said when it passed with the same files.
 * @param {Suite} suite @param {(suite: Suite) => Promise<Outcome>} run @param {boolean} fresh
 * @returns {Promise<Outcome>}
 */
async function runUnlessPassed(suite, run, fresh) {
  const before = await fingerprintOf(suite);
  const pass = recall(suite.name);
  if (!fresh && before !== undefined && stillHolds(before, pass, Date.now())) {
    const result = { passed: pass.passed, failed: 0, skipped: 0, problem: "" };
    return { suite, result, lines: [...pass.lines], took: "", interrupted: false, since: pass.at };
  }
  const outcome = await run(suite);
  // What was edited meanwhile may or may not have been read.
  if (outcome.result.failed === 0 && before !== undefined && before === (await fingerprintOf(suite)))
    remember(suite.name, { of: before, at: Date.now(), passed: outcome.result.passed, lines: outcome.lines });
  return outcome;
}

/** @param {Outcome} outcome */
function lineOf({ suite, result, lines, took, since }) {
  const mark = since !== undefined ? "=" : result.failed === 0 ? "✓" : "✗";
  const when = since === undefined ? "" : `unchanged since ${new Date(since).toISOString().slice(0, 16)}Z`;
  const detail = [...lines, result.problem, when].filter((line) => line !== "").join("; ");
  return `${mark} ${suite.name.padEnd(17)} ${took.padStart(8)}  ${detail}`;
}

async function main() {
  const words = process.argv.slice(2);
  const [group, ...extra] = words[0] === FRESH ? words.slice(1) : words;
  const suites = suitesFor(group === undefined ? [] : [group]);
  if (suites.length === 0) {
    const known = [...new Set(SUITES.map((suite) => suite.group))].join(", ");
    process.stderr.write(`There is no suite named "${group}". Suites: ${known}; without a name all of them run.\n`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "clickstream-test-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  // Who names a suite wants to see it run.
  const fresh = group !== undefined || words[0] === FRESH;
  let interrupted = false;
  /** @param {Suite} suite @returns {Promise<Outcome | undefined>} */
  const runOne = async (suite) => {
    if (interrupted) return undefined;
    /** @param {Suite} one */
    const run = (one) => runSuite(one, extra, folder, suites.length === 1);
    const outcome = await (extra.length > 0 ? run(suite) : runUnlessPassed(suite, run, fresh));
    interrupted ||= outcome.interrupted;
    return outcome;
  };
  const done = await inLanes(suites, LANES, runOne);
  if (interrupted) return 130;
  process.stdout.write("\n── summary ──\n");
  const outcomes = done.filter((outcome) => outcome !== undefined);
  for (const outcome of outcomes) process.stdout.write(`${lineOf(outcome)}\n`);
  /** @param {readonly Outcome[]} some @param {"passed" | "failed"} what */
  const sum = (some, what) => some.reduce((total, { result }) => total + result[what], 0);
  const remembered = outcomes.filter(({ since }) => since !== undefined);
  if (remembered.length > 0)
    process.stdout.write(
      `${sum(remembered, "passed")} of them not run again, since nothing that they read has changed: ` +
        `npm test -- ${FRESH} runs all\n`,
    );
  process.stdout.write(`${sum(outcomes, "passed")} passed, ${sum(outcomes, "failed")} failed\n`);
  return sum(outcomes, "failed") === 0 ? 0 : 1;
}

process.exitCode = await main();
