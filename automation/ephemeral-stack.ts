import program from "../index";
import { interruptible, untilAborted, withCleanUp } from "./stack/interruption";
import { PipelineStack, type Deployment } from "./stack/pipeline-stack";
import { ephemeralStackName } from "./stack/stack-name";
import { awsTarget, lastingLocalTarget, privateLocalTarget, type Target } from "./stack/target";
import type { TargetName } from "./stack/target-name";
import { committedConfig, openStack, removeStackFolder, setProgramConfig, type ProgramConfig } from "./stack/workspace";

/** Options of a throw-away copy of the pipeline. */
export interface EphemeralStackOptions {
  /** @default "local" */
  target?: TargetName;
  /** @default a name nobody else has */
  name?: string;
  /** Config over Pulumi.dev.yaml, keys without namespace, for example `{ alertThresholdUsd: 500 }`. @default {} */
  config?: ProgramConfig;
  /** AWS region. @default that of Pulumi.dev.yaml */
  region?: string;
  /** Keep the stack after use. @default whether KEEP_STACK=1 is set */
  keep?: boolean;
  /** One short line for each thing the engine does. @default nothing is shown */
  onProgress?: (line: string) => void;
}

/**
 * A full copy of the pipeline with a name of its own. Use {@link withEphemeralStack}, which destroys it whatever
 * happens; this class is for callers with hooks of their own, such as a test suite.
 */
export class EphemeralStack extends PipelineStack {
  /** Prepares target and workspace; nothing is deployed yet. A failure leaves nothing behind. */
  static async create(options: EphemeralStackOptions = {}): Promise<EphemeralStack> {
    const name = options.name ?? ephemeralStackName();
    const target = await openTarget(options, name);
    try {
      const stack = await openStack(name, target, program);
      const config = await committedConfig("dev");
      const region = options.region ?? config["aws:region"]?.value ?? "us-east-1";
      await stack.setAllConfig({ ...config, "aws:region": { value: region } });
      // A throw-away stack must be deletable: both deletion keys are on.
      await setProgramConfig(stack, { deleteData: true, allowDelete: true, ...options.config });
      return new EphemeralStack(name, target, region, stack, options.onProgress ?? (() => undefined));
    } catch (error) {
      await target.close();
      await removeStackFolder(name);
      throw error;
    }
  }
}

function keeps(options: EphemeralStackOptions): boolean {
  return options.keep ?? process.env["KEEP_STACK"] === "1";
}

async function openTarget(options: EphemeralStackOptions, name: string): Promise<Target> {
  if (options.target === "aws") return awsTarget();
  // A kept stack needs a cloud that outlives this process; the others' must never outlive it.
  return keeps(options) ? lastingLocalTarget(name, { start: true }) : privateLocalTarget();
}

/** What a body of {@link withEphemeralStack} works with. */
export interface StackSession extends Deployment {
  stack: EphemeralStack;
  /** Aborted on Ctrl-C and on SIGTERM. */
  signal: AbortSignal;
}

/**
 * Brings a stack up, runs `body`, and destroys the stack whether or not either failed, also on Ctrl-C. With
 * KEEP_STACK=1 (or `keep`) the stack stays.
 */
export async function withEphemeralStack<T>(
  options: EphemeralStackOptions,
  body: (session: StackSession) => Promise<T>,
): Promise<T> {
  return interruptible(async (signal) => {
    const stack = await EphemeralStack.create(options);
    const use = async (): Promise<T> => {
      const deployment = await stack.up(signal);
      return untilAborted(body({ stack, signal, ...deployment }), signal);
    };
    return withCleanUp(use, () => (keeps(options) ? stack.release() : stack.destroy()));
  });
}
