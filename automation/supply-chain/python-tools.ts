import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { lastWords, PROJECT_ROOT, type Run } from "./findings";

const HOME = path.join(PROJECT_ROOT, ".cache", "audit");
const REQUIREMENTS = path.join("tools", "requirements-audit.txt");
const STAMP = path.join(HOME, "requirements.txt");

/** Requirements of the project itself, all with hashes. */
export const LOCKED_REQUIREMENTS = ["requirements-build.txt", "requirements.txt"].map((name) =>
  path.join("tools", name),
);

/** Programs of tools/requirements-audit.txt, installed with their hashes on first use. */
export interface PythonTools {
  pipAudit: string;
  cyclonedx: string;
}

/**
 * Installs the tools into .cache/audit, away from the packages that they look at.
 * @param python a Python 3.10 or newer with the venv module
 * @returns why not, if they cannot be installed
 */
export async function pythonTools(run: Run, python: string): Promise<PythonTools | { reason: string }> {
  const bin = (name: string): string => path.join(HOME, "bin", name);
  const wanted = await readFile(path.join(PROJECT_ROOT, REQUIREMENTS), "utf8");
  const made = existsSync(STAMP) && (await readFile(STAMP, "utf8")) === wanted;
  if (!made) {
    await rm(HOME, { recursive: true, force: true });
    const install = [
      "-m",
      "pip",
      "install",
      "--disable-pip-version-check",
      "--quiet",
      "--require-hashes",
      "-r",
      REQUIREMENTS,
    ];
    const steps: [string, string[]][] = [
      [python, ["-m", "venv", HOME]],
      [bin("python"), install],
    ];
    for (const [command, args] of steps) {
      const ran = await run(command, args, PROJECT_ROOT);
      if (ran.code !== 0) return { reason: lastWords(ran) };
    }
    // Last, so that an installation that was cut off is made again.
    await writeFile(STAMP, wanted);
  }
  return { pipAudit: bin("pip-audit"), cyclonedx: bin("cyclonedx-py") };
}
