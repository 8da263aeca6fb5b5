import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAbandoned, withLock } from "../../../automation/toolchain/lock.mjs";
import { formatFailure, lastLines, MissingPrerequisite } from "../../../automation/toolchain/messages.mjs";
import { fingerprint, stampMatches, userCache } from "../../../automation/toolchain/paths.mjs";
import { rootOf, RETRY_INSTALLER_MS, shouldTryInstaller } from "../../../automation/toolchain/pulumi.mjs";
import { goBuildArguments, missingGo } from "../../../automation/toolchain/pulumi-build.mjs";
import { stallDetector } from "../../../automation/toolchain/pulumi-install.mjs";
import { jarDifferences } from "../../../automation/toolchain/spark-jars.mjs";

describe("toolchain: stamps and locks", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "clickstream-unit-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("has another fingerprint when a file or a word changes, and keeps it otherwise", () => {
    const file = join(folder, "lock");
    writeFileSync(file, "one");
    const before = fingerprint([file], ["3.11"]);
    expect(fingerprint([file], ["3.11"])).to.equal(before);
    expect(fingerprint([file], ["3.12"])).not.to.equal(before);
    expect(fingerprint([file], ["3.1", "1"])).not.to.equal(before);
    writeFileSync(file, "two");
    expect(fingerprint([file], ["3.11"])).not.to.equal(before);
  });

  it("takes no stamp, and a stamp of something else, for not installed", () => {
    const stamp = join(folder, "stamp");
    expect(stampMatches(stamp, "abc")).to.equal(false);
    writeFileSync(stamp, "abc\n");
    expect(stampMatches(stamp, "abc")).to.equal(true);
    expect(stampMatches(stamp, "abd")).to.equal(false);
  });

  it("lets one in at a time and leaves no lock behind, even after a failure", async () => {
    const file = join(folder, "sub", "lock");
    const events: string[] = [];
    const work = (name: string) =>
      withLock(file, async () => {
        events.push(`${name} in`);
        await new Promise((resolve) => setTimeout(resolve, 30));
        events.push(`${name} out`);
        if (name === "a") throw new Error("failed");
      });
    const results = await Promise.allSettled([work("a"), work("b")]);
    expect(results.map((result) => result.status)).to.deep.equal(["rejected", "fulfilled"]);
    expect(events).to.deep.equal(["a in", "a out", "b in", "b out"]);
    expect(() => readFileSync(file)).to.throw("ENOENT");
  });

  it("takes over a lock of a dead process here, and an old one of anybody", () => {
    const here = { host: "h", isAlive: (pid: number) => pid === 1 };
    expect(isAbandoned({ host: "h", pid: 2 }, 0, here)).to.equal(true);
    expect(isAbandoned({ host: "h", pid: 1 }, 59_000, here)).to.equal(false);
    expect(isAbandoned({ host: "other", pid: 2 }, 59_000, here)).to.equal(false);
    expect(isAbandoned({ host: "other", pid: 2 }, 61_000, here)).to.equal(true);
  });

  it("puts the cache where XDG says, if it says an absolute path", () => {
    expect(userCache({ XDG_CACHE_HOME: "/c" })).to.equal("/c/clickstream-pipeline");
    expect(userCache({ XDG_CACHE_HOME: "c" })).to.match(/^\/.*\/\.cache\/clickstream-pipeline$/);
    expect(userCache({})).to.equal(userCache({ XDG_CACHE_HOME: "" }));
  });
});

describe("toolchain: messages", () => {
  it("says what, why and how, and never a stack", () => {
    const error = new MissingPrerequisite("Go 1.25", "it builds the engine", "install it\nor Pulumi");
    expect(formatFailure(error)).to.equal(
      "Missing: Go 1.25\n  why: it builds the engine\n  fix: install it\n       or Pulumi",
    );
    expect(formatFailure(new Error("disk full"))).to.equal("Failed: disk full");
    expect(formatFailure("odd")).to.equal("Failed: odd");
  });

  it("keeps the end of a tool's output, without empty lines", () => {
    expect(lastLines("a\n\nb\n  \nc\n", 2)).to.equal("b\nc");
  });
});

describe("toolchain: Pulumi engine", () => {
  it("tries the installer again a day after it failed, or when the clock was wrong", () => {
    const now = 1_800_000_000_000;
    expect(shouldTryInstaller(undefined, now)).to.equal(true);
    expect(shouldTryInstaller(now - 1000, now)).to.equal(false);
    expect(shouldTryInstaller(now - RETRY_INSTALLER_MS, now)).to.equal(true);
    expect(shouldTryInstaller(now + 1000, now)).to.equal(true);
  });

  it("gives the installer up only when no byte came for the whole time", () => {
    let size = 0;
    let now = 0;
    const isStalled = stallDetector(
      () => size,
      20,
      () => now,
    );
    /** Bytes and the answer at a time. */
    const at = (time: number, bytes: number) => {
      [now, size] = [time, bytes];
      return isStalled();
    };
    expect(at(19, 0)).to.equal(false);
    expect(at(19, 10)).to.equal(false);
    expect(at(38, 10)).to.equal(false);
    expect(at(38, 20)).to.equal(false);
    expect(at(57, 20)).to.equal(false);
    expect(at(58, 20)).to.equal(true);
  });

  it("knows the root of a bin folder only", () => {
    expect(rootOf("/opt/pulumi/bin/pulumi")).to.equal("/opt/pulumi");
    expect(rootOf("/home/u/.shims/pulumi")).to.equal(undefined);
  });

  it("stamps the version into the build, without which the Automation API refuses the engine", () => {
    const args = goBuildArguments("/out/pulumi", "3.259.0");
    expect(args[args.indexOf("-ldflags") + 1]).to.equal(
      "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0",
    );
    expect(args[args.indexOf("-o") + 1]).to.equal("/out/pulumi");
    expect(args).to.include("-mod=readonly");
  });

  it("says what to install when there is no engine and no Go, or an old one", () => {
    expect(missingGo("3.259.0", "", "1.25.11", "no answer").what).to.contain("no `go` on PATH");
    expect(missingGo("3.259.0", "1.19.0", "1.25.11", "no answer").what).to.contain("this is Go 1.19.0");
    expect(missingGo("3.259.0", "", "1.25.11", "no answer").why).to.contain("no answer");
  });
});

describe("toolchain: Spark jars", () => {
  it("finds jars that are missing, other or surplus", () => {
    expect(jarDifferences({ "a.jar": "1", "b.jar": "2" }, { "a.jar": "1", "b.jar": "2" })).to.deep.equal([]);
    expect(jarDifferences({ "a.jar": "1", "b.jar": "2" }, { "a.jar": "9", "c.jar": "3" })).to.deep.equal([
      "a.jar has sha256 9, tools/spark-jars.json says 1",
      "b.jar is missing",
      "c.jar is not in tools/spark-jars.json",
    ]);
  });
});
