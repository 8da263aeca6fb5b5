/** One resource of a stack as a rule sees it; a node of the resource graph and a resource of a CrossGuard run both are one. */
export interface Resource {
  readonly urn: string;
  /** Pulumi's type, such as `aws:s3/bucket:Bucket`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** What the program asked for. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What it has become; its names and ARNs, by which others refer to it. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Properties by which other resources say that they mean this one. */
const IDENTITIES = [
  "id",
  "arn",
  "name",
  "bucket",
  "url",
  "clusterIdentifier",
  "namespaceName",
  "workgroupName",
] as const;

/** All resources of a stack, for rules that look at more than one. */
export class Resources {
  private readonly byType: ReadonlyMap<string, readonly Resource[]>;

  constructor(readonly list: readonly Resource[]) {
    const byType = new Map<string, Resource[]>();
    for (const one of list) byType.set(one.type, [...(byType.get(one.type) ?? []), one]);
    this.byType = byType;
  }

  /** Accounts that the ARNs of the stack's own resources name: its own. */
  get accounts(): readonly string[] {
    const named = this.list.map(({ outputs }) => accountOf(outputs["arn"])).filter((one) => one !== undefined);
    return [...new Set(named)];
  }

  ofType(type: string): readonly Resource[] {
    return this.byType.get(type) ?? [];
  }

  /** Resources of `type` whose `property` names `target`, as the public access block of a bucket does. */
  naming(type: string, property: string, target: Resource): readonly Resource[] {
    const names = identitiesOf(target);
    return this.ofType(type).filter((one) => names.includes(one.inputs[property]));
  }

  /** The resource of `type` that `value` (a name, id or ARN) means. */
  named(type: string, value: unknown): Resource | undefined {
    if (typeof value !== "string") return undefined;
    return this.ofType(type).find((one) => identitiesOf(one).includes(value));
  }
}

function identitiesOf({ type, name, outputs }: Resource): unknown[] {
  const names = IDENTITIES.map((property) => outputs[property]);
  // A network of awsx is known by what it made.
  if (type === "awsx:ec2:Vpc") names.push(outputs["vpcId"]);
  // A dry run makes ids up like this, and keeps them apart from the outputs (automation/graph/stand-ins.ts).
  if (outputs["id"] === undefined) names.push(`${name}-id`);
  return names.filter((value) => typeof value === "string" && value !== "");
}

/** The account of an ARN; undefined for what is none, or has none (a bucket's). */
export function accountOf(arn: unknown): string | undefined {
  if (typeof arn !== "string" || !arn.startsWith("arn:")) return undefined;
  const account = arn.split(":")[4];
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined;
}

/** Value at a path of property names and indices, such as `rules.0.status`; undefined where a part is missing. */
export function at(resource: Resource, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => {
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }, resource.inputs);
}

/** Text at a path; undefined where there is none. */
export function textAt(resource: Resource, path: string): string | undefined {
  const value = at(resource, path);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Number at a path, also where it is kept as text; undefined where there is none. */
export function numberAt(resource: Resource, path: string): number | undefined {
  const value = at(resource, path);
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

/** Whether a switch is on: AWS's own types have both `true` and `"true"`. */
export function isOn(resource: Resource, path: string): boolean {
  const value = at(resource, path);
  return value === true || value === "true";
}

/** Records of a list at a path; empty where there is none. */
export function recordsAt(resource: Resource, path: string): Readonly<Record<string, unknown>>[] {
  const value = at(resource, path);
  const list: unknown[] = Array.isArray(value) ? value : [];
  return list.filter((one): one is Readonly<Record<string, unknown>> => typeof one === "object" && one !== null);
}

/** Texts of a list (or of one text) at a path. */
export function textsAt(resource: Resource, path: string): string[] {
  return textsOf(at(resource, path));
}

/** Texts of a list, or of one text. */
export function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string");
}
