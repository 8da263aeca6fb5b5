// @ts-check
/** The test suites and checks, in the order in which they start; two run at a time (lanes.mjs). */

/** @typedef {import("./commands.mjs").Need} Need */
/**
 * @typedef {object} Suite
 * @property {string} name shown in the summary
 * @property {string} group what `npm test -- GROUP` selects
 * @property {"check" | "mocha" | "pytest"} kind how its tests are counted; a check counts as one
 * @property {readonly Need[]} needs
 * @property {readonly string[]} args arguments of `node` (check, mocha) or of the Python named by CLICKSTREAM_PYTHON
 * @property {boolean} [python] a check that Python runs
 * @property {Readonly<Record<string, string>>} [env] beside the environment of all
 * @property {number} minutes a suite that takes longer hangs, and is ended
 * @property {readonly string[]} [reads] git's pathspecs of the files that decide how it ends, by default all (memory.mjs)
 * @property {boolean} [byName] runs only where its group is named, not in a plain `npm test`
 */

/** What every suite's runner reads. @type {readonly string[]} */
const RUNNERS = ["automation/toolchain", "tools", "package-lock.json", "pyproject.toml", ".mocharc*"];
/** What no stack is made of. @type {readonly string[]} */
const ABOUT_STACKS = [
  ".",
  ...["*.md", "bench/results", "ci", "docs", "test/engines", "test/faults", "test/jobs", "test/unit"].map(
    (path) => `:(exclude)${path}`,
  ),
];

/** Folders with Python sources; ruff skips what git ignores by itself. */
const RUFF = ["-m", "ruff"];
const MOCHA = ["node_modules/mocha/bin/mocha.js", "--reporter", "automation/toolchain/mocha-reporter.cjs"];
const PYTEST = ["-m", "pytest", "-q", "--durations=5"];
/** @type {readonly Need[]} */
const EVERYTHING = ["python", "java", "jars", "pulumi"];

/** @type {readonly Suite[]} */
export const SUITES = [
  // The longest first: the short ones fill the other core meanwhile.
  integration("integration", ["lifecycle", "pipeline", "late-events", "alerts", "secrets", "provider"]),
  integration("integration tiers", ["archive", "query-log", "warehouse", "warehouse-modes"]),
  integration("integration operations", ["access"]),
  // Every alarm's incident played on a stack, and backfills stopped and resumed: seven minutes. In every run the alarms
  // are computed by the engines' and unit tests, and the jobs' own tests replay and backfill.
  { ...integration("integration incidents", ["drills", "recovery"]), byName: true },
  // Six drivers killed with -9 take four minutes, and CI has thirty in all: `npm run test:integration` runs it.
  { ...integration("integration sweep", ["sweep"]), byName: true },
  // Each step of an erasure killed and resumed, over 120 days: six minutes. In every run the privacy officer of `access`
  // erases a person from request to certificate, and the jobs' own tests kill the rewriting.
  { ...integration("integration erasure", ["erasure"]), byName: true },
  // Two lanes with stacks at once are in every run; eight whole demos take eight minutes.
  { ...integration("integration at once", ["at-once"]), byName: true },
  jobs("jobs silver", ["shared", "silver", "archive"]),
  jobs("jobs gold", ["gold", "erasure"]),
  check("typecheck", "typecheck", ["node_modules/typescript/bin/tsc", "--noEmit"]),
  check("eslint", "lint", ["node_modules/eslint/bin/eslint.js", ".", "--max-warnings", "0"]),
  check("prettier", "lint", ["node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."]),
  check("secrets", "lint", ["--import", "tsx", "automation/supply-chain/main.ts", "secrets"]),
  { ...check("ruff check", "lint", [...RUFF, "check", "."]), needs: ["python"], python: true },
  { ...check("ruff format", "lint", [...RUFF, "format", "--check", "."]), needs: ["python"], python: true },
  // The provider's input validation reads AWS's API models, which the Python environment holds.
  { name: "unit", group: "unit", kind: "mocha", needs: ["python"], args: MOCHA, minutes: 12 },
  {
    ...pytest("engines", "engines", ["python", "java", "jars"], ["test/engines"]),
    // The product's own SQL is asked there, so its sources are read.
    reads: [
      ...RUNNERS,
      ...["local-cloud", "test/engines", "components", "handlers", "warehouse", "glue-jobs", "automation/demo"],
    ],
  },
  // `npm run test:faults` gives FAULT_RUNS and FAULT_SEED; a plain `npm test` takes the alert path's, which cost seconds.
  { ...pytest("faults etl", "faults", ["python", "java", "jars"], ["test/faults/etl"]), minutes: 60, byName: true },
  faults("faults alerts", ["test/faults/alerts/alerts.test.ts"], []),
  {
    ...faults("faults live", ["--config", ".mocharc.integration.cjs", "test/faults/live/*.test.ts"], EVERYTHING),
    env: { CLICKSTREAM_STACKS: "faults-live" },
    byName: true,
  },
];

/**
 * Whole stacks on the local target; each suite keeps its stacks in a folder of its own.
 * @param {string} name @param {readonly string[]} files
 * @returns {Suite}
 */
function integration(name, files) {
  return {
    name,
    group: "integration",
    kind: "mocha",
    needs: EVERYTHING,
    args: [
      ...MOCHA,
      "--config",
      ".mocharc.integration.cjs",
      ...files.map((file) => `test/integration/${file}.test.ts`),
    ],
    env: { CLICKSTREAM_STACKS: name.replaceAll(" ", "-") },
    reads: ABOUT_STACKS,
    minutes: 25,
  };
}

/** @param {string} name @param {readonly string[]} folders of test/jobs @returns {Suite} */
function jobs(name, folders) {
  const suite = pytest(
    name,
    "jobs",
    ["python", "java", "jars"],
    folders.map((folder) => `test/jobs/${folder}`),
  );
  return { ...suite, reads: [...RUNNERS, "glue-jobs", "test/jobs"] };
}

/** @param {string} name @param {readonly string[]} args @param {readonly Need[]} needs @returns {Suite} */
function faults(name, args, needs) {
  return { name, group: "faults", kind: "mocha", needs, args: [...MOCHA, ...args], minutes: 25 };
}

/**
 * @param {string} name @param {string} group @param {readonly Need[]} needs @param {readonly string[]} what
 * @returns {Suite}
 */
function pytest(name, group, needs, what) {
  return { name, group, kind: "pytest", needs, args: [...PYTEST, ...what], minutes: 15 };
}

/** @param {string} name @param {string} group @param {readonly string[]} args @returns {Suite} */
function check(name, group, args) {
  return { name, group, kind: "check", needs: [], args, minutes: 5 };
}

/**
 * @param {readonly string[]} groups
 * @returns {readonly Suite[]} all but those that want to be named when no group is, none when a name is unknown
 */
export function suitesFor(groups) {
  if (groups.length === 0) return SUITES.filter((suite) => suite.byName !== true);
  const known = new Set(SUITES.map((suite) => suite.group));
  return groups.every((group) => known.has(group)) ? SUITES.filter((suite) => groups.includes(suite.group)) : [];
}
