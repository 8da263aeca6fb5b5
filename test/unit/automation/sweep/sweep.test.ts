import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { thisProcess } from "../../../../automation/driver/identity";
import { claimFolder, type Lease } from "../../../../automation/driver/lease";
import { ephemeralStackName } from "../../../../automation/stack/stack-name";
import { awsTarget } from "../../../../automation/stack/target";
import { awsFindings, createdAt, type StateBackend } from "../../../../automation/sweep/aws";
import { belongsTo } from "../../../../automation/sweep/by-name";
import { expiredBecause, type Finding, type SweepRules } from "../../../../automation/sweep/finding";
import { localFindings, lostAwsStacks } from "../../../../automation/sweep/local";
import { processesUsing } from "../../../../automation/sweep/processes";
import { sweep, sweepText } from "../../../../automation/sweep/sweep";

const NOW = new Date("2026-11-26T12:00:00Z");
const RULES: SweepRules = { now: NOW };
const DEAD = { ...thisProcess(), started: "before the last boot" };

function lease(name: string, more: Partial<Lease> = {}): Lease {
  return {
    name,
    target: "local",
    owner: "ana",
    commit: "abc",
    created: "2026-11-26T11:00:00.000Z",
    expires: "2026-11-26T13:00:00Z",
    keep: false,
    driver: DEAD,
    ...more,
  };
}

function brief(findings: readonly Finding[]): Record<string, string> {
  return Object.fromEntries(
    findings.map(({ what, remove, reason }) => [path.basename(what), `${remove ? "go" : "stay"}: ${reason}`]),
  );
}

describe("what a sweep finds on this machine", () => {
  let root: string;
  let temp: string;
  let child: ChildProcess | undefined;
  const find = (rules: SweepRules = RULES): Promise<Finding[]> => localFindings(rules, { root, temp, only: "stacks" });
  const claim = (name: string, more: Partial<Lease> = {}): Promise<void> =>
    claimFolder(path.join(root, "stacks", name), lease(name, more));

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "clickstream-sweep-"));
    temp = await mkdtemp(path.join(tmpdir(), "clickstream-sweep-temp-"));
  });
  afterEach(async () => {
    child?.kill("SIGKILL");
    child = undefined;
    await rm(root, { recursive: true, force: true });
    await rm(temp, { recursive: true, force: true });
  });

  it("is a stack whose driver was killed, however young", async () => {
    await claim("e-lost");
    await claim("e-live", { driver: thisProcess() });
    await claim("e-elsewhere", { driver: { ...DEAD, host: "elsewhere" } });
    expect(brief(await find())).to.deep.equal({
      "e-lost": `go: its driver (process ${String(process.pid)}) has ended without removing it`,
      "e-live": `stay: in use, and its driver (process ${String(process.pid)}) still runs`,
      "e-elsewhere": "stay: kept until 2026-11-26T13:00:00Z",
    });
  });

  it("is a kept stack once it has expired, or is older than asked; never one that its driver still uses", async () => {
    await claim("e-kept", { keep: true });
    await claim("e-over", { keep: true, expires: "2026-11-26T11:59:00Z" });
    await claim("e-slow", { driver: thisProcess(), expires: "2026-11-26T11:59:00Z" });
    const found = brief(await find());
    expect(found["e-kept"]).to.match(/^stay: kept until/);
    expect(found["e-over"]).to.match(/^go: expired at 2026-11-26T11:59/);
    expect(found["e-slow"]).to.match(/^stay: expired .* still runs$/);
    const older = brief(await find({ now: NOW, olderThanMs: 3_600_000 }));
    expect(older["e-kept"]).to.match(/^go: made at 2026-11-26T11:00/);
    expect(older["e-slow"]).to.match(/^stay/);
  });

  it("is a folder without lease once it is old, and a state whose cloud is gone", async () => {
    for (const name of [".new-e-cut", "e-cut", "named"])
      await mkdir(path.join(root, "stacks", name), { recursive: true });
    const young = { now: new Date() };
    expect(brief(await find(young))).to.deep.equal({
      ".new-e-cut": "stay: says nothing of a driver, and may be just beginning",
      "e-cut": "stay: says nothing of a driver, and may be just beginning",
    });
    const found = brief(await find({ now: new Date(Date.now() + 2 * 3_600_000 + 1000) }));
    expect(Object.values(found).every((what) => what.startsWith("go: "))).to.equal(true);
    expect(Object.keys(found)).to.have.members([".new-e-cut", "e-cut", "named"]);
  });

  it("is the data of a local cloud that no process serves, and the record of one that ended", async () => {
    const folders = ["clickstream-local-gone", "clickstream-local-used", "somebody-else"];
    for (const folder of folders) {
      await mkdir(path.join(temp, folder));
      await utimes(path.join(temp, folder), new Date(0), new Date(0));
    }
    const used = path.join(temp, "clickstream-local-used");
    child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)", used], { stdio: "ignore" });
    while (processesUsing(used).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await mkdir(path.join(root, "local"), { recursive: true });
    const { pid, started } = thisProcess();
    const records = {
      cut: '{"name"',
      live: JSON.stringify({ pid, started }),
      gone: JSON.stringify({ pid, started: "" }),
    };
    for (const [name, text] of Object.entries(records)) await writeFile(path.join(root, "local", `${name}.json`), text);
    await utimes(path.join(root, "local", "cut.json"), new Date(0), new Date(0));
    expect(Object.keys(brief(await find()))).to.have.members(["cut", "gone", "clickstream-local-gone"]);
  });

  it("is removed with all that belongs to it; the rest stays", async () => {
    const dir = path.join(temp, "clickstream-local-lost");
    await mkdir(dir);
    child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)", dir], { stdio: "ignore" });
    const ended = new Promise((resolve) => child?.once("exit", (_code, signal) => resolve(signal)));
    while (processesUsing(dir).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await claim("e-lost", { cloud: { pid: child.pid ?? 0, dir } });
    await claim("e-live", { driver: thisProcess() });
    const dry = await sweep(await find(), true);
    expect(dry.removed.map(({ what }) => what)).to.deep.equal(["e-lost"]);
    expect(existsSync(path.join(root, "stacks", "e-lost"))).to.equal(true);
    const result = await sweep(await find(), false);
    expect(result.failed).to.deep.equal([]);
    expect(sweepText(result, false)).to.contain("Removed:\n  stack e-lost").and.contain("Left alone:\n  stack e-live");
    expect(await ended).to.equal("SIGKILL");
    expect([dir, path.join(root, "stacks", "e-lost")].map((folder) => existsSync(folder))).to.deep.equal([
      false,
      false,
    ]);
    expect(existsSync(path.join(root, "stacks", "e-live"))).to.equal(true);
  });

  it("leaves what is in AWS to the sweep there", async () => {
    await claim("e-aws", { target: "aws" });
    await claim("e-aws-live", { target: "aws", driver: thisProcess() });
    expect(await find()).to.deep.equal([]);
    expect([...(await lostAwsStacks({ root, only: "stacks" })).keys()]).to.deep.equal(["e-aws"]);
  });
});

describe("what a sweep finds in AWS", () => {
  const tagging = mockClient(ResourceGroupsTaggingAPIClient);
  beforeEach(() => tagging.reset());
  after(() => tagging.restore());

  const OLD = ephemeralStackName(new Date("2026-11-26T08:00:00Z"));
  const YOUNG = ephemeralStackName(new Date("2026-11-26T11:50:00Z"));
  const EMPTY = ephemeralStackName(new Date("2026-11-26T09:00:00Z"));

  const resource = (stack: string, at: number, expires: string): object => ({
    ResourceARN: `arn:aws:s3:::clickstream-${stack}-${String(at)}`,
    Tags: [
      { Key: "pipeline", Value: `clickstream-${stack}` },
      { Key: "expires", Value: expires },
    ],
  });
  const backend = (names: string[], destroyed: string[] = []): StateBackend => ({
    stacks: () => Promise.resolve(names),
    destroy: (name) => (destroyed.push(name), Promise.resolve()),
  });

  it("are the stacks whose tag is over, through every page, and the empty ones of the backend", async () => {
    const other = { ResourceARN: "arn:aws:s3:::other", Tags: [{ Key: "expires", Value: "2020-01-01T00:00:00Z" }] };
    tagging
      .on(GetResourcesCommand)
      .resolvesOnce({
        PaginationToken: "more",
        ResourceTagMappingList: [resource(OLD, 1, "2026-11-26T10:00:00Z"), other],
      })
      .resolvesOnce({
        ResourceTagMappingList: [resource(OLD, 2, "2026-11-26T10:00:00Z"), resource(YOUNG, 1, "2026-11-26T13:50:00Z")],
      });
    const destroyed: string[] = [];
    const known = backend([OLD, YOUNG, EMPTY, "prod", "dev"], destroyed);
    const findings = await awsFindings(RULES, awsTarget(), "us-east-1", known);
    const result = await sweep(findings, false);
    expect(destroyed).to.have.members([OLD, EMPTY]);
    expect(result.kept.map(({ what }) => what)).to.deep.equal([`${YOUNG} (1 tagged resources)`]);
    expect(tagging.commandCalls(GetResourcesCommand)[0]?.args[0].input.TagFilters).to.deep.equal([{ Key: "expires" }]);
  });

  it("are never removed without a state, and named by their ARNs", async () => {
    tagging.on(GetResourcesCommand).resolves({ ResourceTagMappingList: [resource(OLD, 1, "2026-11-26T10:00:00Z")] });
    const result = await sweep(await awsFindings(RULES, awsTarget(), "us-east-1", backend([])), false);
    expect(result.removed).to.deep.equal([]);
    expect(result.failed[0]?.error).to.contain(`arn:aws:s3:::clickstream-${OLD}-1`).and.contain("--backend");
    expect(sweepText(result, false)).to.contain("Could not be removed:");
  });

  it("are those that this machine's driver lost, though they have time left", async () => {
    tagging.on(GetResourcesCommand).resolves({ ResourceTagMappingList: [resource(YOUNG, 1, "2026-11-26T13:50:00Z")] });
    const destroyed: string[] = [];
    const lost = new Map([[YOUNG, { folder: "/none", reason: "its driver has ended" }]]);
    await sweep(await awsFindings(RULES, awsTarget(), "us-east-1", backend([YOUNG], destroyed), lost), false);
    expect(destroyed).to.deep.equal([YOUNG]);
  });
});

describe("names and times of throw-away stacks", () => {
  it("tell when a stack was made; no other name does", () => {
    const made = new Date("2026-11-26T08:00:00Z");
    expect(createdAt(ephemeralStackName(made))).to.deep.equal(made);
    for (const name of ["prod", "dev", "e-team", "e-1-2"]) expect(createdAt(name), name).to.equal(undefined);
  });

  it("belong to one pipeline alone", () => {
    expect(belongsTo("clickstream-dev", "clickstream-dev-raw-1234567")).to.equal(true);
    expect(belongsTo("clickstream-dev", "/aws/lambda/clickstream-dev-fn")).to.equal(true);
    expect(belongsTo("clickstream-dev", "clickstream_dev_gold")).to.equal(true);
    expect(belongsTo("clickstream-dev", "clickstream-dev2-raw")).to.equal(false);
    expect(belongsTo("clickstream-dev", "my-clickstream-dev-raw")).to.equal(true);
    expect(belongsTo("clickstream-dev", "myclickstream-dev")).to.equal(false);
  });

  it("expire at their time, or at the age that is asked for", () => {
    const made = new Date("2026-11-26T11:00:00Z");
    expect(expiredBecause(RULES, made, new Date("2026-11-26T12:00:00Z"))).to.contain("expired");
    expect(expiredBecause(RULES, made, undefined)).to.equal(undefined);
    expect(expiredBecause({ now: NOW, olderThanMs: 3_600_001 }, made, undefined)).to.equal(undefined);
    expect(expiredBecause({ now: NOW, olderThanMs: 3_600_000 }, made, undefined)).to.contain("made at");
  });
});
