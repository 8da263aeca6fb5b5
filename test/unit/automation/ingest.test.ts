import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { UserError } from "../../../automation/errors";
import { importFile, type InputFormat, type ImportResult } from "../../../automation/ingest/import-file";
import { Lander, type PutObject } from "../../../automation/ingest/lander";
import { hourPrefix } from "../../../automation/ingest/landing-path";
import { rees46Event, REES46_COLUMNS } from "../../../automation/ingest/rees46-format";
import { byteLines } from "../../../automation/ingest/source";
import { uuid5 } from "../../../automation/ingest/uuid5";

const NOW = new Date("2026-03-02T12:00:00Z");

class Objects {
  readonly stored = new Map<string, string[]>();
  readonly put: PutObject = (key, body) => {
    this.stored.set(key, gunzipSync(body).toString("latin1").split("\n").slice(0, -1));
    return Promise.resolve();
  };
  get lines(): string[] {
    return [...this.stored.values()].flat();
  }
}

async function failureOf(work: Promise<unknown>): Promise<UserError> {
  try {
    await work;
  } catch (error) {
    expect(error).to.be.instanceOf(UserError);
    return error as UserError;
  }
  throw new Error("it should have failed");
}

describe("hourPrefix", () => {
  it("is the Hive layout in UTC", () => {
    expect(hourPrefix(new Date("2026-03-02T07:05:00+02:00"))).to.equal("year=2026/month=03/day=02/hour=05/");
  });
});

describe("uuid5", () => {
  it("gives RFC 9562's own example", () => {
    expect(uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com")).to.equal(
      "2ed6657d-e927-568b-95e1-2665a8aea6a2",
    );
  });
});

describe("Lander", () => {
  it("writes each line once, under its hour, whatever the order", async () => {
    const instants = fc.date({ min: new Date("2025-01-01T00:00:00Z"), max: NOW, noInvalidDate: true });
    const lines = fc.array(fc.record({ line: fc.uuid(), landedAt: instants }), { maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(lines, async (input) => {
        const objects = new Objects();
        const summary = await new Lander(objects.put).land(input);
        expect(summary.lines).to.equal(input.length);
        expect(objects.lines.sort()).to.deep.equal(input.map(({ line }) => line).sort());
        for (const { line, landedAt } of input) {
          const holding = [...objects.stored].filter(([, held]) => held.includes(line)).map(([key]) => key);
          expect(holding.some((key) => key.startsWith(hourPrefix(landedAt)))).to.equal(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("gives the same objects when the same lines land twice", async () => {
    const input = [
      { line: "a", landedAt: NOW },
      { line: Buffer.from([0xff]), landedAt: NOW },
    ];
    const once = new Objects();
    await new Lander(once.put).land(input);
    await new Lander(once.put).land(input);
    expect(once.stored.size).to.equal(1);
  });

  it("fails as a whole when one upload fails", async () => {
    const lander = new Lander(() => Promise.reject(new Error("503 Slow Down")));
    let message = "";
    await lander.land([{ line: "a", landedAt: NOW }]).catch((error: unknown) => (message = String(error)));
    expect(message).to.contain("503 Slow Down");
  });
});

describe("byteLines", () => {
  it("cuts at LF and CRLF, wherever the chunks are cut", async () => {
    const text = fc
      .array(fc.constantFrom("a", "é", "\r\n", "\n", "🙂"), { maxLength: 30 })
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (given, size) => {
        const bytes = Buffer.from(given);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        );
        const found: string[] = [];
        for await (const line of byteLines(
          (async function* () {
            yield* chunks;
          })(),
        ))
          found.push(line.toString());
        const wanted = given.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
        if (wanted.at(-1) === "" && (given.endsWith("\n") || given === "")) wanted.pop();
        expect(found).to.deep.equal(wanted);
      }),
    );
  });
});

describe("importFile", () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), "clickstream-test-"))));
  after(() => rm(folder, { recursive: true }));

  const file = async (name: string, content: string | Buffer): Promise<string> => {
    const at = path.join(folder, name);
    await writeFile(at, content);
    return at;
  };
  const importing = (at: string, format: InputFormat, objects = new Objects()): Promise<ImportResult> =>
    importFile(objects.put, at, format, 1000, undefined, NOW);

  const purchase = (id: string, amount: number, at = "2026-03-01T10:00:00Z"): string =>
    JSON.stringify({
      event_id: id,
      event_type: "purchase",
      event_timestamp: at,
      order: { id: `o-${id.toLowerCase()}`, amount },
    });

  it("lands bad lines as they are and counts them", async () => {
    const objects = new Objects();
    const at = await file(
      "mixed.json",
      Buffer.concat([Buffer.from(`${purchase("a", 5)}\r\n\n{"cut\n`), Buffer.from([0xff, 0x0a])]),
    );
    const { read } = await importing(at, "events", objects);
    expect(read).to.equal(3);
    expect(objects.lines).to.have.members([purchase("a", 5), '{"cut', "\u00ff"]);
  });

  it("knows orders and revenue without the pipeline, each event once", async () => {
    const at = await file(
      "orders.json.gz",
      gzipSync([purchase("A", 1000), purchase("a", 1000), purchase("b", 999.99)].join("\n")),
    );
    const { ledger, newestEvent } = await importing(at, "events");
    expect(ledger.alerts).to.equal(1);
    expect(ledger.revenueCents(new Set())).to.equal(199_999);
    expect(ledger.revenueCents(new Set(["b"]))).to.equal(100_000);
    expect(newestEvent?.toISOString()).to.equal("2026-03-01T10:00:00.000Z");
  });

  it("does not let a clock in 1970 or 2099 choose the landing hour", async () => {
    const objects = new Objects();
    const clocks = ["2026-03-01T10:00:00Z", "1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z"];
    await importing(
      await file("clocks.json", clocks.map((at, n) => purchase(String(n), 1, at)).join("\n")),
      "events",
      objects,
    );
    expect([...objects.stored.keys()].every((key) => key.startsWith("year=2026/month=03/day=01/hour=10/"))).to.equal(
      true,
    );
  });

  for (const { name, content, format, problem } of [
    { name: "empty.json", content: "", format: "events", problem: "is empty" },
    { name: "blank.json", content: "\n \n", format: "events", problem: "has no events" },
    { name: "binary.json", content: Buffer.from([1, 0, 2]), format: "events", problem: "is binary" },
    { name: "wrong.csv", content: "a,b,c\n1,2,3\n", format: "rees46", problem: "not the header of a REES46 file" },
    { name: "header.csv", content: `${REES46_COLUMNS.join(",")}\n`, format: "rees46", problem: "has no events" },
    {
      name: "cut.json.gz",
      content: gzipSync("x".repeat(100_000)).subarray(0, 60),
      format: "events",
      problem: "cannot be read to its end",
    },
  ] as const) {
    it(`says what is wrong with ${name}`, async () => {
      const at = await file(name, content);
      const error = await failureOf(importing(at, format));
      expect(error.problem).to.contain(problem);
      expect(error.nextAction).not.to.equal("");
    });
  }

  it("says that a file is missing or a directory", async () => {
    expect((await failureOf(importing(path.join(folder, "none.json"), "events"))).problem).to.contain("no such file");
    expect((await failureOf(importing(folder, "events"))).problem).to.contain("is a directory");
  });

  it("keeps a CSV row with the wrong number of fields, for the quarantine", async () => {
    const objects = new Objects();
    const rows = [
      REES46_COLUMNS.join(","),
      "2019-10-01 00:00:00 UTC,view,1",
      "2019-10-01 00:00:01 UTC,view,1,2,,b,3.50,u,s",
    ];
    const { read } = await importing(await file("short.csv", rows.join("\n")), "rees46", objects);
    expect(read).to.equal(2);
    expect(objects.lines).to.include("2019-10-01 00:00:00 UTC,view,1");
  });
});

describe("rees46Event", () => {
  const row = {
    event_time: "2019-10-01 00:02:14 UTC",
    event_type: "purchase",
    product_id: "1004856",
    category_id: "2053013555631882655",
    category_code: "electronics.smartphone",
    brand: "samsung",
    price: "130.76",
    user_id: "543272936",
    user_session: "8187d148-3c41-46d4-b0c0-9c08cd9dc564",
  };

  it("maps a purchase, with ids that depend on the row alone", () => {
    const event = rees46Event(row);
    expect(rees46Event({ ...row }).event_id).to.equal(event.event_id);
    expect(rees46Event({ ...row, price: "130.77" }).event_id).not.to.equal(event.event_id);
    expect(event).to.deep.include({
      event_type: "purchase",
      event_timestamp: "2019-10-01T00:02:14Z",
      user_id: "543272936",
      session_id: row.user_session,
      product: { id: "1004856", category: "electronics.smartphone", brand: "samsung", price: 130.76, quantity: 1 },
      rees46: { category_id: "2053013555631882655" },
    });
    expect(event.order).to.deep.include({ amount: 130.76, currency: "USD" });
  });

  it("maps views and carts, leaves empty fields out and unknown types as they are", () => {
    const view = rees46Event({ ...row, event_type: "view", category_code: "", brand: "" });
    expect(view).to.deep.include({
      event_type: "product_view",
      product: { id: "1004856", price: 130.76, quantity: 1 },
    });
    expect(view).not.to.have.property("order");
    expect(rees46Event({ ...row, event_type: "cart" }).event_type).to.equal("add_to_cart");
    expect(rees46Event({ ...row, event_type: "wish" }).event_type).to.equal("wish");
    expect(rees46Event({ ...row, price: "n/a" }).product?.price).to.equal("n/a");
  });
});
