import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import type { ConfigMap, ProjectSettings, PulumiFn, StackSettings } from "@pulumi/pulumi/automation";
import type { PulumiPluginEntry } from "../../local-cloud/provider/plugins";
import { UserError } from "../errors";
import type { Target } from "./target";

/** Root of the checkout: the folder of Pulumi.yaml. */
export const PROJECT_ROOT = path.resolve(__dirname, "..", "..");

// Another folder for another driver at work here (two test suites), so that each sees its own stacks only. As deep as the
// default: closures' packages are found relative to it.
const STACKS = path.join(PROJECT_ROOT, ".clickstream", process.env["CLICKSTREAM_STACKS"] ?? "stacks");

/** Folder of a stack's workspace, state and passphrase. */
export function stackFolder(name: string): string {
  return path.join(STACKS, name);
}

/** Names of the stacks with state on this machine. */
export async function stacksHere(): Promise<string[]> {
  return existsSync(STACKS) ? (await readdir(STACKS)).sort() : [];
}

/** Config of the program by key, without namespace. */
export type ProgramConfig = Readonly<Record<string, string | number | boolean | object>>;

/** Sets config keys of the program; objects are passed as JSON. */
export async function setProgramConfig(stack: Stack, config: ProgramConfig): Promise<void> {
  const entries = Object.entries(config).map(([key, value]): [string, { value: string }] => [
    `clickstream:${key}`,
    { value: typeof value === "object" ? JSON.stringify(value) : String(value) },
  ]);
  if (entries.length > 0) await stack.setAllConfig(Object.fromEntries(entries));
}

/**
 * Opens (or creates) a stack of the inline program. The program's own Pulumi.yaml is the project, with the target's
 * plugins added. A local stack's state is a private folder; one on AWS is kept where `pulumi login` says, or, for a
 * throw-away stack of a machine that never logged in, where PULUMI_BACKEND_URL says.
 */
export async function openStack(name: string, target: Target, program: PulumiFn): Promise<Stack> {
  const folder = stackFolder(name);
  const workDir = path.join(folder, "workspace");
  await mkdir(workDir, { recursive: true });
  const settings = await projectSettings(target);
  const local = target.name === "local";
  const config = path.join(PROJECT_ROOT, `Pulumi.${name}.yaml`);
  // Secrets in the file belong to the stack's own secrets provider, which a local copy of the stack does not have.
  if (!local && existsSync(config)) await copyFile(config, path.join(workDir, path.basename(config)));
  const workspace = await LocalWorkspace.create({
    workDir,
    program,
    projectSettings: local ? { ...settings, backend: { url: await fileBackend(folder) } } : settings,
    pulumiCommand: await engine(),
    envVars: {
      ...target.env,
      ...(local ? { PULUMI_CONFIG_PASSPHRASE: await passphrase(folder) } : {}),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  });
  return Stack.createOrSelect(name, workspace);
}

/** Removes what this machine keeps of a stack. */
export async function removeStackFolder(name: string): Promise<void> {
  await rm(stackFolder(name), { recursive: true, force: true });
  // The folders above go too once empty; another stack may be using them.
  for (const parent of [STACKS, path.dirname(STACKS)]) await rmdir(parent).catch(() => undefined);
}

/** Config of Pulumi.<environment>.yaml as plain values; secrets in it stay encrypted there and are left out. */
export async function committedConfig(environment: string): Promise<ConfigMap> {
  const workspace = await LocalWorkspace.create({ workDir: PROJECT_ROOT, pulumiCommand: await engine() });
  const settings: StackSettings = await workspace.stackSettings(environment).catch((cause: unknown) => {
    throw new UserError(
      `There is no Pulumi.${environment}.yaml.`,
      "Name a stack that has a config file, or write one after the README.",
      { cause },
    );
  });
  const config: ConfigMap = {};
  for (const [key, value] of Object.entries(settings.config ?? {})) {
    if (typeof value === "object" && value !== null && "secure" in value) continue;
    config[key] = { value: typeof value === "string" ? value : JSON.stringify(value) };
  }
  return config;
}

/** The SDK's type leaves out `plugins`, which the engine reads from Pulumi.yaml. */
type SettingsWithPlugins = ProjectSettings & { plugins?: { providers?: readonly PulumiPluginEntry[] } };

async function projectSettings(target: Target): Promise<SettingsWithPlugins> {
  const workspace = await LocalWorkspace.create({ workDir: PROJECT_ROOT, pulumiCommand: await engine() });
  const settings: SettingsWithPlugins = await workspace.projectSettings();
  delete settings.main; // The program runs inline, not from a file of the workspace.
  if (target.plugins.length === 0) return settings;
  return { ...settings, plugins: { ...settings.plugins, providers: [...target.plugins] } };
}

async function engine(): Promise<PulumiCommand> {
  const root = process.env["CLICKSTREAM_PULUMI_ROOT"];
  return PulumiCommand.get(root === undefined ? {} : { root });
}

async function fileBackend(folder: string): Promise<string> {
  const state = path.join(folder, "state");
  await mkdir(state, { recursive: true });
  return pathToFileURL(state).href;
}

async function passphrase(folder: string): Promise<string> {
  const file = path.join(folder, "passphrase");
  if (!existsSync(file)) await writeFile(file, randomBytes(24).toString("hex"), { mode: 0o600, flag: "wx" });
  return readFile(file, "utf8");
}
