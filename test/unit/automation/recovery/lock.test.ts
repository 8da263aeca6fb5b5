import { expect } from "chai";
import * as fc from "fast-check";
import { GRACE_SECONDS, LOCK_SECONDS, LockTable } from "../../../../automation/stack/lock";
import { LockedError, withLocks } from "../../../../automation/stack/locked";
import { MemoryTable } from "./memory-cloud";

const NEVER = new AbortController().signal;
const START = Date.parse("2026-03-01T00:00:00Z");
const holder = (owner: string): { owner: string; what: string } => ({ owner, what: `the work of ${owner}` });

describe("locks of the operations table", () => {
  it("writes owner, work, end and expiry, and refuses another until the grace after the end has passed", async () => {
    const table = new MemoryTable();
    let now = START;
    const locks = new LockTable(table.client, "ops", () => now);
    const until = START / 1000 + LOCK_SECONDS;
    expect(await locks.take("silver", holder("ann"))).to.equal(until);
    expect(table.items.get("lock/silver")).to.deep.equal({
      pk: { S: "lock" },
      sk: { S: "silver" },
      owner: { S: "ann" },
      what: { S: "the work of ann" },
      until: { N: String(until) },
      expiresAt: { N: String(until + 86_400) },
    });
    now = (until + GRACE_SECONDS) * 1000;
    expect(await locks.take("silver", holder("bob"))).to.equal(undefined);
    now += 1000;
    expect(await locks.take("silver", holder("bob"))).to.equal(until + GRACE_SECONDS + 1 + LOCK_SECONDS);
    expect(await locks.renew("silver", "ann")).to.equal(undefined);
    await locks.release("silver", "ann");
    expect((await locks.read("silver"))?.owner).to.equal("bob");
    await locks.release("silver", "bob");
    expect(await locks.read("silver")).to.equal(undefined);
  });

  it("is never held by two, whatever they do in whatever order with clocks that differ", async () => {
    const step = fc.record({
      who: fc.nat(2),
      act: fc.constantFrom("take", "renew", "release", "wait" as const),
      seconds: fc.nat(LOCK_SECONDS + 2 * GRACE_SECONDS),
    });
    const skews = fc.array(fc.nat(GRACE_SECONDS - 1), { minLength: 3, maxLength: 3 });
    const everHeld = { times: 0 };
    await fc.assert(
      fc.asyncProperty(skews, fc.array(step, { maxLength: 40 }), async (skew, steps) => {
        const table = new MemoryTable();
        let now = START;
        const people = skew.map((seconds, index) => ({
          owner: `p${String(index)}`,
          clock: () => now + seconds * 1000,
          locks: new LockTable(table.client, "ops", () => now + seconds * 1000),
          until: undefined as number | undefined,
        }));
        for (const { who, act, seconds } of steps) {
          const person = people[who];
          if (person === undefined) throw new Error("three people");
          const { owner, locks } = person;
          if (act === "wait") now += seconds * 1000;
          else if (act === "take") person.until = (await locks.take("silver", holder(owner))) ?? person.until;
          else if (act === "renew") person.until = await locks.renew("silver", owner);
          else {
            person.until = undefined;
            await locks.release("silver", owner);
          }
          const holding = people.filter(({ until, clock }) => until !== undefined && clock() / 1000 < until);
          expect(holding.length).to.be.at.most(1);
          everHeld.times += holding.length;
        }
      }),
      { numRuns: 200 },
    );
    expect(everHeld.times).to.be.greaterThan(100);
  });

  it("lets one at a time into the work, in any order of the table's answers", async () => {
    let refusals = 0;
    let works = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const table = new MemoryTable();
        table.before = (what) => scheduler.schedule(Promise.resolve(), what);
        const inside = new Map<string, number>();
        const locks = new LockTable(table.client, "ops");
        const one = (owner: string, names: string[]): Promise<void> =>
          withLocks(locks, names, holder(owner), NEVER, async () => {
            for (const name of names) {
              inside.set(name, (inside.get(name) ?? 0) + 1);
              expect(inside.get(name)).to.equal(1);
            }
            await scheduler.schedule(Promise.resolve(), `work of ${owner}`);
            for (const name of names) inside.set(name, 0);
            works += 1;
          });
        const all = Promise.allSettled([
          one("ann", ["silver", "gold"]),
          one("bob", ["gold"]),
          one("cem", ["silver", "gold"]),
        ]);
        for (const outcome of await scheduler.waitFor(all)) {
          if (outcome.status === "fulfilled") continue;
          expect(outcome.reason).to.be.instanceOf(LockedError);
          refusals += 1;
        }
        expect([...table.items]).to.deep.equal([]);
      }),
      { numRuns: 60 },
    );
    expect(refusals).to.be.greaterThan(20);
    expect(works).to.be.greaterThan(20);
  });

  it("says who is at what until when, and holds none of its other locks then", async () => {
    const table = new MemoryTable();
    const locks = new LockTable(table.client, "ops", () => START);
    await locks.take("gold", { owner: "ann@host", what: "the backfill b1 of gold" });
    const refused = await withLocks(locks, ["silver", "gold"], holder("bob"), NEVER, () => Promise.resolve()).catch(
      (error: unknown) => error,
    );
    expect(String(refused)).to.include(
      "The layer gold is locked by ann@host for the backfill b1 of gold, until 2026-03-01T00:02:00.000Z",
    );
    expect([...table.items.keys()]).to.deep.equal(["lock/gold"]);
  });

  it("renews while it works, and stops the work when the lock was taken over", async () => {
    const table = new MemoryTable();
    let now = START;
    const locks = new LockTable(table.client, "ops", () => now);
    const stolen = withLocks(
      locks,
      ["silver"],
      holder("ann"),
      NEVER,
      async (signal) => {
        now += 60_000;
        await eventually(async () => (await locks.read("silver"))?.until === (START + 60_000) / 1000 + LOCK_SECONDS);
        table.items.set("lock/silver", { pk: { S: "lock" }, sk: { S: "silver" }, owner: { S: "bob" } });
        await eventually(() => signal.aborted);
        signal.throwIfAborted();
      },
      2,
    );
    expect(String(await stolen.catch((error: unknown) => error))).to.include(
      "The lock of the layer silver was taken over, so the work was stopped.",
    );
    expect(table.items.get("lock/silver")?.["owner"]).to.deep.equal({ S: "bob" });
  });

  it("stops the work at the end of its lock where the table cannot be reached", async () => {
    const table = new MemoryTable();
    let now = START;
    const locks = new LockTable(table.client, "ops", () => now);
    let failures = 0;
    const cut = withLocks(
      locks,
      ["silver"],
      holder("ann"),
      NEVER,
      async (signal) => {
        table.before = async (what) => {
          if (what !== "update") return;
          failures += 1;
          if (failures === 3) now += LOCK_SECONDS * 1000;
          throw new Error("no network");
        };
        await eventually(() => signal.aborted);
        signal.throwIfAborted();
      },
      2,
    );
    expect(String(await cut.catch((error: unknown) => error))).to.include("could not be renewed in time");
    expect(failures).to.be.at.least(3);
  });
});

/** Fails after two seconds rather than to wait for ever. */
async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries === 1000) throw new Error("it never happened");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
