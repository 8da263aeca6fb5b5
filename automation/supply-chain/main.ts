import { readFile } from "node:fs/promises";
import path from "node:path";
import { messageOf, UserError } from "../errors";
import { auditNode, auditPython, judge } from "./audit";
import { jsonOf, lastWords, PROJECT_ROOT, type Run } from "./findings";
import { lockedNames, nodePackages, pythonPackages, refused, type Licensed } from "./licences";
import { LOCKED_REQUIREMENTS, pythonTools } from "./python-tools";
import { writeBills } from "./sbom";
import { leaksIn, stagedFiles, trackedFiles } from "./secrets";

/** Longest that one program may take: installing the tools of the audit is the longest. */
const TIMEOUT_MS = 10 * 60_000;

const run: Run = async (command, args, cwd) => {
  // An ES module alone.
  const { execa } = await import("execa");
  const options = { cwd, reject: false, timeout: TIMEOUT_MS, maxBuffer: 200_000_000 } as const;
  const { exitCode, stdout, stderr, message } = await execa(command, [...args], options);
  // A program that does not exist or was ended has no exit code.
  return exitCode === undefined ? { code: 127, stdout: "", stderr: message ?? "" } : { code: exitCode, stdout, stderr };
};
const python = (): string => process.env["CLICKSTREAM_PYTHON"] ?? "python3";
const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function audit(): Promise<number> {
  const found = await pythonTools(run, python());
  if ("reason" in found) print(`The tools of the Python audit cannot be installed: ${found.reason}`);
  const pipAudit = "reason" in found ? undefined : found.pipAudit;
  const tools = { run, pipAudit, requirements: LOCKED_REQUIREMENTS };
  const [node, packages] = await Promise.all([auditNode(tools), auditPython(tools)]);
  const { lines, code } = judge({ "package-lock.json": node, "tools/requirements*.txt": packages });
  lines.forEach(print);
  return code;
}

async function licences(): Promise<number> {
  const lock = jsonOf(await readFile(path.join(PROJECT_ROOT, "package-lock.json"), "utf8"));
  const asked = await run(python(), [path.join(__dirname, "python_licences.py")], PROJECT_ROOT);
  if (asked.code !== 0) throw new Error(`The Python packages cannot be asked: ${lastWords(asked)}`);
  const files = LOCKED_REQUIREMENTS.map((file) => readFile(path.join(PROJECT_ROOT, file), "utf8"));
  const locked = lockedNames((await Promise.all(files)).join("\n"));
  const installed = pythonPackages(jsonOf(asked.stdout)).filter(({ name }) => locked.has(name));
  const packages: Licensed[] = [...nodePackages(lock), ...installed];
  const wrong = refused(packages);
  for (const { name, version, licence } of wrong) {
    print(`${name} ${version}: ${licence === "" ? "no licence" : licence} is not among the allowed ones`);
  }
  print(`licences: ${String(packages.length)} packages, ${String(wrong.length)} refused`);
  if (wrong.length > 0)
    print("Choose another package, or add it to EXCEPTIONS in automation/supply-chain/licences.ts with the reason.");
  return wrong.length === 0 ? 0 : 1;
}

async function sbom(): Promise<number> {
  const tools = await pythonTools(run, python());
  if ("reason" in tools) throw new Error(`cyclonedx-py cannot be installed: ${tools.reason}`);
  for (const { file, components } of await writeBills(run, tools.cyclonedx))
    print(`${file}: ${String(components)} components`);
  return 0;
}

async function secrets(words: readonly string[]): Promise<number> {
  const staged = words.includes("--staged");
  const sources = await (staged ? stagedFiles : trackedFiles)(run, PROJECT_ROOT);
  const leaks = await leaksIn(sources);
  for (const { file, line, what } of leaks) print(`${file}:${String(line)}: looks like a secret (${what})`);
  print(`secrets: ${String(sources.length)} ${staged ? "staged" : "tracked"} files, ${String(leaks.length)} findings`);
  if (leaks.length > 0) print("Take it out, and if it was real, revoke it: a commit that was pushed is public.");
  return leaks.length === 0 ? 0 : 1;
}

const COMMANDS: Readonly<Record<string, (words: readonly string[]) => Promise<number>>> = {
  audit,
  licences,
  sbom,
  secrets,
};

async function main([command = "", ...words]: readonly string[]): Promise<number> {
  const found = COMMANDS[command];
  if (found !== undefined) return found(words);
  print(`Unknown command "${command}"; it must be one of ${Object.keys(COMMANDS).join(", ")}.`);
  return 2;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.exitCode = 1;
    // Anything but a UserError is a bug of this command, and keeps its trace.
    process.stderr.write(
      `${error instanceof UserError ? error.message : error instanceof Error ? (error.stack ?? messageOf(error)) : messageOf(error)}\n`,
    );
  },
);
