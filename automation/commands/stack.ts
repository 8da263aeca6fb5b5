import type { Command } from "commander";
import ora from "ora";
import type { ResourceChanges } from "../stack/pipeline-stack";
import type { TargetName } from "../stack/target-name";
import { stackOption, targetOption } from "./options";

interface StackFlags {
  stack: string;
  target: TargetName;
}

/** `preview`, `up`, `destroy`: stacks that stay until somebody destroys them. */
export function addStackCommands(program: Command): void {
  program
    .command("preview")
    .description("show what up would do")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(async (flags: StackFlags) => {
      await onStack(flags, true, async (stack, signal) => `${flags.stack}: ${counted(await stack.preview(signal))}`);
    });
  program
    .command("up")
    .description("create or update the stack, if it breaks no security rule; its outputs are printed as JSON")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(async (flags: StackFlags) => {
      await passPolicy(flags.stack);
      await onStack(flags, true, async (stack, signal) => {
        const { outputs, changes } = await stack.up(signal);
        process.stdout.write(`${JSON.stringify(outputs, undefined, 2)}\n`);
        return `${flags.stack}: ${counted(changes)}`;
      });
    });
  program
    .command("destroy")
    .description("destroy the stack and forget its state; refuses production")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(async (flags: StackFlags) => {
      const { refuseProduction, stopLocalCloudOf } = await import("../named-stack.js");
      const { refuseWhileRead } = await import("../stack/home.js");
      await onStack(flags, false, async (stack) => {
        refuseProduction(flags.stack, await stack.programConfig("environment"));
        if (flags.target === "local") await refuseWhileRead(flags.stack);
        await stack.destroy();
        if (flags.target === "local") await stopLocalCloudOf(flags.stack);
        return `${flags.stack}: destroyed`;
      });
    });
}

/** Before anything is created or started: a stack that breaks a rule is not deployed, on any target. */
async function passPolicy(stack: string): Promise<void> {
  const { policyOfStack, refuseViolations } = await import("../stack/policy-gate.js");
  const spinner = ora({ text: "security rules", discardStdin: false }).start();
  try {
    spinner.succeed(refuseViolations(stack, await policyOfStack(stack, new Date().toISOString())));
  } catch (error) {
    spinner.fail("security rules");
    throw error;
  }
}

type Stack = Awaited<ReturnType<(typeof import("../named-stack.js"))["openNamedStack"]>>;

async function onStack(
  flags: StackFlags,
  start: boolean,
  work: (stack: Stack, signal: AbortSignal) => Promise<string>,
): Promise<void> {
  const { openNamedStack } = await import("../named-stack.js");
  const { interruptible } = await import("../stack/interruption.js");
  const spinner = ora({ text: flags.stack, discardStdin: false }).start();
  try {
    const done = await interruptible(async (signal) => {
      const onProgress = (line: string): void => {
        if (process.stderr.isTTY) spinner.text = line.slice(0, 100);
      };
      const stack = await openNamedStack({ ...flags, start, onProgress });
      try {
        return await work(stack, signal);
      } finally {
        await stack.release();
      }
    });
    spinner.succeed(done);
  } catch (error) {
    spinner.fail(flags.stack);
    throw error;
  }
}

function counted(changes: ResourceChanges): string {
  const parts = Object.entries(changes).map(([what, count]) => `${String(count)} ${what}`);
  return parts.length === 0 ? "no resources" : parts.join(", ");
}
