import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { detectPacking, readObject, type ReadOutcome } from "../../../handlers/object-reader";

const TEXT = Array.from({ length: 5_000 }, (_, index) => `line ${index} ${(index * 7919) % 1009}`).join("\n");

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) {
    yield await Promise.resolve(bytes.subarray(start, start + size));
  }
}

async function read(
  source: AsyncIterable<Uint8Array>,
): Promise<{ text: string; outcome: ReadOutcome; pauses: number }> {
  const parts: Buffer[] = [];
  let pauses = 0;
  const outcome = await readObject(
    source,
    (bytes) => parts.push(Buffer.from(bytes)),
    async () => {
      pauses += 1;
      await Promise.resolve();
    },
  );
  return { text: Buffer.concat(parts).toString("utf8"), outcome, pauses };
}

describe("readObject", () => {
  for (const size of [1, 3, 1_000, 1_000_000]) {
    it(`reads plain and gzip alike in chunks of ${size} bytes`, async () => {
      const short = TEXT.slice(0, size === 1 ? 500 : TEXT.length);
      const plain = await read(chunks(Buffer.from(short), size));
      const gzip = await read(chunks(gzipSync(short), size));
      expect(plain.text).to.equal(short);
      expect(gzip.text).to.equal(short);
      expect(plain.outcome).to.deep.equal({ packing: "plain", unsupported: false });
      expect(gzip.outcome).to.deep.equal({ packing: "gzip", unsupported: false });
      expect(gzip.pauses).to.be.greaterThan(0);
    });
  }

  it("reads gzip members one after the other, as appending loggers write them", async () => {
    const { text, outcome } = await read(chunks(Buffer.concat([gzipSync("a\n"), gzipSync("b\n")]), 7));
    expect(text).to.equal("a\nb\n");
    expect(outcome.damage).to.equal(undefined);
  });

  for (const size of [10, 1_000_000]) {
    it(`delivers all that a cut gzip stream still holds, in chunks of ${size} bytes`, async () => {
      const packed = gzipSync(TEXT, { level: 1 });
      const { text, outcome } = await read(chunks(packed.subarray(0, packed.length - 9), size));
      expect(outcome.damage).to.match(/Z_BUF_ERROR/);
      expect(TEXT.startsWith(text)).to.equal(true);
      expect(text.length).to.be.greaterThan(TEXT.length * 0.95);
    });
  }

  it("stops at damaged data and says so", async () => {
    const packed = gzipSync(TEXT);
    packed.fill(0xff, packed.length / 2, packed.length / 2 + 40);
    const { text, outcome } = await read(chunks(packed, 512));
    expect(outcome.damage).to.match(/Z_DATA_ERROR/);
    expect(TEXT.startsWith(text.slice(0, 1_000))).to.equal(true);
    expect(text).to.not.equal("");
  });

  it("throws what the source throws, since a retry may help", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield gzipSync(TEXT).subarray(0, 100);
      await Promise.resolve();
      throw new Error("connection reset");
    }
    let caught: unknown;
    await read(broken()).catch((error: unknown) => (caught = error));
    expect(caught).to.be.instanceOf(Error).with.property("message", "connection reset");
  });

  it("reads an empty object and one shorter than any magic number", async () => {
    expect((await read(chunks(Buffer.alloc(0), 5))).text).to.equal("");
    expect(await read(chunks(Buffer.from("{}"), 5))).to.deep.include({
      text: "{}",
      outcome: { packing: "plain", unsupported: false },
    });
  });

  it("delivers nothing of a packing that the pipeline does not read", async () => {
    const { text, outcome } = await read(chunks(Buffer.from("504b030414000000", "hex"), 3));
    expect(text).to.equal("");
    expect(outcome).to.deep.equal({ packing: "zip", unsupported: true });
  });
});

describe("detectPacking", () => {
  const cases: [string, string][] = [
    ["1f8b0800", "gzip"],
    ["504b0304", "zip"],
    ["28b52ffd", "zstd"],
    ["425a6839", "bzip2"],
    ["7b226122", "plain"],
    ["", "plain"],
  ];
  for (const [hex, packing] of cases) {
    it(`${hex === "" ? "nothing" : hex} is ${packing}`, () => {
      expect(detectPacking(Buffer.from(hex, "hex"))).to.equal(packing);
    });
  }
});
