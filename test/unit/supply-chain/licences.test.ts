import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { PROJECT_ROOT } from "../../../automation/supply-chain/findings";
import {
  EXCEPTIONS,
  isAllowed,
  lockedNames,
  nodePackages,
  pythonPackages,
  refused,
} from "../../../automation/supply-chain/licences";

const read = (name: string): string => readFileSync(path.join(PROJECT_ROOT, name), "utf8");
const NODE = nodePackages(JSON.parse(read("package-lock.json")));
const PYTHON = lockedNames(read("tools/requirements.txt"));

describe("supply chain: licences", () => {
  it("allows every package of package-lock.json", () => {
    expect(NODE.length).to.be.greaterThan(500);
    expect(refused(NODE)).to.deep.equal([]);
  });

  it("refuses what it does not know, and what is no SPDX expression", () => {
    for (const licence of ["GPL-3.0-only", "UNLICENSED", "", "SEE LICENSE IN LICENSE", "MIT AND GPL-2.0-only"]) {
      expect(refused([{ name: "a", version: "1.0.0", licence }]), licence).to.have.length(1);
    }
    for (const licence of ["MIT", "(MIT OR GPL-3.0-only)", "Apache-2.0 AND BSD-3-Clause"]) {
      expect(isAllowed(licence), licence).to.equal(true);
    }
  });

  it("excuses only packages that are there, and says why", () => {
    for (const [name, reason] of Object.entries(EXCEPTIONS)) {
      const there = NODE.some((one) => one.name === name && !isAllowed(one.licence)) || PYTHON.has(name);
      expect(there, `${name} needs no exception any more`).to.equal(true);
      expect(reason.length, name).to.be.greaterThan(30);
    }
  });

  it("reads what Python packages say: an expression first, a choice of classifiers next, a short text last", () => {
    const nothing = { version: "1", expression: null, classifiers: [], text: null };
    const packages = pythonPackages([
      { ...nothing, name: "A_b.c", expression: "MIT", classifiers: ["BSD License"] },
      { ...nothing, name: "dual", classifiers: ["Apache Software License", "BSD License"] },
      { ...nothing, name: "old", text: "Apache-2.0\nall of it" },
      { ...nothing, name: "silent" },
    ]);
    expect(packages.map(({ name, licence }) => [name, licence])).to.deep.equal([
      ["a-b-c", "MIT"],
      ["dual", "Apache-2.0 OR BSD-3-Clause"],
      ["old", "Apache-2.0"],
      ["silent", ""],
    ]);
    expect(refused(packages).map(({ name }) => name)).to.deep.equal(["silent"]);
  });
});
