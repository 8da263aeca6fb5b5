import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** What the normal CLI needs to run the program by itself: the engine, and the host of Node programs that comes with it. */
const NEEDED = ["pulumi", "pulumi-language-nodejs"] as const;

/** Name of the stack that is previewed, never deployed. */
const STACK = "smoke";

/** Why the smoke test cannot be done on this machine; undefined where it can. */
export function cannotRun(searchPath: string = process.env["PATH"] ?? ""): string | undefined {
  const missing = NEEDED.filter((program) => !isOn(searchPath, program));
  if (missing.length === 0) return undefined;
  return (
    `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not on PATH; ` +
    "they come with the Pulumi CLI (https://www.pulumi.com/docs/install/)"
  );
}

function isOn(searchPath: string, program: string): boolean {
  return searchPath.split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}

/**
 * `pulumi preview` by the normal CLI in the root of the checkout: the same Pulumi.yaml, index.ts and Pulumi.dev.yaml as a
 * user's. State and account are none of the user's: a backend in a temporary folder, and the local cloud with its provider,
 * which the engine takes from PATH.
 *
 * @returns the CLI's exit code
 */
export async function smokePreview(): Promise<number> {
  const { startLocalCloud } = await import("../../local-cloud/emulator/local-cloud.js");
  const { preparePlugins } = await import("../../local-cloud/provider/plugins.js");
  const { PROJECT_ROOT } = await import("../stack/workspace.js");
  const stackFile = path.join(PROJECT_ROOT, `Pulumi.${STACK}.yaml`);
  const stackFileBefore = existsSync(stackFile);
  const state = await mkdtemp(path.join(tmpdir(), "clickstream-smoke-"));
  const cloud = await startLocalCloud();
  try {
    const folders = [...new Set((await preparePlugins()).map((plugin) => plugin.path))];
    const env = {
      ...process.env,
      ...cloud.env,
      PATH: [...folders, process.env["PATH"] ?? ""].join(path.delimiter),
      PULUMI_BACKEND_URL: pathToFileURL(state).href,
      PULUMI_CONFIG_PASSPHRASE: "of a smoke test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const pulumi = (...args: string[]): Promise<number> => run(PROJECT_ROOT, env, args);
    const config = path.join(state, "Pulumi.dev.yaml");
    await copyFile(path.join(PROJECT_ROOT, "Pulumi.dev.yaml"), config);
    const made = await pulumi("stack", "init", STACK, "--no-select");
    if (made !== 0) return made;
    return await pulumi("preview", "--stack", STACK, "--config-file", config, "--non-interactive");
  } finally {
    await cloud.stop();
    await rm(state, { recursive: true, force: true });
    // The CLI writes the salt of the new stack's secrets there.
    if (!stackFileBefore) await rm(stackFile, { force: true });
  }
}

function run(cwd: string, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", args, { cwd, env, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
