import { expect } from "chai";
import {
  auditNode,
  auditPython,
  judge,
  NOT_AUDITED,
  VULNERABLE,
  type AuditTools,
} from "../../../automation/supply-chain/audit";
import { PROJECT_ROOT, type Ran } from "../../../automation/supply-chain/findings";
import { nodeAudit } from "../../../automation/supply-chain/node-audit";
import { pythonAudit } from "../../../automation/supply-chain/python-audit";

const said = (stdout: unknown, code = 0, stderr = ""): Ran => ({ code, stdout: JSON.stringify(stdout), stderr });
const npmReport = (vulnerabilities: unknown): Ran =>
  said({ auditReportVersion: 2, vulnerabilities, metadata: { dependencies: { total: 600 } } }, 1);
const flawed = (severity: string) => ({
  minimist: { severity, range: "<0.2.4", via: [{ title: "Prototype Pollution" }, "mkdirp"], fixAvailable: true },
});
const REFUSED = said({ message: "405 Method Not Allowed", statusCode: 405, error: { summary: "", detail: "" } }, 1);
const pipReport = (...dependencies: unknown[]): Ran => said({ dependencies, fixes: [] });
const JINJA = {
  name: "jinja2",
  version: "2.10",
  vulns: [{ id: "PYSEC-2019-217", fix_versions: ["2.10.1"], description: "x" }],
};
const CLEAN = { name: "boto3", version: "1.43.0", vulns: [] };
const SKIPPED = { name: "boto3", skip_reason: "Dependency not found on PyPI and could not be audited: boto3" };

/** Tools whose program answers for the canary's folder with one text and for the project with another. */
function tools(canary: Ran, project: Ran): AuditTools & { asked: string[][] } {
  const asked: string[][] = [];
  const run = async (_: string, args: readonly string[], cwd: string): Promise<Ran> => {
    asked.push([...args]);
    return cwd === PROJECT_ROOT ? project : canary;
  };
  return { run, pipAudit: "pip-audit", requirements: ["tools/requirements.txt"], asked };
}

describe("supply chain: audit", () => {
  it("reads npm's report: high and critical flaws fail, with cause and remedy", () => {
    expect(nodeAudit(npmReport({}))).to.deep.equal({ kind: "clean", packages: 600 });
    expect(nodeAudit(npmReport(flawed("moderate")))).to.deep.equal({ kind: "clean", packages: 600 });
    const result = nodeAudit(npmReport(flawed("critical")));
    expect(result).to.deep.equal({
      kind: "vulnerable",
      advisories: [
        {
          package: "minimist <0.2.4",
          severity: "critical",
          title: "Prototype Pollution; through mkdirp",
          remedy: "npm audit fix",
        },
      ],
    });
  });

  it("takes what is no report for no answer, and names no host", () => {
    const unknown = [
      REFUSED,
      said("", 1, "npm error network request to https://registry.invalid/-/npm failed"),
      said({}),
    ];
    for (const ran of [...unknown, { code: 127, stdout: "", stderr: "spawn npm ENOENT" }]) {
      const result = nodeAudit(ran);
      expect(result.kind).to.equal("unknown");
      expect(JSON.stringify(result)).not.to.contain("registry.invalid");
    }
  });

  it("takes a package that pip-audit skipped for one that was not audited, though it ends with 0", () => {
    expect(pythonAudit(pipReport(CLEAN))).to.deep.equal({ kind: "clean", packages: 1 });
    expect(pythonAudit(pipReport(CLEAN, SKIPPED)).kind).to.equal("unknown");
    expect(pythonAudit(pipReport()).kind).to.equal("unknown");
    expect(pythonAudit({ code: 1, stdout: "", stderr: "ConnectionError" }).kind).to.equal("unknown");
    // A flaw that is known counts, whatever else could not be looked at.
    expect(pythonAudit(pipReport(JINJA, SKIPPED)).kind).to.equal("vulnerable");
  });

  it("believes a service only that knows the flaws of a release that has several", async () => {
    const good = tools(npmReport(flawed("critical")), npmReport({}));
    expect((await auditNode(good)).kind).to.equal("clean");
    expect(good.asked).to.have.length(2);
    const empty = tools(npmReport({}), npmReport({}));
    expect(await auditNode(empty)).to.deep.include({ kind: "unknown" });
    expect(empty.asked, "asks no more").to.have.length(1);
    expect((await auditPython(tools(pipReport(JINJA), pipReport(CLEAN)))).kind).to.equal("clean");
    expect((await auditPython(tools(pipReport({ ...JINJA, vulns: [] }), pipReport(CLEAN)))).kind).to.equal("unknown");
    expect((await auditPython({ ...good, pipAudit: undefined })).kind).to.equal("unknown");
  });

  it("asks npm for the lock file alone, and pip-audit without resolving anything", async () => {
    const npm = tools(npmReport(flawed("high")), npmReport({}));
    await auditNode(npm);
    for (const args of npm.asked) expect(args).to.include.members(["audit", "--json", "--package-lock-only"]);
    const pip = tools(pipReport(JINJA), pipReport(CLEAN));
    await auditPython(pip);
    for (const args of pip.asked) expect(args).to.include("--disable-pip");
    expect(pip.asked[1]).to.include.members(["--require-hashes", "-r", "tools/requirements.txt"]);
  });

  it("is never green by silence", () => {
    const clean = { kind: "clean", packages: 3 } as const;
    const unknown = { kind: "unknown", reason: "nobody answered" } as const;
    const vulnerable = nodeAudit(npmReport(flawed("high")));
    expect(judge({ a: clean, b: clean })).to.deep.equal({
      lines: ["a: no known flaw in 3 packages", "b: no known flaw in 3 packages"],
      code: 0,
    });
    expect(judge({ a: clean, b: unknown })).to.have.property("code", NOT_AUDITED);
    expect(judge({ a: clean, b: unknown }).lines[1]).to.match(/^b: NOT AUDITED: nobody answered/);
    expect(judge({ a: vulnerable, b: unknown })).to.have.property("code", VULNERABLE);
  });
});
