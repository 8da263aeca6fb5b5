import { expect } from "chai";
import fc from "fast-check";
import { createLineScanner, type ScanCounts } from "../../../handlers/line-scanner";

interface Hit {
  text: string;
  offset: number;
}

function scan(chunks: Buffer[], needles: string[], max = 1_000): { hits: Hit[]; counts: ScanCounts } {
  const hits: Hit[] = [];
  const scanner = createLineScanner(
    needles,
    (line, offset) => hits.push({ text: line.toString("latin1"), offset }),
    max,
  );
  for (const chunk of chunks) {
    // The scanner may not keep a view of what it was given: overwrite the chunk as a stream's pool would.
    const copy = Buffer.from(chunk);
    scanner.feed(copy);
    copy.fill(0x2a);
  }
  scanner.end();
  return { hits, counts: scanner.counts() };
}

/** What the scanner should find, the slow way: split the whole text. */
function expected(text: Buffer, needles: string[], max: number): { hits: Hit[] } {
  const hits: Hit[] = [];
  let offset = 0;
  for (const line of text.toString("latin1").split("\n")) {
    if (line.length <= max && needles.some((needle) => line.includes(needle))) hits.push({ text: line, offset });
    offset += line.length + 1;
  }
  return { hits };
}

function split(text: Buffer, cuts: number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((start, index) => text.subarray(start, places[index] ?? text.length));
}

describe("createLineScanner", () => {
  const word = fc.constantFrom("a", "bb", "KEY", "K", "EY", "\n", "\n\n", "É", "esc", "x".repeat(9));

  it("finds the same lines at the same offsets as splitting the text, however it is cut", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), fc.array(fc.nat(500), { maxLength: 12 }), (words, cuts) => {
        const text = Buffer.from(words.join(""), "latin1");
        expect(scan(split(text, cuts), ["KEY", "esc"]).hits).to.deep.equal(expected(text, ["KEY", "esc"], 1_000).hits);
      }),
      { numRuns: 500 },
    );
  });

  it("never hands out a line over the limit, and still finds all the others", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), fc.array(fc.nat(500), { maxLength: 12 }), (words, cuts) => {
        const text = Buffer.from(words.join(""), "latin1");
        expect(scan(split(text, cuts), ["KEY"], 8).hits).to.deep.equal(expected(text, ["KEY"], 8).hits);
      }),
      { numRuns: 500 },
    );
  });

  it("counts bytes, candidates and lines over the limit", () => {
    const { hits, counts: seen } = scan([Buffer.from("KEY1\nother\nKEYKEYKEYKEY\nKE"), Buffer.from("Y2")], ["KEY"], 10);
    expect(hits).to.deep.equal([
      { text: "KEY1", offset: 0 },
      { text: "KEY2", offset: 24 },
    ]);
    expect(seen).to.deep.equal({ bytes: 28, candidates: 2, oversized: 1 });
  });

  it("drops an endless line instead of keeping it in memory", () => {
    const chunk = Buffer.alloc(64 * 1024, "x");
    const scanner = createLineScanner(["KEY"], () => expect.fail("no line here"), 1024 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    for (let index = 0; index < 1_000; index += 1) scanner.feed(chunk);
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(16 * 1024 * 1024);
    scanner.end();
    expect(scanner.counts()).to.deep.equal({ bytes: 65_536_000, candidates: 0, oversized: 1 });
  });
});
