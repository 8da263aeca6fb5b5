import { expect } from "chai";
import fc from "fast-check";
import {
  canonicalJson,
  chainFaults,
  NO_CERTIFICATE,
  sealed,
  type Certificate,
  type CertificateBody,
} from "../../../../automation/privacy/certificate";

const KEY = "k".repeat(64);
const AT = "2026-11-26T01:00:00.000Z";

function bodyOf(seq: number, previous: string): CertificateBody {
  return {
    format: 1,
    seq,
    request: `er-20261126-0000000${String(seq)}`,
    batch: "eb-20261126-00000001",
    batchSize: 3,
    subject: String(seq).repeat(64).slice(0, 64),
    requestedAt: AT,
    locatedAt: AT,
    rewrittenAt: AT,
    verifiedAt: AT,
    certifiedAt: AT,
    own: [{ class: "raw lines", rows: seq, files: 1 }],
    erased: [{ class: "raw lines", rows: 9, files: 3, bytes: 1000 }],
    verified: [{ class: "raw", rows: 0, read: 5000 }],
    runs: ["silver jr_1"],
    seconds: 12.5,
    usd: 0.01,
    retained: ["snapshots for 7 days"],
    previous,
  };
}

function chain(length: number): Certificate[] {
  const links: Certificate[] = [];
  for (let seq = 1; seq <= length; seq += 1) links.push(sealed(KEY, bodyOf(seq, links.at(-1)?.hash ?? NO_CERTIFICATE)));
  return links;
}

const stored = (links: readonly Certificate[]): { place: number; text: string }[] =>
  links.map((link) => ({ place: link.seq, text: JSON.stringify(link) }));
const headOf = (links: readonly Certificate[]): { seq: number; hash: string } => ({
  seq: links.length,
  hash: links.at(-1)?.hash ?? "",
});

describe("the chain of certificates", () => {
  const links = chain(4);
  const head = headOf(links);
  const faults = (changed: { place: number; text: string }[], end = head): string[] =>
    chainFaults(KEY, changed, end).map(({ seq, what }) => `${String(seq)} ${what}`);

  it("is whole as it was written, in whatever order it is read", () => {
    expect(faults(stored(links))).to.deep.equal([]);
    expect(faults(stored(links).reverse())).to.deep.equal([]);
    expect(chainFaults(KEY, [], undefined)).to.deep.equal([]);
  });

  it("is independent of the order of fields", () => {
    const turned = Object.fromEntries(Object.entries(links[1] ?? {}).reverse());
    const texts = stored(links).with(1, { place: 2, text: JSON.stringify(turned) });
    expect(faults(texts)).to.deep.equal([]);
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).to.equal('{"a":null,"b":[{"c":2,"d":1}]}');
  });

  it("shows any change of any field", () => {
    const fields = Object.keys(bodyOf(1, NO_CERTIFICATE)).filter((name) => name !== "format");
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.integer({ min: 0, max: 3 }), (field, index) => {
        const before = links[index] as unknown as Record<string, unknown>;
        const value = before[field];
        const changed =
          typeof value === "number"
            ? value + 1
            : Array.isArray(value)
              ? [...(value as unknown[]), (value as unknown[])[0]]
              : String(value).replace(/[0-9]/g, (digit) => String((Number(digit) + 1) % 10));
        const texts = stored(links).with(index, {
          place: index + 1,
          text: JSON.stringify({ ...before, [field]: changed }),
        });
        return faults(texts).length > 0;
      }),
    );
  });

  it("shows what is removed, in the middle and at the end", () => {
    expect(faults(stored(links).filter(({ place }) => place !== 2))).to.deep.equal([
      "2 is missing",
      "3 does not follow the one before it",
    ]);
    expect(faults(stored(links.slice(0, 2)))).to.deep.equal(["3 is missing, and all up to 4"]);
    // With the head moved back as well, nothing but a hash that was kept elsewhere can tell; so it is printed.
    expect(faults(stored(links.slice(0, 2)), headOf(links.slice(0, 2)))).to.deep.equal([]);
  });

  it("shows two that changed places, and one too many", () => {
    const [first, second] = stored(links);
    const swapped = [
      { place: 1, text: second?.text ?? "" },
      { place: 2, text: first?.text ?? "" },
      ...stored(links.slice(2)),
    ];
    expect(faults(swapped)).to.include("1 says of itself that it is number 2");
    const more = sealed(KEY, bodyOf(5, head.hash));
    expect(faults(stored([...links, more]))[0]).to.contain("5 is not the chain's end");
    expect(chainFaults(KEY, stored(links), undefined).map(({ what }) => what)).to.deep.equal([
      "the ledger has lost the chain's end",
    ]);
  });

  it("shows a chain that was forged by somebody without the key", () => {
    const forged: Certificate[] = [];
    for (let seq = 1; seq <= 4; seq += 1) {
      const content = bodyOf(seq, forged.at(-1)?.hash ?? NO_CERTIFICATE);
      forged.push(sealed("another key", { ...content, own: [] }));
    }
    expect(faults(stored(forged), headOf(forged))).to.have.length(4);
    expect(faults(stored(forged), headOf(forged))[0]).to.equal("1 has a seal that was not made with the key");
  });

  it("tells what is no certificate at all", () => {
    expect(faults(stored(links).with(3, { place: 4, text: "{" }))).to.include("4 is no certificate");
  });
});
