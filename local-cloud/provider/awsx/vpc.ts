/** `awsx:ec2:Vpc` as awsx 3.9 makes it: the same children under the same names, from the same inputs. */
import * as pulumi from "@pulumi/pulumi";
import type { Inputs } from "@pulumi/pulumi";
import { AWS_VERSION } from "../versions";
import { planSubnets, type Strategy, type SubnetPlan, type SubnetSpec } from "./subnets";

const EVERYWHERE = "0.0.0.0/0";

interface EndpointSpec extends Inputs {
  readonly serviceName: string;
  readonly vpcEndpointType?: string;
  readonly tags?: Inputs;
}

/** The inputs that are served; awsx has more, which are refused by name. */
export interface VpcInputs {
  readonly cidrBlock?: string;
  readonly numberOfAvailabilityZones?: number;
  readonly availabilityZoneNames?: readonly string[];
  readonly availabilityZoneCidrMask?: number;
  readonly subnetStrategy?: Strategy;
  readonly subnetSpecs?: readonly SubnetSpec[];
  readonly subnetNameTagStrategy?: "Legacy" | "AvailabilityZone";
  readonly natGateways?: {
    readonly strategy?: string;
    readonly elasticIpAllocationIds?: readonly pulumi.Input<string>[];
  };
  readonly vpcEndpointSpecs?: readonly EndpointSpec[];
  readonly vpcEndpointStrategy?: "Legacy" | "Auto";
  readonly enableDnsHostnames?: pulumi.Input<boolean>;
  readonly enableDnsSupport?: pulumi.Input<boolean>;
  readonly instanceTenancy?: pulumi.Input<string>;
  readonly tags?: Inputs;
}

const SUPPORTED =
  "cidrBlock numberOfAvailabilityZones availabilityZoneNames availabilityZoneCidrMask subnetStrategy subnetSpecs " +
  "subnetNameTagStrategy natGateways vpcEndpointSpecs vpcEndpointStrategy enableDnsHostnames enableDnsSupport instanceTenancy tags";

/** What awsx refuses before it makes anything. */
export function validateInputs(inputs: VpcInputs, zones: readonly string[], subnets: readonly SubnetPlan[]): void {
  const strategy = natStrategy(inputs);
  const addresses = inputs.natGateways?.elasticIpAllocationIds?.length ?? 0;
  const allowed: Readonly<Record<string, readonly number[]>> = {
    none: [0],
    single: [0, 1],
    oneperaz: [0, zones.length],
  };
  if (allowed[strategy] === undefined) throw new Error(`Unknown NatGatewayStrategy '${strategy}'`);
  if (!allowed[strategy].includes(addresses))
    throw new Error(
      `natGateways.elasticIpAllocationIds has ${addresses} entries; strategy ${strategy} allows ${allowed[strategy].join(" or ")}`,
    );
  const has = (...types: string[]): boolean => subnets.some(({ type }) => types.includes(type));
  if (strategy !== "none" && !(has("Public") && has("Private", "Isolated")))
    throw new Error(
      "natGateways needs public subnets to stand in and private or isolated ones to serve; use strategy None without them",
    );
}

/** Without a wish there is one in each zone. */
const natStrategy = (inputs: VpcInputs): string => (inputs.natGateways?.strategy ?? "OnePerAz").toLowerCase();

async function zonesOf(inputs: VpcInputs, parent: pulumi.Resource): Promise<readonly string[]> {
  const { availabilityZoneNames: named, numberOfAvailabilityZones: count } = inputs;
  if (named !== undefined && count !== undefined)
    throw new Error("Only one of [availabilityZoneNames] and [numberOfAvailabilityZones] can be specified");
  if (named !== undefined) return named;
  const token = "aws:index/getAvailabilityZones:getAvailabilityZones";
  const { names } = (await pulumi.runtime.invoke(token, {}, { parent, version: AWS_VERSION })) as { names: string[] };
  if (names.length < (count ?? 3))
    throw new Error(
      `the region has ${names.length} availability zones, not ${count ?? 3}; name the zones in availabilityZoneNames`,
    );
  return names.slice(0, count ?? 3);
}

class Child extends pulumi.CustomResource {}

class VpcComponent extends pulumi.ComponentResource {
  finish(outputs: Inputs): void {
    this.registerOutputs(outputs);
  }
}

const child = (type: string, name: string, props: Inputs, parent: pulumi.Resource): pulumi.CustomResource =>
  new Child(`aws:ec2/${type}`, name, props, { parent, version: AWS_VERSION });

/** `us-east-1a` as `1a`. */
const shortZone = (zone: string): string => zone.replace(/^[a-z]{2}(-[a-z]+)+-/, "");

/** Public subnets come first in each zone, since the others may need their NAT gateway. */
const ORDER = ["Public", "Private", "Isolated"];

/** Everything that is made below the VPC, by kind, in the order of its making. */
class Network {
  readonly subnets: pulumi.CustomResource[] = [];
  readonly byType: Record<string, pulumi.CustomResource[]> = { Public: [], Private: [], Isolated: [] };
  readonly plans = new Map<pulumi.CustomResource, SubnetPlan>();
  readonly routeTables: pulumi.CustomResource[] = [];
  readonly routeTableAssociations: pulumi.CustomResource[] = [];
  readonly routes: pulumi.CustomResource[] = [];
  readonly natGateways: pulumi.CustomResource[] = [];
  readonly eips: pulumi.CustomResource[] = [];
  readonly vpcEndpoints: pulumi.CustomResource[] = [];
  readonly gateway: pulumi.CustomResource;
  readonly #tags: Inputs;

  constructor(
    readonly name: string,
    readonly inputs: VpcInputs,
    readonly vpc: pulumi.CustomResource,
  ) {
    this.#tags = { Name: name, ...inputs.tags };
    this.gateway = child("internetGateway:InternetGateway", name, { vpcId: vpc.id, tags: this.#tags }, vpc);
  }

  /** One subnet with its route table, and the NAT gateway of its zone where one is due. */
  addSubnet(plan: SubnetPlan, at: number): void {
    const short = this.inputs.subnetNameTagStrategy === "AvailabilityZone" ? shortZone(plan.zone) : String(at + 1);
    const own = { ...this.#tags, ...plan.tags, Name: plan.name.replace(/\d+$/, short), SubnetType: plan.type };
    const { vpc } = this;
    const isPublic = plan.type === "Public";
    const place = { vpcId: vpc.id, availabilityZone: plan.zone, cidrBlock: plan.cidrBlock };
    const subnet = child("subnet:Subnet", plan.name, { ...place, mapPublicIpOnLaunch: isPublic, tags: own }, vpc);
    this.subnets.push(subnet);
    this.byType[plan.type]?.push(subnet);
    this.plans.set(subnet, plan);
    const tags = { ...this.#tags, Name: own.Name, SubnetType: plan.type };
    const table = child("routeTable:RouteTable", plan.name, { vpcId: vpc.id, tags }, subnet);
    this.routeTables.push(table);
    const ids = { routeTableId: table.id, subnetId: subnet.id };
    this.routeTableAssociations.push(child("routeTableAssociation:RouteTableAssociation", plan.name, ids, table));
    if (isPublic) this.#addNatGateway(subnet, at);
    const nat = this.natGateways[natStrategy(this.inputs) === "single" ? 0 : at];
    const way = isPublic
      ? { gatewayId: this.gateway.id }
      : plan.type === "Private" && nat !== undefined
        ? { natGatewayId: nat.id }
        : undefined;
    if (way === undefined) return;
    const route = { routeTableId: table.id, destinationCidrBlock: EVERYWHERE, ...way };
    this.routes.push(child("route:Route", plan.name, route, table));
  }

  #addNatGateway(subnet: pulumi.CustomResource, at: number): void {
    const wanted = { none: 0, single: 1, oneperaz: at + 1 }[natStrategy(this.inputs)] ?? 0;
    if (this.natGateways.length >= wanted) return;
    const name = `${this.name}-${at + 1}`;
    const tags = { ...this.inputs.tags, Name: name };
    let allocationId = this.inputs.natGateways?.elasticIpAllocationIds?.[at];
    if (allocationId === undefined) {
      const eip = child("eip:Eip", name, { tags }, subnet);
      this.eips.push(eip);
      allocationId = eip.id;
    }
    this.natGateways.push(child("natGateway:NatGateway", name, { subnetId: subnet.id, allocationId, tags }, subnet));
  }

  /** An endpoint as it is specified; the Auto strategy adds what the specification leaves out. */
  addEndpoint(spec: EndpointSpec, zones: readonly string[]): void {
    const kind = (spec.vpcEndpointType ?? "Gateway").toLowerCase();
    const tags = { ...this.#tags, ...spec.tags };
    const added =
      this.inputs.vpcEndpointStrategy !== "Auto"
        ? {}
        : kind === "gateway"
          ? { routeTableIds: this.routeTables.map(({ id }) => id) }
          : this.#inside(spec, zones, tags);
    this.vpcEndpoints.push(
      child("vpcEndpoint:VpcEndpoint", spec.serviceName, { ...added, ...spec, vpcId: this.vpc.id, tags }, this.vpc),
    );
  }

  #inside(spec: EndpointSpec, zones: readonly string[], tags: Inputs): Inputs {
    const { vpc, inputs } = this;
    const subnetIds = zones.flatMap((zone) => {
      const here = ["Private", "Isolated", "Public"].flatMap((type) => this.byType[type] ?? []);
      const found = here.find((subnet) => this.plans.get(subnet)?.zone === zone);
      return found === undefined ? [] : [found.id];
    });
    if (spec["securityGroupIds"] !== undefined) return { privateDnsEnabled: true, subnetIds };
    const group = child("securityGroup:SecurityGroup", `${spec.serviceName}-sg`, { vpcId: vpc.id, tags }, vpc);
    const https = {
      type: "ingress",
      protocol: "tcp",
      fromPort: 443,
      toPort: 443,
      cidrBlocks: [inputs.cidrBlock ?? DEFAULT_CIDR],
    };
    child(
      "securityGroupRule:SecurityGroupRule",
      `${spec.serviceName}-ingress`,
      { securityGroupId: group.id, ...https },
      vpc,
    );
    return { privateDnsEnabled: true, subnetIds, securityGroupIds: [group.id] };
  }
}

const DEFAULT_CIDR = "10.0.0.0/16";

/** The inputs of the VPC itself; private DNS of endpoints needs the names that Auto turns on. */
function vpcProps(name: string, inputs: VpcInputs): Inputs {
  const { enableDnsHostnames, enableDnsSupport, instanceTenancy, vpcEndpointSpecs, vpcEndpointStrategy } = inputs;
  const names =
    vpcEndpointStrategy === "Auto" &&
    vpcEndpointSpecs?.some((spec) => spec.vpcEndpointType === "Interface" && spec["privateDnsEnabled"] !== false);
  if (names && (enableDnsHostnames === false || enableDnsSupport === false))
    throw new Error(
      'vpcEndpointStrategy "Auto" requires enableDnsHostnames and enableDnsSupport when an Interface endpoint has private DNS',
    );
  const dns = names
    ? { enableDnsHostnames: enableDnsHostnames ?? true, enableDnsSupport: enableDnsSupport ?? true }
    : { enableDnsHostnames, enableDnsSupport };
  return { cidrBlock: inputs.cidrBlock ?? DEFAULT_CIDR, instanceTenancy, ...dns, tags: { Name: name, ...inputs.tags } };
}

/** The component with its children, and its outputs. */
export async function constructVpc(
  name: string,
  given: Inputs,
  opts: pulumi.ComponentResourceOptions,
): Promise<{ urn: pulumi.Output<string>; state: Inputs }> {
  const other = Object.keys(given).find((input) => given[input] !== undefined && !SUPPORTED.split(" ").includes(input));
  if (other !== undefined)
    throw new Error(
      `awsx:ec2:Vpc does not support "${other}" locally; supported are: ${SUPPORTED.replaceAll(" ", ", ")}`,
    );
  const inputs = given as VpcInputs;
  const strategy = inputs.subnetStrategy ?? "Legacy";
  if (!["Legacy", "Auto", "Exact"].includes(strategy))
    throw new Error(`awsx:ec2:Vpc does not support subnetStrategy ${strategy} locally; use Legacy, Auto or Exact`);
  const component = new VpcComponent("awsx:ec2:Vpc", name, {}, opts);
  const zones = await zonesOf(inputs, component);
  const { subnets, layout } = planSubnets(
    name,
    inputs.cidrBlock ?? DEFAULT_CIDR,
    zones,
    strategy,
    inputs.subnetSpecs,
    inputs.availabilityZoneCidrMask,
  );
  validateInputs(inputs, zones, subnets);
  const network = new Network(name, inputs, child("vpc:Vpc", name, vpcProps(name, inputs), component));
  for (const [at, zone] of zones.entries()) {
    const here = subnets.filter((subnet) => subnet.zone === zone && subnet.type !== "Unused");
    for (const plan of here.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type))) network.addSubnet(plan, at);
  }
  for (const spec of inputs.vpcEndpointSpecs ?? []) network.addEndpoint(spec, zones);
  const state = outputs(network, layout);
  component.finish(state);
  return { urn: component.urn, state };
}

function outputs(
  { vpc, gateway, byType, plans: _, name: _name, inputs: _inputs, ...made }: Network,
  subnetLayout: unknown,
): Inputs {
  const state: Inputs = { vpc, vpcId: vpc.id, internetGateway: gateway, subnetLayout, ...made };
  for (const [type, subnets] of Object.entries(byType)) {
    state[`${type.toLowerCase()}Subnets`] = subnets;
    state[`${type.toLowerCase()}SubnetIds`] = subnets.map(({ id }) => id);
  }
  return state;
}
