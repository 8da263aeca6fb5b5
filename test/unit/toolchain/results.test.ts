import { readdirSync } from "node:fs";
import { expect } from "chai";
import { planFor } from "../../../automation/toolchain/commands.mjs";
import { countMocha, countPytest, judge, summaryLines } from "../../../automation/toolchain/results.mjs";
import { SUITES, suitesFor } from "../../../automation/toolchain/suites.mjs";

describe("toolchain: counting tests", () => {
  it("reads mocha's counts, and none when it died", () => {
    expect(countMocha('{"suites":2,"tests":6,"passes":3,"failures":2,"pending":1}')).to.deep.equal({
      passed: 3,
      failed: 2,
      skipped: 1,
    });
    expect(countMocha("")).to.deep.equal({ passed: 0, failed: 0, skipped: 0 });
  });

  it("reads pytest's report: errors are failures", () => {
    const xml =
      '<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.5">';
    expect(countPytest(xml)).to.deep.equal({ passed: 4, failed: 3, skipped: 3 });
    expect(countPytest("")).to.deep.equal({ passed: 0, failed: 0, skipped: 0 });
  });

  const ok = { passed: 4, failed: 0, skipped: 0 };
  const none = { passed: 0, failed: 0, skipped: 0 };
  const cases: [string, ReturnType<typeof judge>][] = [
    ["good", judge(ok, { code: 0, timedOut: false })],
    ["crash", judge(ok, { code: 139, timedOut: false })],
    ["hang", judge(ok, { code: 137, timedOut: true })],
    ["empty", judge(none, { code: 0, timedOut: false })],
    ["pytest empty", judge(none, { code: 5, timedOut: false })],
    ["all skipped", judge({ ...none, skipped: 2 }, { code: 0, timedOut: false })],
    ["failed", judge({ ...ok, failed: 2 }, { code: 2, timedOut: false })],
  ];
  it("counts a crash, a hang and an empty suite as one failure each", () => {
    expect(cases.map(([name, { failed, problem }]) => [name, failed, problem])).to.deep.equal([
      ["good", 0, ""],
      ["crash", 1, "its runner ended with code 139"],
      ["hang", 1, "ended: it ran longer than its limit"],
      ["empty", 1, "no test ran"],
      ["pytest empty", 1, "no test ran"],
      ["all skipped", 1, "no test ran"],
      ["failed", 2, ""],
    ]);
  });

  it("finds the runners' own summary lines, in colour too", () => {
    const mocha =
      "  ✔ says 3 passing things\n\u001b[92m \u001b[0m\u001b[32m 45 passing\u001b[0m\u001b[90m (16s)\u001b[0m\n  1 pending\n";
    expect(summaryLines(mocha)).to.deep.equal(["45 passing (16s)", "1 pending"]);
    expect(summaryLines("..\n2 passed in 0.50s\n")).to.deep.equal(["2 passed in 0.50s"]);
    expect(summaryLines("= 1 failed, 2 passed, 1 warning in 12.10s (0:00:12) =\n")).to.deep.equal([
      "= 1 failed, 2 passed, 1 warning in 12.10s (0:00:12) =",
    ]);
  });
});

describe("toolchain: commands", () => {
  const needs = (...words: string[]) => [...(planFor(words)?.needs ?? ["unknown"])].sort();

  it("asks for Java, jars and engine only where they are used", () => {
    expect(needs("demo")).to.deep.equal(["jars", "java", "pulumi", "python"]);
    expect(needs("demo", "--help")).to.deep.equal([]);
    expect(needs("cli")).to.deep.equal([]);
    expect(needs("cli", "generate", "--events", "5")).to.deep.equal([]);
    expect(needs("cli", "preview", "--stack", "dev")).to.deep.equal(["pulumi", "python"]);
    expect(needs("cli", "up", "--target", "aws")).to.deep.equal(["pulumi"]);
    expect(needs("cli", "up", "--target=aws")).to.deep.equal(["pulumi"]);
    expect(needs("cli", "up", "--target", "local")).to.deep.equal(["jars", "java", "pulumi", "python"]);
    expect(needs("test", "typecheck")).to.deep.equal([]);
    expect(needs("test", "lint")).to.deep.equal(["python"]);
    expect(needs("cli", "cost", "--stack", "prod", "--offline")).to.deep.equal([]);
    expect(needs("cli", "policy")).to.deep.equal([]);
    // The class archive, which halves the start of a Spark process, is of the jars' class path.
    expect(needs("test", "jobs", "-k", "dedupe")).to.deep.equal(["jars", "java", "python"]);
    expect(needs("test")).to.deep.equal(["jars", "java", "pulumi", "python"]);
    expect(needs("dmeo")).to.deep.equal(["unknown"]);
  });

  it("hands the arguments on in their order", () => {
    expect(planFor(["demo", "--input", "a b.csv"])?.args).to.deep.equal([
      "--import",
      "tsx",
      "automation/cli.ts",
      "demo",
      "--input",
      "a b.csv",
    ]);
  });

  it("runs every integration test in one of its suites", () => {
    const files = readdirSync("test/integration").filter((file) => file.endsWith(".test.ts"));
    const run = SUITES.flatMap(({ args }) => args.filter((word) => word.startsWith("test/integration/")));
    expect(run.sort()).to.deep.equal(files.map((file) => `test/integration/${file}`).sort());
  });

  it("runs every folder of job tests in one of its suites", () => {
    const holdsTests = (folder: string): boolean =>
      readdirSync(`test/jobs/${folder}`).some((file) => /^test_.*\.py$/.test(file));
    const folders = readdirSync("test/jobs", { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const tested = folders.map(({ name }) => name).filter(holdsTests);
    const run = SUITES.flatMap(({ args }) => args.filter((word) => word.startsWith("test/jobs/")));
    expect(run.sort()).to.deep.equal(tested.map((name) => `test/jobs/${name}`).sort());
  });

  it("runs every suite once by default but those that take too long for CI, none of an unknown name", () => {
    const stacks = ["incidents", "sweep", "erasure", "at once"].map((name) => `integration ${name}`);
    const named = ["faults etl", "faults live", ...stacks];
    expect(suitesFor([])).to.deep.equal(SUITES.filter(({ name }) => !named.includes(name)));
    expect(suitesFor(["faults"])).to.have.length(3);
    expect(new Set(SUITES.map(({ name }) => name)).size).to.equal(SUITES.length);
    expect([...new Set(SUITES.map(({ group }) => group))].sort()).to.deep.equal([
      "engines",
      "faults",
      "integration",
      "jobs",
      "lint",
      "typecheck",
      "unit",
    ]);
    expect(suitesFor(["lint"])).to.have.length(5);
    expect(suitesFor(["unti"])).to.deep.equal([]);
  });
});
