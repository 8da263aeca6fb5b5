import { sourceOf, type Rule } from "./rule";
import { RULES } from "./rules";
import { NOT_OF_A_STACK, STANDARDS } from "./standards";
import { WAIVERS } from "./waivers";

/** docs/policy.md as Markdown, before Prettier: the rules, what is waived, and what no stack can meet. */
export function policyPage(): string {
  const listed = Object.values(STANDARDS).flat().length;
  return [
    "# Security rules",
    "",
    `${String(RULES.length)} rules cover ${String(listed)} ids of four standards, and a few ids more. Each is mandatory: \`npm run cli -- up\` refuses a ` +
      "stack that breaks one, `npm test` asks them of every mode, and `pulumi preview --policy-pack policy` asks them " +
      "inside the engine. `npm run cli -- policy --stack prod` prints what they say of a stack without deploying it.",
    "",
    "This page is written by `npm run cli -- policy --docs`; do not edit it.",
    "",
    "## Rules",
    "",
    ...byService().flatMap(([service, rules]) => [`### ${service}`, "", ...table(rules), ""]),
    "## Waivers",
    "",
    "A waiver names a rule, the resources, why, and its last day. After that day the rule is broken again.",
    "",
    "| Rule | Resources | Why | Last day |",
    "| --- | --- | --- | --- |",
    ...WAIVERS.map((one) => row([one.rule, `\`${one.resource}\``, one.reason, one.expires])),
    "",
    "## Rules of an account",
    "",
    "| Rule | Why no stack sets it |",
    "| --- | --- |",
    ...Object.entries(NOT_OF_A_STACK).map(([id, why]) => row([id, why])),
    "",
  ].join("\n");
}

function table(rules: readonly Rule[]): string[] {
  return [
    "| Rule | Also | What it asks | Remedy |",
    "| --- | --- | --- | --- |",
    ...rules.map((one) => row([`[${one.id}](${sourceOf(one.id)})`, one.aliases.join(", "), one.title, one.remedy])),
  ];
}

/** Rules by the service of the first type that they are for, in the order of the rules. */
function byService(): [string, Rule[]][] {
  const services = new Map<string, Rule[]>();
  for (const rule of RULES) {
    const service = rule.types[0]?.split(":")[1]?.split("/")[0] ?? "";
    services.set(service, [...(services.get(service) ?? []), rule]);
  }
  return [...services];
}

/** A row; `*` and `|` of a text stand for themselves. */
function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => (cell.startsWith("`") ? cell : cell.replace(/[*|<]/g, "\\$&"))).join(" | ")} |`;
}
