import type { Command } from "commander";
import type { TargetName } from "../stack/target-name";
import { targetOption } from "./options";

interface SweepFlags {
  target: TargetName;
  olderThan?: string;
  dryRun?: boolean;
  region?: string;
  backend?: string;
  json?: boolean;
}

/** `sweep`: removes throw-away stacks whose time is over, and what a driver left that was killed. */
export function addSweepCommand(program: Command): void {
  program
    .command("sweep")
    .description("remove throw-away stacks that have expired or lost their driver; exits 1 where something cannot go")
    .addOption(targetOption())
    .option("--older-than <age>", "also what is older than this and has not expired, for example 2h")
    .option("--dry-run", "only say what would be removed")
    .option("--region <region>", "AWS region to look in (default: that of Pulumi.dev.yaml)")
    .option("--backend <url>", "where the stacks' state is, as pulumi login takes it (default: this machine's login)")
    .option("--json", "print the result as JSON")
    .action(async (flags: SweepFlags) => {
      const { sweep, sweepText } = await import("../sweep/sweep.js");
      const findings = await findingsOf(flags);
      const dryRun = flags.dryRun === true;
      const result = await sweep(findings, dryRun);
      const text = flags.json === true ? JSON.stringify(result, undefined, 2) : sweepText(result, dryRun);
      process.stdout.write(`${text}\n`);
      if (result.failed.length > 0) process.exitCode = 1;
    });
}

type Findings = Awaited<ReturnType<(typeof import("../sweep/local.js"))["localFindings"]>>;

async function findingsOf({ target, olderThan, region, backend }: SweepFlags): Promise<Findings> {
  const { parseAge } = await import("../driver/age.js");
  const rules = { now: new Date(), ...(olderThan === undefined ? {} : { olderThanMs: parseAge(olderThan) }) };
  if (target === "local") {
    const { localFindings } = await import("../sweep/local.js");
    return localFindings(rules);
  }
  const { awsFindings, stateBackend } = await import("../sweep/aws.js");
  const { awsTarget } = await import("../stack/target.js");
  const { committedConfig } = await import("../stack/workspace.js");
  const configured = (await committedConfig("dev"))["aws:region"];
  const where = region ?? (typeof configured === "string" ? configured : "us-east-1");
  const aws = awsTarget();
  const place = backend === undefined ? {} : { backendUrl: backend };
  const { lostAwsStacks } = await import("../sweep/local.js");
  return awsFindings(rules, aws, where, stateBackend(aws, where, place), await lostAwsStacks());
}
