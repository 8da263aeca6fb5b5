import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import type { PolicyResource, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { expect } from "chai";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { PROJECT_ROOT } from "../../../automation/stack/workspace";
import { packPolicies } from "../../../policy/crossguard";
import { FIXTURES } from "../../../policy/fixtures";
import { resourcesOf, type Change, type Fixture } from "../../../policy/fixtures/fixture";
import { RULES } from "../../../policy/rules";
import { WAIVERS } from "../../../policy/waivers";

const TODAY = "2026-11-25";

type Policy = ReturnType<typeof packPolicies>[number];

/** What a policy reports of a fixture, as the engine would ask it. */
async function reported(policy: Policy, fixture: Fixture, change?: Change): Promise<string[]> {
  const texts: string[] = [];
  const report = (text: string): void => void texts.push(text);
  const resources = resourcesOf(fixture, change).list.map(
    ({ urn, type, name, outputs }) => ({ urn, type, name, props: outputs }) as unknown as PolicyResource,
  );
  if ("validateStack" in policy) await policy.validateStack({ resources } as StackValidationArgs, report);
  else if ("validateResource" in policy && typeof policy.validateResource === "function") {
    for (const one of resources) await policy.validateResource(one as unknown as ResourceValidationArgs, report);
  }
  return texts;
}

describe("the policies of the CrossGuard pack", () => {
  const policies = new Map(packPolicies(TODAY).map((policy) => [policy.name, policy]));

  it("are the rules, all mandatory, with remedy and source", () => {
    expect([...policies.keys()]).to.deep.equal(RULES.map(({ id }) => id));
    for (const { enforcementLevel, remediationSteps, url } of policies.values()) {
      expect(enforcementLevel).to.equal("mandatory");
      expect(remediationSteps).to.match(/\.$/);
      expect(url).to.match(/^https:/);
    }
  });

  it("report what the rules find, and nothing of what is right", async () => {
    for (const { id } of RULES) {
      const policy = policies.get(id) as Policy;
      const fixture = FIXTURES[id] as Fixture;
      expect(await reported(policy, fixture), id).to.deep.equal([]);
      // A waiver for every resource would hide the fixture's.
      if (WAIVERS.some(({ rule, resource }) => rule === id && resource === "*")) continue;
      for (const [what, change] of Object.entries(fixture.wrong)) {
        const texts = await reported(policy, fixture, change);
        expect(texts, `${id}: ${what}`).not.to.be.empty;
        for (const text of texts) expect(text).to.contain(id).and.contain("Remedy: ").and.contain("urn:pulumi:fixture");
      }
    }
  });

  it("heed a waiver until its last day", async () => {
    const fixture = FIXTURES["CKV_AWS_50"] as Fixture;
    const [change] = Object.values(fixture.wrong);
    const after = new Map(packPolicies("2099-01-01").map((policy) => [policy.name, policy]));
    expect(await reported(policies.get("CKV_AWS_50") as Policy, fixture, change)).to.deep.equal([]);
    expect(await reported(after.get("CKV_AWS_50") as Policy, fixture, change)).to.have.length(1);
  });
});

/** Pulumi's own host of policy packs, which the engine starts for `--policy-pack`. */
const HOST = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");

/** Asks the pack as the engine does. */
function ask<Q, A>(call: (request: Q, done: grpc.requestCallback<A>) => unknown, request: Q): Promise<A> {
  return new Promise((resolve, reject) => {
    call(request, (error, answer) => {
      if (error !== null || answer === undefined) reject(error ?? new Error("the pack gave no answer"));
      else resolve(answer);
    });
  });
}

describe("the CrossGuard pack in Pulumi's host", function () {
  // The host compiles and type-checks the pack.
  this.timeout(120_000);
  let host: ChildProcess;
  let client: AnalyzerClient;

  before(async () => {
    host = spawn(process.execPath, [HOST, "127.0.0.1:1", "."], {
      cwd: path.join(PROJECT_ROOT, "policy"),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    const port = await new Promise<number>((resolve, reject) => {
      host.stdout?.on("data", (text: Buffer) => resolve(Number(text.toString().trim())));
      host.stderr?.on("data", (text: Buffer) => (said += text.toString()));
      host.once("error", reject);
      host.once("exit", () => reject(new Error(`the host ended: ${said}`)));
    });
    client = new AnalyzerClient(`127.0.0.1:${String(port)}`, grpc.credentials.createInsecure());
  });
  after(() => {
    client?.close();
    host.kill();
  });

  it("loads with every rule as a mandatory policy", async () => {
    const info = await ask<Empty, proto.AnalyzerInfo>(client.getAnalyzerInfo.bind(client), new Empty());
    expect(info.getName()).to.equal("clickstream-security");
    const policies = info.getPoliciesList();
    expect(policies.map((policy) => policy.getName())).to.have.members(RULES.map(({ id }) => id));
    expect(policies.every((policy) => policy.getEnforcementlevel() === proto.EnforcementLevel.MANDATORY)).to.equal(
      true,
    );
  });

  it("refuses a resource that breaks a rule", async () => {
    const request = new proto.AnalyzeRequest();
    request.setType("aws:kms/key:Key");
    request.setName("some-key");
    request.setUrn("urn:pulumi:dev::clickstream::aws:kms/key:Key::some-key");
    const Principal = { AWS: "arn:aws:iam::123456789012:root" };
    const Statement = [{ Sid: "Describe", Effect: "Allow", Principal, Action: "kms:DescribeKey", Resource: "*" }];
    const policy = JSON.stringify({ Version: "2012-10-17", Statement });
    request.setProperties(Struct.fromJavaScript({ enableKeyRotation: false, policy }));
    request.setOptions(new proto.AnalyzerResourceOptions());
    const answer = await ask<proto.AnalyzeRequest, proto.AnalyzeResponse>(client.analyze.bind(client), request);
    const [first, ...others] = answer.getDiagnosticsList();
    expect(others).to.deep.equal([]);
    expect(first?.getPolicyname()).to.equal("KMS.4");
    expect(first?.getEnforcementlevel()).to.equal(proto.EnforcementLevel.MANDATORY);
    expect(first?.getMessage()).to.contain("its material stays the same for ever").and.contain("Remedy: ");
  });

  it("refuses a stack whose resources break a rule together, and waits where names are not known yet", async () => {
    const bucket = async (name: string): Promise<Map<string, string>> => {
      const resource = new proto.AnalyzerResource();
      resource.setType("aws:s3/bucket:Bucket");
      resource.setName("some-bucket");
      resource.setUrn("urn:pulumi:dev::clickstream::aws:s3/bucket:Bucket::some-bucket");
      resource.setProperties(Struct.fromJavaScript({ bucket: name, arn: `arn:aws:s3:::${name}` }));
      resource.setOptions(new proto.AnalyzerResourceOptions());
      const request = new proto.AnalyzeStackRequest();
      request.setResourcesList([resource]);
      const answer = await ask<proto.AnalyzeStackRequest, proto.AnalyzeResponse>(
        client.analyzeStack.bind(client),
        request,
      );
      return new Map(
        answer
          .getDiagnosticsList()
          .filter((one) => one.getEnforcementlevel() === proto.EnforcementLevel.MANDATORY)
          .map((one) => [one.getPolicyname(), one.getMessage()]),
      );
    };
    const known = await bucket("lake");
    expect(known.get("S3.8")).to.contain("nothing blocks public access to the bucket");
    expect([...known.keys()]).to.include.members(["S3.5", "S3.9", "S3.12", "CKV_AWS_21", "CKV_AWS_145"]);
    // How Pulumi's protocol stands for a text that is not known.
    const unknown = await bucket("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    expect([...unknown.keys()]).not.to.include("S3.8");
  });
});
