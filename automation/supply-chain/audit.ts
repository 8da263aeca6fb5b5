import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type AuditResult, PROJECT_ROOT, type Run } from "./findings";
import { nodeAudit } from "./node-audit";
import { pythonAudit } from "./python-audit";

/** The exit code of an audit that found something. */
export const VULNERABLE = 1;
/** The exit code of an audit that could not be made: not 0, or a dead service would look like a clean bill. */
export const NOT_AUDITED = 2;

/**
 * Releases with flaws that have been public for years (CVE-2020-7598 and CVE-2021-44906; CVE-2019-10906 and more). A service
 * that does not know them answers, but knows nothing: an empty mirror, a proxy.
 */
const CANARY = {
  node: { name: "minimist", version: "0.0.8" },
  python: "jinja2==2.10",
} as const;

/** Lock files that are audited, and the programs that do it. */
export interface AuditTools {
  run: Run;
  /** pip-audit; undefined leaves the Python half unknown. */
  pipAudit: string | undefined;
  /** Requirements with hashes, in the project. */
  requirements: readonly string[];
}

/** Audits package-lock.json; "unknown" where the service does not answer, or does not know a flaw that everybody knows. */
export async function auditNode({ run }: AuditTools): Promise<AuditResult> {
  const canary = await inFolder(async (folder) => {
    const { name, version } = CANARY.node;
    const root = { name: "canary", version: "0.0.0", dependencies: { [name]: version } };
    const packages = { "": root, [`node_modules/${name}`]: { version } };
    await writeFile(path.join(folder, "package.json"), JSON.stringify(root));
    await writeFile(
      path.join(folder, "package-lock.json"),
      JSON.stringify({ name: root.name, version: root.version, lockfileVersion: 3, packages }),
    );
    return nodeAudit(await npmAudit(run, folder));
  });
  return known(canary, "npm") ?? nodeAudit(await npmAudit(run, PROJECT_ROOT));
}

/** Audits the Python requirements, in the same way. */
export async function auditPython({ run, pipAudit, requirements }: AuditTools): Promise<AuditResult> {
  if (pipAudit === undefined) return { kind: "unknown", reason: "pip-audit could not be installed" };
  // The lock names every package: nothing is resolved, and nothing is downloaded.
  const audit = async (cwd: string, ...args: string[]): Promise<AuditResult> =>
    pythonAudit(await run(pipAudit, ["--disable-pip", "--progress-spinner", "off", "--format", "json", ...args], cwd));
  const canary = await inFolder(async (folder) => {
    await writeFile(path.join(folder, "canary.txt"), `${CANARY.python}\n`);
    return audit(folder, "--no-deps", "-r", "canary.txt");
  });
  return (
    known(canary, "PyPI") ?? audit(PROJECT_ROOT, "--require-hashes", ...requirements.flatMap((file) => ["-r", file]))
  );
}

/** One line a lock file and one a flaw; the exit code. */
export function judge(results: Readonly<Record<string, AuditResult>>): { lines: string[]; code: number } {
  const lines = Object.entries(results).flatMap(([lock, result]) => {
    switch (result.kind) {
      case "clean":
        return [`${lock}: no known flaw in ${String(result.packages)} packages`];
      case "unknown":
        return [
          `${lock}: NOT AUDITED: ${result.reason}. This is no clean bill: run it where the service can be reached.`,
        ];
      case "vulnerable":
        return [
          `${lock}: ${String(result.advisories.length)} known flaws`,
          ...result.advisories.map(
            ({ package: name, severity, title, remedy }) => `  ${name} (${severity}): ${title}\n    remedy: ${remedy}`,
          ),
        ];
    }
  });
  const kinds = Object.values(results).map(({ kind }) => kind);
  const code = kinds.includes("vulnerable") ? VULNERABLE : kinds.includes("unknown") ? NOT_AUDITED : 0;
  return { lines, code };
}

function npmAudit(run: Run, folder: string): ReturnType<Run> {
  return run("npm", ["audit", "--json", "--package-lock-only", "--audit-level=high"], folder);
}

/** Undefined if the canary was recognised; else why nothing that the service says counts. */
function known(canary: AuditResult, service: string): AuditResult | undefined {
  if (canary.kind === "vulnerable") return undefined;
  if (canary.kind === "unknown") return canary;
  return { kind: "unknown", reason: `${service}'s advisory service knows no flaw of a release that has several` };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), "clickstream-audit-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
