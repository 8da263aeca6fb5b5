// @ts-check
/**
 * Run the suites named on the command line (all by default), go on after a failure, and sum up.
 * Usage: node test.mjs [GROUP [arguments for its runner …]]; run.mjs has set up what they need.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { inLanes } from "./lanes.mjs";
import { projectRoot } from "./paths.mjs";
import { runForeground } from "./process.mjs";
import { secondsSince } from "./progress.mjs";
import { countMocha, countPytest, judge, summaryLines } from "./results.mjs";
import { SUITES, suitesFor } from "./suites.mjs";

/** @typedef {import("./suites.mjs").Suite} Suite */

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

async function main() {
  const [group, ...extra] = process.argv.slice(2);
  const suites = suitesFor(group === undefined ? [] : [group]);
  if (suites.length === 0) {
    const known = [...new Set(SUITES.map((suite) => suite.group))].join(", ");
    process.stderr.write(`There is no suite named "${group}". Suites: ${known}; without a name all of them run.\n`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "clickstream-test-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  let interrupted = false;
  const done = await inLanes(suites, LANES, async (suite) => {
    if (interrupted) return undefined;
    const outcome = await runSuite(suite, extra, folder, suites.length === 1);
    interrupted ||= outcome.interrupted;
    return outcome;
  });
  if (interrupted) return 130;
  process.stdout.write("\n── summary ──\n");
  const outcomes = done.filter((outcome) => outcome !== undefined);
  for (const { suite, result, lines, took } of outcomes) {
    const mark = result.failed === 0 ? "✓" : "✗";
    const detail = [...lines, result.problem].filter((line) => line !== "").join("; ");
    process.stdout.write(`${mark} ${suite.name.padEnd(17)} ${took.padStart(8)}  ${detail}\n`);
  }
  const passed = outcomes.reduce((sum, { result }) => sum + result.passed, 0);
  const failed = outcomes.reduce((sum, { result }) => sum + result.failed, 0);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
