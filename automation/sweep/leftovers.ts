import { setTimeout as sleep } from "node:timers/promises";
import { pipelineNameOf } from "../../config-lake";
import { UserError } from "../errors";
import { clientSettings } from "../stack/clients";
import type { Target } from "../stack/target";
import { namesOfStack, type SettingsOf } from "./by-name";
import { taggedResources, stillExists } from "./by-tag";

/** How long the tagging service of AWS may go on naming what has been deleted. */
const PATIENCE_SECONDS = 60;

/** What is left in the account of a stack that should be gone. */
export class LeftoversError extends UserError {
  constructor(
    readonly stackName: string,
    /** ARNs, and names of what has none at hand. */
    readonly left: readonly string[],
  ) {
    super(
      `The stack ${stackName} is destroyed, and ${String(left.length)} of its things are left:\n` +
        left.map((one) => `    ${one}`).join("\n"),
      "They were made beside the program, or a deletion got lost. Delete them by hand, or give `npm run cli -- sweep` again.",
    );
    this.name = "LeftoversError";
  }
}

/**
 * ARNs and names of what there is of a stack: by its tag `pipeline`, and by names for what a service makes itself and nobody
 * tags (log groups, restored tables, final snapshots). Keys and secrets that wait for their deletion count as gone.
 */
export async function leftovers(stack: string, target: Target, region: string): Promise<string[]> {
  const pipeline = pipelineNameOf(stack);
  const settings: SettingsOf = (service) => ({
    ...clientSettings(target, region, service),
    forcePathStyle: target.name === "local",
  });
  const [tagged, named] = await Promise.all([
    taggedResources(settings("default"), [{ Key: "pipeline", Values: [pipeline] }]),
    namesOfStack(pipeline, settings),
  ]);
  const arns = tagged.map(({ arn }) => arn);
  const alive = await Promise.all(arns.map((arn) => stillExists(settings, arn)));
  const left = arns.filter((_, at) => alive[at]);
  // One thing is named once, by its ARN where that is known.
  const unseen = named.filter(({ name }) => !left.some((arn) => arn.endsWith(name)));
  return [...left, ...unseen.map(({ kind, name }) => `${kind} ${name}`)].sort();
}

/** @throws LeftoversError where anything of a destroyed stack is left after AWS had time to forget it */
export async function refuseLeftovers(stack: string, target: Target, region: string): Promise<void> {
  // A loopback emulator forgets at once.
  const deadline = Date.now() + (target.name === "local" ? 0 : PATIENCE_SECONDS * 1000);
  for (;;) {
    const left = await leftovers(stack, target, region);
    if (left.length === 0) return;
    if (Date.now() >= deadline) throw new LeftoversError(stack, left);
    await sleep(5_000);
  }
}
