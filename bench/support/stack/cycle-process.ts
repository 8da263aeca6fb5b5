/** One cycle of a stack in a process of its own, as CI jobs of several teams are: up, up again, destroy. */
import { EphemeralStack } from "../../../automation/ephemeral-stack";
import { messageOf } from "../../../automation/errors";
import { PipelineStack } from "../../../automation/stack/pipeline-stack";
import { committedConfig, openStack, setFullConfig } from "../../../automation/stack/workspace";
import { timed } from "../bench";
import { floorProgram, floorTarget } from "./floor";
import type { Cycle, CycleAnswer, CycleOrder } from "./cycle";

async function pipelineCycle(): Promise<Cycle> {
  const create = await timed(() => EphemeralStack.create());
  const stack = create.result;
  try {
    const up = await timed(() => stack.up());
    const noop = await timed(() => stack.up());
    const { state } = await stack.exported();
    const destroy = await timed(() => stack.destroy());
    return {
      create: create.seconds,
      up: up.seconds,
      noop: noop.seconds,
      destroy: destroy.seconds,
      resources: resourcesOf(state),
    };
  } catch (error) {
    await stack.destroy().catch(() => undefined);
    throw error;
  }
}

async function floorCycle(resources: number, plugin: string): Promise<Cycle> {
  const name = `floor${String(process.pid)}`;
  const create = await timed(async () => {
    const target = await floorTarget(plugin);
    const opened = await openStack(name, target, floorProgram(resources));
    await setFullConfig(opened, await committedConfig("dev"));
    return new PipelineStack(name, target, "us-east-1", opened, () => undefined);
  });
  const stack = create.result;
  try {
    const up = await timed(() => stack.up());
    const noop = await timed(() => stack.up());
    const destroy = await timed(() => stack.destroy());
    return { create: create.seconds, up: up.seconds, noop: noop.seconds, destroy: destroy.seconds, resources };
  } catch (error) {
    await stack.destroy().catch(() => undefined);
    throw error;
  }
}

/** Resources of a provider; the stack itself, the providers and components cost the engine no call. */
function resourcesOf(state: { deployment: unknown }): number {
  const { resources = [] } = state.deployment as { resources?: { custom: boolean; type: string }[] };
  return resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:")).length;
}

process.once("message", (order: CycleOrder) => {
  const work = order.kind === "pipeline" ? pipelineCycle() : floorCycle(order.resources, order.plugin);
  work
    .then((cycle): CycleAnswer => ({ cycle }))
    .catch((error: unknown): CycleAnswer => ({ failure: messageOf(error) }))
    .then((answer) => process.send?.(answer, () => (process.connected ? process.disconnect() : undefined)))
    .catch(() => process.exit(1));
});
