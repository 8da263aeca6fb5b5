// @ts-check
/** Counting tests over runners. */

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {string} json what mocha-reporter.cjs wrote; empty when mocha died before its end
 * @returns {Counts}
 */
export function countMocha(json) {
  if (json === "") return { passed: 0, failed: 0, skipped: 0 };
  /** @type {{ passes: number, failures: number, pending: number }} */
  const stats = JSON.parse(json);
  return { passed: stats.passes, failed: stats.failures, skipped: stats.pending };
}

/**
 * @param {string} xml pytest's JUnit report; empty when pytest died before its end
 * @returns {Counts}
 */
export function countPytest(xml) {
  const suite = /<testsuite\s[^>]*>/.exec(xml)?.[0] ?? "";
  /** @param {string} name */
  const number = (name) => Number(new RegExp(`\\s${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return { passed: number("tests") - failed - number("skipped"), failed, skipped: number("skipped") };
}

/** pytest's exit code for "no tests collected". */
const PYTEST_FOUND_NOTHING = 5;

/**
 * What a suite adds to the sum. A runner that fails without a failed test (a crash, a time-out, a collection
 * error, an unhandled rejection) and a suite without any test count as one failure.
 * @param {Counts} counts
 * @param {{ code: number, timedOut: boolean }} end
 * @returns {Counts & { problem: string }} problem is empty when there is none
 */
export function judge(counts, end) {
  const bad = (/** @type {string} */ problem) => ({ ...counts, failed: Math.max(counts.failed, 1), problem });
  if (end.timedOut) return bad("ended: it ran longer than its limit");
  if (counts.failed > 0) return { ...counts, problem: "" };
  const foundNothing = counts.passed === 0 && (end.code === 0 || end.code === PYTEST_FOUND_NOTHING);
  if (foundNothing) return bad("no test ran");
  if (end.code !== 0) return bad(`its runner ended with code ${end.code}`);
  return { ...counts, problem: "" };
}

/** The last lines that mocha and pytest sum up with. */
const SUMMARY = /^(\s+\d+ (passing|failing|pending)\b.*|=* ?\d+ (passed|failed|skipped|error).* in [\d.]+s.*)$/;

/**
 * @param {string} output of a runner, with or without terminal colours
 * @returns {string[]}
 */
export function summaryLines(output) {
  // eslint-disable-next-line no-control-regex -- terminal colours begin with an escape character
  const plain = output.replace(/\u001b\[[\d;]*m/g, "");
  return plain
    .split("\n")
    .filter((line) => SUMMARY.test(line))
    .map((line) => line.trim());
}
