import { expect } from "chai";
import * as fc from "fast-check";
import {
  CLOCK_SKEW_MS,
  coveredUpTo,
  dataFreshness,
  goldFreshness,
  lagSeconds,
  type FreshnessInput,
} from "../../../../handlers/operations/freshness";
import { at, run } from "./memory-state";

const NOW = new Date(at(24 * 60));

function input(fields: Partial<FreshnessInput> = {}): FreshnessInput {
  return { now: NOW, landed: {}, heartbeats: [], heartbeatsCount: true, expectData: true, ...fields };
}

/** ISO texts of up to two days before `NOW`. */
const past = fc.integer({ min: 0, max: 2 * 86_400_000 }).map((ms) => new Date(NOW.getTime() - ms).toISOString());
const anyInput = fc.record({
  now: fc.constant(NOW),
  landed: fc.record({ newestEvent: past, newestLanding: past }, { requiredKeys: [] }),
  heartbeats: fc.array(past, { maxLength: 3 }),
  heartbeatsCount: fc.boolean(),
  firstPulse: past,
  expectData: fc.boolean(),
});
const anyRuns = fc.array(
  fc.record({
    job: fc.constantFrom("silver" as const, "gold" as const),
    state: fc.constantFrom("SUCCEEDED", "FAILED"),
    from: fc.integer({ min: 0, max: 1400 }),
    length: fc.integer({ min: 1, max: 30 }),
  }),
  { maxLength: 6 },
);
const rows = (made: { job: "silver" | "gold"; state: string; from: number; length: number }[]) =>
  made.map(({ from, length, ...row }) => run({ ...row, from, to: from + length }));

describe("data freshness", () => {
  it("counts from the newest event, but never from later than its landing", () => {
    const landed = { newestEvent: at(1430), newestLanding: at(1431) };
    expect(dataFreshness(input({ landed }))).to.equal(600);
    // A producer's clock is years ahead.
    const ahead = { newestEvent: "2031-01-01T00:00:00Z", newestLanding: at(1425) };
    expect(dataFreshness(input({ landed: ahead }))).to.equal(900);
  });

  it("is fresh on a quiet night with a heartbeat, unless heartbeats are ignored", () => {
    const landed = { newestEvent: at(1349), newestLanding: at(1349) };
    const heartbeats = [at(1300), at(1438)];
    expect(dataFreshness(input({ landed, heartbeats }))).to.equal(120);
    expect(dataFreshness(input({ landed, heartbeats, heartbeatsCount: false }))).to.equal(91 * 60);
    expect(dataFreshness(input({ heartbeats }))).to.equal(120);
  });

  it("ignores a heartbeat from the future, and one that is no time", () => {
    const landed = { newestEvent: at(1430), newestLanding: at(1430) };
    const future = new Date(NOW.getTime() + CLOCK_SKEW_MS + 1).toISOString();
    expect(dataFreshness(input({ landed, heartbeats: [future, "yesterday"] }))).to.equal(600);
    const skewed = new Date(NOW.getTime() + CLOCK_SKEW_MS).toISOString();
    expect(dataFreshness(input({ landed, heartbeats: [skewed] }))).to.equal(0);
  });

  it("has no value before data ever landed, or counts from the first pulse if data is expected", () => {
    expect(dataFreshness(input({ firstPulse: at(1340) }))).to.equal(6000);
    expect(dataFreshness(input({ firstPulse: at(1340), expectData: false }))).to.equal(undefined);
    expect(dataFreshness(input())).to.equal(undefined);
  });

  it("is never negative, grows with time, and heartbeats only make it smaller (property)", () => {
    fc.assert(
      fc.property(anyInput, past, fc.nat(86_400), (given, beat, seconds) => {
        const found = dataFreshness(given);
        const later = dataFreshness({ ...given, now: new Date(NOW.getTime() + seconds * 1000) });
        expect(found === undefined).to.equal(later === undefined);
        if (found === undefined || later === undefined) return;
        expect(found).to.be.at.least(0);
        expect(later).to.be.closeTo(found + seconds, 1e-6);
        // The first pulse is only a stand-in: a first heartbeat takes its place, and may be older.
        const known = given.landed.newestEvent !== undefined || (given.heartbeatsCount && given.heartbeats.length > 0);
        const more = dataFreshness({ ...given, heartbeats: [...given.heartbeats, beat] }) ?? NaN;
        if (known) expect(more).to.be.at.most(found);
        if (!given.heartbeatsCount) expect(more).to.equal(found);
      }),
      { numRuns: 200 },
    );
  });
});

describe("gold freshness", () => {
  const landed = { newestEvent: at(1300), newestLanding: at(1301) };

  it("is covered by the last silver run that had ended when the last good gold run began", () => {
    const silver = [run({ from: 1310, to: 1320 }), run({ from: 1370, to: 1380 })];
    expect(coveredUpTo(silver)).to.equal(undefined);
    const gold = run({ job: "gold", from: 1321, to: 1330 });
    expect(coveredUpTo([...silver, gold])).to.equal(at(1310));
    const failed = run({ job: "gold", from: 1381, to: 1390, state: "FAILED" });
    expect(coveredUpTo([...silver, gold, failed])).to.equal(at(1310));
    expect(coveredUpTo([run({ from: 1310, to: 1325 }), gold])).to.equal(undefined);
    // A backfill or a replay took nothing that was new.
    expect(coveredUpTo([...silver.map((one) => ({ ...one, partial: true })), gold])).to.equal(undefined);
  });

  it("equals data freshness while nothing is pending, however long the night", () => {
    const runs = [run({ from: 1310, to: 1320 }), run({ job: "gold", from: 1321, to: 1330 })];
    expect(goldFreshness({ ...input({ landed }), runs })).to.equal(140 * 60);
    expect(goldFreshness({ ...input({ landed, heartbeats: [at(1439)] }), runs })).to.equal(60);
  });

  it("counts from the covering silver run's start once something landed after it", () => {
    const runs = [run({ from: 1310, to: 1320 }), run({ job: "gold", from: 1321, to: 1330 })];
    const more = { newestEvent: at(1439), newestLanding: at(1439) };
    expect(goldFreshness({ ...input({ landed: more }), runs })).to.equal(130 * 60);
  });

  it("counts from the first pulse while gold never ran, and at most the days that runs are looked at", () => {
    expect(goldFreshness({ ...input({ landed, firstPulse: at(1290) }), runs: [] })).to.equal(150 * 60);
    const old = "2026-01-01T00:00:00Z";
    const fresh = { newestEvent: at(1439), newestLanding: at(1439) };
    expect(goldFreshness({ ...input({ landed: fresh, firstPulse: old }), runs: [] })).to.equal(7 * 86_400);
    expect(goldFreshness({ ...input({ expectData: false }), runs: [] })).to.equal(undefined);
  });

  it("is never fresher than the data, and never negative (property)", () => {
    fc.assert(
      fc.property(anyInput, anyRuns, (given, made) => {
        const gold = goldFreshness({ ...given, runs: rows(made) });
        const data = dataFreshness(given);
        if (data !== undefined) expect(gold).to.be.at.least(data);
        if (gold !== undefined) expect(gold).to.be.at.least(0);
      }),
      { numRuns: 200 },
    );
  });

  it("gets no worse by one more good pair of runs (property)", () => {
    fc.assert(
      fc.property(anyInput, anyRuns, (given, made) => {
        const runs = rows(made);
        const pair = [run({ from: 1400, to: 1431 }), run({ job: "gold", from: 1432, to: 1439 })];
        const before = goldFreshness({ ...given, runs }) ?? Infinity;
        const covered = coveredUpTo(runs) ?? "";
        expect(coveredUpTo([...runs, ...pair]) ?? "").to.satisfy((now: string) => now >= covered);
        if (covered !== "") expect(goldFreshness({ ...given, runs: [...runs, ...pair] }) ?? 0).to.be.at.most(before);
      }),
      { numRuns: 200 },
    );
  });
});

describe("lag", () => {
  it("is the time between two instants, never negative, and unknown where one is", () => {
    expect(lagSeconds(at(10), at(4))).to.equal(360);
    expect(lagSeconds(at(4), at(10))).to.equal(0);
    expect(lagSeconds(undefined, at(4))).to.equal(undefined);
    expect(lagSeconds(at(4), "never")).to.equal(undefined);
  });
});
