// @ts-check
/**
 * Child process: install the Pulumi engine with the Automation API's own installer.
 * Usage: node pulumi-installer.mjs ROOT VERSION, which leaves ROOT/bin/pulumi. The parent limits its time.
 */
import { createRequire } from "node:module";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

const [root, version] = process.argv.slice(2);
if (!root || !version) throw new Error("usage: node pulumi-installer.mjs ROOT VERSION");

// The semver of @pulumi/pulumi itself: the option must be an instance of that class.
const { SemVer } = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"))("semver");
try {
  await PulumiCommand.install({ root, version: new SemVer(version) });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
