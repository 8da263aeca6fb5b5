import { expect } from "chai";
import fc from "fast-check";
import {
  decide,
  MOST_IN_ALL,
  MOST_PER_ALARM,
  NOTHING_TOLD,
  undo,
  WINDOW_MS,
  type Candidate,
  type Decision,
  type Told,
} from "../../../../handlers/operations/notifier-limit";

const START = Date.parse("2026-11-25T00:00:00Z");

/** Changes of a few alarms over some hours, in the order in which they are delivered, which is not that of time. */
const candidates = (alarms: number): fc.Arbitrary<Candidate[]> =>
  fc
    .array(
      fc.record({
        alarm: fc.integer({ min: 1, max: alarms }),
        minutes: fc.integer({ min: 0, max: 300 }),
        recovery: fc.boolean(),
      }),
      { maxLength: 120 },
    )
    .map((changes) =>
      changes.map(({ alarm, minutes, recovery }, index) => ({
        key: `alarm-${String(alarm)}`,
        message: `m-${String(index)}`,
        owner: `r-${String(index)}`,
        at: START + minutes * 60_000,
        kind: recovery ? ("recovery" as const) : ("alarm" as const),
        toldElsewhere: false,
      })),
    );

interface Run {
  told: Told;
  decisions: [Candidate, Decision][];
}

function run(given: readonly Candidate[]): Run {
  const result: Run = { told: NOTHING_TOLD, decisions: [] };
  for (const candidate of given) {
    const { told, decision } = decide(result.told, candidate);
    result.told = told;
    result.decisions.push([candidate, decision]);
  }
  return result;
}

const sentOf = ({ decisions }: Run): Candidate[] =>
  decisions.filter(([, { kind }]) => kind === "send").map(([candidate]) => candidate);

/** The most of these instants that fall into one window. */
function mostInWindow(times: readonly number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + WINDOW_MS).length));
}

describe("rate limit of messages", () => {
  it("no hour has more than three messages of an alarm, or thirty in all, whatever the order of delivery", () => {
    fc.assert(
      fc.property(candidates(25), (given) => {
        const sent = sentOf(run(given));
        expect(mostInWindow(sent.map(({ at }) => at))).to.be.at.most(MOST_IN_ALL);
        for (const key of new Set(sent.map((one) => one.key))) {
          const times = sent.filter((one) => one.key === key).map(({ at }) => at);
          expect(mostInWindow(times)).to.be.at.most(MOST_PER_ALARM);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("reaches both limits: what is allowed is sent", () => {
    const at = (n: number, key: string): Candidate => ({
      key,
      message: `m-${String(n)}`,
      owner: "r",
      at: START + n,
      kind: "alarm",
      toldElsewhere: false,
    });
    const one = run([1, 2, 3, 4].map((n) => at(n, "a")));
    expect(one.decisions.map(([, { kind }]) => kind)).to.deep.equal(["send", "send", "send", "hold"]);
    const many = run(Array.from({ length: 31 }, (_, n) => at(n, `a-${String(n)}`)));
    expect(sentOf(many)).to.have.length(30);
    const anHourLater = decide(many.told, { ...at(99, "late"), at: START + 31 + WINDOW_MS });
    expect(anHourLater.decision).to.deep.equal({ kind: "send", heldBack: { "a-30": 1 } });
  });

  it("every message held back is told exactly once, or still waits to be", () => {
    fc.assert(
      fc.property(candidates(4), (given) => {
        const result = run(given);
        const count = (record: Readonly<Record<string, number>>): number =>
          Object.values(record).reduce((sum, one) => sum + one, 0);
        const held = result.decisions.filter(([, { kind }]) => kind === "hold").length;
        const told = result.decisions.map(([, decision]) => (decision.kind === "send" ? count(decision.heldBack) : 0));
        expect(told.reduce((sum, one) => sum + one, 0) + count(result.told.heldBack)).to.equal(held);
      }),
      { numRuns: 150 },
    );
  });

  it("a recovery is sent only after its alarm, and once", () => {
    fc.assert(
      fc.property(candidates(3), (given) => {
        const open = new Set<string>();
        for (const { key, kind } of sentOf(run(given))) {
          if (kind === "recovery") expect(open.has(key)).to.equal(true);
          if (kind === "recovery") open.delete(key);
          else open.add(key);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("any number of repeated deliveries by other invocations changes nothing", () => {
    fc.assert(
      fc.property(candidates(4), fc.array(fc.nat()), (given, repeats) => {
        const result = run(given);
        for (const repeat of repeats) {
          const candidate = given[repeat % Math.max(1, given.length)];
          if (candidate === undefined) continue;
          const again = decide(result.told, { ...candidate, owner: "another" });
          expect(again).to.deep.equal({
            decision: { kind: "skip", reason: "repeated delivery" },
            told: result.told,
          });
        }
      }),
      { numRuns: 100 },
    );
  });

  it("what is taken back leaves the record as it was, so that the retry is decided as the first try was", () => {
    fc.assert(
      fc.property(candidates(3), (given) => {
        let told = NOTHING_TOLD;
        const opened = new Set<string>();
        for (const candidate of given) {
          const first = decide(told, candidate);
          // An alarm told again while it is open is not closed again by taking it back; the rest is exact.
          if (first.decision.kind === "send" && !(candidate.kind === "alarm" && opened.has(candidate.key))) {
            const back = undo(first.told, candidate.message);
            expect({ ...back, open: { ...back.open } }).to.deep.equal({ ...told, open: { ...told.open } });
            expect(decide(back, { ...candidate, owner: "retry" }).decision).to.deep.equal(first.decision);
          }
          if (first.decision.kind === "send") {
            if (candidate.kind === "alarm") opened.add(candidate.key);
            else opened.delete(candidate.key);
          }
          told = first.told;
        }
      }),
      { numRuns: 100 },
    );
  });
});
