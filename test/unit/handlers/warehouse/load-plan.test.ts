import { expect } from "chai";
import * as fc from "fast-check";
import { daysBefore, isEmpty, planLoad, type LoadState } from "../../../../handlers/warehouse/load-plan";

const day = fc.integer({ min: 0, max: 40 }).map((n) => daysBefore(new Date("2026-03-10T00:00:00Z"), n));
const side = fc.array(fc.tuple(day, fc.constantFrom("s3://g/run=1/", "s3://g/run=2/"))).map((pairs) => new Map(pairs));
const states = fc.record({
  lake: side,
  hot: side,
  lakeUsers: fc.option(fc.constantFrom("u1", "u2"), { nil: undefined }),
  hotUsers: fc.option(fc.constantFrom("u1", "u2"), { nil: undefined }),
  boundary: fc.oneof(day, fc.constant("9999-12-31")),
});

/** What the warehouse holds after a plan was carried out. */
function after(state: LoadState, hotFrom: string): LoadState {
  const plan = planLoad(state, { hotFrom });
  const hot = new Map(state.hot);
  for (const { date, location } of plan.load) hot.set(date, location);
  for (const date of plan.remove) hot.delete(date);
  if (plan.boundary !== undefined) for (const date of [...hot.keys()]) if (date < plan.boundary.to) hot.delete(date);
  return { ...state, hot, hotUsers: plan.users ?? state.hotUsers, boundary: plan.boundary?.to ?? state.boundary };
}

describe("plan of a load", () => {
  const HOT_FROM = "2026-02-08";

  it("ends with exactly the lake's dates of the hot window, and then finds nothing to do", () => {
    fc.assert(
      fc.property(states, (state) => {
        const done = after(state, HOT_FROM);
        const wanted = [...state.lake].filter(([date]) => date >= HOT_FROM);
        for (const [date, location] of wanted) expect(done.hot.get(date)).to.equal(location);
        for (const date of done.hot.keys()) if (date >= HOT_FROM) expect(state.lake.has(date)).to.equal(true);
        expect(isEmpty(planLoad(done, { hotFrom: HOT_FROM }))).to.equal(true);
      }),
    );
  });

  it("moves one date out when today moves on by one day", () => {
    const lake = new Map([0, 1, 2].map((n) => [daysBefore(new Date("2026-03-10T00:00:00Z"), n), `l${n}`]));
    const state = { lake, hot: new Map(lake), lakeUsers: "u", hotUsers: "u", boundary: "2026-03-08" };
    const plan = planLoad(state, { hotFrom: "2026-03-09" });
    expect(plan).to.deep.equal({
      load: [],
      remove: [],
      users: undefined,
      boundary: { from: "2026-03-08", to: "2026-03-09" },
    });
  });

  it("looks at nothing but the dates asked for, and loads them again if told so", () => {
    const lake = new Map([
      ["2026-03-01", "a"],
      ["2026-03-02", "b"],
      ["2026-03-03", "c"],
    ]);
    const state = { lake, hot: new Map(lake), lakeUsers: undefined, hotUsers: undefined, boundary: "2026-02-01" };
    const only = { from: "2026-03-02", to: "2026-03-02" };
    expect(isEmpty(planLoad(state, { hotFrom: "2026-02-01", only }))).to.equal(true);
    const again = planLoad(state, { hotFrom: "2026-02-15", only, again: true });
    expect(again.load).to.deep.equal([{ date: "2026-03-02", location: "b" }]);
    expect(again.boundary).to.equal(undefined);
  });
});
