import { expect } from "chai";
import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import {
  CONSERVATION_REFUSALS,
  judgeConservation,
  saysConservationBroken,
} from "../../../../handlers/operations/conservation";
import { quarantineGrowth } from "../../../../handlers/operations/quarantine-growth";
import { etlSuccessRate } from "../../../../handlers/operations/success-rate";
import {
  firstComparedHour,
  hourOf,
  lastWholeHour,
  QUIET_BYTES,
  volumeOff,
} from "../../../../handlers/operations/volume";
import { warehouseUnhealthy, type WarehouseState } from "../../../../handlers/operations/warehouse-health";
import { JOBS_DIRECTORY } from "../../support/zone";
import { at, run } from "./memory-state";

const NOW = new Date(at(24 * 60));

describe("ETL success rate", () => {
  it("counts runs that ended in the last seven days, stopped ones on neither side", () => {
    const runs = [
      run({ to: 1 }),
      run({ to: 2 }),
      run({ job: "gold", to: 3, state: "TIMEOUT" }),
      run({ to: 4, state: "STOPPED" }),
      run({ to: -7 * 1440 + 1439, state: "FAILED" }),
      run({ to: 1441, state: "FAILED" }),
      run({ job: "archive", to: 5, state: "ERROR" }),
    ];
    expect(etlSuccessRate(runs, NOW)).to.equal(50);
    expect(etlSuccessRate([run({ state: "STOPPED" })], NOW)).to.equal(undefined);
    expect(etlSuccessRate([], NOW)).to.equal(undefined);
  });

  it("counts a run that Glue repeated once, by its last attempt, in whatever order", () => {
    const first = run({ runId: "jr_1", to: 10, state: "FAILED", retried: true });
    const second = run({ runId: "jr_1_attempt_1", to: 20 });
    expect(etlSuccessRate([first], NOW)).to.equal(undefined);
    expect(etlSuccessRate([first, second], NOW)).to.equal(100);
    expect(etlSuccessRate([second, first], NOW)).to.equal(100);
    expect(etlSuccessRate([first, { ...second, state: "FAILED" }], NOW)).to.equal(0);
  });

  it("is a percentage, whatever ran (property)", () => {
    const state = fc.constantFrom("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR");
    const rows = fc.array(fc.record({ to: fc.integer({ min: -20_000, max: 2_000 }), state }));
    fc.assert(
      fc.property(rows, (made) => {
        const rate = etlSuccessRate(made.map(run), NOW);
        if (rate !== undefined) expect(rate).to.be.within(0, 100);
      }),
    );
  });
});

describe("conservation", () => {
  it("holds a silver report to read = accepted + quarantined + duplicates (property)", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: -3, max: 3 }),
        (accepted, quarantined, duplicates, off) => {
          const read = accepted + quarantined + duplicates + off;
          fc.pre(read >= 0);
          const verdict = judgeConservation("silver", { read, accepted, quarantined, duplicates });
          expect(verdict).to.equal(off === 0 ? "kept" : "broken");
        },
      ),
    );
  });

  it("finds what contradicts itself in reports of gold and archive", () => {
    expect(judgeConservation("gold", { read: 0, fact_rows: 0, sales_rows: 0 })).to.equal("kept");
    expect(judgeConservation("gold", { read: 9, fact_rows: 9, sales_rows: 3 })).to.equal("kept");
    expect(judgeConservation("gold", { read: 10, fact_rows: 9, sales_rows: 3 })).to.equal("broken");
    expect(judgeConservation("gold", { read: 3, fact_rows: 3, sales_rows: 9 })).to.equal("broken");
    expect(judgeConservation("gold", { read: 3, fact_rows: 3, sales_rows: 0 })).to.equal("broken");
    const none = { dates: [], rows: 0, files: 0, bytes: 0 };
    const one = { dates: ["2026-08-01"], rows: 5, files: 1, bytes: 100 };
    expect(judgeConservation("archive", none)).to.equal("kept");
    expect(judgeConservation("archive", one)).to.equal("kept");
    expect(judgeConservation("archive", { ...none, rows: 1 })).to.equal("broken");
    expect(judgeConservation("archive", { ...one, files: 0 })).to.equal("broken");
    expect(judgeConservation("archive", { ...one, bytes: 0 })).to.equal("broken");
  });

  it("takes a report that lacks a number for one that accounts for nothing", () => {
    for (const report of [undefined, null, "text", {}, { read: 1, accepted: 1, quarantined: 0 }]) {
      for (const job of ["silver", "gold", "archive"] as const) {
        expect(judgeConservation(job, report)).to.equal("broken");
      }
    }
    const suppressing = { read: 10, accepted: 6, quarantined: 1, duplicates: 1 };
    expect(judgeConservation("silver", { ...suppressing, suppressed: 2 })).to.equal("kept");
    expect(judgeConservation("silver", { ...suppressing, suppressed: "2" })).to.equal("broken");
    expect(judgeConservation("silver", { ...suppressing, late: 2 })).to.equal("kept");
    expect(judgeConservation("silver", { ...suppressing, suppressed: 1, late: 1 })).to.equal("kept");
    expect(judgeConservation("silver", { ...suppressing, suppressed: 2, late: -1 })).to.equal("broken");
    expect(judgeConservation("silver", suppressing)).to.equal("broken");
    expect(judgeConservation("silver", { read: NaN, accepted: 1, quarantined: 0, duplicates: 0 })).to.equal("broken");
  });

  it("knows every refusal of the jobs by its text, and no other failure", () => {
    const texts = ["silver_tables.py", "gold.py", "archive_date.py"].flatMap((file) => {
      const source = readFileSync(path.join(JOBS_DIRECTORY, "clickstream_jobs", file), "utf8");
      return [...source.matchAll(/raise ConservationError\(\s*((?:f?"[^"]*"\s*)+)\)/g)].map(([, text = ""]) =>
        [...text.matchAll(/"([^"]*)"/g)].map(([, part = ""]) => part).join(""),
      );
    });
    expect(texts).to.have.length(CONSERVATION_REFUSALS.length);
    for (const text of texts) {
      // Glue's event, with numbers where the job puts them.
      const message = text.replace(/\{[^}]*\}/g, "12");
      expect(saysConservationBroken(`SystemExit: bronze_to_silver: ${message}`), message).to.equal(true);
    }
    expect(
      saysConservationBroken("quality score 94 % is under the gate of 95 %: 6 of 100 rows are in quarantine"),
    ).to.equal(false);
  });
});

describe("quarantine growth", () => {
  const usual = [1, 2, 3].map((to) => run({ to, read: 100_000, quarantined: 1_000 }));

  it("is 1 for the usual share, and its multiple for more", () => {
    expect(quarantineGrowth(run({ to: 9, read: 100_000, quarantined: 1_000 }), usual)).to.be.closeTo(1, 1e-9);
    expect(quarantineGrowth(run({ to: 9, read: 100_000, quarantined: 4_000 }), usual)).to.be.closeTo(4, 0.05);
  });

  it("says nothing by one bad row of ten, and nothing without rows or a past", () => {
    expect(quarantineGrowth(run({ to: 9, read: 10, quarantined: 1 }), usual)).to.be.below(1.2);
    expect(quarantineGrowth(run({ to: 9, read: 0, quarantined: 0 }), usual)).to.equal(undefined);
    expect(quarantineGrowth(run({ to: 9, read: 10, quarantined: 1 }), usual.slice(1))).to.equal(undefined);
    expect(quarantineGrowth(run({ to: 2, read: 10, quarantined: 1 }), usual)).to.equal(undefined);
  });

  it("is finite and not negative, also after a spotless past, and grows with bad rows (property)", () => {
    const row = fc.record({
      to: fc.integer({ min: 1, max: 50 }),
      read: fc.nat(1_000_000),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 8 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.nat(1_000_000),
        (made, read, bad) => {
          const others = made.map(({ share, ...one }) => run({ ...one, quarantined: Math.floor(share * one.read) }));
          const quarantined = Math.min(read, bad);
          const found = quarantineGrowth(run({ to: 60, read, quarantined }), others);
          if (found === undefined) return;
          expect(Number.isFinite(found) && found >= 0).to.equal(true);
          const worse = quarantineGrowth(run({ to: 60, read, quarantined: read }), others) ?? NaN;
          expect(worse).to.be.at.least(found);
        },
      ),
    );
  });
});

describe("volume", () => {
  const now = new Date("2026-11-25T14:05:00Z");
  const MB = 1024 * 1024;
  /** The same hour of the days before, the last first, and the judged hour. */
  const hours = (judged: number, ...before: number[]) => [
    { hour: "2026-11-25T13", bytes: judged },
    ...before.map((bytes, day) => ({
      hour: hourOf(Date.parse("2026-11-25T13:00:00Z") - (day + 1) * 86_400_000),
      bytes,
    })),
  ];

  it("judges the last hour that is whole, five minutes after its end", () => {
    expect(lastWholeHour(now)).to.equal("2026-11-25T13");
    expect(lastWholeHour(new Date("2026-11-25T14:04:59Z"))).to.equal("2026-11-25T12");
    expect(firstComparedHour(now)).to.equal("2026-11-18T13");
  });

  it("has no verdict with less than three days of history", () => {
    expect(volumeOff(hours(MB, MB, MB), now)).to.equal(undefined);
    expect(volumeOff([], now)).to.equal(undefined);
    expect(volumeOff(hours(MB, MB, MB, MB), now)).to.equal(0);
  });

  it("finds far more and far less, also nothing at all", () => {
    const usual = [10, 11, 9, 10, 4, 4, 10].map((size) => size * MB);
    for (const [bytes, verdict] of [
      [10 * MB, 0],
      [2 * MB, 0],
      [1 * MB, 1],
      [0, 1],
      [30 * MB, 0],
      [34 * MB, 1],
    ] as const) {
      expect(volumeOff(hours(bytes, ...usual), now), `${bytes}`).to.equal(verdict);
    }
    expect(volumeOff(hours(0, ...usual).slice(1), now), "no row at all").to.equal(1);
  });

  it("forgives one odd day, and lets quiet nights be quiet", () => {
    expect(volumeOff(hours(MB, 10 * MB, 0, 10 * MB, 10 * MB), now)).to.equal(1);
    expect(volumeOff(hours(40 * MB, 10 * MB, 900 * MB, 10 * MB, 10 * MB), now)).to.equal(1);
    expect(volumeOff(hours(0, 0, 0, 0, 0), now)).to.equal(0);
    expect(volumeOff(hours(3 * QUIET_BYTES, 0, 0, 0, 0), now)).to.equal(0);
    expect(volumeOff(hours(3 * QUIET_BYTES + 1, 0, 0, 0, 0), now)).to.equal(1);
  });

  it("finds nothing in an hour within the limits of any two days (property)", () => {
    const size = fc.integer({ min: 0, max: 100 * MB });
    fc.assert(
      fc.property(
        fc.array(size, { minLength: 3, maxLength: 7 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (before, where) => {
          const sorted = [...before].sort((one, other) => one - other);
          const [low, high] = [sorted[1] ?? 0, sorted[sorted.length - 2] ?? 0];
          const [least, most] = [Math.min(low, high), Math.max(low, high)];
          expect(volumeOff(hours(least + where * (most - least), ...before), now)).to.equal(0);
        },
      ),
    );
  });
});

describe("health of the warehouse", () => {
  const cluster = (status: string, availability?: string): WarehouseState => ({
    kind: "cluster",
    found: { status, ...(availability === undefined ? {} : { availability }) },
  });

  it("is bad when nobody can ask it and nobody asked for that", () => {
    for (const state of [
      cluster("available", "Unavailable"),
      cluster("available", "Failed"),
      cluster("hardware-failure", "Unavailable"),
      cluster("incompatible-network"),
      cluster("storage-full", "Available"),
      { kind: "cluster" } as const,
      { kind: "workgroup" } as const,
      { kind: "workgroup", found: { status: "DELETING" } } as const,
    ]) {
      expect(warehouseUnhealthy(state), JSON.stringify(state)).to.equal(1);
    }
  });

  it("is good while it sleeps, wakes, is resized or maintained", () => {
    for (const status of ["paused", "pausing", "resuming", "resizing", "rebooting", "modifying", "creating"]) {
      expect(warehouseUnhealthy(cluster(status, "Unavailable")), status).to.equal(0);
    }
    for (const availability of ["Available", "Maintenance", "Modifying", undefined]) {
      expect(warehouseUnhealthy(cluster("available", availability))).to.equal(0);
    }
    for (const status of ["AVAILABLE", "CREATING", "MODIFYING"]) {
      expect(warehouseUnhealthy({ kind: "workgroup", found: { status } })).to.equal(0);
    }
  });
});
