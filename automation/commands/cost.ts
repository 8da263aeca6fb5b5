import type { Command } from "commander";
import type { ComparedStatement } from "../costs/diff";
import { UserError } from "../errors";
import type { DeployedStack } from "../graph/deployed";
import type { TargetName } from "../stack/target-name";
import { numberBetween, stackOption, targetOption } from "./options";

interface CostFlags {
  stack: string;
  target: TargetName;
  gbPerDay?: number;
  set: string[];
  json?: boolean;
  lines?: boolean;
  offline?: boolean;
  diff?: string;
  docs?: boolean;
}

/** `cost`: what a stack costs in a month, every figure as quantity × price, beside what the same data cost before. */
export function addCostCommand(program: Command): void {
  program
    .command("cost")
    .description("the stack's monthly bill from its own resources, before and after, levers and assumptions")
    .addOption(stackOption())
    .addOption(targetOption())
    .option("--gb-per-day <n>", "GB of raw JSON a day (default: 500)", numberBetween(0.001, 1e6))
    .option("--set <name=value>", "another value of an assumption; may be repeated", collect, [])
    .option("--lines", "every line with its price key and how its quantity comes about")
    .option("--json", "print the whole statement as JSON")
    .option("--diff <file>", "print Markdown: this bill beside one that --json wrote, for example of another branch")
    .option("--offline", "from Pulumi.<stack>.yaml, also if the stack is deployed; needs no engine")
    .option("--docs", "write the figures into README.md and docs/cost.md instead")
    .action(async (flags: CostFlags) => {
      if (flags.docs === true) {
        process.stdout.write(`${(await writePages()).join("\n")}\n`);
        return;
      }
      const { assumed, parseAssumptions } = await import("../costs/assumptions.js");
      const { loadPrices } = await import("../costs/prices.js");
      const { statementText } = await import("../costs/report.js");
      const { statementOf } = await import("../costs/statement.js");
      const changes = parseAssumptions(flags.set);
      const values = assumed(flags.gbPerDay === undefined ? changes : { ...changes, gbPerDay: flags.gbPerDay });
      const base = flags.diff === undefined ? undefined : await baseOf(flags.diff);
      const costed = await stackOf(flags);
      requireLake(flags.stack, costed);
      const statement = statementOf({ ...costed, assumed: values, prices: loadPrices() });
      if (base !== undefined) {
        const { billDiff } = await import("../costs/diff.js");
        process.stdout.write(billDiff(base, statement));
        return;
      }
      const text = flags.json === true ? JSON.stringify(statement, undefined, 2) : statementText(statement, flags);
      process.stdout.write(`${text}\n`);
    });
}

const collect = (text: string, before: string[]): string[] => [...before, text];

/** Before anything takes time: a bad file should not cost a dry run. */
async function baseOf(file: string): Promise<ComparedStatement> {
  const { readStatement } = await import("../costs/diff.js");
  return readStatement(file);
}

/** @throws UserError for a stack that reads another's lake: the model reckons what data costs on its way */
function requireLake(stack: string, { config: { lakeStack } }: DeployedStack): void {
  if (lakeStack === undefined) return;
  throw new UserError(
    `The stack "${stack}" reads the lake of ${lakeStack}; the model reckons what a lake costs.`,
    "Its costs are on the bill by its tag `pipeline`, each day's in its metric DailyCost, each team's scans in cost_by_team.",
  );
}

/** Files that were written, seen from the project's root. */
async function writePages(): Promise<string[]> {
  const { writeFile } = await import("node:fs/promises");
  const path = await import("node:path");
  const { costPages } = await import("../costs/page.js");
  const { PROJECT_ROOT } = await import("../stack/workspace.js");
  const pages = [...(await costPages())];
  await Promise.all(pages.map(([file, text]) => writeFile(file, text)));
  return pages.map(([file]) => path.relative(PROJECT_ROOT, file));
}

/** The state where there is one, else what the program would deploy. */
async function stackOf({ stack, target, offline }: CostFlags): Promise<DeployedStack> {
  const { checkStackName } = await import("../stack/stack-name.js");
  checkStackName(stack);
  if (offline !== true) {
    const { deployedStack } = await import("../graph/deployed.js");
    const deployed = await deployedStack(stack, target);
    if (deployed !== undefined) return deployed;
  }
  const { offlineStack } = await import("../graph/offline.js");
  const { stackFileConfig } = await import("../graph/stack-file.js");
  return offlineStack(stack, await stackFileConfig(stack));
}
