// @ts-check
/** Rewrite the sources in the project's style: prettier for TypeScript, JSON, YAML and Markdown, ruff for Python. */
import { projectRoot } from "./paths.mjs";
import { runForeground } from "./process.mjs";

const python = process.env["CLICKSTREAM_PYTHON"] ?? "python3";
/** @type {readonly (readonly [string, readonly string[]])[]} */
const commands = [
  [process.execPath, ["node_modules/prettier/bin/prettier.cjs", "--write", "--log-level", "warn", "."]],
  [python, ["-m", "ruff", "check", "--fix", "--exit-zero", "--quiet", "."]],
  [python, ["-m", "ruff", "format", "."]],
];
for (const [command, args] of commands) {
  const { code } = await runForeground(command, args, { cwd: projectRoot });
  if (code !== 0) process.exitCode = code;
}
