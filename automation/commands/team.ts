import { InvalidArgumentError, Option, type Command } from "commander";
import { UserError } from "../errors";
import type { TargetName } from "../stack/target-name";
import type { TeamOptions } from "../teams/team-config";
import { targetOption, wholeNumber } from "./options";

interface AddFlags extends Omit<TeamOptions, "name" | "tags" | "lakeReader"> {
  lakeReader: string[];
  slack?: string;
  secretsProvider?: string;
  tag: Record<string, string>;
}

interface CheckFlags {
  target: TargetName;
}

/** `team add` writes a team's stack file, `team check` holds one against the program and what is deployed. */
export function addTeamCommand(program: Command): void {
  const team = program.command("team").description("a team's own stack: its config file");
  team
    .command("add")
    .description("write a checked Pulumi.<name>.yaml")
    .argument("<name>", "name of the stack, 2 to 24 lower-case letters, digits, hyphens")
    .option("--team <team>", "the team's name on tags, metrics and alerts (default: the stack's name)")
    .addOption(new Option("--environment <name>", "environment").choices(["dev", "staging", "prod"]).default("dev"))
    .option("--region <region>", "AWS region", "us-east-1")
    .option("--budget <usd>", "US dollars a month", wholeNumber(1, 10_000_000), 100)
    .option("--scan-limit <gb>", "GB at which an ad hoc query is cancelled", wholeNumber(1, 100_000), 10)
    .option("--bi-scan-limit <gb>", "GB at which a query of the BI workgroup is cancelled", wholeNumber(1, 100_000), 2)
    .option("--schedule <cron>", "when the jobs run, as cron(…) in UTC (default: when somebody starts them)")
    .option("--lake-of <stack>", "read the gold of this stack, organization/project/stack (default: a lake of its own)")
    .option("--lake-reader <stack>", "stack that reads the gold of this one; may be repeated", collectName, [])
    .option("--owner <who>", "who answers for the stack")
    .option("--tag <name=value>", "a further tag; may be repeated", collectTag, {})
    .option("--slack <variable>", "environment variable with the webhook of the team's Slack channel")
    .option("--secrets-provider <url>", "what encrypts the webhook, such as awskms://alias/name (default: the backend)")
    .action(async (name: string, { slack, secretsProvider, tag, ...flags }: AddFlags) => {
      const { addTeam } = await import("../teams/team-config.js");
      const { routeToSlack, webhookFrom } = await import("../teams/slack-route.js");
      const webhook = slack === undefined ? undefined : webhookFrom(slack);
      await addTeam({ name, tags: tag, ...flags }, async () => {
        if (webhook !== undefined) await routeToSlack(name, webhook, secretsProvider);
      });
      process.stdout.write(
        `Pulumi.${name}.yaml is written. Next: ${nextOf(name, flags.lakeOf)}npm run cli -- policy --stack ${name}, then up.\n`,
      );
    });
  team
    .command("check")
    .description("hold a team's file against the program's rules and the config of the last deployment")
    .argument("<name>", "name of the stack")
    .addOption(targetOption())
    .action(async (name: string, { target }: CheckFlags) => {
      const { checkTeam } = await import("../teams/check.js");
      process.stdout.write(`${await checkTeam(name, target)}\n`);
    });
}

/** What comes before the policy's check and `up`. */
function nextOf(name: string, lakeOf: string | undefined): string {
  if (lakeOf === undefined) return `npm run cli -- cost --stack ${name} --offline, `;
  return `name "${name}" in clickstream:lakeReaders of ${lakeOf} and bring that stack up, `;
}

function collectName(text: string, before: string[]): string[] {
  return [...before, text];
}

function collectTag(text: string, before: Record<string, string>): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("It must be name=value.");
  if (name in before) throw new UserError(`The tag ${name} is given twice.`, "Give it once.");
  return { ...before, [name]: value };
}
