import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { EphemeralStack } from "../../automation/ephemeral-stack";
import { runGold, runSilver, startJob, waitForRun, type SilverReport } from "../../automation/stack/etl";
import type { Deployment } from "../../automation/stack/pipeline-stack";
import { emptyDerived } from "./support/empty-lake";
import { ask, landGenerated, tableHashes, type Deployed } from "./support/lake";
import { eventually, processesWith } from "./support/processes";
import { sharedStack, type Shared } from "./support/shared-stack";

const EVENTS = { events: 1_500, seed: 11, end: new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000) };

describe("the pipeline on the local target", () => {
  let stack: EphemeralStack;
  let first: Deployment;
  let at: Shared;
  let hashes: Record<string, string>;

  before(async () => {
    at = await sharedStack();
    ({ stack, first } = at);
  });

  it("has nothing to change when it is brought up again", async () => {
    const again = await stack.up();
    expect(again.touched).to.deep.equal([]);
    expect(again.changes).to.deep.equal({ same: first.changes.create });
    expect(again.outputs).to.deep.equal(first.outputs);
  });

  it("updates only what depends on the alert threshold", async () => {
    await stack.configure({ alertThresholdUsd: 1500 });
    const changed = await stack.up();
    expect(changed.changes.create ?? 0).to.equal(0);
    expect(changed.changes.replace ?? 0).to.equal(0);
    expect(changed.touched.length).to.be.within(1, 2);
    for (const name of changed.touched) expect(name).to.match(/-alerts-(fn|purchases)$/);
    await stack.configure({ alertThresholdUsd: 1000 });
    await stack.up();
  });

  it("accounts for every line: accepted, quarantined with its reason, or a duplicate", async () => {
    const expected = await landGenerated(at, EVENTS);
    const silver = await runSilver(at.clients, at.outputs);
    const gold = await runGold(at.clients, at.outputs);
    const { read, accepted, quarantined, duplicates } = expected;
    expect(pick(silver)).to.deep.equal({ read, accepted, quarantined, duplicates });
    expect(gold.fact_rows).to.equal(accepted);
    expect(gold.users).to.equal(expected.users);
    expect(Number(gold.revenue)).to.equal(expected.revenueCents / 100);
    const reasons = await ask(at, "silver", "SELECT count(*) FROM quarantine WHERE cardinality(rule_ids) = 0");
    expect(reasons.rows).to.deep.equal([["0"]]);
  });

  it("keeps e-mail and name out of silver and gold, and unknown fields in", async () => {
    const { rows } = await ask(
      at,
      "silver",
      "SELECT count_if(user_email_hash IS NOT NULL), count_if(NOT regexp_like(user_email_hash, '^[0-9a-f]{64}$')), " +
        "count_if(strpos(extras, 'experiment') > 0) FROM events",
    );
    const [hashed, malformed, drifted] = rows[0] ?? [];
    expect(Number(hashed)).to.be.greaterThan(0);
    expect(malformed).to.equal("0");
    expect(Number(drifted)).to.be.greaterThan(0);
  });

  it("reads a day of raw JSON by its prefixes alone, and gold for a fraction of the bytes", async () => {
    // The fullest day: the newest one is empty just after midnight.
    const day = await ask(
      at,
      "gold",
      "SELECT CAST(event_date AS varchar) FROM fact_clicks GROUP BY event_date ORDER BY count(*) DESC LIMIT 1",
    );
    const [year, month, date] = (day.rows[0]?.[0] ?? "").split("-");
    const whole = await ask(at, "bronze", `SELECT count(*) FROM raw_events WHERE year >= '2020'`);
    const one = await ask(
      at,
      "bronze",
      `SELECT count(*) FROM raw_events WHERE year = '${year ?? ""}' AND month = '${month ?? ""}' AND day = '${date ?? ""}'`,
    );
    expect(one.bytesScanned).to.be.greaterThan(0).and.lessThan(whole.bytesScanned);
    const gold = await ask(
      at,
      "gold",
      `SELECT sum(revenue) FROM daily_sales WHERE event_date = DATE '${day.rows[0]?.[0] ?? ""}'`,
    );
    expect(gold.bytesScanned)
      .to.be.greaterThan(0)
      .and.lessThan(one.bytesScanned / 10);
  });

  it("changes no row when the jobs run again, with bookmarks or without", async () => {
    hashes = await tableHashes(at);
    const nothingNew = await runSilver(at.clients, at.outputs);
    expect(nothingNew.read).to.equal(0);
    await runGold(at.clients, at.outputs);
    expect(await tableHashes(at)).to.deep.equal(hashes);

    const runId = await startJob(at.clients.glue, at.outputs.silverJob, {
      "--job-bookmark-option": "job-bookmark-disable",
    });
    const run = await waitForRun(at.clients.glue, at.outputs.silverJob, runId);
    expect(run.JobRunState, run.ErrorMessage).to.equal("SUCCEEDED");
    await runGold(at.clients, at.outputs);
    expect(await tableHashes(at)).to.deep.equal(hashes);
  });

  it("ends with the same rows when Spark is killed in the middle of writing and the job runs again", async () => {
    await emptyDerived(at);
    await killWhileWriting(at);
    await runSilver(at.clients, at.outputs);
    await runGold(at.clients, at.outputs);
    expect(await tableHashes(at)).to.deep.equal(hashes);
  });
});

function pick({ read, accepted, quarantined, duplicates }: SilverReport): object {
  return { read, accepted, quarantined, duplicates };
}

/** Starts the silver job and kills its whole process group as soon as the first file of its run shows up. */
async function killWhileWriting({ clients, outputs }: Deployed): Promise<void> {
  const runId = await startJob(clients.glue, outputs.silverJob, {});
  await eventually(
    "a file of the run in the silver bucket",
    async () => {
      const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket: outputs.silverBucket }));
      return Contents.some(({ Key }) => Key?.includes(runId));
    },
    120,
  );
  for (const pid of await processesWith(runId)) process.kill(pid, "SIGKILL");
  const run = await waitForRun(clients.glue, outputs.silverJob, runId);
  expect(run.JobRunState).to.equal("FAILED");
}
