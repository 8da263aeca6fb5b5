import { gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { CORRUPTIONS } from "../../../../automation/generate/corruption";
import type { RawEvent } from "../../../../automation/generate/event";
import { seededRandom } from "../../../../automation/generate/random";
import { findDrifts } from "../../../../handlers/landing/find-drifts";
import { sampleObject } from "../../../../handlers/landing/sample-object";
import { isAdditiveShare, isBreakingShare } from "../../../../handlers/landing/thresholds";
import { drifts, event, events, findings, judge, linesOf } from "./support";

const without = (name: string) => () => ({ [name]: undefined });
const purchase = (change: object = {}): object => ({
  event_type: "purchase",
  order: { id: "o-1", amount: 5, currency: "USD", ...change },
});

describe("drifts of an object", () => {
  it("are none in good lines, whatever is optional, null or blank", async () => {
    expect(
      await drifts([
        ...events(30),
        event(31, { user_id: "", page_url: null, device: { type: null } }),
        event(32, { schema_version: undefined, device: undefined }),
        event(33, purchase()),
        event(34, { schema_version: "rees46-1", rees46: { category_id: "7" } }),
      ]),
    ).to.deep.equal([]);
  });

  it("are none where single lines are bad: that is the quarantine's work", async () => {
    const bad = [{ event_id: undefined }, { event_type: "teleport" }, { event_timestamp: 5 }, { nobody_knows: 1 }];
    expect(
      await drifts([...events(40), ...bad.map((change, index) => event(50 + index, change)), "{cut"]),
    ).to.deep.equal([]);
    expect(await drifts([event(1, { event_id: undefined }), "no json"])).to.deep.equal([]);
  });

  const cases: [string, () => object[], string[]][] = [
    [
      "an unknown field in one line of twenty",
      () => events(60, 3, () => ({ experiment: "a" })),
      ["additive unknown_field experiment (3/60)"],
    ],
    [
      "an unknown field of a nested object, against the lines that have it",
      () => [
        ...events(50).map((one) => ({ ...one, device: undefined })),
        ...events(10, 3, () => ({ device: { dpi: 2 } })),
      ],
      ["additive unknown_field device.dpi (3/10)"],
    ],
    [
      "a missing field in a fifth of the lines",
      () => events(50, 10, without("event_id")),
      ["breaking missing_field event_id (10/50)"],
    ],
    [
      "a missing visitor",
      () => events(5, 5, () => ({ user_id: undefined, anonymous_id: undefined })),
      ["breaking missing_field user_id|anonymous_id (5/5)"],
    ],
    [
      "purchases without amount, against the purchases",
      () => [...events(200), ...events(4, 4, () => purchase({ amount: undefined }))],
      ["breaking missing_field order.amount (4/4)"],
    ],
    ["another type", () => events(30, 30, () => ({ session_id: 7 })), ["breaking type_change session_id (30/30)"]],
    [
      "an object where a text was",
      () => events(30, 30, () => ({ page_url: { path: "/" } })),
      ["breaking type_change page_url (30/30)"],
    ],
    [
      "timestamps without a zone",
      () => events(30, 30, () => ({ event_timestamp: "2026-11-25T13:10:00" })),
      ["breaking form_change event_timestamp (30/30)"],
    ],
    [
      "a new event type, which silver's rule refuses",
      () => events(100, 5, () => ({ event_type: "wishlist" })),
      ["breaking new_event_type event_type=wishlist (5/100)"],
    ],
    [
      "a new major version",
      () => events(30, 30, () => ({ schema_version: "3" })),
      ["breaking new_schema_version schema_version (30/30)"],
    ],
    [
      "a new minor version",
      () => events(30, 30, () => ({ schema_version: "1.1" })),
      ["additive new_schema_version schema_version (30/30)"],
    ],
    [
      "the announced version 2 with its fields",
      () => events(30, 30, () => ({ schema_version: "2", experiment: { id: "e" } })),
      ["additive unknown_field experiment (30/30)"],
    ],
    [
      "events two hours after the hour of the key",
      () => events(30, 30, () => ({ event_timestamp: "2026-11-25T15:00:00Z" })),
      ["breaking wrong_prefix events after their hour (30/30)"],
    ],
    [
      "events of the month before",
      () => events(30, 20, () => ({ event_timestamp: "2026-10-25T15:00:00Z" })),
      ["breaking wrong_prefix events long before their hour (20/30)"],
    ],
  ];
  for (const [what, list, expected] of cases) {
    it(`tell ${what}`, async () => expect(await drifts(list())).to.deep.equal(expected));
  }

  it("are none for late events of six days and clocks an hour ahead", async () => {
    const late = ["2026-11-19T13:30:00Z", "2026-11-25T14:59:00Z", "2026-11-25T05:10:00-08:00"];
    expect(await drifts(events(30, 30, (index) => ({ event_timestamp: late[index % 3] })))).to.deep.equal([]);
  });

  describe("with a renamed field", () => {
    it("are one, with the mapping that mends it", async () => {
      const renamed = events(12, 12, () => ({ user_id: undefined, anonymous_id: undefined, uid: "u-1" }));
      const { drifts: found } = await findings(linesOf(renamed));
      expect(found).to.have.length(1);
      expect(found[0]).to.deep.include({
        kind: "renamed_field",
        severity: "breaking",
        path: "uid → user_id",
        suggestion: { from: "uid", to: "user_id" },
      });
    });

    it("are found for an optional field too, where the two never stand together", async () => {
      const uid = (): object => ({ user_id: undefined, uid: "u-1" });
      expect(await drifts(events(10, 5, uid))).to.deep.equal(["breaking renamed_field uid → user_id (5/10)"]);
      expect(await drifts(events(10, 5, () => ({ uid: "u-1" })))).to.deep.equal(["additive unknown_field uid (5/10)"]);
      // A name that is nothing like it is a new field, even where the old one is absent.
      const screen = (): object => ({ user_id: undefined, screen: "wide" });
      expect(await drifts(events(10, 5, screen))).to.deep.equal(["additive unknown_field screen (5/10)"]);
    });

    it("go by form and type where names are not alike, and by nothing where two fit", async () => {
      const renamed = (change: object) => (): object => ({ event_timestamp: undefined, ...change });
      const when = "2026-11-25T13:10:00Z";
      expect(await drifts(events(9, 9, renamed({ happened: when, note: "x" })))).to.deep.equal([
        "breaking renamed_field happened → event_timestamp (9/9)",
        "additive unknown_field note (9/9)",
      ]);
      expect(await drifts(events(9, 9, renamed({ happened: when, sent: when })))).to.deep.equal([
        "breaking missing_field event_timestamp (9/9)",
        "additive unknown_field happened (9/9)",
        "additive unknown_field sent (9/9)",
      ]);
      expect(await drifts(events(9, 9, renamed({ happened: 5 })))).to.include(
        "breaking missing_field event_timestamp (9/9)",
      );
    });

    it("are none once the mapping is accepted", async () => {
      const lines = [
        ...events(6, 6, () => ({ user_id: undefined, anonymous_id: undefined, uid: "u" })),
        ...events(4, 4, () => purchase({ amount: undefined, total: 5 })),
      ];
      const mappings = [
        { id: "d-1", from: "uid", to: "user_id" },
        { id: "d-2", from: "order.total", to: "order.amount" },
      ];
      expect(await drifts(lines, mappings)).to.deep.equal([]);
      expect(await drifts(lines)).to.have.members([
        "breaking renamed_field uid → user_id (6/10)",
        "breaking renamed_field order.total → order.amount (4/4)",
      ]);
    });
  });

  describe("of the file", () => {
    it("tell lines that are no JSON, unreadable packing, a cut stream, an empty file, a key without hour", async () => {
      expect(await drifts(["<html>", "<body>", "</body>"])).to.deep.equal(["breaking unparsable_lines  (3/3)"]);
      const kinds = async (bytes: Buffer, hour?: string): Promise<string[]> =>
        (await findings(bytes, [], hour)).drifts.map(({ severity, kind }) => `${severity} ${kind}`);
      expect(await kinds(Buffer.from("28b52ffd00000000", "hex"))).to.deep.equal(["breaking unreadable_file"]);
      const packed = gzipSync(linesOf(events(500)));
      expect(await kinds(packed.subarray(0, packed.length - 20))).to.deep.equal(["additive cut_file"]);
      expect(await kinds(Buffer.alloc(0))).to.deep.equal(["additive empty_file"]);
      expect(await kinds(Buffer.from(" \n\r\n"))).to.deep.equal(["additive empty_file"]);
      expect(await kinds(linesOf(events(3)), "")).to.deep.equal(["breaking wrong_prefix"]);
    });
  });

  it("say nothing of what the values say", async () => {
    const secret = "jane@example.org";
    const lines = events(30, 30, () => ({
      [secret]: secret,
      contact: secret,
      event_type: secret,
      session_id: 42_424_242,
    }));
    const found = await findings(linesOf(lines));
    expect(found.drifts.length).to.be.at.least(3);
    expect(JSON.stringify(found.drifts)).to.not.contain("jane").and.not.contain("42424242");
  });

  it("are limited in number, and the rest is counted", async () => {
    const ids = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`field_${String(index)}`, 1]));
    const found = await findings(linesOf(events(20, 20, () => ids)));
    expect(found.drifts).to.have.length(20);
    expect(found.dropped).to.equal(20);
  });

  it("never break for any mix of the usual damage in one line of twenty", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 40, max: 300 }), async (seed, count) => {
        const random = seededRandom(seed);
        const lines = events(count).map((one, index) => {
          if (index % 20 !== 0) return JSON.stringify(one);
          const raw = one as unknown as RawEvent;
          return String(random.pick(CORRUPTIONS.filter((kind) => kind.applies(raw))).corrupt(raw, random));
        });
        const found = await findings(linesOf(lines));
        expect(
          found.drifts.filter(({ severity, kind }) => severity === "breaking" && kind !== "new_event_type"),
        ).to.deep.equal([]);
      }),
      { numRuns: 25 },
    );
  });

  it("do not depend on the order of the lines", async () => {
    const list = [...events(30, 10, without("event_id")), ...events(20, 20, () => ({ user_id: undefined, uid: "u" }))];
    const expected = (await drifts(list)).sort();
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(list, { minLength: list.length }), async (shuffled) => {
        expect((await drifts(shuffled)).sort()).to.deep.equal(expected);
      }),
      { numRuns: 15 },
    );
  });

  it("have shares that grow with the count and shrink with the sample", () => {
    const counts = fc.tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 600 })).map(([a, b]) => ({
      count: Math.min(a, b),
      of: Math.max(a, b),
    }));
    fc.assert(
      fc.property(counts, ({ count, of }) => {
        if (isBreakingShare(count, of)) {
          expect(isAdditiveShare(count, of)).to.equal(true);
          if (count < of) expect(isBreakingShare(count + 1, of)).to.equal(true);
        }
        if (!isAdditiveShare(count, of)) expect(isAdditiveShare(count, of + 1)).to.equal(false);
        if (count < 3) expect(isAdditiveShare(count, of)).to.equal(false);
      }),
    );
  });

  it("come from a sample that ends at its limits, without calling its own cut a damage", async () => {
    const packed = gzipSync(linesOf(events(20_000)));
    const body = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < packed.length; at += 16_384) yield await Promise.resolve(packed.subarray(at, at + 16_384));
    };
    const sample = await sampleObject(body(), () => true, 1_000_000);
    expect(sample).to.include({ partial: true, packing: "gzip" }).and.to.not.have.property("damage");
    expect(sample.lines.length).to.be.within(250, 500);
    expect(findDrifts(sample, "2026/11/25/13", judge())).to.deep.include({ drifts: [], unparsable: 0 });
    const stopped = await sampleObject(body(), () => false);
    expect(stopped.partial).to.equal(true);
    expect(stopped.bytes).to.be.below(sample.bytes + 1);
  });
});
