import type { Command } from "commander";
import { stackOption } from "./options";

interface PolicyFlags {
  stack: string;
  docs?: boolean;
}

/** `policy`: what the security rules say of a stack, by a dry run; exits 1 where one is broken. */
export function addPolicyCommand(program: Command): void {
  program
    .command("policy")
    .description("ask every security rule about a stack without deploying it")
    .addOption(stackOption())
    .option("--docs", "write docs/policy.md instead")
    .action(async ({ stack, docs }: PolicyFlags) => {
      process.stdout.write(`${docs === true ? await writePage() : await report(stack)}\n`);
    });
}

async function report(stack: string): Promise<string> {
  const { policyOfStack, refuseViolations } = await import("../stack/policy-gate.js");
  const result = await policyOfStack(stack, new Date().toISOString());
  const waived = result.waived.map(
    ({ rule, resource, waiver }) => `waived until ${String(waiver?.expires)}: ${rule.id} on ${resource.name}`,
  );
  return [...waived, refuseViolations(stack, result)].join("\n");
}

async function writePage(): Promise<string> {
  const { writeFile } = await import("node:fs/promises");
  const { pageFile, pageText } = await import("../policy-page.js");
  await writeFile(pageFile, await pageText());
  return "docs/policy.md";
}
