import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Run } from "./findings";

/** A text that looks like a secret. */
export interface Leak {
  file: string;
  line: number;
  /** What it looks like; never the text itself. */
  what: string;
}

/** A file as git has it. */
export interface Source {
  file: string;
  text: string;
}

/** Longest file that is looked at, in characters: a lock file has a megabyte, and nobody types secrets into it. */
const LONGEST = 2_000_000;

/** Access key ids are no secret by themselves, but stand beside one; the rule leaves them alone unless it is told. */
const AWS = { id: "@secretlint/secretlint-rule-aws", options: { enableIDScanRule: true } };

/** What the same rule calls an account's number, which is no secret (AWS, "AWS account identifiers"). */
const ACCOUNT = "AWSAccountID";

/** Finds what looks like a secret: keys of AWS, tokens of forges and chats, private keys, passwords in URLs. */
export async function leaksIn(sources: readonly Source[]): Promise<Leak[]> {
  // ES modules, and only this command needs them.
  const { lintSource } = await import("@secretlint/core");
  const { creator } = await import("@secretlint/secretlint-rule-preset-recommend");
  const { secretLintProfiler } = await import("@secretlint/profiler");
  // It keeps a mark of every rule and file and searches all of them at each: 12 of 14 seconds for a thousand files.
  secretLintProfiler.mark = () => undefined;
  const config = { rules: [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator, rules: [AWS] }] };
  const leaks: Leak[] = [];
  for (const { file, text } of sources) {
    if (text.length > LONGEST || text.includes("\0")) continue;
    const { messages } = await lintSource({
      source: { filePath: file, content: text, ext: path.extname(file), contentType: "text" },
      options: { config, maskSecrets: true },
    });
    const secrets = messages.filter(({ messageId }) => messageId !== ACCOUNT);
    leaks.push(
      ...secrets.map(({ loc, messageId, ruleId }) => ({ file, line: loc.start.line, what: messageId || ruleId })),
    );
  }
  return leaks;
}

/** Files that git tracks, as they are in the folder. */
export async function trackedFiles(run: Run, root: string): Promise<Source[]> {
  const names = await listed(run, root, ["ls-files", "-z"]);
  // A tracked file may have been deleted and not yet committed.
  const read = names.map(async (file) => {
    const text = await readFile(path.join(root, file), "utf8").catch(() => undefined);
    return text === undefined ? [] : [{ file, text }];
  });
  return (await Promise.all(read)).flat();
}

/** Files of the next commit, as they will be in it. */
export async function stagedFiles(run: Run, root: string): Promise<Source[]> {
  const names = await listed(run, root, ["diff", "--cached", "--name-only", "--diff-filter=ACMR", "-z"]);
  const sources: Source[] = [];
  for (const file of names) {
    const { code, stdout } = await run("git", ["show", `:${file}`], root);
    if (code === 0) sources.push({ file, text: stdout });
  }
  return sources;
}

async function listed(run: Run, root: string, args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run("git", args, root);
  if (code !== 0) throw new Error(`git ${args.join(" ")} failed: ${stderr.trim()}`);
  return stdout.split("\0").filter((name) => name !== "");
}
