import { fork } from "node:child_process";
import path from "node:path";
import { NAMESPACE, parseConfig, type PlainConfig } from "../../config";
import { KEYS, type KeySpec } from "../../config-schema";
import { UserError } from "../errors";
import { PROJECT_ROOT } from "../stack/workspace";
import type { DryRun } from "./record-program";
import { ResourceGraph, type StackSnapshot } from "./resource-graph";

/** Longest that a dry run may take: seconds of work, which an overloaded machine has stretched to two minutes. */
const TIMEOUT_MS = 600_000;
/** Full keys whose values are secret however they are set. */
const SECRET_KEYS: readonly string[] = Object.entries<KeySpec>(KEYS)
  .filter(([, { secret }]) => secret === true)
  .map(([key]) => `${NAMESPACE}:${key}`);

/** What the process of a dry run answers. */
export type DryRunAnswer = { snapshot: StackSnapshot } | { failure: { name: string; message: string } };

/** Config of a stack that is not deployed, by full key. */
export type OfflineConfig = Readonly<Record<string, string>>;

/** Keys of the config that are no secret, checked. */
export type OpenConfig = Omit<PlainConfig, "pagerEndpoint" | "slackWebhook">;

/**
 * The graph that the real program gives for a config: runs `index.ts` under Pulumi's mocks in a process of its own, with
 * no engine, no plugin, no account and no network.
 *
 * @param stack name of the stack, from which the program names everything
 * @throws UserError for a config that the program refuses
 */
export async function offlineGraph(stack: string, config: OfflineConfig): Promise<ResourceGraph> {
  const answer = await dryRun({ stack, config, secretKeys: SECRET_KEYS.filter((key) => key in config) });
  if ("snapshot" in answer) return new ResourceGraph(answer.snapshot);
  const { name, message } = answer.failure;
  if (name === "ConfigError") throw new UserError(message, `Set the keys in Pulumi.${stack}.yaml as it says.`);
  throw new Error(`The program cannot be run for ${stack}: ${message}`);
}

/** The same with the config as the program reads it. @throws ConfigError, before anything runs */
export async function offlineStack(
  stack: string,
  config: OfflineConfig,
): Promise<{ graph: ResourceGraph; config: OpenConfig }> {
  const { pagerEndpoint: _pager, slackWebhook: _slack, ...open } = parseConfig(config);
  return { graph: await offlineGraph(stack, config), config: open };
}

function dryRun(run: DryRun): Promise<DryRunAnswer> {
  const entry = path.join(PROJECT_ROOT, "automation", "graph", "dry-run-process.ts");
  return new Promise((resolve, reject) => {
    const child = fork(entry, [], {
      cwd: PROJECT_ROOT,
      execArgv: ["--import", "tsx"],
      // What the program logs (a warning about keys of deletion) is no part of a bill or a policy.
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      timeout: TIMEOUT_MS,
    });
    let said = "";
    let answered = false;
    child.stderr?.on("data", (text: Buffer) => (said += text.toString()));
    child.once("message", (answer: DryRunAnswer) => {
      answered = true;
      resolve(answer);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (answered) return;
      const end = signal === null ? `code ${String(code)}` : `signal ${signal}`;
      reject(new Error(`The dry run of the program ended with ${end}: ${said.trim().slice(-2000)}`));
    });
    child.send(run);
  });
}
