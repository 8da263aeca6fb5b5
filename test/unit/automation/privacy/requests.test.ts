import { expect } from "chai";
import { allowAgain } from "../../../../automation/privacy/allow";
import { subjectsOf, takeRequests, type PrivacyPlace } from "../../../../automation/privacy/batch";
import { BatchFiles } from "../../../../automation/privacy/batch-files";
import { verifyChain } from "../../../../automation/privacy/chain";
import { certifyBatch } from "../../../../automation/privacy/certify";
import { Ledger, type BatchRecord } from "../../../../automation/privacy/ledger";
import { hashesOf, subjectOf } from "../../../../automation/privacy/subject";
import type { AwsClients } from "../../../../automation/stack/clients";
import type { StackOutputs } from "../../../../automation/stack/outputs";
import { MemoryLedger } from "./memory-ledger";
import { VersionedBuckets } from "./versioned-buckets";

const KEY = "k".repeat(64);
const NOW = new Date("2026-11-26T01:00:00Z");

class Setting {
  readonly table = new MemoryLedger();
  readonly buckets = new VersionedBuckets();
  readonly place: PrivacyPlace = {
    ledger: new Ledger(this.table.client, "ledger"),
    files: new BatchFiles(this.buckets.client, "s3://silver/privacy/"),
    key: KEY,
  };
  readonly clients = { s3: this.buckets.client } as unknown as AwsClients;
  readonly outputs = { warehouseKind: "none" } as unknown as StackOutputs;

  /** A batch that has gone through all steps. */
  async verified(record: BatchRecord): Promise<BatchRecord> {
    const at = NOW.toISOString();
    const steps = Object.fromEntries(
      ["silver", "verify"].map((name) => [name, { at, seconds: 6, usd: 0.03, classes: [{ class: name, rows: 0 }] }]),
    );
    const reached = { requested: at, located: at, rewritten: at, verified: at };
    const verified: BatchRecord = { ...record, state: "verified", steps, reached };
    await this.place.ledger.saveBatch(verified);
    return verified;
  }

  async certified(...ids: string[]): Promise<void> {
    const { batches } = await takeRequests(
      this.place,
      ids.map((id) => subjectOf(id)),
      { now: NOW },
    );
    for (const batch of batches) await certifyBatch(this.clients, this.outputs, this.place, await this.verified(batch));
  }
}

describe("requests for erasure", () => {
  let at: Setting;
  beforeEach(() => {
    at = new Setting();
  });
  const take = (...ids: string[]) =>
    takeRequests(
      at.place,
      ids.map((id) => subjectOf(id)),
      { now: NOW },
    );
  const takeAgain = (...ids: string[]) =>
    takeRequests(
      at.place,
      ids.map((id) => subjectOf(id)),
      { now: NOW, again: true },
    );

  it("go into one batch; the ledger knows hashes only, the suppression list is written", async () => {
    const { batches, opened } = await takeRequests(at.place, [subjectOf("u-1", ["a@x.org"]), subjectOf("u-2")], {
      now: NOW,
    });
    expect(batches.map(({ requests }) => requests)).to.deep.equal([opened.map(({ id }) => id)]);
    const ledger = JSON.stringify([...at.table.items.values()]);
    for (const plain of ["u-1", "u-2", "a@x.org"]) expect(ledger).to.not.contain(`"${plain}`);
    const [first] = opened;
    const hashes = hashesOf(KEY, subjectOf("u-1", ["a@x.org"]));
    expect(at.buckets.json(`silver/privacy/suppression/${first?.id ?? ""}.json`)).to.deep.equal({
      request: first?.id,
      user_hash: hashes.user,
      email_hashes: hashes.emails,
      since: NOW.toISOString(),
    });
    expect(at.buckets.json(`silver/privacy/requests/${batches[0]?.id ?? ""}.json`)).to.deep.include({
      batch: batches[0]?.id,
    });
  });

  it("are recorded once for each person, who is gone on with when named again", async () => {
    const first = await take("u-1", "u-2");
    const again = await take("u-2", "u-3");
    expect(again.opened).to.have.length(1);
    expect(again.batches.map(({ id }) => id)).to.deep.equal([first.batches[0]?.id, again.opened[0]?.batch]);
    expect(await at.place.ledger.requests()).to.have.length(3);
  });

  it("are said to be done once certified, and begin anew only after the person was let in again", async () => {
    await at.certified("u-1");
    const again = await take("u-1");
    expect(again).to.deep.include({ batches: [], opened: [] });
    expect(again.done.map(({ certificate }) => certificate)).to.deep.equal([1]);
    await allowAgain(at.place, subjectOf("u-1"), NOW);
    expect(at.buckets.keys("silver/privacy/suppression/")).to.deep.equal([]);
    const anew = await take("u-1");
    expect(anew.opened).to.have.length(1);
    const [one, other] = (await at.place.ledger.requests()).sort((left, right) =>
      (left.allowedAt ?? "z").localeCompare(right.allowedAt ?? "z"),
    );
    expect([one?.state, one?.allowedAt, other?.state]).to.deep.equal(["certified", NOW.toISOString(), "requested"]);
  });

  it("are opened again for who is certified where that is asked for, with a certificate of its own", async () => {
    await at.certified("u-1", "u-2");
    const { opened, done, batches } = await takeAgain("u-1", "u-3");
    expect([opened.length, done.length, batches.length]).to.deep.equal([2, 0, 1]);
    const [first] = (await at.place.ledger.requests()).filter(({ certificate }) => certificate === 1);
    expect(opened.map(({ before }) => before)).to.deep.equal([first?.id, undefined]);
    // It is under way now: neither way opens another.
    expect((await takeAgain("u-1")).opened).to.deep.equal([]);
    expect((await take("u-1")).batches.map(({ id }) => id)).to.deep.equal([batches[0]?.id]);
    const batch = await at.verified(batches[0] as BatchRecord);
    const certificates = await certifyBatch(at.clients, at.outputs, at.place, batch);
    expect(certificates.map(({ seq }) => seq)).to.deep.equal([3, 4]);
    expect(certificates[0]?.subject).to.equal(first?.subject);
    expect(await verifyChain(at.place)).to.deep.include({ length: 4, faults: [] });
    expect((await take("u-1")).done.map(({ certificate }) => certificate)).to.deep.equal([3]);
  });

  it("leave no entry on the suppression list for who was erased twice and is let in again", async () => {
    await at.certified("u-1", "u-2");
    const { batches } = await takeAgain("u-1");
    await certifyBatch(at.clients, at.outputs, at.place, await at.verified(batches[0] as BatchRecord));
    expect(at.buckets.keys("silver/privacy/suppression/")).to.have.length(3);
    await allowAgain(at.place, subjectOf("u-1"), NOW);
    const [other] = (await take("u-2")).done;
    expect(at.buckets.keys("silver/privacy/suppression/")).to.deep.equal([
      `silver/privacy/suppression/${other?.id ?? ""}.json`,
    ]);
    expect((await take("u-1")).opened.map(({ before }) => before)).to.deep.equal([undefined]);
  });

  it("keep what is certified where a crash cuts an opening short, and go to one of two at once", async () => {
    await at.certified("u-1");
    const { batches } = await takeAgain("u-1");
    // The batch is written last.
    at.table.items.delete(`batch/${batches[0]?.id ?? ""}`);
    expect((await take("u-1")).done.map(({ certificate }) => certificate)).to.deep.equal([1]);
    at.table.loseAnswer = true;
    expect(await takeAgain("u-1").catch((error: Error) => error.message)).to.equal("the connection is lost");
    const [won, lost] = await Promise.allSettled([takeAgain("u-1"), takeAgain("u-1")]);
    expect([won.status, lost.status].sort()).to.deep.equal(["fulfilled", "rejected"]);
    expect(await at.place.ledger.batches()).to.have.length(2);
  });

  it("cannot be taken back while they are under way, or where nobody asked", async () => {
    await take("u-1");
    const refused = async (id: string): Promise<string> =>
      allowAgain(at.place, subjectOf(id)).then(
        () => "",
        (error: Error) => error.message,
      );
    expect(await refused("u-1")).to.contain("is requested");
    expect(await refused("u-2")).to.contain("No erasure of this person is on record");
  });

  it("survive a crash between ledger and files: the same ids put them right", async () => {
    await take("u-1", "u-2");
    at.buckets.clear();
    const lost = await take("u-1").catch((error: Error) => error.message);
    expect(lost).to.contain("1 of its 2 persons are not among those given now");
    const { batches, opened } = await take("u-1", "u-2");
    expect(opened).to.deep.equal([]);
    expect((await subjectsOf(at.place, batches[0] as BatchRecord)).map(({ userId }) => userId)).to.deep.equal([
      "u-1",
      "u-2",
    ]);
    expect(at.buckets.keys("silver/privacy/suppression/")).to.have.length(2);
  });

  it("survive a crash within the ledger: a batch that is not there has taken nobody", async () => {
    at.table.loseAnswer = true;
    expect(await take("u-1").catch((error: Error) => error.message)).to.equal("the connection is lost");
    const { opened, batches } = await take("u-1");
    expect([opened.length, batches.length]).to.deep.equal([1, 1]);
  });

  it("begin their batch anew when an address comes to be known", async () => {
    const { batches } = await take("u-1");
    await at.verified(batches[0] as BatchRecord);
    const again = await takeRequests(at.place, [subjectOf("u-1", ["a@x.org"])], { now: NOW });
    expect(again.batches[0]?.steps).to.deep.equal({});
    expect((await subjectsOf(at.place, again.batches[0] as BatchRecord))[0]?.emails).to.deep.equal(["a@x.org"]);
  });
});

describe("certifying", () => {
  let at: Setting;
  beforeEach(() => {
    at = new Setting();
  });

  it("adds a link for each request, keeps a copy, and leaves no version of the ids", async () => {
    await at.certified("u-1", "u-2");
    await at.certified("u-3");
    expect(await verifyChain(at.place)).to.deep.include({ length: 3, faults: [] });
    expect(at.buckets.keys("silver/privacy/certificates/")).to.have.length(3);
    expect(at.buckets.versions("silver/privacy/requests/")).to.deep.equal([]);
    const [text] = await Promise.all([at.place.ledger.certificate(2)]);
    expect(JSON.parse(text ?? "{}")).to.deep.include({ seq: 2, batchSize: 2, seconds: 6, usd: 0.03 });
  });

  it("goes on after a lost answer without a second certificate", async () => {
    const { batches } = await takeRequests(at.place, [subjectOf("u-1"), subjectOf("u-2")], { now: NOW });
    const batch = await at.verified(batches[0] as BatchRecord);
    at.table.loseAnswer = true;
    const failed = await certifyBatch(at.clients, at.outputs, at.place, batch).catch((error: Error) => error.message);
    expect(failed).to.equal("the connection is lost");
    const certificates = await certifyBatch(at.clients, at.outputs, at.place, batch);
    expect(certificates.map(({ seq }) => seq)).to.deep.equal([1, 2]);
    expect(await verifyChain(at.place)).to.deep.include({ length: 2, faults: [] });
  });

  it("shows a chain that was cut at its end, head and all", async () => {
    await at.certified("u-1");
    const head = at.table.items.get("chain/head") ?? {};
    await at.certified("u-2");
    at.table.items.delete("certificate/0000000002");
    at.table.items.set("chain/head", head);
    expect((await verifyChain(at.place)).faults).to.deep.equal([
      { seq: 2, what: "has a copy in the bucket but is not in the ledger" },
    ]);
  });

  it("is undone by nobody unseen: a changed copy, a lost one, a changed ledger", async () => {
    await at.certified("u-1", "u-2");
    at.buckets.put("silver/privacy/certificates/0000000001.json", "{}");
    at.buckets.remove("silver/privacy/certificates/0000000002.json");
    expect((await verifyChain(at.place)).faults.map(({ seq, what }) => `${String(seq)} ${what}`)).to.deep.equal([
      "1 differs from its copy",
      "2 has no copy in the bucket",
    ]);
    const item = at.table.items.get("certificate/0000000001") ?? {};
    const record = JSON.parse(item["record"]?.S ?? "{}") as { usd: number };
    at.table.items.set("certificate/0000000001", {
      ...item,
      record: { S: JSON.stringify({ ...record, usd: 0 }) },
    });
    expect((await verifyChain(at.place)).faults[0]).to.deep.equal({
      seq: 1,
      what: "was changed: its content has another hash",
    });
  });
});
