import { existsSync } from "node:fs";
import path from "node:path";
import { LocalWorkspace, type PulumiCommand } from "@pulumi/pulumi/automation";
import { UserError } from "../errors";
import { PROJECT_ROOT } from "../stack/workspace";
import type { OfflineConfig } from "./offline";

/** Stands for an encrypted value, which only the stack's own secrets provider can read; every secret key is a URL. */
const ENCRYPTED = "https://encrypted.invalid/";

/** Reading a stack's file needs no engine; a workspace insists on one, and asks it what it can do. */
const NO_ENGINE = {
  command: "none",
  version: null,
  run: () => Promise.resolve({ stdout: "", stderr: "", code: 0, toString: () => "" }),
} as unknown as PulumiCommand;

/**
 * Config of Pulumi.<stack>.yaml by full key, without an engine; encrypted values are stood in for, so that the program
 * creates what depends on them.
 * @throws UserError where there is no such file
 */
export async function stackFileConfig(stack: string): Promise<OfflineConfig> {
  if (!existsSync(path.join(PROJECT_ROOT, `Pulumi.${stack}.yaml`))) {
    throw new UserError(
      `The stack "${stack}" is not deployed here, and there is no Pulumi.${stack}.yaml.`,
      "Name a stack that has a config file (dev, prod), or deploy this one first.",
    );
  }
  const workspace = await LocalWorkspace.create({ workDir: PROJECT_ROOT, pulumiCommand: NO_ENGINE });
  const { config } = await workspace.stackSettings(stack);
  const entries = Object.entries(config ?? {}).map(([key, value]): [string, string] => {
    if (typeof value === "string") return [key, value];
    const encrypted = typeof value === "object" && value !== null && "secure" in value;
    return [key, encrypted ? ENCRYPTED : JSON.stringify(value)];
  });
  return Object.fromEntries(entries);
}
