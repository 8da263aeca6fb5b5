import { evaluate, summaryText, violationText, type PolicyResult } from "../../policy/evaluate";
import { UserError } from "../errors";
import { offlineGraph } from "../graph/offline";
import { stackFileConfig } from "../graph/stack-file";
import { checkStackName } from "./stack-name";

/** What the rules say of the stack that the program and Pulumi.<stack>.yaml would give, before anything of it exists. */
export async function policyOfStack(stack: string, today: string): Promise<PolicyResult> {
  const graph = await offlineGraph(checkStackName(stack), await stackFileConfig(stack));
  return evaluate(graph.nodes, { today });
}

/**
 * Refuses a stack that breaks a rule. There is no way around it but a waiver, which is reviewed like the program.
 *
 * @returns the counts in one line
 * @throws UserError that lists every violation
 */
export function refuseViolations(stack: string, result: PolicyResult): string {
  const { violations } = result;
  if (violations.length === 0) return summaryText(result);
  const count = violations.length === 1 ? "a security rule" : `security rules in ${String(violations.length)} places`;
  throw new UserError(
    `The stack "${stack}" breaks ${count}; nothing was deployed.\n\n${violations.map(violationText).join("\n\n")}\n`,
    "Change the program as the remedies say. Where a rule does not fit, write a waiver into policy/waivers.ts: " +
      "the rule, the resource, why, and until when.",
  );
}
