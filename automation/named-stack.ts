import { stopDetached } from "../local-cloud/emulator/local-cloud";
import program from "../index";
import { UserError } from "./errors";
import { homeOf } from "./stack/home";
import { PipelineStack } from "./stack/pipeline-stack";
import { checkStackName } from "./stack/stack-name";
import { awsTarget, lastingLocalTarget } from "./stack/target";
import type { TargetName } from "./stack/target-name";
import { committedConfig, openStack, setFullConfig } from "./stack/workspace";

/** Which stack a command means. */
export interface NamedStackOptions {
  /** Name of the stack. A Pulumi.<name>.yaml gives its config; throw-away stacks that were kept have none. */
  stack: string;
  target: TargetName;
  /** Whether a local cloud may be started for it; only `up` and `preview` do. */
  start: boolean;
  onProgress?: (line: string) => void;
}

/** A stack that stays until somebody destroys it. On the local target its cloud runs on between commands. */
export async function openNamedStack(options: NamedStackOptions): Promise<PipelineStack> {
  const name = checkStackName(options.stack);
  // Before anything starts: a cloud for a stack that has no config would stay behind.
  const config = options.start && options.target === "local" ? await committedConfig(name) : undefined;
  const home = options.target === "local" ? await homeOf(name) : name;
  // A stack that reads another's lake is in that one's account, which only that one's `up` starts.
  const start = options.start && home === name;
  const target = options.target === "aws" ? awsTarget() : await lastingLocalTarget(home, { start });
  const stack = await openStack(name, target, program, { home });
  if (config !== undefined) await setFullConfig(stack, config);
  const region = (await stack.getConfig("aws:region").catch(() => undefined))?.value ?? "us-east-1";
  return new PipelineStack(name, target, region, stack, options.onProgress ?? (() => undefined));
}

/**
 * @throws UserError for a production stack: what holds the only copy of the data is not destroyed by a command that
 * is typed in a second.
 */
export function refuseProduction(stack: string, environment: string | undefined): void {
  if (environment !== "prod" && !/(^|-)prod(uction)?($|-)/.test(stack)) return;
  throw new UserError(
    `The stack "${stack}" is production (environment ${environment ?? "unknown"}), which this command never destroys.`,
    "Set clickstream:environment to another value first, or follow README, “Teardown”, with the Pulumi CLI.",
  );
}

/** Ends the local cloud that `up` left running for this stack, if there is one; not that of the stack whose lake it reads. */
export async function stopLocalCloudOf(stack: string): Promise<void> {
  if ((await homeOf(stack)) === stack) await stopDetached(stack);
}
