import { expect } from "chai";
import type { GlueRun } from "../../../../handlers/operations/job-runs";
import type { MetricValues } from "../../../../handlers/operations/put-metrics";
import { recordRun, type RecorderDependencies } from "../../../../handlers/operations/recorder";
import { capturingLog } from "../support";
import { at, MemoryState } from "./memory-state";

const JOBS = { silver: "p-silver", gold: "p-gold", archive: "p-archive" };

/** An event about a job's run that ended so many minutes after midnight. */
function change(jobName: string, state: string, minutes: number, runId = `jr_${minutes}`, message?: string) {
  return { time: at(minutes), detail: { jobName, state, jobRunId: runId, message } };
}

function silverReport(fields: object = {}): string {
  const counts = { read: 100, accepted: 90, quarantined: 7, duplicates: 3 };
  return JSON.stringify({ ...counts, newest_event: "2026-11-24T23:59:00Z", seconds: 60, ...fields });
}

function setting() {
  const state = new MemoryState();
  const sent: { values: MetricValues; at: string }[] = [];
  const reports: Record<string, string> = {};
  const runs: Record<string, GlueRun> = {};
  const deps: RecorderDependencies = {
    jobs: JOBS,
    state,
    findRun: async (_job, id) => runs[id],
    readReport: async (job, id) => reports[`${job}/${id}`],
    put: async (values, instant) => void sent.push({ values, at: instant.toISOString() }),
  };
  const record = async (event: unknown) => (await capturingLog(() => recordRun(event, deps))).result;
  return { state, sent, reports, runs, record };
}

describe("recorder of runs", () => {
  it("keeps a good run with its report, and puts what follows at the run's end", async () => {
    const { state, sent, reports, runs, record } = setting();
    state.landed = { newestEvent: at(2), newestLanding: at(2) };
    reports["silver/jr_10"] = silverReport();
    const times = { startedOn: new Date(at(5)), completedOn: new Date(at(9)) };
    runs["jr_10"] = { ...times, attempt: 0, maxRetries: 0 };
    expect(await record(change("p-silver", "SUCCEEDED", 10))).to.include({ job: "silver", counts: true });
    expect([...state.rows.values()]).to.deep.equal([
      {
        job: "silver",
        runId: "jr_10",
        state: "SUCCEEDED",
        startedAt: at(5),
        endedAt: at(9),
        retried: false,
        read: 100,
        quarantined: 7,
        newestEvent: "2026-11-24T23:59:00.000Z",
      },
    ]);
    expect(state.latest.get("silver")).to.include({ conservation: "kept", report: reports["silver/jr_10"] });
    expect(sent).to.deep.equal([
      {
        at: at(10),
        values: {
          etlFailing: 0,
          conservationBroken: 0,
          etlSuccessRate: 100,
          quarantineGrowth: undefined,
          silverLag: 180,
          goldLag: undefined,
        },
      },
    ]);
  });

  it("is failing from a failure until the next success of the same job", async () => {
    const { sent, record, reports } = setting();
    reports["silver/jr_40"] = silverReport();
    await record(change("p-silver", "FAILED", 10, "jr_10", "quality score 94 % is under the gate"));
    await record(change("p-gold", "TIMEOUT", 20));
    await record(change("p-gold", "SUCCEEDED", 30));
    await record(change("p-silver", "SUCCEEDED", 40));
    expect(sent.map(({ values }) => values.etlFailing)).to.deep.equal([1, 2, 1, 0]);
    expect(sent.map(({ values }) => values.etlSuccessRate)).to.deep.equal([0, 0, 100 / 3, 50]);
    expect(sent.map(({ values }) => values.conservationBroken)).to.deep.equal([0, 0, 0, 0]);
  });

  it("says that conservation is broken by a report that does not add up, and by the job's own refusal", async () => {
    const { sent, record, reports } = setting();
    reports["silver/jr_10"] = silverReport({ accepted: 89 });
    await record(change("p-silver", "SUCCEEDED", 10));
    const refusal = "silver_to_gold: 2026-11-24: silver has 9 rows, fact_clicks would have 8 (1 such date(s)); nothing";
    await record(change("p-gold", "FAILED", 20, "jr_20", refusal));
    reports["silver/jr_30"] = silverReport();
    await record(change("p-silver", "SUCCEEDED", 30));
    reports["silver/jr_40"] = "not JSON";
    await record(change("p-silver", "SUCCEEDED", 40));
    expect(sent.map(({ values }) => values.conservationBroken)).to.deep.equal([1, 2, 1, 2]);
  });

  it("is no worse for the same event again", async () => {
    const { state, sent, record, reports } = setting();
    reports["silver/jr_10"] = silverReport();
    await record(change("p-silver", "SUCCEEDED", 10));
    const before = { rows: [...state.rows], latest: [...state.latest] };
    expect(await record(change("p-silver", "SUCCEEDED", 10))).to.include({ counts: true });
    expect({ rows: [...state.rows], latest: [...state.latest] }).to.deep.equal(before);
    expect(sent[1]).to.deep.equal(sent[0]);
  });

  it("keeps an older run whose event comes late as history alone", async () => {
    const { state, sent, record, reports } = setting();
    reports["silver/jr_20"] = silverReport();
    await record(change("p-silver", "SUCCEEDED", 20));
    expect(await record(change("p-silver", "FAILED", 10))).to.include({ counts: false });
    expect(state.latest.get("silver")).to.include({ runId: "jr_20", state: "SUCCEEDED" });
    expect(state.rows.size).to.equal(2);
    expect(sent).to.have.length(1);
  });

  it("lets a stopped run neither fail a job nor heal it", async () => {
    const { state, sent, record } = setting();
    await record(change("p-silver", "FAILED", 10));
    expect(await record(change("p-silver", "STOPPED", 20))).to.include({ counts: false });
    expect(state.latest.get("silver")).to.include({ state: "FAILED" });
    expect(sent).to.have.length(1);
    expect(state.rows.size).to.equal(2);
  });

  it("waits for the attempt that Glue makes by itself, and counts the run once by the last", async () => {
    const { sent, runs, record } = setting();
    runs["jr_1"] = { attempt: 0, maxRetries: 1 };
    runs["jr_1_attempt_1"] = { attempt: 1, maxRetries: 1 };
    expect(await record(change("p-silver", "FAILED", 10, "jr_1"))).to.include({ counts: false });
    expect(sent).to.deep.equal([]);
    expect(await record(change("p-silver", "FAILED", 20, "jr_1_attempt_1"))).to.include({ counts: true });
    expect(sent[0]?.values).to.include({ etlFailing: 1, etlSuccessRate: 0 });
    // Glue does not repeat what timed out.
    runs["jr_2"] = { attempt: 0, maxRetries: 1 };
    expect(await record(change("p-silver", "TIMEOUT", 30, "jr_2"))).to.include({ counts: true });
  });

  it("knows gold's newest event by the silver runs that it could read", async () => {
    const { state, sent, runs, reports, record } = setting();
    reports["silver/jr_10"] = silverReport({ newest_event: at(1) });
    reports["silver/jr_30"] = silverReport({ newest_event: at(21) });
    await record(change("p-silver", "SUCCEEDED", 10));
    await record(change("p-silver", "SUCCEEDED", 30));
    runs["jr_40"] = { startedOn: new Date(at(11)), completedOn: new Date(at(40)), attempt: 0, maxRetries: 0 };
    await record(change("p-gold", "SUCCEEDED", 40));
    expect(sent.at(-1)?.values).to.include({ goldLag: 20 * 60 });
    // A run of old data alone moves nothing back.
    reports["silver/jr_50"] = silverReport({ newest_event: at(2) });
    await record(change("p-silver", "SUCCEEDED", 50));
    expect(state.latest.get("silver")?.newestEvent).to.equal(at(21));
  });

  it("refuses what is no end of a run of its jobs, in words", async () => {
    const { record, state } = setting();
    const refusal = async (event: unknown) => String(await record(event).catch((error: unknown) => error));
    expect(await refusal({ task: "x" })).to.contain('not a "Glue Job State Change" of an ended run: {"task":"x"}');
    expect(await refusal(undefined)).to.contain("of an ended run: undefined");
    expect(await refusal(change("p-silver", "RUNNING", 1))).to.contain("SUCCEEDED, FAILED, TIMEOUT, STOPPED, ERROR");
    expect(await refusal(change("other", "FAILED", 1))).to.contain("job other is none of p-silver, p-gold, p-archive");
    expect(state.rows.size).to.equal(0);
  });
});
