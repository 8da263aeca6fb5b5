import { randomUUID } from "node:crypto";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { hourPrefix } from "../../automation/ingest/landing-path";
import { runGold, runSilver, type SilverReport } from "../../automation/stack/etl";
import { emptyLake } from "./support/empty-lake";
import { ask, tableHashes, type Deployed } from "./support/lake";
import { sharedStack } from "./support/shared-stack";

const HOUR_MS = 3_600_000;
/** Midnight at the start of yesterday: nothing here is in the future, whenever the tests run. */
const TODAY = new Date((Math.floor(Date.now() / (24 * HOUR_MS)) - 1) * 24 * HOUR_MS);
const hoursOn = (hours: number): Date => new Date(TODAY.getTime() + hours * HOUR_MS);
const dateOf = (hours: number): string => hoursOn(hours).toISOString().slice(0, 10);

describe("late events that wait for the next day, on the local target", () => {
  let at: Deployed;
  before(async () => {
    at = await sharedStack();
    await emptyLake(at);
  });

  /** Lands purchases that happened so many hours after midnight, in the folder of an hour. */
  async function land(folder: number, happened: readonly number[]): Promise<void> {
    const lines = happened.map((hours) =>
      JSON.stringify({
        event_id: randomUUID(),
        event_type: "purchase",
        event_timestamp: hoursOn(hours).toISOString(),
        user_id: "u1",
        order: { id: randomUUID(), amount: 10, currency: "USD" },
        schema_version: "1",
      }),
    );
    const Key = `events/${hourPrefix(hoursOn(folder))}${randomUUID()}.json`;
    await at.clients.s3.send(
      new PutObjectCommand({ Bucket: at.outputs.rawBucket, Key, Body: `${lines.join("\n")}\n` }),
    );
  }

  const run = (hours: number, lateEvents: "daily" | "each-run" = "daily"): Promise<SilverReport> =>
    runSilver(at.clients, at.outputs, { asOf: hoursOn(hours), lateEvents });

  async function revenue(): Promise<unknown> {
    const { rows } = await ask(at, "gold", "SELECT event_date, sum(revenue) FROM daily_sales GROUP BY 1 ORDER BY 1");
    return rows;
  }

  it("are merged by the first run of the next date, and are in gold after it", async () => {
    await land(11, [-14, 10]);
    expect(await run(12)).to.include({ read: 2, accepted: 2, late: 0 });
    await land(12, [-13, 11.5]);
    const second = await run(12.5);
    expect(second).to.include({ read: 2, accepted: 1, late: 1, late_accepted: 0 });
    expect(second.dates).to.deep.equal([dateOf(0)]);
    await runGold(at.clients, at.outputs);
    expect(await revenue()).to.deep.equal([
      [dateOf(-14), "10.00"],
      [dateOf(0), "20.00"],
    ]);

    const third = await run(24.2);
    expect(third).to.include({ read: 0, accepted: 0, late: 0, late_accepted: 1 });
    expect(third.dates).to.deep.equal([dateOf(-14)]);
    expect((await runGold(at.clients, at.outputs)).dates).to.include(dateOf(-14));
    expect(await revenue()).to.deep.equal([
      [dateOf(-14), "20.00"],
      [dateOf(0), "20.00"],
    ]);
    expect(await run(24.3)).to.include({ read: 0, late_accepted: 0 });
  });

  it("are merged at once by a run that is told so", async () => {
    await land(13, [-12]);
    expect(await run(24.5)).to.include({ read: 1, accepted: 0, late: 1 });
    const hashes = await tableHashes(at);
    expect(await run(24.6, "each-run")).to.include({ read: 0, late_accepted: 1 });
    expect(await tableHashes(at)).to.not.deep.equal(hashes);
  });
});
