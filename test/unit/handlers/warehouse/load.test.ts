import { expect } from "chai";
import { loadWarehouse, type LoadDependencies } from "../../../../handlers/warehouse/load";
import { loadDate, moveBoundary } from "../../../../handlers/warehouse/load-sql";
import { handleMessages, windowOf } from "../../../../handlers/warehouse/loader";
import { wake } from "../../../../handlers/warehouse/wake";

import { fakeClock, FakeWarehouse, silenced } from "./fake-warehouse";

const BOUNDARY = "SELECT CAST(hot_from";
const DATES = "SELECT CAST(event_date";

/** A lake of given dates, and a warehouse that books what it loads. */
function setting(dates: Record<string, string>): LoadDependencies & { warehouse: FakeWarehouse } {
  const warehouse = new FakeWarehouse();
  warehouse.answers.set(BOUNDARY, [["9999-12-31"]]);
  const take = warehouse.transaction;
  const booked = new Map<string, string>();
  const transaction = async (statements: readonly string[]): Promise<void> => {
    await take(statements);
    for (const sql of statements) {
      const [, date, location] = /^INSERT INTO ops.loaded_dates .*CAST\('([^']+)' AS DATE\), '([^']+)'/.exec(sql) ?? [];
      if (date !== undefined && location !== undefined) booked.set(date, location);
      const [, moved] = /^UPDATE ops.tier_boundary SET hot_from = '([^']+)'/.exec(sql) ?? [];
      if (moved !== undefined) warehouse.answers.set(BOUNDARY, [[moved]]);
    }
    warehouse.answers.set(DATES, [...booked]);
  };
  return {
    warehouse: Object.assign(warehouse, { transaction }),
    lake: { dates: () => Promise.resolve(new Map(Object.entries(dates))), users: () => Promise.resolve(undefined) },
    wake: () => Promise.resolve(),
    clock: fakeClock(),
    role: "arn:aws:iam::123456789012:role/lake",
  };
}

describe("load of the warehouse", () => {
  it("loads the hot dates, each in its own transaction, moves the boundary last, and refreshes the view", async () => {
    const deps = setting({ "2026-01-01": "s3://g/old/", "2026-03-01": "s3://g/a/", "2026-03-02": "s3://g/b/" });
    const report = await silenced(() => loadWarehouse(deps, { hotFrom: "2026-02-15" }));
    expect(report.loaded).to.deep.equal(["2026-03-01", "2026-03-02"]);
    expect(report.hotFrom).to.equal("2026-02-15");
    expect(deps.warehouse.calls.map(({ kind, statements }) => `${kind} ${statements.length}`)).to.deep.equal([
      "transaction 9",
      "transaction 9",
      "transaction 6",
      "execute 1",
    ]);
  });

  it("tries a transaction again that lost against another one, but no other failure", async () => {
    const deps = setting({ "2026-03-01": "s3://g/a/" });
    Object.assign(deps.warehouse, { failing: /^COPY/, failures: 1, message: "ERROR: 1023 Serializable isolation" });
    await silenced(() => loadWarehouse(deps, { hotFrom: "2026-02-15" }));
    const bad = setting({ "2026-03-01": "s3://g/a/" });
    Object.assign(bad.warehouse, { failing: /^COPY/, failures: 1, message: "ERROR: staged and gold differ" });
    const error = await silenced(() =>
      loadWarehouse(bad, { hotFrom: "2026-02-15" }).catch((reason: unknown) => reason),
    );
    expect(String(error)).to.contain("staged and gold differ");
    expect(bad.warehouse.calls).to.deep.equal([]);
  });

  it("plans again when another load moved the boundary first", async () => {
    const deps = setting({ "2026-03-01": "s3://g/a/" });
    Object.assign(deps.warehouse, {
      failing: /^UPDATE ops/,
      failures: 1,
      message: "ERROR: the boundary moved meanwhile",
    });
    const report = await silenced(() => loadWarehouse(deps, { hotFrom: "2026-02-15" }));
    expect(report.hotFrom).to.equal("2026-02-15");
    expect(report.loaded).to.deep.equal(["2026-03-01"]);
  });

  it("gives up on a lake that never rests", async () => {
    const deps = setting({});
    let run = 0;
    deps.lake.dates = () => Promise.resolve(new Map([["2026-03-01", `s3://g/run=${(run += 1)}/`]]));
    const error = await silenced(() =>
      loadWarehouse(deps, { hotFrom: "2026-02-15" }).catch((reason: unknown) => reason),
    );
    expect(String(error)).to.contain("moved during each of 5 passes");
  });

  it("compares with gold inside the transaction, before it touches the old rows", () => {
    const [lock, , copy, compare, remove] = loadDate("2026-03-01", "s3://g/it's/", "role");
    expect(lock).to.match(/^LOCK TABLE/);
    expect(copy).to.contain("'s3://g/it''s/'");
    expect(compare).to.contain("lake.fact_clicks").and.contain("AS INTEGER");
    expect(remove).to.match(/^DELETE FROM hot.fact_clicks/);
  });

  it("compares exactly the dates that change sides, whichever way the boundary moves", () => {
    for (const [from, to] of [
      ["2026-03-01", "2026-03-02"],
      ["2026-03-02", "2026-03-01"],
    ] as const) {
      expect(moveBoundary(from, to)[2]).to.contain("event_date >= '2026-03-01' AND event_date < '2026-03-02'");
    }
  });
});

describe("request of a load", () => {
  const now = new Date("2026-03-31T23:59:00Z");

  it("ends today, or when it is told", () => {
    expect(windowOf({}, 30, now)).to.deep.equal({ hotFrom: "2026-03-01" });
    expect(windowOf({ asOf: "2026-03-11T00:00:00Z", again: true }, 30, now)).to.deep.equal({
      hotFrom: "2026-02-09",
      again: true,
    });
  });

  for (const [request, says] of [
    [{ from: "2026-03-01" }, "both ends"],
    [{ from: "2026-02-30", to: "2026-03-01" }, "2026-02-30"],
    [{ from: "2026-03-05", to: "2026-03-01" }, "exchange"],
    [{ from: "2026-01-01", to: "2026-01-31" }, "first hot date"],
    [{ asOf: "yesterday" }, "yesterday"],
  ] as const) {
    it(`refuses ${JSON.stringify(request)}`, () => {
      expect(() => windowOf(request, 30, now)).to.throw(says);
    });
  }

  it("fails all its messages, and asks for them again in a minute", async () => {
    const postponed: string[] = [];
    const Records = ["a", "b"].map((id) => ({ messageId: id, receiptHandle: `h${id}`, body: "{}" }));
    const answer = await silenced(() =>
      handleMessages(
        { Records },
        () => Promise.reject(new Error("paused")),
        (handle, seconds) => {
          postponed.push(`${handle} ${seconds}`);
          return Promise.resolve();
        },
      ),
    );
    expect(answer.batchItemFailures).to.deep.equal([{ itemIdentifier: "a" }, { itemIdentifier: "b" }]);
    expect(postponed).to.deep.equal(["ha 60", "hb 60"]);
  });
});

describe("waking a cluster", () => {
  it("resumes a paused one once and waits for it", async () => {
    const states = ["paused", "resuming", "resuming", "available"];
    let resumed = 0;
    const cluster = {
      status: () => Promise.resolve(states.shift() ?? "available"),
      resume: () => {
        resumed += 1;
        return Promise.resolve();
      },
    };
    await silenced(() => wake(cluster, fakeClock()));
    expect(resumed).to.equal(1);
  });

  it("comes back later when time is short, and says so when time does not help", async () => {
    const of = (status: string) => ({ status: () => Promise.resolve(status), resume: () => Promise.resolve() });
    const tired = await wake(of("resuming"), fakeClock(60_000)).catch((reason: unknown) => reason);
    expect(String(tired)).to.contain("still resuming");
    const broken = await wake(of("incompatible-network"), fakeClock()).catch((reason: unknown) => reason);
    expect(String(broken)).to.contain("incompatible-network").and.contain("repaired");
  });
});
