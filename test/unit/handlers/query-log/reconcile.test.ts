import { expect } from "chai";
import { recordExecution } from "../../../../handlers/query-log/athena-history";
import { firstDayOf, reconcile } from "../../../../handlers/query-log/reconcile";
import { capturingLog } from "../support";
import { endedAt, execution, NOW, recorderOf } from "./support";

const RECENT = ["2026-11-25T11:00:00Z", "2026-11-25T10:00:00Z", "2026-11-24T01:00:00Z", "2026-11-23T00:00:00Z"];
const recent = RECENT.map((time, at) => endedAt(`new-${at}`, time));
const old = Array.from({ length: 6 }, (_, at) => endedAt(`old-${at}`, "2026-11-22T23:59:59Z"));

describe("reconcile", () => {
  it("records the queries of the last days that have no record, and no others", async () => {
    const recorder = recorderOf([...recent, ...old]);
    for (const known of recent.slice(0, 2)) await recordExecution(known, recorder);
    const { result } = await capturingLog(() => reconcile(2, NOW, recorder));
    expect(result).to.deep.equal({ seen: 4, found: 2 });
    const names = [...recorder.staging.records.keys()].map((key) => key.split("/")[1]).sort();
    expect(names).to.deep.equal(["athena-new-0.json", "athena-new-1.json", "athena-new-2.json", "athena-new-3.json"]);
    expect(recorder.history.asked.flat()).to.not.include("new-0");

    const again = await capturingLog(() => reconcile(2, NOW, recorder));
    expect(again.result).to.deep.equal({ seen: 4, found: 0 });
  });

  it("stops at the first page of nothing but old queries, in each workgroup", async () => {
    const elsewhere = endedAt("other", RECENT[0] as string, { WorkGroup: "wg-adhoc" });
    const recorder = recorderOf([...recent, ...old, elsewhere]);
    await capturingLog(() => reconcile(2, NOW, recorder));
    // Two pages of recent ones and one of old ones; one page of the other workgroup.
    expect(recorder.history.pages).to.equal(4);
    expect([...recorder.staging.records.values()].map(({ record }) => record.team)).to.include("analysts");
  });

  it("leaves running queries to their events", async () => {
    const recorder = recorderOf([execution("run", { Status: { State: "RUNNING", SubmissionDateTime: NOW } }), ...old]);
    const { result } = await capturingLog(() => reconcile(2, NOW, recorder));
    expect(result.found).to.equal(0);
    expect(recorder.staging.records.size).to.equal(0);
  });

  it("says so when Athena does not give what it listed, after recording the rest", async () => {
    const recorder = recorderOf([...recent]);
    const { history } = recorder;
    const all = history.executions.bind(history);
    history.executions = async (ids) => (await all(ids)).filter(({ QueryExecutionId }) => QueryExecutionId !== "new-1");
    let error: unknown;
    await capturingLog(() => reconcile(2, NOW, recorder).catch((thrown: unknown) => (error = thrown)));
    expect(String(error)).to.match(/listed 1 queries that it did not give \(first: new-1\).*next reconciliation/);
    expect(recorder.staging.records.size).to.equal(3);
  });
});

describe("firstDayOf", () => {
  it("counts back in UTC days", () => {
    expect(firstDayOf(2, NOW)).to.equal("2026-11-23");
    expect(firstDayOf(1, new Date("2026-03-01T00:00:00Z"))).to.equal("2026-02-28");
  });
});
