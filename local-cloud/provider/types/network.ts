/** EC2's networks: VPCs, subnets, routes, gateways and endpoints. */
import { createHash } from "node:crypto";
import type { Props } from "../mapping";
import type { Request, TypeSpec } from "../request";
import { GONE, inState, plain, type PlainSpec } from "./plain";

/** A resource of EC2: tagged after its creation, by its id. */
export const ec2 = (arn: string, spec: Omit<PlainSpec, "service">): TypeSpec =>
  plain({
    service: "ec2",
    tagId: (r) => r.id,
    ...spec,
    outs: (r) => ({ arn: r.arn("ec2", `${arn}/${r.id}`), ownerId: r.account, ...spec.outs?.(r) }),
  });

/** The first thing of a description with these filters. */
export async function first(r: Request, call: string, filters: Readonly<Record<string, string>>): Promise<Props> {
  const Filters = Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] }));
  return ((await r.ask(`${call}.0`, { Filters })) ?? {}) as Props;
}

/** What can be changed of a VPC, each by a call of its own. */
const VPC_ATTRIBUTES = { enableDnsSupport: "EnableDnsSupport", enableDnsHostnames: "EnableDnsHostnames" } as const;

const vpc: TypeSpec = ec2("vpc", {
  props: "cidrBlock! instanceTenancy! enableDnsSupport* enableDnsHostnames* tags",
  create: "CreateVpc.Vpc.VpcId",
  read: "DescribeVpcs(VpcIds).Vpcs.0",
  delete: "DeleteVpc(VpcId)",
  settle: async (r) => {
    for (const [property, Attribute] of Object.entries(VPC_ATTRIBUTES)) {
      const Value = r.inputs[property] ?? property === "enableDnsSupport";
      if (r.changed(property)) await r.ask("ModifyVpcAttribute(VpcId)", { [Attribute]: { Value } });
    }
  },
});

const subnet: TypeSpec = ec2("subnet", {
  props: "vpcId! cidrBlock! availabilityZone! availabilityZoneId! mapPublicIpOnLaunch* tags",
  create: "CreateSubnet.Subnet.SubnetId",
  read: "DescribeSubnets(SubnetIds).Subnets.0",
  delete: "DeleteSubnet(SubnetId)",
  settle: async (r) => {
    const Value = r.inputs["mapPublicIpOnLaunch"] ?? false;
    if (r.changed("mapPublicIpOnLaunch"))
      await r.ask("ModifySubnetAttribute(SubnetId)", { MapPublicIpOnLaunch: { Value } });
  },
});

const gatewayVpc = (r: Request): Promise<Props> =>
  first(r, "DescribeInternetGateways.InternetGateways", { "internet-gateway-id": r.id }).then(
    ({ Attachments }) => (Attachments as Props[] | undefined)?.[0] ?? {},
  );

async function attachGateway(r: Request, wanted: unknown): Promise<void> {
  const { VpcId } = await gatewayVpc(r);
  if (VpcId === wanted) return;
  if (VpcId !== undefined) await r.ask("DetachInternetGateway(InternetGatewayId)", { VpcId });
  if (wanted !== undefined) await r.ask("AttachInternetGateway(InternetGatewayId)", { VpcId: wanted });
}

const internetGateway = ec2("internet-gateway", {
  props: "vpcId* tags",
  create: "CreateInternetGateway.InternetGateway.InternetGatewayId",
  read: "DescribeInternetGateways(InternetGatewayIds).InternetGateways.0",
  delete: "DeleteInternetGateway(InternetGatewayId)",
  settle: (r) => attachGateway(r, r.inputs["vpcId"]),
});

/** Where a route goes; exactly one of a route. */
const DESTINATIONS = ["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"] as const;
const upper = (property: string): string => property.slice(0, 1).toUpperCase() + property.slice(1);

const destination = (r: Request): Props => {
  const property = DESTINATIONS.find((name) => r.str(name) !== "") ?? DESTINATIONS[0];
  return { [upper(property)]: r.str(property) };
};

/** The association of a subnet or gateway with its route table; its id changes whenever the table does. */
async function association(r: Request): Promise<Props | undefined> {
  const [filter, member] = r.str("subnetId") === "" ? ["gateway-id", "GatewayId"] : ["subnet-id", "SubnetId"];
  const id = r.str(member === "SubnetId" ? "subnetId" : "gatewayId");
  const { Associations } = await first(r, "DescribeRouteTables.RouteTables", { [`association.${filter}`]: id });
  return ((Associations ?? []) as Props[]).find((one) => one[member] === id);
}

/** A gateway or an endpoint takes minutes to come and to go, and its subnet cannot go before it. */
const slow = (type: TypeSpec, what: string): TypeSpec => ({
  ...type,
  read: async (r) => {
    const found = await type.read(r);
    return GONE.test(String(found?.["State"])) ? undefined : found;
  },
  delete: async (r) => {
    await type.delete(r);
    await inState(r, what, GONE);
  },
});

/** Members of an endpoint that are changed by adding and removing. */
const ENDPOINT_LISTS = {
  routeTableIds: "RouteTableId",
  subnetIds: "SubnetId",
  securityGroupIds: "SecurityGroupId",
} as const;

async function updateEndpoint(r: Request): Promise<void> {
  const changes: Props = {};
  for (const [property, Member] of Object.entries(ENDPOINT_LISTS)) {
    const [before, after] = [r.oldInputs[property] ?? [], r.inputs[property] ?? []] as [string[], string[]];
    const [added, gone] = [after.filter((id) => !before.includes(id)), before.filter((id) => !after.includes(id))];
    if (added.length > 0) changes[`Add${Member}s`] = added;
    if (gone.length > 0) changes[`Remove${Member}s`] = gone;
  }
  const policy = r.changed("policy")
    ? r.inputs["policy"] === undefined
      ? { ResetPolicy: true }
      : { PolicyDocument: r.inputs["policy"] }
    : {};
  await r.ask("ModifyVpcEndpoint(VpcEndpointId)", {
    ...r.map("ModifyVpcEndpoint"),
    ...changes,
    PolicyDocument: undefined,
    ...policy,
  });
  await inState(r, "endpoint", /^available/i);
}

const endpoint = slow(
  ec2("vpc-endpoint", {
    props:
      "vpcId! serviceName! vpcEndpointType! policy$=PolicyDocument privateDnsEnabled ipAddressType dnsOptions routeTableIds " +
      "subnetIds securityGroupIds autoAccept~ tags",
    create: "CreateVpcEndpoint.VpcEndpoint.VpcEndpointId",
    read: "DescribeVpcEndpoints(VpcEndpointIds).VpcEndpoints.0",
    delete: "DeleteVpcEndpoints(VpcEndpointIds)",
    settle: (r) => inState(r, "endpoint", /^available|^pendingAcceptance/i),
  }),
  "endpoint",
);

/** The addresses behind a gateway endpoint, under the name that security groups know them by; none for an interface. */
async function prefixList(r: Request, serviceName: string): Promise<Props> {
  const { PrefixListId, Cidrs } = await first(r, "DescribePrefixLists.PrefixLists", {
    "prefix-list-name": serviceName,
  });
  return PrefixListId === undefined ? {} : { prefixListId: PrefixListId, cidrBlocks: Cidrs };
}

export const networkTypes: Record<string, TypeSpec> = {
  "aws:ec2/vpc:Vpc": {
    ...vpc,
    create: async (r) => {
      const { id } = await vpc.create(r);
      const group = await first(r, "DescribeSecurityGroups.SecurityGroups", { "vpc-id": id, "group-name": "default" });
      const table = await first(r, "DescribeRouteTables.RouteTables", { "vpc-id": id, "association.main": "true" });
      const acl = await first(r, "DescribeNetworkAcls.NetworkAcls", { "vpc-id": id, default: "true" });
      const tables = { mainRouteTableId: table["RouteTableId"], defaultRouteTableId: table["RouteTableId"] };
      return { id, defaultSecurityGroupId: group["GroupId"], defaultNetworkAclId: acl["NetworkAclId"], ...tables };
    },
    read: async (r) => {
      const found = await vpc.read(r);
      const attributes: Props = {};
      for (const [property, name] of Object.entries(VPC_ATTRIBUTES)) {
        attributes[property] = await r.ask(`DescribeVpcAttribute(VpcId).${name}.Value`, { Attribute: property });
      }
      return found && { ...found, ...attributes };
    },
  },
  "aws:ec2/subnet:Subnet": subnet,
  "aws:ec2/routeTable:RouteTable": ec2("route-table", {
    props: "vpcId! tags",
    create: "CreateRouteTable.RouteTable.RouteTableId",
    read: "DescribeRouteTables(RouteTableIds).RouteTables.0",
    delete: "DeleteRouteTable(RouteTableId)",
  }),
  "aws:ec2/route:Route": {
    service: "ec2",
    props: `routeTableId! ${DESTINATIONS.join("! ")}! gatewayId natGatewayId vpcEndpointId networkInterfaceId`,
    maps: "CreateRoute",
    create: async (r) => {
      await r.call("CreateRoute", r.map());
      const hash = createHash("sha256")
        .update(JSON.stringify(destination(r)))
        .digest("hex");
      return { id: `r-${r.str("routeTableId")}${hash.slice(0, 10)}`, origin: "CreateRoute", state: "active" };
    },
    read: async (r) => {
      const Routes = await r.ask("DescribeRouteTables(RouteTableIds).RouteTables.0.Routes", {}, r.str("routeTableId"));
      const [[member, to]] = Object.entries(destination(r)) as [[string, unknown]];
      const found = ((Routes ?? []) as Props[]).find((route) => route[member] === to);
      return found && { ...found, routeTableId: r.str("routeTableId") };
    },
    update: (r) => r.call("ReplaceRoute", r.map("ReplaceRoute")),
    delete: (r) => r.call("DeleteRoute", { RouteTableId: r.str("routeTableId"), ...destination(r) }),
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    service: "ec2",
    props: "subnetId! gatewayId! routeTableId",
    maps: "AssociateRouteTable",
    create: async (r) => ({ id: String(await r.ask("AssociateRouteTable.AssociationId", r.map())) }),
    read: association,
    update: async (r) => {
      const { RouteTableAssociationId: AssociationId } = (await association(r)) ?? {};
      await r.call("ReplaceRouteTableAssociation", { AssociationId, RouteTableId: r.inputs["routeTableId"] });
    },
    delete: async (r) => {
      const { RouteTableAssociationId: AssociationId } = (await association(r)) ?? {};
      if (AssociationId !== undefined) await r.call("DisassociateRouteTable", { AssociationId });
    },
  },
  "aws:ec2/internetGateway:InternetGateway": {
    ...internetGateway,
    read: async (r) => {
      const found = await internetGateway.read(r);
      return found && { ...found, vpcId: (await gatewayVpc(r))["VpcId"] };
    },
    delete: async (r) => {
      await attachGateway(r, undefined);
      await internetGateway.delete(r);
    },
  },
  "aws:ec2/eip:Eip": {
    ...ec2("elastic-ip", {
      props: "domain! publicIpv4Pool! tags",
      maps: "AllocateAddress",
      create: "AllocateAddress.AllocationId",
      read: "DescribeAddresses(AllocationIds).Addresses.0",
      delete: "ReleaseAddress(AllocationId)",
      outs: (r) => ({ allocationId: r.id }),
    }),
    create: async (r) => {
      const { AllocationId, PublicIp } = await r.call("AllocateAddress", { Domain: "vpc", ...r.map() });
      return { id: String(AllocationId), publicIp: PublicIp };
    },
  },
  "aws:ec2/natGateway:NatGateway": slow(
    ec2("natgateway", {
      props: "subnetId! allocationId! connectivityType! privateIp!=PrivateIpAddress tags",
      create: "CreateNatGateway.NatGateway.NatGatewayId",
      read: "DescribeNatGateways(NatGatewayIds).NatGateways.0",
      delete: "DeleteNatGateway(NatGatewayId)",
      settle: (r) => inState(r, "NAT gateway", /^available/i),
    }),
    "NAT gateway",
  ),
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    ...endpoint,
    update: updateEndpoint,
    create: async (r) => ({ ...(await endpoint.create(r)), ...(await prefixList(r, r.str("serviceName"))) }),
    read: async (r) => {
      const found = await endpoint.read(r);
      return found && { ...found, ...(await prefixList(r, String(found["ServiceName"]))) };
    },
  },
  "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": {
    service: "ec2",
    props: "routeTableId!* vpcEndpointId!*",
    create: async (r) => {
      const [VpcEndpointId, table] = [r.str("vpcEndpointId"), r.str("routeTableId")];
      await r.call("ModifyVpcEndpoint", { VpcEndpointId, AddRouteTableIds: [table] });
      return { id: `a-${VpcEndpointId}${createHash("sha256").update(table).digest("hex").slice(0, 10)}` };
    },
    read: async (r) => {
      const tables = await r.ask(
        "DescribeVpcEndpoints(VpcEndpointIds).VpcEndpoints.0.RouteTableIds",
        {},
        r.str("vpcEndpointId"),
      );
      return ((tables ?? []) as string[]).includes(r.str("routeTableId")) ? {} : undefined;
    },
    delete: (r) =>
      r.ask(
        "ModifyVpcEndpoint(VpcEndpointId)",
        { RemoveRouteTableIds: [r.str("routeTableId")] },
        r.str("vpcEndpointId"),
      ),
  },
  "aws:ec2/flowLog:FlowLog": ec2("vpc-flow-log", {
    props:
      "vpcId!* subnetId!* eniId!* trafficType! logDestination! logDestinationType! logFormat! maxAggregationInterval! " +
      "iamRoleArn!=DeliverLogsPermissionArn destinationOptions! tags",
    create: "CreateFlowLogs.FlowLogIds.0",
    read: "DescribeFlowLogs(FlowLogIds).FlowLogs.0",
    delete: "DeleteFlowLogs(FlowLogIds)",
    more: (r) => {
      const kinds = { vpcId: "VPC", subnetId: "Subnet", eniId: "NetworkInterface" };
      const [property, ResourceType] = Object.entries(kinds).find(([name]) => r.inputs[name] !== undefined) ?? [];
      return property === undefined ? {} : { ResourceIds: [r.inputs[property]], ResourceType };
    },
  }),
};
