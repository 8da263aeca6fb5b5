import { expect } from "chai";
import fc from "fast-check";
import { parseQueueMessage } from "../../../handlers/queue-message";

const created = (detail: unknown): string =>
  JSON.stringify({ source: "aws.s3", "detail-type": "Object Created", detail });

describe("parseQueueMessage", () => {
  it("takes the key as it stands: EventBridge does not encode it", () => {
    const key = "events/year=2026/a b+c%20d/ü.json.gz";
    expect(
      parseQueueMessage(created({ bucket: { name: "raw" }, object: { key, size: 12, "version-id": "v1" } })),
    ).to.deep.equal({ kind: "object", bucket: "raw", key, versionId: "v1", size: 12 });
  });

  it("takes an object of a bucket without versions", () => {
    expect(parseQueueMessage(created({ bucket: { name: "raw" }, object: { key: "k" } }))).to.deep.equal({
      kind: "object",
      bucket: "raw",
      key: "k",
    });
  });

  it("takes a purchase from the bus, which need not repeat its type", () => {
    const detail = { order: { id: "o", amount: 1 } };
    const body = JSON.stringify({ source: "clickstream.web", "detail-type": "purchase", id: "e-1", detail });
    expect(parseQueueMessage(body)).to.deep.equal({
      kind: "event",
      event: { event_type: "purchase", order: { id: "o", amount: 1 } },
      source: "clickstream.web",
      id: "e-1",
    });
  });

  const unknown: [string, string, string][] = [
    ["{", "the body is not JSON", "text that is not JSON"],
    ["null", "source undefined, detail-type undefined", "null"],
    [created({}), "Object Created without bucket name or key", "an S3 event without an object"],
    ['{"source":"aws.s3","detail-type":"Object Deleted"}', "source aws.s3, detail-type Object Deleted", "a deletion"],
  ];
  for (const [body, reason, name] of unknown) {
    it(`names the reason for ${name}`, () => {
      expect(parseQueueMessage(body)).to.deep.equal({ kind: "unknown", reason });
    });
  }

  it("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(parseQueueMessage(body).kind).to.be.oneOf(["object", "event", "unknown"]);
      }),
    );
  });
});
