import type {
  PolicyResource,
  ResourceValidationPolicy,
  StackValidationPolicy,
  ResourceValidationArgs,
} from "@pulumi/policy";
import { finding, violationText, type Finding } from "./evaluate";
import { Resources, type Resource } from "./resource";
import { sourceOf, type Rule } from "./rule";
import { RULES } from "./rules";
import { isExpired } from "./waivers";

/**
 * The rules as policies of a CrossGuard pack, all mandatory: one that reads a resource alone is asked about each resource
 * as the program registers it, one that reads others too about the whole stack at its end.
 *
 * A preview does not know names that AWS makes up. A rule that needs one is then not asked (the engine says so); it is on
 * `up`, and `cli up` asks it before, by a dry run.
 *
 * @param today the day by which waivers expire, ISO 8601
 */
export function packPolicies(today: string): (ResourceValidationPolicy | StackValidationPolicy)[] {
  return RULES.map((rule) => {
    const policy = {
      name: rule.id,
      displayName: rule.title,
      description: rule.title,
      enforcementLevel: "mandatory" as const,
      remediationSteps: rule.remedy,
      url: sourceOf(rule.id),
      tags: [...rule.aliases],
    };
    return rule.reads === "resource"
      ? { ...policy, validateResource: resourceValidation(rule, today) }
      : { ...policy, validateStack: stackValidation(rule, today) };
  });
}

function resourceValidation(rule: Rule, today: string): ResourceValidationPolicy["validateResource"] {
  return (args, report) => {
    if (!rule.types.includes(args.type)) return;
    const resource = asResource(args);
    for (const text of violations(rule, resource, new Resources([resource]), today)) report(text);
  };
}

function stackValidation(rule: Rule, today: string): StackValidationPolicy["validateStack"] {
  return (args, report) => {
    const all = new Resources(args.resources.map(asResource));
    for (const resource of rule.types.flatMap((type) => all.ofType(type))) {
      for (const text of violations(rule, resource, all, today)) report(text, resource.urn);
    }
  };
}

function violations(rule: Rule, resource: Resource, all: Resources, today: string): string[] {
  const counts = ({ waiver }: Finding): boolean => waiver === undefined || isExpired(waiver, today);
  return finding(rule, resource, all).filter(counts).map(violationText);
}

/** A resource as the engine hands it over: what it is asked for before it exists, what it has become after. */
function asResource({ urn, type, name, props }: PolicyResource | ResourceValidationArgs): Resource {
  const properties = props as Readonly<Record<string, unknown>>;
  return { urn, type, name, inputs: properties, outputs: properties };
}
