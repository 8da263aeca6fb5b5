import { BatchStopJobRunCommand, StartJobRunCommand } from "@aws-sdk/client-glue";
import { expect } from "chai";
import { describePlan, describeStanding } from "../../../../automation/commands/backfill-text";
import { ASSUMPTIONS, assumed } from "../../../../automation/costs/assumptions";
import { loadPrices } from "../../../../automation/costs/prices";
import { planBackfill, runBackfill } from "../../../../automation/stack/backfill";
import { loadCost } from "../../../../automation/stack/backfill-cost";
import { JournalStore } from "../../../../automation/stack/backfill-journal";
import { landed, OUTPUTS, REQUEST } from "./fake-cloud";

const NEVER = new AbortController().signal;
const SILENT = { chunk: () => undefined, step: () => undefined, progress: () => undefined };

describe("backfill: the plan", () => {
  it("adds up what the dates hold, and prices it as DPU-hours by hand", async () => {
    const { clients } = landed();
    const prices = loadPrices();
    const plan = await planBackfill(clients, OUTPUTS, REQUEST, assumed(), prices);
    expect(plan.volume).to.include({ objects: 3, bytes: 3_500_000 });
    const ratio = ASSUMPTIONS.gzipRatio.value;
    expect(plan.volume.jsonBytes).to.be.closeTo(3_000_000 / ratio + 500_000, 1);
    expect(plan.chunks.map(({ volume }) => volume.objects)).to.deep.equal([2, 0, 1]);
    // One day of 2 MB of gzip: silver parses and merges it, gold computes it with a day on either side.
    const megabytes = 2 / ratio;
    const { silverMbPerCoreSecond: parse, mergeMbPerCoreSecond: merge, goldMbPerCoreSecond: gold } = ASSUMPTIONS;
    const start = (2 * ASSUMPTIONS.runOverheadSeconds.value) / 3600;
    const silverHours = (megabytes / parse.value + megabytes / merge.value) / 4 / 3600 + start;
    const goldHours = (3 * megabytes) / gold.value / 4 / 3600 + start;
    const [silver, goldCost] = plan.chunks[2]?.costs ?? [];
    expect(silver?.usd).to.be.closeTo(silverHours * 0.44, 1e-9);
    expect(goldCost?.usd).to.be.closeTo(goldHours * 0.44, 1e-9);
    expect(plan.usd).to.be.greaterThan((silver?.usd ?? 0) + (goldCost?.usd ?? 0));
    const text = describePlan("silver", REQUEST, plan, prices);
    expect(text).to.include("3 objects, 3.5 MB").and.to.include("in 2 of 3 chunks");
    expect(text).to.include("× $0.44 = $");
  });

  it("takes the price of Flex and of Glue 6, and a serverless warehouse's minute", async () => {
    const cloud = landed();
    cloud.job = { ...cloud.job, ExecutionClass: "FLEX" };
    const flex = await planBackfill(cloud.clients, OUTPUTS, REQUEST, assumed(), loadPrices());
    expect(flex.chunks[0]?.costs[0]?.priceKey).to.equal("glue.flexDpuHour");
    cloud.job = { ...cloud.job, ExecutionClass: "STANDARD", GlueVersion: "6.0" };
    const six = await planBackfill(cloud.clients, OUTPUTS, REQUEST, assumed(), loadPrices());
    expect(six.chunks[0]?.costs[0]?.priceKey).to.equal("glue.v6DpuHour");
    expect(loadCost(8, 1_000, assumed(), loadPrices()).usd).to.be.closeTo((60 * 8 * 0.375) / 3600, 1e-9);
    expect(loadCost(undefined, 1e12, assumed(), loadPrices()).usd).to.equal(0);
  });

  it("warns of a run that Glue would end", async () => {
    const cloud = landed();
    cloud.job = { ...cloud.job, Timeout: 1 };
    const plan = await planBackfill(cloud.clients, OUTPUTS, REQUEST, assumed(), loadPrices());
    expect(plan.tooLong[0]?.timeoutMinutes).to.equal(1);
    expect(describePlan("silver", REQUEST, plan, loadPrices())).to.include("Glue ends a run after 1");
  });
});

describe("backfill: the work", () => {
  it("runs silver and gold chunk by chunk, passes over what is empty, and lets go of its locks", async () => {
    const cloud = landed();
    const done = await runBackfill(cloud.clients, OUTPUTS, await cloud.journal(), "ann", NEVER, SILENT);
    expect(cloud.runs).to.deep.equal([
      "cs-silver-job 2026-03-01..2026-03-02",
      "cs-gold-job moved",
      "cs-silver-job 2026-03-05..2026-03-05",
      "cs-gold-job moved",
    ]);
    expect(done.chunks.map(({ state }) => state)).to.deep.equal(["done", "empty", "done"]);
    expect(done.chunks[0]?.steps.silver).to.include({ runId: "jr_1", read: 10, accepted: 7 });
    expect(await cloud.stored(done.id)).to.deep.equal(done);
    expect(done.state).to.equal("done");
    expect([...cloud.table.items]).to.deep.equal([]);
    const start = cloud.glue.commandCalls(StartJobRunCommand)[0]?.args[0].input.Arguments;
    expect(start).to.deep.equal({
      "--as_of": "2026-03-06T00:00:00.000Z",
      "--from_date": "2026-03-01",
      "--to_date": "2026-03-02",
    });
  });

  it("goes on after a failure with the step that failed, and repeats nothing", async () => {
    const cloud = landed();
    const journal = await cloud.journal();
    cloud.onStart = (run) => {
      cloud.state = run.startsWith("cs-gold-job") ? "FAILED" : "SUCCEEDED";
    };
    const failed = await runBackfill(cloud.clients, OUTPUTS, journal, "ann", NEVER, SILENT).catch(
      (error: unknown) => error,
    );
    expect(String(failed)).to.include("ended as FAILED (run jr_2): no memory");
    expect([...cloud.table.items]).to.deep.equal([]);
    const left = await cloud.stored(journal.id);
    const at = { stack: "dev", target: "local" };
    expect(describeStanding(left, at)).to.include("2 not done, 1 empty of 3 chunks");
    expect(describeStanding(left, at)).to.include(`(silver of it done). Go on with: npm run cli -- backfill --resume`);
    cloud.onStart = () => (cloud.state = "SUCCEEDED");
    const store = new JournalStore(cloud.buckets.client, OUTPUTS.statePath);
    expect((await store.open("silver", REQUEST)).map(({ id }) => id)).to.deep.equal([journal.id]);
    await runBackfill(cloud.clients, OUTPUTS, left, "ann", NEVER, SILENT);
    expect(cloud.runs.slice(2)).to.deep.equal([
      "cs-gold-job moved",
      "cs-silver-job 2026-03-05..2026-03-05",
      "cs-gold-job moved",
    ]);
    expect(await store.open("silver", REQUEST)).to.deep.equal([]);
  });

  it("stops the run in Glue on Ctrl-C, and leaves a journal to go on with", async () => {
    const cloud = landed();
    const journal = await cloud.journal();
    const controller = new AbortController();
    cloud.onStart = () => {
      cloud.state = "RUNNING";
      setTimeout(() => controller.abort(), 5);
    };
    await runBackfill(cloud.clients, OUTPUTS, journal, "ann", controller.signal, SILENT).then(
      () => expect.fail("it was stopped"),
      () => undefined,
    );
    expect(cloud.glue.commandCalls(BatchStopJobRunCommand)[0]?.args[0].input).to.deep.equal({
      JobName: OUTPUTS.silverJob,
      JobRunIds: ["jr_1"],
    });
    expect(cloud.runs).to.have.length(1);
    expect((await cloud.stored(journal.id)).chunks[0]).to.deep.include({ state: "pending", steps: {} });
    expect([...cloud.table.items]).to.deep.equal([]);
  });

  it("refuses the second of two at once", async () => {
    const cloud = landed();
    const journals = [await cloud.journal(), await cloud.journal()];
    const outcomes = await Promise.allSettled(
      journals.map((journal, index) =>
        runBackfill(cloud.clients, OUTPUTS, journal, `p${String(index)}`, NEVER, SILENT),
      ),
    );
    const refused = outcomes.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
    expect(refused).to.have.length(1);
    expect(refused[0]).to.match(/The layer silver is locked by p\d for the backfill silver-2026-03-01-2026-03-05-/);
    expect(cloud.runs).to.have.length(4);
  });

  it("replaces the unfinished backfill of the same dates when another is begun", async () => {
    const cloud = landed();
    const old = await cloud.journal();
    const store = new JournalStore(cloud.buckets.client, OUTPUTS.statePath);
    await store.save(old);
    await runBackfill(cloud.clients, OUTPUTS, await cloud.journal(), "ann", NEVER, SILENT);
    expect((await store.read(old.id)).state).to.equal("replaced");
  });

  it("says what is wrong with a journal, and with an id that is none", async () => {
    const cloud = landed();
    const { id } = await cloud.journal();
    cloud.buckets.put(`jobs/state/backfills/${id}.json`, '{"format": 2}');
    const store = new JournalStore(cloud.buckets.client, OUTPUTS.statePath);
    const problem = (wanted: string): Promise<unknown> => store.read(wanted).catch((error: unknown) => String(error));
    expect(await problem(id)).to.include("is no journal of a backfill");
    expect(await problem("../secret")).to.include('There is no backfill "../secret"');
    expect(await problem("silver-2026-01-01-2026-01-01-00000000")).to.include("There is no backfill");
  });
});
