import { expect } from "chai";
import { unzipSync } from "fflate";
import { mkdtempSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { readArchive, readAsset } from "../../../local-cloud/provider/assets";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const asset = (members: object): object => ({ [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", ...members });
const archive = (members: object): object => ({ [SIGNATURE]: "0def7320c3a5731c473e5ecbe6d01bc7", ...members });
const text = (content: string): object => asset({ text: content });

describe("assets and archives", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "clickstream-assets-"));
    mkdirSync(path.join(folder, "lib"));
    writeFileSync(path.join(folder, "index.js"), "one");
    writeFileSync(path.join(folder, "lib", "b.js"), "two");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("packs equal content to equal bytes, whatever the order, the time and the place", async () => {
    const first = await readArchive(archive({ path: folder }));
    utimesSync(path.join(folder, "index.js"), new Date(0), new Date(1e12));
    expect(await readArchive(archive({ path: folder }))).to.deep.equal(first);
    const assets = { "lib/b.js": text("two"), "index.js": text("one") };
    expect(await readArchive(archive({ assets }))).to.deep.equal(first);
    expect(await readArchive(archive({ assets: { ...assets, "index.js": text("other") } }))).to.not.deep.equal(first);
  });

  it("packs texts, files, folders and archives inside archives under their names", async () => {
    const zip = path.join(folder, "inner.zip");
    writeFileSync(zip, await readArchive(archive({ assets: { "c.js": text("three") } })));
    const packed = await readArchive(
      archive({
        assets: {
          "a.txt": text("hello"),
          "b.txt": asset({ path: path.join(folder, "index.js") }),
          lib: archive({ path: path.join(folder, "lib") }),
          zipped: archive({ path: zip }),
        },
      }),
    );
    const names = Object.entries(unzipSync(packed)).map(([name, data]) => [name, Buffer.from(data).toString()]);
    expect(Object.fromEntries(names)).to.deep.equal({
      "a.txt": "hello",
      "b.txt": "one",
      "lib/b.js": "two",
      "zipped/c.js": "three",
    });
  });

  it("reads an object's bytes from text, from a file, or packed", async () => {
    expect(Buffer.from(await readAsset(undefined, "content")).toString()).to.equal("content");
    expect(Buffer.from(await readAsset(text("source"), undefined)).toString()).to.equal("source");
    expect(Buffer.from(await readAsset(asset({ path: path.join(folder, "index.js") }), undefined)).toString()).to.equal(
      "one",
    );
    expect(Object.keys(unzipSync(await readAsset(archive({ path: folder }), undefined)))).to.include("lib/b.js");
    expect((await readAsset(undefined, undefined)).byteLength).to.equal(0);
  });

  it("names what it cannot read", async () => {
    const failure = (value: unknown): Promise<string> =>
      readArchive(value).then(
        () => "",
        (error: unknown) => (error as Error).message,
      );
    expect(await failure(archive({ uri: "https://example.com/a.zip" }))).to.contain("remote assets are not fetched");
    const plain = path.join(folder, "index.js");
    expect(await failure(archive({ path: plain })))
      .to.contain(plain)
      .and.to.contain("neither a folder nor a zip file");
  });
});
