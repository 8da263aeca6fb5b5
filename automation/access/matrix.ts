import { pipelineNameOf } from "../../config-lake";
import { statementsOf, type Statement } from "../../policy/statements";
import { textOf, type ResourceGraph, type ResourceNode } from "../graph/resource-graph";
import { lakeGrantsOf } from "./lake-grants";
import { Layers, type Layer } from "./layers";
import { greater, rightOf, type Right } from "./rights";

/** What one actor may do to one layer. */
export interface Access {
  right: Right;
  /** All statements that give it have a condition: through Athena, for instance. */
  conditional: boolean;
  /** A statement names a whole bucket, everything of a kind, or a family of actions. */
  wildcard: boolean;
  /** How many secrets, keys, tables or buckets it is. */
  things: number;
}

/** One right as a statement gives it. */
export interface Grant {
  layer: Layer;
  right: Right;
  /** Name of the policy and id of the statement. */
  from: string;
  action: string;
  resource: string;
  condition?: string;
  wildcard: boolean;
}

/** Somebody who may do something. */
export interface Actor {
  /** Role's logical name without the pipeline's, or the service that a resource's policy lets in. */
  name: string;
  /** Of a role. */
  arn?: string;
  /** Who takes the role on: services, ARNs, or an issuer of tokens with its subject. */
  takenOnBy: readonly string[];
  grants: readonly Grant[];
  layers: Readonly<Partial<Record<Layer, Access>>>;
}

const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/rolePolicy:RolePolicy";
/** Policies of things that keep data, by the input that names the thing. */
const RESOURCE_POLICIES = ["aws:s3/bucketPolicy:BucketPolicy", "aws:kms/key:Key"];

/**
 * Who may do what to which layer, from the policies of a graph: those of its roles, what Lake Formation grants them, and what
 * the policies of its buckets and keys allow services. Denials, a permissions boundary and policies that are not the stack's can only make it less.
 */
export function accessOf(graph: ResourceGraph): Actor[] {
  const layers = new Layers(graph);
  const roles = graph.ofType(ROLE).map((role) => {
    const physical = textOf(role.outputs, "name") ?? textOf(role.outputs, "id");
    const policies = graph.ofType(POLICY).filter(({ inputs }) => inputs["role"] === physical);
    const arn = textOf(role.outputs, "arn") ?? "";
    const grants = [...policies.flatMap((policy) => grantsOf(policy, layers)), ...lakeGrantsOf(graph, arn)];
    return { ...actor(shortName(graph, role), takersOf(role), grants), arn };
  });
  return [...roles, ...servicesOf(graph, layers)].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function actor(name: string, takenOnBy: readonly string[], grants: readonly Grant[]): Actor {
  const layers: Partial<Record<Layer, Access>> = {};
  for (const { layer, right, condition, wildcard } of grants) {
    const before = layers[layer];
    const conditional = condition !== undefined;
    // The condition that counts is that of the greatest right.
    const greatest = greater(before?.right, right);
    const same = before?.right === right;
    layers[layer] = {
      right: greatest,
      conditional:
        greatest === before?.right && !same ? before.conditional : conditional && (!same || before.conditional),
      wildcard: wildcard || (before?.wildcard ?? false),
      things: new Set(grants.filter((one) => one.layer === layer).map((one) => thingOf(one.resource))).size,
    };
  }
  return { name, takenOnBy, grants, layers };
}

/** The bucket of an object; else the resource itself. */
function thingOf(resource: string): string {
  return resource.startsWith("arn:aws:s3:::") ? (resource.split("/")[0] ?? resource) : resource;
}

function grantsOf(policy: ResourceNode, layers: Layers): Grant[] {
  const statements = statementsOf(policy.inputs["policy"]) ?? [];
  return statements.filter(({ allows }) => allows).flatMap((one) => grantsOfStatement(policy.name, one, layers));
}

function grantsOfStatement(policy: string, one: Statement, layers: Layers): Grant[] {
  const conditions = Object.entries(one.conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => `${key} ${operator} ${values.join(", ")}`),
  );
  const condition = conditions.length === 0 ? {} : { condition: conditions.join(" and ") };
  return one.actions.flatMap((action) => {
    const right = rightOf(action);
    if (right === undefined) return [];
    return one.resources.flatMap((resource) =>
      layersOf(action, resource, layers).map((layer) => ({
        layer,
        right,
        from: `${policy} ${one.sid}`,
        action,
        resource,
        ...condition,
        wildcard: action.includes("*") || one.negated || isWide(resource),
      })),
    );
  });
}

/** An action on `*` reaches into the layers of its service only. */
function layersOf(action: string, resource: string, layers: Layers): Layer[] {
  if (resource !== "*" || action === "*") return layers.of(resource);
  const service = action.split(":")[0] ?? "";
  if (service.startsWith("redshift")) return ["hot"];
  return layers.of(`arn:aws:${service}:::*`);
}

/** Whether an ARN leaves open which bucket, folder, key or secret. */
function isWide(resource: string): boolean {
  const path = resource.split(":").slice(5).join(":");
  return resource === "*" || /^[^/*]*\*/.test(path) || /^[^/]+\/\*$/.test(path);
}

function servicesOf(graph: ResourceGraph, layers: Layers): Actor[] {
  const byService = new Map<string, Grant[]>();
  for (const type of RESOURCE_POLICIES) {
    for (const node of graph.ofType(type)) {
      const own = textOf(node.outputs, "arn");
      for (const one of statementsOf(node.inputs["policy"]) ?? []) {
        if (!one.allows) continue;
        // In a key's policy `*` is the key itself.
        const resources = one.resources.map((resource) => (resource === "*" && own !== undefined ? own : resource));
        for (const service of one.services) {
          const grants = grantsOfStatement(node.name, { ...one, resources }, layers);
          byService.set(service, [...(byService.get(service) ?? []), ...grants]);
        }
      }
    }
  }
  return [...byService].map(([service, grants]) => actor(service, [service], grants));
}

function takersOf(role: ResourceNode): string[] {
  return (statementsOf(role.inputs["assumeRolePolicy"]) ?? []).flatMap((one) => {
    const subject = Object.entries(one.conditions["StringEquals"] ?? {}).find(([key]) => key.endsWith(":sub"))?.[1];
    return [...one.services, ...(subject ?? one.principals)];
  });
}

/** Without the pipeline's name, which every logical name begins with. */
function shortName(graph: ResourceGraph, role: ResourceNode): string {
  const prefix = `${graph.output("pipelineName") ?? pipelineNameOf(graph.snapshot.stack)}-`;
  return role.name.startsWith(prefix) ? role.name.slice(prefix.length) : role.name;
}
