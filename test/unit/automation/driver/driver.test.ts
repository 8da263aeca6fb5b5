import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { parseAge } from "../../../../automation/driver/age";
import { stackEventOf } from "../../../../automation/driver/events";
import { defaultCommit, defaultOwner, stillRuns, thisProcess } from "../../../../automation/driver/identity";
import { claimFolder, LEASE_FILE, readLease, writeLease, type Lease } from "../../../../automation/driver/lease";
import { isTransient, retryTransient } from "../../../../automation/driver/retry";
import { expiryText, withOwnershipTags } from "../../../../automation/driver/tags";
import { UserError } from "../../../../automation/errors";
import { parseConfig } from "../../../../config";

const EXPIRES = new Date("2026-11-26T03:17:09.123Z");

describe("a length of time", () => {
  it("is a whole number and a unit", () => {
    expect(["30s", "90m", "2h", "7d", "0s"].map(parseAge)).to.deep.equal([
      30_000, 5_400_000, 7_200_000, 604_800_000, 0,
    ]);
  });
  for (const text of ["", "2", "h", "2.5h", "-2h", "2 h", "2w", "400d", "9999999s"]) {
    it(`is not "${text}"`, () => expect(() => parseAge(text)).to.throw(UserError, `"${text}"`));
  }
});

describe("tags of a throw-away stack", () => {
  it("go among the caller's own, as AWS and the program accept them", () => {
    const config = { hotDays: 10, tags: { purpose: "ci" } };
    const tagged = withOwnershipTags(config, { owner: "ana", commit: "abc123", expires: EXPIRES });
    const expected = { purpose: "ci", owner: "ana", commit: "abc123", expires: "2026-11-26T03:17:09Z" };
    expect(tagged).to.deep.equal({ hotDays: 10, tags: expected });
    const raw = { "aws:region": "us-east-1", "clickstream:tags": JSON.stringify(tagged["tags"]) };
    expect(parseConfig(raw).tags).to.deep.equal(expected);
  });

  it("come from CI where it says so, and hold nothing that AWS refuses", () => {
    expect(defaultOwner({ GITHUB_ACTOR: "renovate[bot]", USER: "runner" })).to.equal("renovate_bot_");
    expect(defaultOwner({ GITLAB_USER_LOGIN: "ana", USER: "root" })).to.equal("ana");
    expect(defaultOwner({ USER: "" })).to.match(/^[\w .:/=+\-@]+$/);
    expect(defaultCommit({ GITHUB_SHA: "a1" })).to.equal("a1");
    expect(defaultCommit({})).to.match(/^([0-9a-f]{40}|unknown)$/);
  });
});

describe("a retry", () => {
  it("is for what passes by itself, also where an error of ours wraps it", () => {
    for (const text of [
      "ThrottlingException: Rate exceeded",
      "read ECONNRESET",
      "https response error StatusCode: 503",
    ]) {
      expect(isTransient(new Error(text)), text).to.equal(true);
      expect(isTransient(new UserError("it failed", "mend it", { cause: new Error(text) })), text).to.equal(true);
    }
    for (const text of ["AccessDenied", "ValidationException: bad name", "StatusCode: 403", "a rated exceedance"]) {
      expect(isTransient(new Error(text)), text).to.equal(false);
    }
  });

  it("happens as often as asked, says so, and gives up with the last error", async () => {
    let calls = 0;
    const told: number[] = [];
    const failing = (): Promise<number> => Promise.reject(new Error(`Throttling ${String(++calls)}`));
    const options = { attempts: 3, firstWaitSeconds: 0.001, onRetry: (attempt: number) => told.push(attempt) };
    const error = await retryTransient(failing, options).catch((caught: unknown) => String(caught));
    expect(error).to.contain("Throttling 3");
    expect(told).to.deep.equal([1, 2]);
  });

  it("ends at once for any other error, and once the work is stopped", async () => {
    let calls = 0;
    const failing = (text: string) => (): Promise<never> => (calls++, Promise.reject(new Error(text)));
    await retryTransient(failing("AccessDenied")).catch(() => undefined);
    expect(calls).to.equal(1);
    await retryTransient(failing("Throttling"), { signal: AbortSignal.abort() }).catch(() => undefined);
    expect(calls).to.equal(2);
  });

  it("gives what a later attempt gives", async () => {
    let calls = 0;
    const once = (): Promise<string> => (calls++ === 0 ? Promise.reject(new Error("SlowDown")) : Promise.resolve("up"));
    expect(await retryTransient(once, { firstWaitSeconds: 0.001 })).to.equal("up");
  });
});

describe("an event of the engine", () => {
  const metadata = { op: "create", urn: "urn:pulumi:s::p::aws:s3/bucket:Bucket::raw", type: "aws:s3/bucket:Bucket" };
  const event = (body: object): EngineEvent => ({ sequence: 1, timestamp: 1, ...body });

  it("tells of a resource by its name, or of a warning; the rest is noise", () => {
    const told = { type: "resource", operation: "create", name: "raw", resourceType: metadata.type };
    expect(stackEventOf(event({ resourcePreEvent: { metadata } }))).to.deep.equal({ ...told, status: "started" });
    expect(stackEventOf(event({ resOutputsEvent: { metadata } }))).to.deep.equal({ ...told, status: "finished" });
    expect(stackEventOf(event({ resOpFailedEvent: { metadata } }))).to.deep.equal({ ...told, status: "failed" });
    const same = { ...metadata, op: "same" };
    expect(stackEventOf(event({ resOutputsEvent: { metadata: same } }))).to.equal(undefined);
    const warning = { severity: "warning", message: "old\n" };
    expect(stackEventOf(event({ diagnosticEvent: warning }))).to.deep.equal({
      type: "diagnostic",
      severity: "warning",
      message: "old",
    });
    expect(stackEventOf(event({ diagnosticEvent: { severity: "info", message: "x" } }))).to.equal(undefined);
  });
});

describe("the lease of a stack's folder", () => {
  let root: string;
  const lease = (name: string): Lease => ({
    name,
    target: "local",
    owner: "ana",
    commit: "abc",
    created: new Date().toISOString(),
    expires: expiryText(EXPIRES),
    keep: false,
    driver: thisProcess(),
  });
  beforeEach(async () => (root = await mkdtemp(path.join(tmpdir(), "clickstream-lease-"))));
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("is there as soon as the folder is, and only one driver gets a name", async () => {
    const folder = path.join(root, "stacks", "e-1");
    const tries = await Promise.allSettled([claimFolder(folder, lease("e-1")), claimFolder(folder, lease("e-1"))]);
    expect(tries.filter(({ status }) => status === "fulfilled").length).to.equal(1);
    expect(readLease(folder)?.name).to.equal("e-1");
    const again = await claimFolder(folder, lease("e-1")).catch((error: unknown) => String(error));
    expect(again).to.contain('There is a stack "e-1" already');
    expect(await readdir(path.join(root, "stacks"))).to.deep.equal(["e-1"]);
  });

  it("is replaced as a whole, and one that cannot be read is none", async () => {
    const folder = path.join(root, "e-2");
    await claimFolder(folder, lease("e-2"));
    await writeLease(folder, { ...lease("e-2"), cloud: { pid: 7, dir: "/x" } });
    expect(readLease(folder)?.cloud).to.deep.equal({ pid: 7, dir: "/x" });
    await writeFile(path.join(folder, LEASE_FILE), '{"name":');
    expect(readLease(folder)).to.equal(undefined);
    expect(readLease(path.join(root, "none"))).to.equal(undefined);
  });

  it("knows its driver from another process with the same id, and from another machine's", () => {
    expect(stillRuns(thisProcess())).to.equal(true);
    expect(stillRuns({ ...thisProcess(), started: "earlier" })).to.equal(false);
    expect(stillRuns({ ...thisProcess(), host: "elsewhere" })).to.equal(undefined);
  });
});
