import { expect } from "chai";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { InvalidArgumentError } from "../../../components/errors";
import { JobArtifacts, readPackage } from "../../../components/job-artifacts";
import { readTableDefinition, TableDefinitionError } from "../../../components/table-definition";
import { deploy, expectNamesPrefixed, physicalName } from "../support/cloud-mocks";
import { ZONE } from "../support/zone";

describe("JobArtifacts", () => {
  const name = "clickstream-test-jobs";
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), "job-artifacts-"));
    write("clickstream_jobs/__init__.py", "");
    write("clickstream_jobs/tables/events.json", "{}");
    write("clickstream_jobs/clean.py", "x = 1\n");
    write("clickstream_jobs/__pycache__/clean.cpython-311.pyc", "compiled");
    write("clickstream_jobs/notes.md", "notes");
    write("run.py", "print(1)\n");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function write(file: string, text: string): void {
    const target = path.join(directory, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  async function upload(): Promise<{ script: Record<string, unknown>; code: Record<string, unknown> }> {
    const recording = await deploy(() => {
      const { account, accessLogs, deletion, tags } = ZONE;
      new JobArtifacts(name, { account, accessLogs, jobsDirectory: directory, deletion, tags }).script("run");
    });
    expectNamesPrefixed(recording);
    const script = recording.inputs("BucketObjectv2", `${name}-run`);
    return { script, code: recording.inputs("BucketObjectv2", `${name}-package`) };
  }

  it("packs Python and JSON, sorted, nothing compiled, and no file without text", async () => {
    expect([...readPackage(directory)]).to.deep.equal([
      ["clickstream_jobs/__init__.py", "\n"],
      ["clickstream_jobs/clean.py", "x = 1\n"],
      ["clickstream_jobs/tables/events.json", "{}"],
    ]);
    const { code, script } = await upload();
    expect(code["source"]).to.be.instanceOf(pulumi.asset.AssetArchive);
    const { assets } = code["source"] as { assets: Promise<Record<string, unknown>> };
    expect(Object.keys(await assets)).to.deep.equal([
      "clickstream_jobs/__init__.py",
      "clickstream_jobs/clean.py",
      "clickstream_jobs/tables/events.json",
    ]);
    expect(script["key"]).to.match(/^scripts\/run-[0-9a-f]{12}\.py$/);
    expect(script["bucket"]).to.equal(physicalName(`${name}-store`));
  });

  it("keeps its keys while the content is the same, and changes those of what changed", async () => {
    const first = await upload();
    const again = await upload();
    expect([again.code["key"], again.script["key"]]).to.deep.equal([first.code["key"], first.script["key"]]);
    write("clickstream_jobs/clean.py", "x = 2\n");
    const changed = await upload();
    expect(changed.code["key"]).to.not.equal(first.code["key"]);
    expect(changed.script["key"]).to.equal(first.script["key"]);
    write("run.py", "print(2)\n");
    expect((await upload()).script["key"]).to.not.equal(first.script["key"]);
  });

  it("tells the same text in another file apart", async () => {
    const first = await upload();
    rmSync(path.join(directory, "clickstream_jobs/clean.py"));
    write("clickstream_jobs/dirty.py", "x = 1\n");
    expect((await upload()).code["key"]).to.not.equal(first.code["key"]);
  });

  it("expires scratch files only", async () => {
    const { account, accessLogs, deletion, tags } = ZONE;
    const args = { account, accessLogs, jobsDirectory: directory, deletion, tags };
    const recording = await deploy(() => new JobArtifacts(name, args));
    const rules = recording.inputs("BucketLifecycleConfiguration", `${name}-store`)["rules"] as { id: string }[];
    expect(rules.map((rule) => rule.id)).to.deep.equal(["housekeeping", "expire-tmp"]);
  });

  it("names a missing folder or package", () => {
    expect(() => readPackage(path.join(directory, "none"))).to.throw(InvalidArgumentError, "none");
    rmSync(path.join(directory, "clickstream_jobs/__init__.py"));
    expect(() => readPackage(directory)).to.throw(InvalidArgumentError, "no __init__.py");
  });

  it("names a missing script", async () => {
    rmSync(path.join(directory, "run.py"));
    let message = "";
    await upload().catch((error: Error) => (message = error.message));
    expect(message).to.contain("run.py cannot be read");
  });

  it("names a table definition that is missing or misshapen", () => {
    expect(() => readTableDefinition(directory, "none")).to.throw(TableDefinitionError, "none.json");
    expect(() => readTableDefinition(directory, "events")).to.throw(TableDefinitionError, "columns");
  });
});
