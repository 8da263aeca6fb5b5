import { randomUUID } from "node:crypto";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { describeRows, describeSummary } from "../../automation/commands/quarantine-text";
import { assumed } from "../../automation/costs/assumptions";
import { loadPrices } from "../../automation/costs/prices";
import { hourPrefix } from "../../automation/ingest/landing-path";
import { newJournal, planBackfill, runBackfill, type BackfillListener } from "../../automation/stack/backfill";
import { JournalStore, type Journal } from "../../automation/stack/backfill-journal";
import type { Layer } from "../../automation/stack/backfill-volume";
import { runGold, runSilver, type SilverReport } from "../../automation/stack/etl";
import { activeRun } from "../../automation/stack/job-runs";
import { LockTable } from "../../automation/stack/lock";
import { quarantinedRows, replayScope, summariseQuarantine } from "../../automation/stack/quarantine";
import { placesOf } from "../../automation/stack/quarantine-place";
import { replayQuarantine } from "../../automation/stack/replay";
import { planRekey, rekey } from "../../automation/pseudonyms/rekey";
import { versionsOf } from "../../automation/pseudonyms/secret";
import { pseudonymsOf } from "../../automation/pseudonyms/shape";
import { emptyLake } from "./support/empty-lake";
import { ask, landGenerated, tableHashes, type Deployed } from "./support/lake";
import { sharedStack } from "./support/shared-stack";

const HOUR = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
/** The newest event of the renamed object; in the first hour of a day it is of the day before. */
const NEWEST = new Date(HOUR.getTime() - 60_000);
const NOW = new Date();
const RULE = "missing_event_type";
const NEVER = new AbortController().signal;
const SILENT: BackfillListener = { chunk: () => undefined, step: () => undefined, progress: () => undefined };

/** Lines of one object: purchases of 10, 20 and 30 USD whose producer renamed `event_type`, among good ones. */
function renamedAmongGood(): string[] {
  return Array.from({ length: 63 }, (_, index) => {
    const event = {
      event_id: randomUUID(),
      event_timestamp: new Date(NEWEST.getTime() - index * 1000).toISOString(),
      user_id: `u${String(index)}`,
      schema_version: "1",
    };
    if (index % 21 !== 20) return JSON.stringify({ ...event, event_type: "page_view", page_url: "https://shop/" });
    const amount = 10 * Math.ceil(index / 21);
    return JSON.stringify({ ...event, kind: "purchase", order: { id: `o${String(index)}`, amount, currency: "USD" } });
  });
}

describe("quarantine and backfill on the local target", () => {
  const key = `events/${hourPrefix(HOUR)}renamed.json`;
  let at: Deployed;
  let first: SilverReport;
  let hashes: Record<string, string>;

  before(async () => {
    at = await sharedStack();
    await emptyLake(at);
    await landGenerated(at, { events: 400, seed: 5, end: HOUR, corruptPercent: 2 });
    const Body = `${renamedAmongGood().join("\n")}\n`;
    await at.clients.s3.send(new PutObjectCommand({ Bucket: at.outputs.rawBucket, Key: key, Body }));
    first = await runSilver(at.clients, at.outputs);
    await runGold(at.clients, at.outputs);
  });

  async function journalOf(layer: Layer): Promise<Journal> {
    const { from, to } = await landedDates(at);
    const request = { layer, from, to, chunkDays: 10, by: "test", now: NOW, publishLowQuality: false };
    const plan = await planBackfill(at.clients, at.outputs, request, assumed(), loadPrices());
    expect(plan.volume.objects).to.be.greaterThan(0);
    expect(plan.usd).to.be.greaterThan(0);
    return newJournal(request, plan);
  }

  it("lists what the job quarantined, and shows rows with their lines' places and without their values", async () => {
    const summary = await summariseQuarantine(at.clients.athena, at.outputs);
    expect(summary.rows).to.equal(first.quarantined);
    const counts = Object.fromEntries(summary.rules.map(({ rule, rows }) => [rule, rows]));
    const expected = Object.entries(first.by_rule).filter(([, rows]) => rows > 0);
    expect(counts).to.deep.equal(Object.fromEntries(expected));
    expect(describeSummary(summary)).to.include(RULE).and.not.to.match(/@/);

    const rows = await quarantinedRows(at.clients.athena, at.outputs, { rule: RULE, limit: 100 });
    const renamed = rows.filter(({ sourceFile }) => sourceFile === key);
    const places = await placesOf(at.clients.s3, at.outputs.rawBucket, renamed);
    const lines = places.flatMap((place) => (place.kind === "found" ? [place.line] : []));
    expect(lines.sort((one, other) => one - other)).to.deep.equal([21, 42, 63]);
    expect(describeRows(renamed, places, false))
      .to.include("line 63, byte")
      .and.not.to.include('"purchase"');
    expect(describeRows(renamed, places, true)).to.include('"kind":"purchase"');
  });

  it("replays rows after a mapping: counts add up, revenue is right, a second replay changes nothing", async () => {
    const before = await totals(at);
    const mapping = { id: "m1", from: "kind", to: "event_type", since: NOW.toISOString(), by: "test" };
    const { host, pathname } = new URL(`${at.outputs.statePath}mappings/m1.json`);
    const object = { Bucket: host, Key: pathname.slice(1), Body: JSON.stringify(mapping) };
    await at.clients.s3.send(new PutObjectCommand(object));
    const { from } = await landedDates(at);
    const scope = await replayScope(at.clients.athena, at.outputs, { rule: RULE, from });
    expect(scope.rows).to.equal(first.by_rule[RULE]);
    const options = { owner: "test", signal: NEVER, onProgress: () => undefined };
    const { silver, gold } = await replayQuarantine(at.clients, at.outputs, scope, options);
    const left = scope.rows - 3;
    expect(silver).to.include({ mode: "replay", read: scope.rows, accepted: 3, quarantined: left, duplicates: 0 });
    expect(gold?.dates).to.include(NEWEST.toISOString().slice(0, 10));
    const after = await totals(at);
    expect(after).to.deep.equal({
      events: before.events + 3,
      facts: before.facts + 3,
      quarantined: before.quarantined - 3,
      revenue: before.revenue + 60,
      sales: before.sales + 60,
    });
    hashes = await tableHashes(at);
    if (left > 0) {
      const again = await replayQuarantine(at.clients, at.outputs, scope, options);
      expect(again.silver).to.include({ read: left, accepted: 0, quarantined: left });
      expect(again.gold).to.equal(undefined);
    }
    expect(await tableHashes(at)).to.deep.equal(hashes);
  });

  it("stops a backfill's run on Ctrl-C, goes on with it, and ends with the same rows", async () => {
    const journal = await journalOf("silver");
    const controller = new AbortController();
    const stopAtRun = { ...SILENT, progress: (line: string) => line.endsWith("RUNNING") && controller.abort() };
    const stopped = await runBackfill(at.clients, at.outputs, journal, "test", controller.signal, stopAtRun).then(
      () => "ended",
      () => "stopped",
    );
    expect(stopped).to.equal("stopped");
    expect(await activeRun(at.clients.glue, at.outputs.silverJob)).to.equal(undefined);
    const store = new JournalStore(at.clients.s3, at.outputs.statePath);
    const [open] = await store.open("silver", journal);
    expect(open?.id).to.equal(journal.id);
    const done = await runBackfill(at.clients, at.outputs, open ?? journal, "test", NEVER, SILENT);
    const [silver] = done.chunks.map(({ steps }) => steps.silver);
    expect(silver?.["accepted"]).to.equal(0);
    expect(silver?.["read"]).to.equal(first.read);
    expect(await store.open("silver", journal)).to.deep.equal([]);
    expect(await tableHashes(at)).to.deep.equal(hashes);
  });

  it("refuses one of two backfills at once, and the other one changes nothing", async () => {
    const journals = [await journalOf("silver"), await journalOf("silver")];
    const outcomes = await Promise.allSettled(
      journals.map((journal, index) =>
        runBackfill(at.clients, at.outputs, journal, `test-${String(index)}`, NEVER, SILENT),
      ),
    );
    const refused = outcomes.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
    expect(refused, JSON.stringify(refused)).to.have.length(1);
    expect(refused[0]).to.match(/The layer silver is locked by test-[01] for the backfill silver-/);
    const locks = new LockTable(at.clients.dynamodb, at.outputs.operationsTable);
    expect(await Promise.all(["silver", "gold"].map((name) => locks.read(name)))).to.deep.equal([undefined, undefined]);
    expect(await tableHashes(at)).to.deep.equal(hashes);
  });

  it("computes gold's dates again from silver, and ends with the same rows", async () => {
    const done = await runBackfill(at.clients, at.outputs, await journalOf("gold"), "test", NEVER, SILENT);
    expect(Number(done.chunks[0]?.steps.gold?.["factRows"])).to.be.greaterThan(0);
    expect(await tableHashes(at)).to.deep.equal(hashes);
  });

  it("gives every person a new pseudonym, goes on after a crash, and leaves all else as it was", async () => {
    const kept = await tableHashes(at);
    const old = await pseudonymsOf(at.clients.athena, at.outputs);
    const options = { by: "test", owner: "test", now: NOW, signal: NEVER, assumed: assumed(), prices: loadPrices() };
    const context = { clients: at.clients, outputs: at.outputs };
    const plan = await planRekey(context, { ...options, tell: SILENT });
    const crash = { ...SILENT, step: () => expect.fail("the power went off") };
    const crashed = await rekey(context, plan, { ...options, tell: crash }).catch(String);
    expect(crashed).to.include("the power went off");
    const midway = await versionsOf(at.clients.secrets, at.outputs.pseudonymSecretArn);
    expect(midway.previous, "kept until everything is proved").to.be.a("string");

    const done = await rekey(context, await planRekey(context, { ...options, tell: SILENT }), {
      ...options,
      tell: SILENT,
    });
    expect(done).to.include({ version: midway.current, before: old.size, after: old.size });
    const fresh = await pseudonymsOf(at.clients.athena, at.outputs);
    expect([...fresh].filter((one) => old.has(one))).to.deep.equal([]);
    expect(old.size).to.be.greaterThan(20);
    expect(await versionsOf(at.clients.secrets, at.outputs.pseudonymSecretArn)).to.deep.equal({
      current: done.version,
    });
    const { events, dim_users: users, ...others } = await tableHashes(at);
    expect(others).to.deep.equal(omit(kept, "events", "dim_users"));
    expect([events, users]).not.to.include.members([kept["events"], kept["dim_users"]]);
    expect([events, users].map(rowsOf)).to.deep.equal([kept["events"], kept["dim_users"]].map(rowsOf));
  });
});

const rowsOf = (hash: string | undefined): string | undefined => hash?.split(":")[0];

function omit(record: Record<string, string>, ...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}

/** First and last landing date: generated events land over two days and up to three days late. */
async function landedDates(at: Deployed): Promise<{ from: string; to: string }> {
  const { rows } = await ask(
    at,
    "bronze",
    "SELECT min(concat(year, '-', month, '-', day)), max(concat(year, '-', month, '-', day)) FROM raw_events WHERE year >= '2020'",
  );
  return { from: rows[0]?.[0] ?? "", to: rows[0]?.[1] ?? "" };
}

async function totals(at: Deployed): Promise<Record<"events" | "facts" | "quarantined" | "revenue" | "sales", number>> {
  const one = async (layer: "silver" | "gold", sql: string): Promise<number> =>
    Number((await ask(at, layer, sql)).rows[0]?.[0]);
  return {
    events: await one("silver", "SELECT count(*) FROM events"),
    facts: await one("gold", "SELECT count(*) FROM fact_clicks"),
    quarantined: await one("silver", "SELECT count(*) FROM quarantine"),
    revenue: await one("gold", "SELECT sum(revenue) FROM fact_clicks"),
    sales: await one("gold", "SELECT sum(revenue) FROM daily_sales"),
  };
}
