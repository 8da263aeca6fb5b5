import { expect } from "chai";
import fc from "fast-check";
import { EventGenerator, type ExpectedCounts } from "../../../automation/generate/generator";
import {
  defaultGenerateOptions,
  generateOptionsSchema,
  type GenerateOptions,
} from "../../../automation/generate/options";

const END = new Date("2026-03-02T12:00:00Z");
const THRESHOLD = 1000;

interface Made {
  lines: string[];
  landed: Date[];
  expected: ExpectedCounts;
}

function make(options: Partial<GenerateOptions>): Made {
  const generator = new EventGenerator({ ...defaultGenerateOptions(END), events: 300, ...options }, THRESHOLD);
  const made = [...generator.lines()];
  return {
    lines: made.map(({ line }) => line.toString()),
    landed: made.map(({ landedAt }) => landedAt),
    expected: generator.expected,
  };
}

const parsed = (line: string): Record<string, unknown> | undefined => {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};

describe("EventGenerator", () => {
  it("gives the same lines for the same seed and others for another", () => {
    expect(make({ seed: 7 }).lines).to.deep.equal(make({ seed: 7 }).lines);
    expect(make({ seed: 7 }).lines).not.to.deep.equal(make({ seed: 8 }).lines);
  });

  it("counts exactly what it writes, for any knobs", () => {
    const knob = fc.integer({ min: 0, max: 30 });
    const knobs = fc.record({
      seed: fc.nat(10_000),
      events: fc.integer({ min: 1, max: 400 }),
      retriedPercent: knob,
      replayedPercent: knob,
      latePercent: knob,
      corruptPercent: knob,
      driftPercent: knob,
      botPercent: knob,
    });
    fc.assert(
      fc.property(knobs, (options) => {
        const { lines, expected } = make(options);
        expect(lines.length).to.equal(expected.read);
        expect(expected.read).to.equal(expected.accepted + expected.quarantined + expected.duplicates);
        expect(expected.accepted + expected.quarantined).to.equal(options.events);
        expect(expected.duplicates).to.equal(expected.retried + expected.replayed);
        const corrupt = Object.values(expected.corrupt).reduce((sum, count) => sum + count, 0);
        expect(corrupt).to.equal(expected.quarantined);
      }),
      { numRuns: 40 },
    );
  });

  it("agrees with a recount of its own lines where nothing is corrupt", () => {
    const { lines, expected } = make({ events: 4_000, corruptPercent: 0, retriedPercent: 5, replayedPercent: 5 });
    const byId = new Map(lines.map((line) => [parsed(line)?.["event_id"], parsed(line)]));
    expect(byId.size).to.equal(expected.accepted);
    const orders = [...byId.values()].flatMap((event) => {
      const order = event?.["order"] as { id: string; amount: number } | undefined;
      return order === undefined ? [] : [order];
    });
    expect(orders.length).to.equal(expected.purchases).and.to.be.greaterThan(0);
    expect(orders.reduce((sum, { amount }) => sum + Math.round(amount * 100), 0)).to.equal(expected.revenueCents);
    expect(orders.filter(({ amount }) => amount >= THRESHOLD).length).to.equal(expected.alerts);
    const users = new Set([...byId.values()].flatMap((event) => event?.["user_id"] ?? []));
    expect(users.size).to.equal(expected.users);
  });

  it("lands nothing before it happened or after the end", () => {
    const { lines, landed } = make({ events: 2_000, corruptPercent: 0, latePercent: 30, replayedPercent: 20 });
    lines.forEach((line, at) => {
      const happened = new Date(String(parsed(line)?.["event_timestamp"]));
      expect(landed[at]?.getTime()).to.be.at.least(happened.getTime()).and.below(END.getTime());
    });
  });

  it("follows the day: evenings are busier than nights", () => {
    const { lines } = make({ events: 4_000, days: 10, corruptPercent: 0 });
    const hours = lines.map((line) => new Date(String(parsed(line)?.["event_timestamp"])).getUTCHours());
    const within = (from: number, to: number): number => hours.filter((hour) => hour >= from && hour < to).length;
    expect(within(18, 22)).to.be.greaterThan(3 * within(1, 5));
  });
});

describe("generateOptionsSchema", () => {
  it("pins the defaults", () => {
    expect(defaultGenerateOptions(new Date("2026-03-02T12:34:56Z"))).to.deep.equal({
      events: 10_000,
      seed: 42,
      end: END,
      days: 2,
      retriedPercent: 1,
      replayedPercent: 1,
      latePercent: 1,
      corruptPercent: 1,
      driftPercent: 2,
      botPercent: 3,
    });
  });

  for (const [key, value] of [
    ["events", 0],
    ["events", 1.5],
    ["corruptPercent", 51],
    ["latePercent", -1],
    ["days", 401],
  ] as const) {
    it(`rejects ${key} = ${String(value)}`, () => {
      const result = generateOptionsSchema.safeParse({ ...defaultGenerateOptions(END), [key]: value });
      expect(result.success).to.equal(false);
      expect(result.error?.issues[0]?.path).to.deep.equal([key]);
    });
  }
});
