import { expect } from "chai";
import { queryIdOf, recordBatch } from "../../../../handlers/query-log/record-queries";
import type { SqsEvent } from "../../../../handlers/lambda-types";
import { capturingLog } from "../support";
import { execution, recorderOf } from "./support";

const event = (id: string): string =>
  JSON.stringify({
    source: "aws.athena",
    "detail-type": "Athena Query State Change",
    detail: { queryExecutionId: id },
  });
const batch = (...bodies: string[]): SqsEvent => ({
  Records: bodies.map((body, at) => ({ messageId: `m${at}`, receiptHandle: `r${at}`, body })),
});

describe("recordBatch", () => {
  it("asks for a batch's queries at once and writes a record of each, once, however often its event comes", async () => {
    const recorder = recorderOf([execution("a"), execution("b")], 3);
    const { result } = await capturingLog(() => recordBatch(batch(event("a"), event("b"), event("a")), recorder));
    expect(result).to.deep.equal({ batchItemFailures: [] });
    expect(recorder.history.asked).to.deep.equal([["a", "b"]]);
    expect([...recorder.staging.records.keys()]).to.deep.equal([
      "2026-11-25/athena-a.json",
      "2026-11-25/athena-b.json",
    ]);
    expect([...recorder.staging.records.values()].map(({ record }) => record.row_count)).to.deep.equal([3, 3]);

    const before = new Map(recorder.staging.records);
    await capturingLog(() => recordBatch(batch(event("b")), recorder));
    expect(recorder.staging.records).to.deep.equal(before);
  });

  it("returns alone what it cannot record: strange, unknown, running, or not written", async () => {
    const recorder = recorderOf([execution("a"), execution("run", { Status: { State: "RUNNING" } }), execution("bad")]);
    recorder.staging.broken.add("athena-bad.json");
    const messages = batch("{", event("gone"), event("run"), event("bad"), event("a"));
    const { result, log } = await capturingLog(() => recordBatch(messages, recorder));
    expect(result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).to.deep.equal([
      "m0",
      "m1",
      "m2",
      "m3",
    ]);
    expect([...recorder.staging.records.keys()]).to.deep.equal(["2026-11-25/athena-a.json"]);
    expect(log.filter(({ level }) => level === "error").map(({ reason }) => reason)).to.deep.equal([
      "not an event of an Athena query",
      "Athena does not know the query gone",
      "the query run has not ended",
      "Error: S3 is out of order",
    ]);
    const again = await capturingLog(() => recordBatch(batch(event("bad")), recorder));
    expect(again.result.batchItemFailures).to.deep.equal([]);
  });

  it("counts rows of successful queries only", async () => {
    const failed = execution("f", {
      Status: { State: "FAILED", CompletionDateTime: new Date("2026-11-25T10:00:00Z") },
    });
    const recorder = recorderOf([failed, execution("ddl", { StatementType: "DDL" })], 9);
    await capturingLog(() => recordBatch(batch(event("f"), event("ddl")), recorder));
    expect([...recorder.staging.records.values()].map(({ record }) => record.row_count)).to.deep.equal([null, null]);
  });
});

describe("queryIdOf", () => {
  for (const body of ["", "null", "[]", "{}", '{"source":"aws.athena"}', '{"source":"aws.athena","detail":null}']) {
    it(`finds no query in ${body || "nothing"}`, () => expect(queryIdOf(body)).to.equal(undefined));
  }
  it("finds no query in another service's event", () => {
    expect(queryIdOf('{"source":"aws.s3","detail":{"queryExecutionId":"q"}}')).to.equal(undefined);
  });
  it("finds the query of an event", () => expect(queryIdOf(event("q"))).to.equal("q"));
});
