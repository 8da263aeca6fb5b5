import { Resources, type Resource } from "./resource";
import { sourceOf, type Rule } from "./rule";
import { RULES } from "./rules";
import { isExpired, WAIVERS, waives, type Waiver } from "./waivers";

/** One rule that one resource breaks. */
export interface Finding {
  readonly rule: Rule;
  readonly resource: Resource;
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[];
  /** The waiver that was written for it; of a violation: the one that has expired. */
  readonly waiver?: Waiver;
}

/** What rules found in a stack. */
export interface PolicyResult {
  /** Rules that were asked. */
  readonly rules: number;
  /** Checks of one rule on one resource. */
  readonly checks: number;
  /** Checks that found nothing. */
  readonly passed: number;
  readonly waived: readonly Finding[];
  readonly violations: readonly Finding[];
}

/** How to evaluate. */
export interface PolicyOptions {
  /** The day by which waivers expire, ISO 8601. */
  today: string;
  /** @default every rule */
  rules?: readonly Rule[];
  /** @default the project's */
  waivers?: readonly Waiver[];
}

/** Asks every rule about every resource that it is for. */
export function evaluate(resources: readonly Resource[], options: PolicyOptions): PolicyResult {
  const { today, rules = RULES, waivers = WAIVERS } = options;
  const all = new Resources(resources);
  const checks = rules.flatMap((rule) =>
    rule.types.flatMap((type) => all.ofType(type)).map((resource) => ({ rule, resource })),
  );
  const findings = checks.flatMap(({ rule, resource }) => finding(rule, resource, all, waivers));
  const waived = findings.filter(({ waiver }) => waiver !== undefined && !isExpired(waiver, today));
  return {
    rules: rules.length,
    checks: checks.length,
    passed: checks.length - findings.length,
    waived,
    violations: findings.filter((one) => !waived.includes(one)),
  };
}

/** What one rule finds in one resource: nothing, or one finding. */
export function finding(rule: Rule, resource: Resource, all: Resources, waivers = WAIVERS): Finding[] {
  const problems = rule.check(resource, all);
  if (problems.length === 0) return [];
  const waiver = waivers.find((one) => waives(one, rule, resource));
  return [{ rule, resource, problems, ...(waiver === undefined ? {} : { waiver }) }];
}

/** A violation for a person: id, what is wrong, remedy, source, and which resource. */
export function violationText({ rule, resource, problems, waiver }: Finding): string {
  const ids = [rule.id, ...rule.aliases].join(", ");
  const lines = [
    `${ids}: ${rule.title}: ${problems.join("; ")}.`,
    ...(waiver === undefined ? [] : [`Its waiver expired on ${waiver.expires}: decide again, or change the program.`]),
    `Remedy: ${rule.remedy}`,
    `Source: ${sourceOf(rule.id)}`,
    `Resource: ${resource.urn}`,
  ];
  return lines.join("\n  ");
}

/** The counts of a result in one line. */
export function summaryText({ rules, checks, passed, waived, violations }: PolicyResult): string {
  return (
    `${String(rules)} rules, ${String(checks)} checks: ${String(passed)} passed, ` +
    `${String(waived.length)} waived, ${String(violations.length)} violated`
  );
}
