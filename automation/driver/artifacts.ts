import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../errors";
import { maskSecrets } from "../graph/secrets";
import type { PipelineStack } from "../stack/pipeline-stack";
import { PROJECT_ROOT } from "../stack/workspace";
import type { StackEvent } from "./events";

/** Where a failed stack's traces are kept, below the checkout. */
export const ARTIFACTS = path.join("build", "artifacts");

/**
 * Keeps what explains a failure before the stack goes: the error, every event, state and config (secrets masked), and the
 * local cloud's logs. What cannot be had is named in `missing.txt`.
 *
 * @returns the folder
 */
export async function keepArtifacts(
  stack: PipelineStack,
  error: unknown,
  events: readonly StackEvent[],
  root: string = path.join(PROJECT_ROOT, ARTIFACTS),
): Promise<string> {
  const folder = path.join(root, stack.name);
  await mkdir(folder, { recursive: true });
  const missing: string[] = [];
  const keep = async (what: string, write: () => Promise<void>): Promise<void> => {
    await write().catch((cause: unknown) => missing.push(`${what}: ${messageOf(cause)}`));
  };
  const text = (file: string, content: string): Promise<void> => writeFile(path.join(folder, file), content);
  await keep("error.txt", () =>
    text("error.txt", error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
  await keep("events.jsonl", () => text("events.jsonl", events.map((event) => `${JSON.stringify(event)}\n`).join("")));
  await keep("state.json and config.json", async () => {
    const { state, config } = await stack.exported();
    // The Automation API exports with `--show-secrets`.
    await text("state.json", JSON.stringify(maskSecrets(state), undefined, 2));
    const open = Object.entries(config).map(([key, { value, secret }]) => [key, secret === true ? "[secret]" : value]);
    await text("config.json", JSON.stringify(Object.fromEntries(open), undefined, 2));
  });
  const logs = stack.target.cloud?.dir;
  if (logs !== undefined) await keep("logs", () => copyLogs(logs, path.join(folder, "logs")));
  if (missing.length > 0) await text("missing.txt", `${missing.join("\n")}\n`);
  return folder;
}

/** Files named *.log at the top of the cloud's folder and in its folders of job runs. */
async function copyLogs(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith(".log")) continue;
    const source = path.join(entry.parentPath, entry.name);
    const target = path.join(to, path.relative(from, source).replaceAll(path.sep, "_"));
    await mkdir(to, { recursive: true });
    await copyFile(source, target);
  }
}
