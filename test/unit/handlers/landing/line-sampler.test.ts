import { expect } from "chai";
import fc from "fast-check";
import { createLineSampler } from "../../../../handlers/landing/line-sampler";

function sample(chunks: readonly Buffer[], maxLines: number, whole = true, maxBytes = 1000): string[] {
  const sampler = createLineSampler(maxLines, maxBytes);
  for (const chunk of chunks) sampler.feed(chunk);
  return sampler.end(whole).map(String);
}

function cut(text: string, sizes: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe("the line sampler", () => {
  const texts = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 80 });
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

  it("gives every line, in order, while they are few, however the text is cut", () => {
    fc.assert(
      fc.property(texts, sizes, fc.boolean(), (lines, chunks, ended) => {
        expect(sample(cut(lines.join("\n") + (ended ? "\n" : ""), chunks), 80)).to.deep.equal(lines);
      }),
    );
  });

  it("gives whole lines only, in order, the first and the last among them, and never many more than asked", () => {
    fc.assert(
      fc.property(texts, sizes, fc.integer({ min: 2, max: 10 }), (words, chunks, most) => {
        const lines = words.map((word, index) => `${String(index)}:${word}`);
        const taken = sample(cut(lines.join("\n"), chunks), most);
        const places = taken.map((line) => lines.indexOf(line));
        expect(places).to.not.include(-1);
        expect(places).to.deep.equal([...new Set(places)].sort((left, right) => left - right));
        expect(taken.length).to.be.at.most(most);
        expect(places[0]).to.equal(0);
      }),
    );
  });

  it("spreads over the text, and ends with its last line", () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `line ${String(index)}`);
    const taken = sample(cut(lines.join("\n"), [4096]), 100).map((line) => Number(line.slice(5)));
    expect(taken.length).to.be.within(50, 101);
    expect(taken.at(-1)).to.equal(9_999);
    const gaps = taken.slice(1).map((at, index) => at - (taken[index] ?? 0));
    expect(Math.max(...gaps)).to.be.below(400);
  });

  it("leaves out blank lines, an unfinished last one, and lines over the limit, which it counts", () => {
    expect(sample([Buffer.from("a\n \r\n\nb\nc")], 10, false)).to.deep.equal(["a", "b"]);
    const sampler = createLineSampler(10, 5);
    sampler.feed(Buffer.from("123456\n12"));
    sampler.feed(Buffer.from("3456\nok\n"));
    expect(sampler.end(true).map(String)).to.deep.equal(["ok"]);
    expect(sampler.oversized()).to.equal(2);
  });
});
