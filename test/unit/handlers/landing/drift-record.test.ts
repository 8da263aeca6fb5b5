import { expect } from "chai";
import fc from "fast-check";
import { driftId, nextStep, readDriftItem, type DriftState } from "../../../../handlers/landing/drift-record";
import { hourFile, hourOfFile, readMapping } from "../../../../handlers/landing/holds";
import { heartbeatAt, hourOfKey, parseLanded } from "../../../../handlers/landing/landed-object";

const DRIFT = { kind: "unknown_field", path: "a", schemaVersion: "1" } as const;

describe("a drift record", () => {
  it("has an id of its kind, path and schema alone", () => {
    expect(driftId(DRIFT)).to.match(/^d-[0-9a-f]{10}$/);
    expect(driftId({ ...DRIFT, ...{ example: "x", lines: 5 } })).to.equal(driftId(DRIFT));
    const others = [
      { ...DRIFT, kind: "missing_field" as const },
      { ...DRIFT, path: "b" },
      { ...DRIFT, schemaVersion: "2" },
    ];
    expect(new Set([DRIFT, ...others].map(driftId)).size).to.equal(4);
  });

  it("goes open → accepted for good, or → rejected until another hour shows it", () => {
    const at = (state: DriftState): { state: DriftState; hours: string[] } => ({ state, hours: ["2026/11/25/13"] });
    expect(nextStep(undefined, "2026/11/25/13")).to.equal("open");
    expect(nextStep(at("open"), "2026/11/25/14")).to.equal("again");
    expect(nextStep(at("accepted"), "2026/11/25/14")).to.equal("decided");
    expect(nextStep(at("rejected"), "2026/11/25/13")).to.equal("decided");
    expect(nextStep(at("rejected"), "2026/11/25/14")).to.equal("open");
  });

  it("is refused where the table holds something else", () => {
    const item = {
      sk: { S: "d-1" },
      kind: { S: "unknown_field" },
      severity: { S: "additive" },
      state: { S: "closed" },
    };
    expect(() => readDriftItem(item)).to.throw(
      'drift d-1 has state "closed"; it must be one of open, accepted, rejected',
    );
  });
});

describe("the names that landing check, command line and silver share", () => {
  const hours = fc
    .date({ min: new Date("2019-01-01"), max: new Date("2035-12-31"), noInvalidDate: true })
    .map((at) => at.toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/"));

  it("lead from an hour to its file and back, and from a raw key to its hour", () => {
    fc.assert(
      fc.property(hours, (hour) => {
        expect(hourOfFile(`state/holds/${hourFile(hour)}`)).to.equal(hour);
        expect(hourOfKey(`events/${hourFile(hour).replace(".json", "/part.json.gz")}`, "events/")).to.equal(hour);
      }),
    );
    expect(hourFile("2026/11/25/13")).to.equal("year=2026/month=11/day=25/hour=13.json");
    for (const key of ["events/x.json", "events/year=2026/month=02/day=30/hour=10/x", "events/year=2026/month=1/x"]) {
      expect(hourOfKey(key, "events/"), key).to.equal(undefined);
    }
    expect(hourOfFile("state/holds/readme.txt")).to.equal(undefined);
  });

  it("ask of a mapping that it is whole", () => {
    const mapping = { id: "d-1", from: "uid", to: "user_id", since: "2026-11-25T13:00:00Z", by: "ann" };
    expect(readMapping(JSON.stringify(mapping))).to.deep.equal(mapping);
    expect(() => readMapping('{"id":"d-1","from":""}')).to.throw('a mapping needs "from" as a text');
  });
});

describe("a landed object", () => {
  const body = (key: string, object: object = {}, time = "2026-11-25T13:20:00Z"): string =>
    JSON.stringify({
      ...{ source: "aws.s3", "detail-type": "Object Created", time },
      detail: { bucket: { name: "raw" }, object: { key, size: 7, etag: "e", sequencer: "00A", ...object } },
    });
  const parse = (text: string): object => parseLanded(text, "raw", "events/");

  it("is a file of events, a heartbeat, something that silver does not read either, or no message of the queue", () => {
    expect(parse(body("events/a+b%20.json", { "version-id": "v" }))).to.deep.equal({
      kind: "events",
      bucket: "raw",
      key: "events/a+b%20.json",
      versionId: "v",
      size: 7,
      landedAt: "2026-11-25T13:20:00.000Z",
      write: "00A/v/e",
    });
    expect(parse(body("heartbeats/web-1.json"))).to.deep.include({ kind: "heartbeat", producer: "web-1" });
    for (const key of [
      "events/",
      "events/_tmp/_x",
      "events/.x",
      "events/a_$folder$",
      "heartbeats/a/b.json",
      "other/x",
    ]) {
      expect(parse(body(key)), key).to.include({ kind: "ignored" });
    }
    for (const text of ["no json", "{}", body("events/x", {}, "yesterday"), body("events/x").replace('"raw"', '"b"')]) {
      expect(parse(text), text).to.include({ kind: "unknown" });
    }
  });

  it("gives a heartbeat that never promises the future; a bad one counts as landed", () => {
    const landed = "2026-11-25T13:20:00.000Z";
    expect(heartbeatAt('{"at":"2026-11-25T13:00:00+01:00"}', landed)).to.equal("2026-11-25T12:00:00.000Z");
    for (const text of ["", "null", "{}", '{"at":"soon"}', '{"at":"2027-01-01T00:00:00Z"}']) {
      expect(heartbeatAt(text, landed), text).to.equal(landed);
    }
  });
});
