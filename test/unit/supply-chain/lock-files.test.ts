import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { PROJECT_ROOT } from "../../../automation/supply-chain/findings";

const read = (...parts: string[]): string => readFileSync(path.join(PROJECT_ROOT, ...parts), "utf8");
const TOOLS = readdirSync(path.join(PROJECT_ROOT, "tools"));

interface Locked {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  inBundle?: boolean;
}

describe("supply chain: lock files", () => {
  it("hold a SHA-512 of every npm package, and no host that it came from", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> };
    const locked = Object.entries(packages).filter(
      ([folder, { link, inBundle }]) => folder !== "" && !link && !inBundle,
    );
    expect(locked.length).to.be.greaterThan(500);
    const without = locked.filter(([, { integrity = "" }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity));
    expect(without.map(([folder]) => folder)).to.deep.equal([]);
    expect(locked.filter(([, { resolved }]) => resolved !== undefined).map(([folder]) => folder)).to.deep.equal([]);
  });

  it("pin what package.json asks for to one version each", () => {
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<
      string,
      Record<string, string>
    >;
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, wanted]) => !/^\d+\.\d+\.\d+$/.test(wanted),
    );
    expect(loose).to.deep.equal([]);
  });

  for (const file of TOOLS.filter((name) => /^requirements.*\.txt$/.test(name))) {
    it(`hold a SHA-256 of every Python package in ${file}, one version each, and no host`, () => {
      const text = read("tools", file);
      const entries = text.split(/^(?=[A-Za-z0-9])/m).filter((entry) => /^[A-Za-z0-9]/.test(entry));
      expect(entries.length).to.be.greaterThan(1);
      for (const entry of entries) {
        expect(entry, "one version").to.match(/^[A-Za-z0-9._-]+==[^\s;]+/);
        expect(entry, "a hash").to.match(/--hash=sha256:[0-9a-f]{64}/);
      }
      expect(text).not.to.match(/https?:|--(extra-)?index-url|--trusted-host/);
      expect(TOOLS, "made from").to.include(file.replace(/txt$/, "in"));
    });
  }

  it("are installed by their hashes, and no package runs a script of its own meanwhile", () => {
    const npmrc = read(".npmrc").split("\n");
    expect(npmrc).to.include.members(["ignore-scripts=true", "omit-lockfile-registry-resolved=true"]);
    expect(npmrc.filter((line) => /registry=|https?:/.test(line))).to.deep.equal([]);
    expect(read("automation", "toolchain", "node-packages.mjs")).to.contain('"ci"');
    expect(read("automation", "toolchain", "python.mjs")).to.contain('"--require-hashes"');
  });

  it("name every Go module of the engine with its sum", () => {
    const sums = read("tools", "go.sum").trim().split("\n");
    for (const line of sums) expect(line).to.match(/^\S+ v\S+ h1:[A-Za-z0-9+/]{43}=$/);
    expect(sums.length).to.be.greaterThan(10);
  });
});
