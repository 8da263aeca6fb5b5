import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { cannotRun } from "../../../../automation/smoke/pulumi-cli";

describe("the smoke test with the normal Pulumi CLI", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "clickstream-path-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const install = async (...programs: string[]): Promise<void> => {
    for (const program of programs) {
      await writeFile(path.join(folder, program), "#!/bin/sh\n");
      await chmod(path.join(folder, program), 0o755);
    }
  };

  it("is skipped with the reason where the engine or the host of Node programs is missing", async () => {
    expect(cannotRun(folder)).to.contain("pulumi and pulumi-language-nodejs are not on PATH");
    await install("pulumi");
    expect(cannotRun(folder)).to.match(/^pulumi-language-nodejs is not on PATH/);
    await writeFile(path.join(folder, "pulumi-language-nodejs"), "not a program");
    expect(cannotRun(folder), "a file that nobody can run").to.contain("pulumi-language-nodejs is not");
  });

  it("is done where both are there", async () => {
    await install("pulumi", "pulumi-language-nodejs");
    expect(cannotRun(["", "/nowhere", folder].join(path.delimiter))).to.equal(undefined);
  });
});
