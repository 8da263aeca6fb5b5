import { readFileSync } from "node:fs";
import { expect } from "chai";
import { differences, type Answer } from "../../../bench/support/etl/contenders";
import {
  etlFinding,
  pairedRatio,
  secondsAGigabyte,
  throughput,
  type Measured,
} from "../../../bench/support/etl/finding";
import { wasBusy } from "../../../bench/support/machine";
import { resultsPage } from "../../../bench/support/page";
import { project } from "../../../bench/support/projection";
import type { BenchResult } from "../../../bench/support/result";

const ANSWER: Answer = {
  events: 9,
  quarantined: 1,
  facts: 9,
  revenue: "10.00",
  users: 2,
  newest: "2026-11-26",
  core: "1",
  full: "2",
  sales: "3",
};

/** Sizes at which the jobs take `startUp` + `slope` seconds a GB, DuckDB 1 + 5, naive Spark 20 + 150. */
function measured(startUp: number, slope: number): Measured[] {
  return [0.1, 1].map((gb) => {
    const contender = (name: string, seconds: number) => ({
      name,
      seconds: [seconds, seconds, seconds],
      cpu: [seconds, seconds, seconds],
      silver: [seconds / 2, seconds / 2, seconds / 2],
    });
    const contenders = [
      contender("DuckDB", 1 + 5 * gb),
      contender("jobs", startUp + slope * gb),
      contender("naive Spark", 20 + 150 * gb),
    ];
    return { gb, events: 10, bytes: gb * 1e9, answer: ANSWER, contenders };
  });
}

describe("figures of the ETL benchmark", () => {
  it("reckons throughput by size, seconds and cores, and start-up apart from work", () => {
    expect(throughput(1e9, 50, 2)).to.equal(10);
    const line = secondsAGigabyte(measured(10, 40), "jobs");
    expect(line?.slope.toFixed(6)).to.equal("40.000000");
    expect(line?.intercept.toFixed(6)).to.equal("10.000000");
    expect(secondsAGigabyte(measured(10, 40).slice(0, 1), "jobs")).to.equal(undefined);
  });

  it("compares run with run", () => {
    // The second run was disturbed, in both.
    expect(pairedRatio([10, 100, 10], [5, 50, 5])).to.equal(2);
  });

  it("judges the goals by what was measured", () => {
    const met = (startUp: number, slope: number): boolean[] =>
      etlFinding(measured(startUp, slope), 2).goals.map((goal) => goal.met);
    expect(met(1, 9)).to.deep.equal([true, true]);
    expect(met(10, 40)).to.deep.equal([true, false]);
    expect(met(10, 80)).to.deep.equal([false, false]);
  });

  it("says what differs between two answers, and does not compare what one of them lacks", () => {
    expect(differences(ANSWER, { ...ANSWER, full: null })).to.deep.equal([]);
    expect(differences(ANSWER, { ...ANSWER, revenue: "10.01", sales: "4" })).to.deep.equal([
      "revenue: 10.00 and 10.01",
      "sales: 3 and 4",
    ]);
  });
});

describe("projection to Glue", () => {
  it("adds the work and what runs cost beside it", () => {
    const found = project({
      gbPerDay: 500,
      runsPerDay: 24,
      coreSecondsPerGb: 72,
      overheadSeconds: 60,
      overheadDpus: 2,
      jobs: 2,
      usdPerDpuHour: 0.44,
    });
    expect(found.workDpuHours).to.equal(2.5);
    expect(found.overheadDpuHours).to.equal(1.6);
    expect(found.usdPerDay.toFixed(4)).to.equal((4.1 * 0.44).toFixed(4));
    expect(found.usdPerTb.toFixed(4)).to.equal((4.1 * 0.44 * 2).toFixed(4));
  });
});

describe("results page", () => {
  const result: BenchResult = {
    name: "etl",
    title: "ETL",
    command: "npm run bench -- etl",
    measuredAt: "2026-11-26T03:00:00.000Z",
    commit: "0123456789ab",
    machine: { cpu: "Some CPU", cores: 2, memoryGb: 24, os: "Linux 6" },
    versions: { node: "20.20.2" },
    loadBefore: 9.5,
    busy: true,
    method: ["how"],
    tables: [{ caption: "Seconds", head: ["a", "b"], rows: [["1|2", "3"]] }],
    goals: [{ goal: "fast", measured: "slow", met: false, reason: "a reason" }],
    notes: [],
    data: {},
  };

  it("has date, machine, commit, goals, and says where the machine was busy", () => {
    const page = resultsPage([{ ...result, name: "zzz" }, result]);
    for (const text of [
      "2026-11-26 03:00 UTC",
      "Some CPU",
      "0123456789ab",
      "the machine was busy",
      "**no**",
      "a reason",
    ]) {
      expect(page).to.contain(text);
    }
    expect(page).to.contain("1\\|2");
    expect(page.indexOf("results/etl.svg")).to.be.lessThan(page.indexOf("results/zzz.svg"));
  });

  it("says of a missed goal where its reason stands, and there it stands", () => {
    const headings = readFileSync("bench/TUNING.md", "utf8").match(/^##+ .*$/gm) ?? [];
    const anchors = headings.map((text) =>
      text
        .replace(/^#+ /, "")
        .toLowerCase()
        .replaceAll(/[^a-z0-9 ]/g, ""),
    );
    const pages = ["etl", "stack"].map((name) => resultsPage([{ ...result, name }]));
    for (const page of pages) {
      const [, anchor = "none"] = /TUNING\.md#([a-z0-9-]+)\)/.exec(page) ?? [];
      expect(anchors.map((text) => text.replaceAll(" ", "-"))).to.include(anchor);
    }
    const met = resultsPage([{ ...result, goals: [{ goal: "fast", measured: "fast", met: true }] }]);
    expect(met).not.to.contain("TUNING.md#");
  });

  it("knows a busy machine by its load a core", () => {
    expect(wasBusy(2.4, 2)).to.equal(false);
    expect(wasBusy(2.6, 2)).to.equal(true);
  });
});
