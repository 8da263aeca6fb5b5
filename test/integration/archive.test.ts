import { createHash } from "node:crypto";
import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { placeOf, readManifest, type ArchiveManifest } from "../../automation/stack/archive";
import { startJob, waitForRun } from "../../automation/stack/etl";
import { listRestored, restoreAndWait, restoreDate, type RestoreRequest } from "../../automation/stack/restore";
import { ask, type Deployed } from "./support/lake";
import { tiers } from "./support/tiers";

const DAY_MS = 86_400_000;

describe("the archive on the local target", () => {
  let at: Deployed;
  let dates: string[];
  let cold: string;
  let factRows: string;
  let manifest: ArchiveManifest;

  before("a stack whose archive must be restored", async () => {
    at = await tiers();
    dates = await column("SELECT DISTINCT CAST(event_date AS varchar) FROM fact_clicks ORDER BY 1");
    cold = dates[0] ?? "";
    factRows = await rowsHash("fact_clicks", cold);
  });

  it("moves one date when the clock moves by a day, with all its rows", async () => {
    await archive(dayAfter(cold, 91));
    expect(await column("SELECT DISTINCT CAST(event_date AS varchar) FROM fact_clicks ORDER BY 1")).to.deep.equal(
      dates.slice(1),
    );
    const found = await readManifest(at.clients.s3, at.outputs.archivePath, cold);
    if (found === undefined) throw new Error(`no manifest of ${cold}`);
    manifest = found;
    const sales = await column(
      `SELECT CAST(sum(revenue) AS varchar) FROM daily_sales WHERE event_date = DATE '${cold}'`,
    );
    expect(manifest.rows).to.be.greaterThan(0);
    expect([manifest.revenue]).to.deep.equal(sales);
    for (const { uri, bytes } of manifest.files) {
      const head = await at.clients.s3.send(new HeadObjectCommand({ ...placeOf(uri), ChecksumMode: "ENABLED" }));
      expect([head.StorageClass, head.ContentLength]).to.deep.equal(["GLACIER", bytes]);
      expect(head.ChecksumSHA256).to.match(/^[A-Za-z0-9+/]{43}=$/);
      const refused: unknown = await at.clients.s3
        .send(new GetObjectCommand(placeOf(uri)))
        .catch((error: unknown) => error);
      expect(refused).to.have.property("name", "InvalidObjectState");
    }
  });

  it("changes nothing when it runs again", async () => {
    await archive(dayAfter(cold, 91));
    expect(await readManifest(at.clients.s3, at.outputs.archivePath, cold)).to.deep.equal(manifest);
  });

  it("restores the date: asked for, under way, readable with the same rows", async () => {
    const request: RestoreRequest = { date: cold, days: 3, tier: "Standard" };
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    expect(await listRestored(at.clients, at.outputs)).to.deep.equal([]);
    expect((await restoreDate(at.clients, at.outputs, request, say)).kind).to.equal("restoring");
    expect(said[0]).to.contain("of GLACIER, tier Standard: ready in 3 to 5 hours");
    const status = await restoreAndWait(at.clients, at.outputs, request, say, { pollMs: 250 });
    if (status.kind !== "ready") throw new Error("it waits until it is ready");
    expect((status.until?.getTime() ?? 0) - Date.now()).to.be.greaterThan(4 * DAY_MS);
    const { rows } = await ask(at, "gold", status.query);
    expect(rows).to.deep.equal([[String(manifest.rows), manifest.revenue]]);
    expect(await rowsHash("fact_clicks_restored", cold)).to.equal(factRows);
    expect((await listRestored(at.clients, at.outputs)).map(({ date, kind }) => [date, kind])).to.deep.equal([
      [cold, "ready"],
    ]);
  });

  it("refuses a date that is still warm", async () => {
    const warm: RestoreRequest = { date: dates[1] ?? "", days: 3, tier: "Standard" };
    const error: unknown = await restoreDate(at.clients, at.outputs, warm, () => undefined).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(Error).with.property("message").that.contains("is still warm");
  });

  async function archive(asOf: Date): Promise<void> {
    const { glue } = at.clients;
    const runId = await startJob(glue, at.outputs.archiveJob, { "--as_of": asOf.toISOString() });
    const run = await waitForRun(glue, at.outputs.archiveJob, runId);
    expect(run.JobRunState, run.ErrorMessage).to.equal("SUCCEEDED");
  }

  async function column(sql: string): Promise<string[]> {
    return (await ask(at, "gold", sql)).rows.map(([cell]) => cell ?? "");
  }

  async function rowsHash(table: string, date: string): Promise<string> {
    const { rows } = await ask(at, "gold", `SELECT * FROM ${table} WHERE event_date = DATE '${date}'`);
    const sorted = rows.map((row) => JSON.stringify(row)).sort();
    return `${String(rows.length)}:${createHash("sha256").update(sorted.join("\n")).digest("hex")}`;
  }
});

function dayAfter(date: string, days: number): Date {
  return new Date(Date.parse(`${date}T03:40:00Z`) + days * DAY_MS);
}
