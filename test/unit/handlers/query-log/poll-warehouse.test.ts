import { expect } from "chai";
import { isAwake, pollWarehouse, type PollDependencies } from "../../../../handlers/query-log/poll-warehouse";
import type { HistoryRow } from "../../../../handlers/query-log/redshift-record";
import { capturingLog } from "../support";
import { MemoryStaging, NOW } from "./support";

const SETTINGS = { kind: "cluster" as const, name: "wh", database: "analytics", secretArn: "arn:secret", teams: {} };
const row = (id: number, ended: string): HistoryRow => [
  id, "ann", "SELECT", "success", false, ended, ended, 0, 1_000, 1_000, 1, null, "SELECT 1", 0,
]; // prettier-ignore

interface Bench extends PollDependencies {
  staging: MemoryStaging;
  awake: boolean;
  mark: Date | undefined;
  /** `since` of each question. */
  asked: (string | undefined)[];
}

function bench(rows: HistoryRow[], mark?: Date): Bench {
  const deps: Bench = {
    settings: SETTINGS,
    team: "web",
    awake: true,
    mark,
    asked: [],
    staging: new MemoryStaging(),
    now: () => NOW,
    isAwake: async () => deps.awake,
    warehouse: {
      query: async (_sql, parameters) => {
        deps.asked.push(parameters?.["since"]);
        return rows.map((row) => [...row]);
      },
    },
    watermark: {
      get: async () => deps.mark,
      set: async (time) => void (deps.mark = time),
    },
  };
  return deps;
}

describe("pollWarehouse", () => {
  it("begins with all that is kept, then asks from an hour before the last poll", async () => {
    const deps = bench([row(1, "2026-11-25 11:00:00.000"), row(2, "2026-11-24 23:59:59.999")]);
    const first = await capturingLog(() => pollWarehouse(deps));
    expect(first.result).to.deep.equal({ state: "read", rows: 2, recorded: 2, until: NOW.toISOString() });
    expect([...deps.staging.records.keys()].sort()).to.deep.equal([
      "2026-11-24/redshift-wh-2.json",
      "2026-11-25/redshift-wh-1.json",
    ]);
    const second = await capturingLog(() => pollWarehouse(deps));
    expect(second.result).to.deep.include({ rows: 2, recorded: 0 });
    expect(deps.asked).to.deep.equal(["2026-11-18 12:00:00.000", "2026-11-25 11:00:00.000"]);
  });

  it("does not ask a paused cluster, and asks from the same time when it is back", async () => {
    const mark = new Date("2026-11-25T01:00:00Z");
    const deps = bench([], mark);
    deps.awake = false;
    expect((await capturingLog(() => pollWarehouse(deps))).result).to.deep.equal({ state: "asleep" });
    expect([deps.asked, deps.mark]).to.deep.equal([[], mark]);
    deps.awake = true;
    await capturingLog(() => pollWarehouse(deps));
    expect(deps.asked).to.deep.equal(["2026-11-25 00:00:00.000"]);
  });

  it("moves the watermark only when every record is written", async () => {
    const mark = new Date("2026-11-25T10:00:00Z");
    const deps = bench([row(1, "2026-11-25 11:00:00.000"), row(2, "2026-11-25 11:00:00.000")], mark);
    deps.staging.broken.add("redshift-wh-2.json");
    let error: unknown;
    await capturingLog(() => pollWarehouse(deps).catch((thrown: unknown) => (error = thrown)));
    expect(String(error)).to.contain("S3 is out of order");
    expect(deps.mark).to.equal(mark);
    await capturingLog(() => pollWarehouse(deps));
    expect(deps.staging.records.size).to.equal(2);
    expect(deps.mark).to.equal(NOW);
  });

  it("writes every row of a long history", async () => {
    const deps = bench(Array.from({ length: 60 }, (_, at) => row(at, "2026-11-25 11:00:00.000")));
    expect((await capturingLog(() => pollWarehouse(deps))).result).to.deep.include({ rows: 60, recorded: 60 });
  });

  it("says that queries may be missing when the last poll is older than the history", async () => {
    const deps = bench([], new Date("2026-11-18T11:59:59Z"));
    const { log } = await capturingLog(() => pollWarehouse(deps));
    expect(log[0]).to.include({ level: "warn", lastPoll: "2026-11-18T11:59:59.000Z", keptDays: 7 });
    expect(deps.asked).to.deep.equal(["2026-11-18 12:00:00.000"]);
  });
});

describe("isAwake", () => {
  for (const [status, awake] of [
    ["available", true],
    ["paused", false],
    ["pausing", false],
    ["resuming", false],
  ] as const) {
    it(`takes a cluster that is ${status} for ${awake ? "awake" : "asleep"}`, async () => {
      expect(await isAwake("cluster", () => Promise.resolve(status))).to.equal(awake);
    });
  }

  it("takes a serverless workgroup for awake without asking", async () => {
    expect(await isAwake("workgroup", () => Promise.reject(new Error("no cluster")))).to.equal(true);
  });
});
