import { expect } from "chai";
import { digestOf, publish, type PublishDependencies } from "../../../../handlers/query-log/publish";
import { sweep, type LogObject } from "../../../../handlers/query-log/sweep";
import { checkRequest, maintain, type MaintenanceDependencies } from "../../../../handlers/query-log/maintain";
import { athenaRecord } from "../../../../handlers/query-log/query-record";
import { capturingLog } from "../support";
import { endedAt, MemoryDays, NOW, recorderOf } from "./support";

const HOUR = 3_600_000;
const always = (): number => Infinity;

interface Bench extends MaintenanceDependencies {
  statements: string[];
  published: MemoryDays;
  staging: ReturnType<typeof recorderOf>["staging"];
  removed: string[];
}

/** Maintenance in memory. `fail` makes the UNLOAD of a day fail; `during` happens while one runs. */
function bench({ fail, during }: { fail?: string; during?: () => void } = {}): Bench {
  const statements: string[] = [];
  const removed: string[] = [];
  const objects: LogObject[] = [
    { key: "query_log/event_date=2026-11-20/run=dead/0.parquet", modified: new Date(NOW.getTime() - 25 * HOUR) },
  ];
  return {
    ...recorderOf([endedAt("a", "2026-11-25T10:00:00Z")]),
    bucket: "logs",
    database: "db",
    published: new MemoryDays(),
    statements,
    removed,
    run: async (sql: string) => {
      statements.push(sql);
      during?.();
      if (fail !== undefined && sql.includes(`event_date = '${fail}'`)) throw new Error("HIVE_SOMETHING");
    },
    objects: {
      list: async () => objects,
      remove: async (keys: readonly string[]) => void removed.push(...keys),
    },
    now: () => NOW,
  };
}

async function stage(deps: Bench, id: string, time: string): Promise<void> {
  const dated = athenaRecord(endedAt(id, time), undefined, {});
  if (dated !== undefined) await deps.staging.put(dated);
}

const run = (deps: PublishDependencies, days = 8, remaining = always): Promise<{ days: string[]; left: number }> =>
  capturingLog(() => publish(days, NOW, remaining, deps)).then(({ result }) => result);

describe("publish", () => {
  it("unloads each day with new objects into a folder of its own, then moves the partition there", async () => {
    const deps = bench();
    await stage(deps, "a", "2026-11-25T10:00:00Z");
    await stage(deps, "b", "2026-11-24T10:00:00Z");
    expect(await run(deps)).to.deep.equal({ days: ["2026-11-24", "2026-11-25"], left: 0 });
    const { location, digest } = deps.published.days.get("2026-11-25") ?? {};
    expect(location).to.match(/^s3:\/\/logs\/query_log\/event_date=2026-11-25\/run=20261125T120000Z-[0-9a-f]{8}\/$/);
    expect(digest).to.equal(digestOf(["athena-a.json"]));
    expect(deps.statements[0])
      .to.contain(`TO '${location ?? ""}'`)
      .and.contain("WHERE event_date = '2026-11-25'");
    expect(deps.statements[0])
      .to.match(/^UNLOAD \(/)
      .and.contain("FROM db.query_log_staged");
  });

  it("publishes a day again for a new object, and for nothing else", async () => {
    const deps = bench();
    await stage(deps, "a", "2026-11-25T10:00:00Z");
    await run(deps);
    expect(await run(deps)).to.deep.equal({ days: [], left: 0 });
    const before = deps.published.days.get("2026-11-25")?.location;
    await stage(deps, "b", "2026-11-25T11:00:00Z");
    expect((await run(deps)).days).to.deep.equal(["2026-11-25"]);
    expect(deps.published.days.get("2026-11-25")?.location).to.not.equal(before);
  });

  it("publishes once more what arrived while a day was read", async () => {
    let late: Promise<void> | undefined;
    const arrive = (): void => {
      late ??= stage(deps, "late", "2026-11-25T11:00:00Z");
    };
    const deps: Bench = bench({ during: arrive });
    await stage(deps, "a", "2026-11-25T10:00:00Z");
    expect((await run(deps)).days).to.have.length(1);
    expect((await run(deps)).days).to.have.length(1);
    expect((await run(deps)).days).to.have.length(0);
  });

  it("leaves a day whose UNLOAD fails as it was, publishes the others, and says which failed", async () => {
    const deps = bench({ fail: "2026-11-25" });
    await stage(deps, "a", "2026-11-25T10:00:00Z");
    await stage(deps, "b", "2026-11-24T10:00:00Z");
    let error: unknown;
    await run(deps).catch((thrown: unknown) => (error = thrown));
    expect(String(error)).to.contain("1 days").and.contain("2026-11-25 (Error: HIVE_SOMETHING)");
    expect([...deps.published.days.keys()]).to.deep.equal(["2026-11-24"]);
  });

  it("looks back as far as it is told, and begins no day that it may not finish", async () => {
    const deps = bench();
    await stage(deps, "a", "2026-11-25T10:00:00Z");
    await stage(deps, "b", "2026-11-20T10:00:00Z");
    const times = [300_000, 59_999];
    expect(await run(deps, 8, () => times.shift() ?? 0)).to.deep.equal({ days: ["2026-11-25"], left: 1 });
    expect(await run(deps, 2)).to.deep.equal({ days: [], left: 0 });
    expect(await run(deps, 5)).to.deep.equal({ days: ["2026-11-20"], left: 0 });
  });
});

describe("sweep", () => {
  const object = (folder: string, hours: number): LogObject => ({
    key: `query_log/event_date=2026-11-25/run=${folder}/0.parquet`,
    modified: new Date(NOW.getTime() - hours * HOUR),
  });

  it("deletes the folders of replaced and dead runs after a day, never what readers see", async () => {
    const published = new MemoryDays();
    published.days.set("2026-11-25", { location: "s3://logs/query_log/event_date=2026-11-25/run=now/", digest: "" });
    const files = [object("now", 100), object("before", 25), object("young", 23), object("mixed", 25)];
    const mixed = { key: "query_log/event_date=2026-11-25/run=mixed/1.parquet", modified: NOW };
    const foreign = { key: "query_log/notes.txt", modified: new Date(0) };
    const removed: string[] = [];
    const objects = {
      list: async () => [...files, mixed, foreign],
      remove: async (keys: readonly string[]) => void removed.push(...keys),
    };
    const { result } = await capturingLog(() => sweep(NOW, objects, published));
    expect(result).to.equal(1);
    expect(removed).to.deep.equal(["query_log/event_date=2026-11-25/run=before/0.parquet"]);
  });
});

describe("maintain", () => {
  it("reconciles, then publishes what it found, then sweeps", async () => {
    const deps = bench();
    const { result } = await capturingLog(() => maintain({ task: "reconcile" }, always, deps));
    expect(result).to.deep.equal({
      reconciled: { seen: 1, found: 1 },
      published: { days: ["2026-11-25"], left: 0 },
      swept: 1,
    });
    expect(deps.removed).to.deep.equal(["query_log/event_date=2026-11-20/run=dead/0.parquet"]);
  });

  it("publishes alone when it is asked to", async () => {
    const deps = bench();
    await stage(deps, "b", "2026-11-17T10:00:00Z");
    const { result } = await capturingLog(() => maintain({ task: "publish" }, always, deps));
    expect(result).to.deep.equal({ published: { days: ["2026-11-17"], left: 0 } });
    expect(deps.removed).to.deep.equal([]);
  });

  it("publishes what it found before it fails with what Athena did not give", async () => {
    const deps = bench();
    await stage(deps, "b", "2026-11-25T09:00:00Z");
    deps.history.executions = async () => [];
    let error: unknown;
    await capturingLog(() =>
      maintain({ task: "reconcile" }, always, deps).catch((thrown: unknown) => (error = thrown)),
    );
    expect(String(error)).to.contain("first: a");
    expect([...deps.published.days.keys()]).to.deep.equal(["2026-11-25"]);
  });

  for (const [request, problem] of [
    [undefined, /task is undefined/],
    [{ task: "delete" }, /task is "delete": it must be "publish" or "reconcile"/],
    [{ task: "publish", days: 0 }, /days is 0: it must be a whole number from 1 to 45/],
    [{ task: "publish", days: 46 }, /days is 46/],
    [{ task: "publish", days: "2" }, /days is "2"/],
  ] as const) {
    it(`refuses ${JSON.stringify(request)}`, () => expect(() => checkRequest(request)).to.throw(problem));
  }
  it("takes what the schedules send", () => {
    expect(checkRequest({ task: "publish", time: "x" })).to.deep.equal({ task: "publish" });
    expect(checkRequest({ task: "reconcile", days: 45 })).to.deep.equal({ task: "reconcile", days: 45 });
  });
});
