import type { Command } from "commander";
import { UserError } from "../errors";
import type { Actor } from "../access/matrix";
import type { ResourceGraph } from "../graph/resource-graph";
import type { TargetName } from "../stack/target-name";
import { stackOption, targetOption } from "./options";

interface AccessFlags {
  stack: string;
  target: TargetName;
  role?: string;
  json?: boolean;
  offline?: boolean;
  docs?: boolean;
}

/** `access`: who may do what to which layer, from the stack's own policies. */
export function addAccessCommand(program: Command): void {
  program
    .command("access")
    .description("who may read, write and administer which layer, computed from the stack's own policies")
    .addOption(stackOption())
    .addOption(targetOption())
    .option("--role <name>", "every right of one actor, with the statement that gives it")
    .option("--json", "print the same as JSON")
    .option("--offline", "from Pulumi.<stack>.yaml, also if the stack is deployed; needs no engine")
    .option("--docs", "write the table into docs/access.md instead")
    .action(async (flags: AccessFlags) => {
      process.stdout.write(`${flags.docs === true ? await writePage() : await report(flags)}\n`);
    });
}

async function report(flags: AccessFlags): Promise<string> {
  const { accessOf } = await import("../access/matrix.js");
  const { accessText, actorText } = await import("../access/text.js");
  const all = accessOf(await graphOf(flags));
  const chosen = flags.role === undefined ? all : [named(all, flags.role)];
  if (flags.json === true) return JSON.stringify(chosen, undefined, 2);
  return flags.role === undefined ? accessText(chosen) : chosen.map(actorText).join("\n");
}

/** @throws UserError where nobody has this name */
function named(actors: readonly Actor[], name: string): Actor {
  const found = actors.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new UserError(
    `There is no actor ${JSON.stringify(name)} in this stack.`,
    `Choose one of: ${actors.map((one) => one.name).join(", ")}`,
  );
}

/** The state where there is one, else what the program would deploy. */
async function graphOf({ stack, target, offline }: AccessFlags): Promise<ResourceGraph> {
  const { checkStackName } = await import("../stack/stack-name.js");
  checkStackName(stack);
  if (offline !== true) {
    const { deployedStack } = await import("../graph/deployed.js");
    const deployed = await deployedStack(stack, target);
    if (deployed !== undefined) return deployed.graph;
  }
  const { offlineGraph } = await import("../graph/offline.js");
  const { stackFileConfig } = await import("../graph/stack-file.js");
  return offlineGraph(stack, await stackFileConfig(stack));
}

async function writePage(): Promise<string> {
  const { writeFile } = await import("node:fs/promises");
  const { accessPage, accessPageFile, graphWithEverybody } = await import("../access/page.js");
  await writeFile(accessPageFile, await accessPage(await graphWithEverybody()));
  return "docs/access.md";
}
