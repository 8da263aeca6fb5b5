import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import type { ProjectSettings, PulumiFn, StackSettings } from "@pulumi/pulumi/automation";
import type { KeySpec } from "../../config-values";
import type { PulumiPluginEntry } from "../../local-cloud/provider/plugins";
import { messageOf, UserError } from "../errors";
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
  // One that is being made has a name with a dot until it has its lease.
  return existsSync(STACKS) ? (await readdir(STACKS)).filter((name) => !name.startsWith(".")).sort() : [];
}

/** Config of the program by key, without namespace. */
export type ProgramConfig = Readonly<Record<string, string | number | boolean | object>>;

/** Sets config keys of the program; those that hold secrets are encrypted, in the stack's file and in its history. */
export async function setProgramConfig(stack: Stack, config: ProgramConfig): Promise<void> {
  const entries = Object.entries(config).map(([key, value]): [string, string | object] => [
    `clickstream:${key}`,
    typeof value === "object" ? value : String(value),
  ]);
  // Loads the whole program, which most commands need not.
  const { KEYS } = await import("../../config-schema.js");
  const specs: Readonly<Record<string, KeySpec>> = KEYS;
  const isSecret = ([key, value]: [string, string | object]): boolean =>
    specs[key.slice("clickstream:".length)]?.secret === true && value !== "";
  await setFullConfig(stack, Object.fromEntries(entries.filter((entry) => !isSecret(entry))));
  for (const [key, value] of entries.filter(isSecret)) {
    await stack.setConfig(key, { value: typeof value === "string" ? value : JSON.stringify(value), secret: true });
  }
}

/**
 * Sets config by full key, in the stack's file: `pulumi config set` makes a text of an object, which the engine then
 * refuses for a key whose type is `object`.
 */
export async function setFullConfig(stack: Stack, config: Readonly<Record<string, string | object>>): Promise<void> {
  // A stack whose secrets the backend encrypts has no file before its first key.
  const settings: StackSettings = await stack.workspace.stackSettings(stack.name).catch((error: unknown) => {
    if (messageOf(error).includes("failed to find stack settings")) return {};
    throw error;
  });
  await stack.workspace.saveStackSettings(stack.name, { ...settings, config: { ...settings.config, ...config } });
}

/** Where a stack's state is kept and how its secrets are encrypted, where that differs from the target's own way. */
export interface StatePlace {
  /** Backend as `pulumi login` takes it: `file:///folder`, `s3://bucket/prefix`, `https://api.pulumi.com`. */
  backendUrl?: string;
  /** As `pulumi stack init --secrets-provider` takes it: `passphrase`, `awskms://alias/name`, `default`. */
  secretsProvider?: string;
  /** Local stack beside whose state, and under whose passphrase, a local one is kept (`homeOf`). @default its own */
  home?: string;
}

/**
 * Opens (or creates) a stack of the inline program. The program's own Pulumi.yaml is the project, with the target's
 * plugins added. A local stack's state is a private folder; one on AWS is kept where `pulumi login` says, or, for a
 * throw-away stack of a machine that never logged in, where PULUMI_BACKEND_URL says.
 */
export async function openStack(
  name: string,
  target: Target,
  program: PulumiFn,
  { backendUrl, secretsProvider, home = name }: StatePlace = {},
): Promise<Stack> {
  const folder = stackFolder(home);
  const workDir = path.join(stackFolder(name), "workspace");
  await mkdir(workDir, { recursive: true });
  const settings = await projectSettings(target);
  const local = target.name === "local";
  const config = path.join(PROJECT_ROOT, `Pulumi.${name}.yaml`);
  // Secrets in the file belong to the stack's own secrets provider, which a local copy of the stack does not have.
  if (!local && existsSync(config)) await copyFile(config, path.join(workDir, path.basename(config)));
  const url = backendUrl ?? (local ? await fileBackend(folder) : undefined);
  const workspace = await LocalWorkspace.create({
    workDir,
    program,
    projectSettings: url === undefined ? settings : { ...settings, backend: { url } },
    ...(secretsProvider === undefined ? {} : { secretsProvider }),
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

/** Config of Pulumi.<environment>.yaml by full key; secrets in it stay encrypted there and are left out. */
export async function committedConfig(environment: string): Promise<Record<string, string | object>> {
  const workspace = await LocalWorkspace.create({ workDir: PROJECT_ROOT, pulumiCommand: await engine() });
  const settings: StackSettings = await workspace.stackSettings(environment).catch((cause: unknown) => {
    throw new UserError(
      `There is no Pulumi.${environment}.yaml.`,
      "Name a stack that has a config file, or write one after the README.",
      { cause },
    );
  });
  const config: Record<string, string | object> = {};
  for (const [key, value] of Object.entries<unknown>(settings.config ?? {})) {
    if (typeof value !== "object" || value === null) config[key] = String(value);
    else if (!("secure" in value)) config[key] = value;
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

/** The Pulumi engine: the one of the tool chain where that is set up, else the one on PATH. */
export async function engine(): Promise<PulumiCommand> {
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
