/** What the engine asks before it does anything: are the inputs right, and what do they change. */
import { modelOf, shapeAt, wrapped } from "./model";
import { isRecord, mapInputs, type Props, text } from "./mapping";
import type { Properties } from "./properties";
import { type AutoName, sameValue, type TypeSpec } from "./request";
import { extraIssues } from "./rules";
import { UNKNOWN, violations } from "./validate";

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface Checked {
  readonly inputs: Props;
  readonly failures: Failure[];
}

export interface Diff {
  readonly changed: string[];
  readonly replaces: string[];
  readonly deleteBeforeReplace: boolean;
}

/** A type of the table with what is known of one resource of it. */
export interface Typed {
  readonly token: string;
  readonly spec: TypeSpec;
  readonly properties: Properties;
  /** Logical name. */
  readonly name: string;
}

/** Properties that were named automatically, in the inputs that the engine keeps. */
export const DEFAULTED = "__defaults";

const defaulted = (inputs: Props, property: string): boolean =>
  Array.isArray(inputs[DEFAULTED]) && inputs[DEFAULTED].includes(property);

/** `<prefix><logical name>-<7 hex><suffix>`, the logical name cut to the service's limit. */
export function autoName(rule: AutoName, logical: string, suffix: string, inputs: Props): string {
  const end = `-${suffix}${rule.suffix?.(inputs) ?? ""}`;
  const room = rule.max - end.length - (rule.prefix?.length ?? 0);
  return `${rule.prefix ?? ""}${logical.slice(0, room)}${end}`;
}

/** The inputs with automatic names and JSON as text, and what AWS would refuse of them as far as they are known. */
export function checkInputs({ token, spec, properties, name }: Typed, olds: Props, news: Props, hex: string): Checked {
  const failures: Failure[] = [];
  const inputs: Props = {};
  for (const [property, value] of Object.entries(news)) {
    const known = properties[property];
    if (known !== undefined) inputs[property] = known.json && isRecord(value) ? JSON.stringify(value) : value;
    else if (property !== DEFAULTED) {
      const supported = Object.keys(properties).join(", ");
      const reason = `${token} does not support "${property}" locally; supported are: ${supported}`;
      failures.push({ property, reason });
    }
  }
  if (spec.name !== undefined && inputs[spec.name.property] === undefined) {
    const { property } = spec.name;
    inputs[property] = (defaulted(olds, property) ? olds[property] : undefined) ?? autoName(spec.name, name, hex, news);
    inputs[DEFAULTED] = [property];
  }
  if (failures.length === 0) {
    for (const problem of [...problems(spec, properties, inputs), ...deletionProblems(inputs)]) {
      failures.push({ property: "", reason: `${token} "${name}": ${problem}` });
    }
  }
  return { inputs, failures };
}

/** What only the deletion sends, as days: refused then, it would be too late. */
const ON_DELETION: Readonly<Record<string, RegExp>> = {
  deletionWindowInDays: /^([7-9]|[12]\d|30)$/,
  recoveryWindowInDays: /^(0|[7-9]|[12]\d|30)$/,
};

function deletionProblems(inputs: Props): string[] {
  const wrong = Object.entries(ON_DELETION).filter(([property, days]) => {
    const value = inputs[property];
    return value !== undefined && value !== UNKNOWN && !days.test(text(value));
  });
  return wrong.map(([property]) => `${property} is ${text(inputs[property])}: it must be from 7 to 30 days`);
}

function problems({ service, maps }: TypeSpec, properties: Properties, inputs: Props): string[] {
  if (maps === undefined) return [];
  try {
    const model = modelOf(service);
    const mapped = mapInputs(model, maps, properties, inputs);
    const operation = maps.split(".")[0] as string;
    return [
      ...violations(model, shapeAt(model, maps), mapped, "", true),
      ...extraIssues(service, operation, wrapped(model, maps, mapped), true),
    ].map(({ path, value, rule }) => `value '${value}' at '${path}': ${rule}`);
  } catch (error) {
    return [(error as Error).message];
  }
}

/** What differs between the inputs, and which of that makes a new resource. `tagsAll` is what the new inputs ask for. */
export function diffInputs(
  { spec, properties }: Typed,
  outs: Props,
  olds: Props,
  news: Props,
  wanted: { region: string; tagsAll: Record<string, string> },
): Diff {
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)].filter((key) => key !== DEFAULTED));
  const changed = [...keys].filter((key) => !sameValue(olds[key], news[key]));
  const tagged = properties["tags"] !== undefined && !changed.includes("tags");
  if (tagged && !sameValue(outs["tagsAll"] ?? {}, wanted.tagsAll)) changed.push("tagsAll");
  const replaces = changed.filter((key) => properties[key]?.replaces && !spec.inPlace?.(key, news));
  if (outs["region"] !== undefined && outs["region"] !== wanted.region) {
    for (const list of [changed, replaces]) list.push("region");
  }
  // Two of one name cannot exist at once, unless they are in two regions.
  const property = spec.name?.property;
  const keepsName = property !== undefined && !defaulted(news, property) && !changed.includes(property);
  const deleteBeforeReplace = replaces.length > 0 && keepsName && !replaces.includes("region");
  return { changed, replaces, deleteBeforeReplace };
}
