/** What stands in a graph where the program or the state holds a secret. */
export const MASKED = "[secret]";

/** One resource of a stack, as the program asked for it and as it is; the same shape from a dry run and from a state. */
export interface ResourceNode {
  readonly urn: string;
  /** Pulumi's type, such as `aws:s3/bucket:Bucket`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** False for a component, which is a group of resources and no thing of AWS. */
  readonly custom: boolean;
  /** URN of the component that it belongs to; none for what hangs on the stack itself. */
  readonly parent?: string;
  /** What the program asked for, outputs of other resources resolved; secrets are `MASKED`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What the resource has become: inputs, and what AWS (offline: a stand-in for it) made up; secrets are `MASKED`. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  /** Stays in the account when the stack is destroyed. */
  readonly retainOnDelete: boolean;
  /** URNs of what must exist before it. */
  readonly dependencies: readonly string[];
}

/** A stack as data. */
export interface StackSnapshot {
  readonly stack: string;
  /** `offline`: a dry run of the program; `deployed`: the state of a real stack. */
  readonly origin: "offline" | "deployed";
  readonly nodes: readonly ResourceNode[];
  /** The stack's outputs; secrets are `MASKED`. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Questions to a stack's resources. */
export class ResourceGraph {
  private readonly byUrn: ReadonlyMap<string, ResourceNode>;
  private readonly byType: ReadonlyMap<string, readonly ResourceNode[]>;

  constructor(readonly snapshot: StackSnapshot) {
    this.byUrn = new Map(snapshot.nodes.map((node) => [node.urn, node]));
    const byType = new Map<string, ResourceNode[]>();
    for (const node of snapshot.nodes) byType.set(node.type, [...(byType.get(node.type) ?? []), node]);
    this.byType = byType;
  }

  get nodes(): readonly ResourceNode[] {
    return this.snapshot.nodes;
  }

  /** Every type of the graph that is a thing of a provider, sorted; components are left out. */
  get resourceTypes(): string[] {
    return [...new Set(this.nodes.filter(({ custom }) => custom).map(({ type }) => type))].sort();
  }

  /** Resources of a type, in the order of the program. */
  ofType(type: string): readonly ResourceNode[] {
    return this.byType.get(type) ?? [];
  }

  /** The component that a resource belongs to; none at the top. */
  parentOf(node: ResourceNode): ResourceNode | undefined {
    return node.parent === undefined ? undefined : this.byUrn.get(node.parent);
  }

  /** A resource's components, the nearest first. */
  ancestorsOf(node: ResourceNode): ResourceNode[] {
    const parent = this.parentOf(node);
    return parent === undefined ? [] : [parent, ...this.ancestorsOf(parent)];
  }

  /** Resources of `type` whose input `property` is `value`; the way to what configures a bucket, a queue, a function. */
  withInput(type: string, property: string, value: unknown): ResourceNode[] {
    return this.ofType(type).filter(({ inputs }) => inputs[property] === value);
  }

  /** An output of the stack as text; undefined where there is none. */
  output(name: string): string | undefined {
    const value = this.snapshot.outputs[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  /** The same graph without some resources or with others in their place: what a change of the program would give. */
  map(change: (node: ResourceNode) => ResourceNode | undefined): ResourceGraph {
    const nodes = this.nodes.map(change).filter((node) => node !== undefined);
    return new ResourceGraph({ ...this.snapshot, nodes });
  }
}

/** Text of a property, `undefined` where it is missing or of another type. */
export function textOf(record: Readonly<Record<string, unknown>>, property: string): string | undefined {
  const value = record[property];
  return typeof value === "string" ? value : undefined;
}

/** Number of a property, `undefined` where it is missing or of another type. */
export function numberOf(record: Readonly<Record<string, unknown>>, property: string): number | undefined {
  const value = record[property];
  return typeof value === "number" ? value : undefined;
}
