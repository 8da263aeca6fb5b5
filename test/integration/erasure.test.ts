import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { EphemeralStack } from "../../automation/ephemeral-stack";
import { hourPrefix } from "../../automation/ingest/landing-path";
import { privacyOf, takeRequests } from "../../automation/privacy/batch";
import type { Certificate } from "../../automation/privacy/certificate";
import { verifyChain } from "../../automation/privacy/chain";
import { eraseBatches } from "../../automation/privacy/erase";
import { exportPerson } from "../../automation/privacy/export";
import { STEPS } from "../../automation/privacy/steps";
import { subjectOf } from "../../automation/privacy/subject";
import { runGold, runSilver, startJob, waitForRun } from "../../automation/stack/etl";
import { replayQuarantine, requireConservation } from "../../automation/stack/replay";
import { replayScope } from "../../automation/stack/quarantine";
import { loadNow } from "../../automation/stack/warehouse";
import { DAYS, deadLetter, ERASED, KEPT, makeDays, objectsOf } from "./support/erasure-data";
import { ask, type Deployed } from "./support/lake";
import { daysBefore } from "./support/tiers";
import { findTraces, textsOf, type Traces } from "./support/traces";

const HOT_DAYS = 5;
const WARM_DAYS = 100;
/** How far into a step it is killed, in milliseconds; the others at once. */
const KILL_AFTER_MS: Readonly<Record<string, number>> = { silver: 3_500, gold: 1_500, archive: 1_500, raw: 2_500 };
const SUBJECTS = ERASED.map(({ userId, email }) => subjectOf(userId, [email]));

describe("erasing three of 5,000 persons", () => {
  let stack: EphemeralStack | undefined;
  let at: Deployed & { stack: EphemeralStack };
  let texts: string[];
  let earlier: Traces;
  let certificates: Certificate[] = [];
  /** How each attempt ended, in order. */
  const attempts: string[] = [];

  const never = new AbortController().signal;
  const land = async (key: string, Body: Buffer): Promise<void> => {
    const { rawBucket: Bucket, eventsPrefix } = at.outputs;
    await at.clients.s3.send(new PutObjectCommand({ Bucket, Key: `${eventsPrefix}${key}`, Body }));
  };
  const search = (): Promise<Traces> => findTraces(at.stack, at.outputs, texts);

  before("a stack with 120 days in all tiers, old versions, dead letters and query results", async () => {
    const config = { warehouseMode: "provisioned", hotDays: HOT_DAYS, warmDays: WARM_DAYS };
    stack = await EphemeralStack.create({ config });
    const { outputs } = await stack.up();
    at = { stack, clients: stack.clients, outputs };
    texts = await textsOf(stack, outputs, ERASED);
    const objects = objectsOf(makeDays());
    const [first] = objects;
    // The version before: the same lines twice.
    if (first !== undefined) await land(first.key, Buffer.concat([first.body, first.body]));
    for (const { key, body } of objects) await land(key, body);
    expect(await runSilver(at.clients, outputs)).to.deep.include({ held_files: 0, suppressed: 0, quarantined: 16 });
    await runGold(at.clients, outputs);
    const { archiveJob } = outputs;
    const run = await waitForRun(at.clients.glue, archiveJob, await startJob(at.clients.glue, archiveJob, {}));
    expect(run.JobRunState, run.ErrorMessage).to.equal("SUCCEEDED");
    await loadNow(at.clients, outputs, {});
    await ask(at, "silver", "SELECT * FROM events");
    for (const who of [...ERASED, KEPT]) {
      const message = { QueueUrl: outputs.alertDlqUrl, MessageBody: deadLetter(who) };
      await at.clients.sqs.send(new SendMessageCommand(message));
    }
  });

  after("destroy the stack", () => stack?.destroy());

  it("finds them everywhere before: that the search sees anything is not to be taken on trust", async () => {
    earlier = await search();
    const places = [...new Set(earlier.found.map(([, where]) => where))].sort();
    for (const [what, pattern] of Object.entries({
      "raw, gzip": /^object unzipped s3:\/\/.*-bronze-raw/,
      "raw, plain": /^object s3:\/\/.*-bronze-raw.*\.json /,
      silver: /^row .*-silver-lake-.*\/events/,
      quarantine: /^row .*-silver-lake-.*\/quarantine/,
      "quarantine, base64": /^base64 line/,
      facts: /^row .*-gold-lake-.*\/fact_clicks/,
      archive: /^row .*-gold-lake-.*\/archive\/fact_clicks/,
      users: /^row .*-gold-lake-.*\/dim_users/,
      "query results": /^object s3:\/\/.*-serving-output.*\.csv/,
      warehouse: /^warehouse row rs_hot\.fact_clicks/,
      "dead letters": /^message .*-alerts-dlq/,
    })) {
      const held = places.some((place) => pattern.test(place));
      expect(held, `${what} in\n${places.join("\n")}`).to.equal(true);
    }
    for (const { userId } of [...ERASED, KEPT]) {
      for (const name of ["raw", "events", "facts", "users", "hot"]) {
        expect(earlier.hashes[name], `${name} of ${userId}`).to.have.property(userId);
      }
    }
  });

  it("gives a person what is held of them, and leaves no copy of the answer", async () => {
    const [subject] = SUBJECTS;
    if (subject === undefined) throw new Error("nobody to erase");
    const { events, profile, quarantine } = await exportPerson(at.clients, at.outputs, subject, never);
    // Two visits, twelve busy days, one dear order; the duplicates count once.
    expect([events.length, profile.length, quarantine.length]).to.deep.equal([15, 1, 4]);
  });

  it("goes on from wherever it was killed", async () => {
    const place = await privacyOf(at.clients, at.outputs);
    const { opened } = await takeRequests(place, SUBJECTS);
    expect(opened).to.have.length(3);
    const killed = new Set<string>();
    while (certificates.length === 0 && attempts.length <= STEPS.length + 1) {
      // As by somebody who types the command again and again.
      const { batches } = await takeRequests(place, SUBJECTS);
      const stop = new AbortController();
      const tell = {
        step: ({ name }: { name: string }): void => {
          if (killed.has(name)) return;
          killed.add(name);
          // In the middle of the work: a job has its run by then, which is stopped with it.
          setTimeout(() => stop.abort(new Error(`killed in ${name}`)), KILL_AFTER_MS[name] ?? 0);
        },
        done: () => undefined,
        progress: () => undefined,
      };
      const owner = `drill ${String(attempts.length)}`;
      try {
        certificates = await eraseBatches(at.clients, at.outputs, batches, { owner, signal: stop.signal, tell });
        attempts.push("done");
      } catch (error) {
        if (!stop.signal.aborted) throw error;
        attempts.push((error as Error).message);
      }
    }
    expect([...killed]).to.deep.equal(STEPS.map(({ name }) => name));
    expect(attempts.length, attempts.join(", ")).to.be.greaterThan(5);
    expect(attempts.at(-1)).to.equal("done");
  });

  it("certifies each: what was found, that nothing is left, by which runs", () => {
    expect(certificates.map(({ seq }) => seq)).to.deep.equal([1, 2, 3]);
    for (const { own, verified, runs, retained, usd } of certificates) {
      const rows = Object.fromEntries(own.map((one) => [one.class, one.rows]));
      expect(rows).to.deep.include({ "silver events": 15, quarantine: 4 });
      // Each busy day came three times.
      expect(rows["raw lines"]).to.equal(2 + 3 * 12 + 1 + 4);
      expect(verified.length).to.be.greaterThan(15);
      for (const { class: name, rows: left } of verified) expect(left, name).to.equal(0);
      expect(runs.map((run) => run.split(" ")[0])).to.deep.equal(["silver", "gold", "archive", "raw", "verify"]);
      expect(retained.join("\n")).to.contain("automated snapshots of the cluster");
      expect(usd).to.be.greaterThan(0);
    }
  });

  it("leaves no trace of them in any byte, and every other person as they were", async () => {
    expectNothingLost(await search());
  });

  it("keeps them out of a backfill of everything and of a replay of quarantine", async () => {
    const [gone] = ERASED;
    if (gone === undefined) throw new Error("nobody was erased");
    // A producer sends an old buffer once more: their lines land, and go no further.
    const late = [gone, KEPT].map(({ userId, email }, index) =>
      JSON.stringify({
        event_id: `00000000-0000-4000-8000-00000000000${String(index)}`,
        event_type: "page_view",
        event_timestamp: `${daysBefore(2)}T10:00:00Z`,
        user_id: userId,
        user: { email },
        schema_version: "1",
      }),
    );
    const yesterday = new Date(`${daysBefore(1)}T23:00:00Z`);
    await land(`${hourPrefix(yesterday)}buffer.json`, Buffer.from(`${late.join("\n")}\n`));
    const silver = await runSilver(at.clients, at.outputs, { dates: { from: daysBefore(DAYS), to: daysBefore(1) } });
    requireConservation(silver);
    expect([silver.suppressed, silver.accepted]).to.deep.equal([1, 1]);
    const scope = await replayScope(at.clients.athena, at.outputs, { rule: "*", from: daysBefore(DAYS) });
    const { silver: replayed } = await replayQuarantine(at.clients, at.outputs, scope, {
      owner: "drill",
      signal: never,
      onProgress: () => undefined,
    });
    expect(replayed).to.deep.include({ read: 4, accepted: 0, quarantined: 4 });
    await runGold(at.clients, at.outputs);
    await loadNow(at.clients, at.outputs, {});
    const after = await search();
    const landed = after.found.filter(([, where]) => !where.includes("-bronze-raw"));
    expect(landed).to.deep.equal([]);
    for (const name of ["events", "facts", "users", "hot"]) {
      expect(after.hashes[name], name).to.not.have.property(gone.userId);
    }
  });

  it("has a chain of certificates that is whole, and shows a change of one", async () => {
    const place = await privacyOf(at.clients, at.outputs);
    const { length, faults } = await verifyChain(place);
    expect([length, faults]).to.deep.equal([3, []]);
    const text = (await place.ledger.certificate(2)) ?? "";
    const write = (record: string): Promise<unknown> =>
      at.clients.dynamodb.send(
        new UpdateItemCommand({
          TableName: at.outputs.privacyLedger,
          Key: { pk: { S: "certificate" }, sk: { S: "0000000002" } },
          UpdateExpression: "SET #record = :record",
          ExpressionAttributeNames: { "#record": "record" },
          ExpressionAttributeValues: { ":record": { S: record } },
        }),
      );
    await write(text.replace('"rows":15', '"rows":14'));
    const changed = await verifyChain(place);
    expect(changed.faults.map(({ seq, what }) => `${String(seq)} ${what}`)).to.deep.equal([
      "2 was changed: its content has another hash",
      "2 differs from its copy",
    ]);
    await write(text);
    expect((await verifyChain(place)).faults).to.deep.equal([]);
  });

  it("has nothing to do for them when it is asked again", async () => {
    const place = await privacyOf(at.clients, at.outputs);
    const { batches, done, opened } = await takeRequests(place, SUBJECTS);
    expect([batches, opened, done.map(({ certificate }) => certificate)]).to.deep.equal([[], [], [1, 2, 3]]);
  });

  function expectNothingLost(after: Traces): void {
    expect(after.found).to.deep.equal([]);
    for (const [kind, number] of Object.entries({ object: 150, row: 10_000, item: 3, message: 0, statement: 3 })) {
      expect(after.read[kind] ?? 0, kind).to.be.greaterThan(number);
    }
    const gone = new Set(ERASED.flatMap(({ userId, email }) => [userId, email]));
    for (const [name, users] of Object.entries(earlier.hashes)) {
      // Lines that are no JSON are of nobody: theirs are gone, all others are there.
      const kept = Object.entries(users).filter(([user]) => !gone.has(user) && !user.startsWith("no JSON"));
      const left = Object.entries(after.hashes[name] ?? {}).filter(([user]) => !user.startsWith("no JSON"));
      expect(Object.fromEntries(left), name).to.deep.equal(Object.fromEntries(kept));
    }
    const unparsable = (of: Traces): number =>
      Object.keys(of.hashes["raw"] ?? {}).filter((user) => user.startsWith("no JSON")).length;
    expect([unparsable(earlier), unparsable(after)]).to.deep.equal([8, 2]);
  }
});
