import { expect } from "chai";
import { chooseJava, parseJavaSettings } from "../../../automation/toolchain/java.mjs";
import { checkNode, differingPackages } from "../../../automation/toolchain/node-packages.mjs";
import { choosePython, missingPython } from "../../../automation/toolchain/python.mjs";
import {
  atLeast,
  javaFeatureRelease,
  parseVersion,
  requiredGo,
  requiredGoModule,
} from "../../../automation/toolchain/versions.mjs";

describe("toolchain: versions", () => {
  const printed: [string, number[] | undefined][] = [
    ["v3.259.0\n", [3, 259, 0]],
    ["3.260.1-alpha.5+dirty", [3, 260, 1]],
    ["Python 3.11.7", [3, 11, 7]],
    ["3.13.0rc1", [3, 13, 0]],
    ["go version go1.25.11 linux/amd64", [1, 25, 11]],
    ["go version go1.26 darwin/arm64", [1, 26, 0]],
    ["pyenv: python3: command not found", undefined],
    ["", undefined],
  ];
  for (const [text, version] of printed) {
    it(`reads ${JSON.stringify(text)} as ${version?.join(".") ?? "no version"}`, () => {
      expect(parseVersion(text)).to.deep.equal(version);
    });
  }

  it("compares part by part as numbers, and does not trust what it cannot read", () => {
    expect(atLeast([3, 100, 0], [3, 99, 9])).to.equal(true);
    expect(atLeast([20, 19, 0], [20, 19, 0])).to.equal(true);
    expect(atLeast([20, 9, 0], [20, 19, 0])).to.equal(false);
    expect(atLeast(undefined, [0, 0, 0])).to.equal(false);
  });

  it("reads Java's old and new version schemes", () => {
    expect(["17.0.15", "1.8.0_392", "25", "21-ea"].map(javaFeatureRelease)).to.deep.equal([17, 8, 25, 21]);
    expect(javaFeatureRelease("unknown")).to.equal(undefined);
  });

  it("takes engine and Go version from go.mod, in a block or on a line of its own", () => {
    const block =
      "module m\n\ngo 1.25.11\n\nrequire (\n\texample.com/a/b/v3 v3.259.0\n\texample.com/a/bxv3 v9.0.0\n)\n";
    expect(requiredGoModule(block, "example.com/a/b/v3")).to.equal("3.259.0");
    expect(requiredGoModule("require example.com/a v1.2.3 // indirect", "example.com/a")).to.equal("1.2.3");
    expect(requiredGo(block)).to.deep.equal([1, 25, 11]);
    expect(() => requiredGoModule(block, "example.com/none")).to.throw("does not require example.com/none");
    expect(() => requiredGo("module m")).to.throw("no `go` line");
  });
});

describe("toolchain: Node", () => {
  it("accepts 20.19 and newer, and names what it found otherwise", () => {
    checkNode("20.19.0");
    checkNode("24.1.0");
    expect(() => checkNode("20.18.3"))
      .to.throw()
      .with.property("what", "Node 20.19.0 or newer (this is 20.18.3)");
  });

  const lock = {
    packages: {
      "": { version: "0.1.0" },
      "node_modules/a": { version: "1.0.0" },
      "node_modules/b": { version: "2.0.0", optional: true },
    },
  };
  it("finds nothing to do when all but optional packages are installed", () => {
    expect(differingPackages(lock, { packages: { "node_modules/a": { version: "1.0.0" } } })).to.deep.equal([]);
    expect(differingPackages(lock, lock)).to.deep.equal([]);
  });
  it("finds packages that are missing, of another version, or not in the lock", () => {
    expect(differingPackages(lock, undefined)).to.deep.equal(["node_modules/a"]);
    expect(differingPackages(lock, { packages: { "node_modules/a": { version: "1.0.1" } } })).to.deep.equal([
      "node_modules/a",
    ]);
    expect(
      differingPackages(lock, {
        packages: { "node_modules/a": { version: "1.0.0" }, "node_modules/c": { version: "1.0.0" } },
      }),
    ).to.deep.equal(["node_modules/c"]);
  });
});

describe("toolchain: Python", () => {
  const python = (minor: number, hasVenv = true) => ({
    command: `python3.${minor}`,
    version: [3, minor, 1] as const,
    hasVenv,
  });

  it("takes the first one from 3.10 to 3.13 that has venv", () => {
    expect(choosePython([python(9), python(14), python(12, false), python(13), python(11)])).to.deep.equal(python(13));
    expect(choosePython([python(9), python(14)])).to.equal(undefined);
  });

  it("says which versions it found, and names venv when only that is missing", () => {
    expect(missingPython([]).what).to.equal("Python 3.10 to 3.13 (none found on PATH)");
    expect(missingPython([python(9), python(14)]).what).to.equal("Python 3.10 to 3.13 (found 3.9.1, 3.14.1)");
    expect(missingPython([python(9), python(11, false)]).what).to.equal("the venv module of Python 3.11.1");
  });
});

describe("toolchain: Java", () => {
  const settings = (version: string) =>
    `Property settings:\n    java.home = /opt/java dir\n    java.version = ${version}\n    java.version.date = 2025-04-15\n`;

  it("reads home and release", () => {
    expect(parseJavaSettings(settings("17.0.15"), "PATH")).to.deep.equal({
      home: "/opt/java dir",
      release: 17,
      origin: "PATH",
    });
    expect(parseJavaSettings("Unable to locate a Java Runtime.", "PATH")).to.equal(undefined);
  });

  it("takes 17 to 22, in the order given: Hadoop 3.3 fails on 23 and later", () => {
    const java = (release: number) => ({ home: `/${release}`, release, origin: "PATH" });
    expect(chooseJava([java(11), undefined, java(23), java(22), java(17)])).to.deep.equal(java(22));
    expect(chooseJava([java(25), java(8)])).to.equal(undefined);
  });
});
