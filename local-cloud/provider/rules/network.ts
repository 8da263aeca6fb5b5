/**
 * EC2's networks. AWS pages: "VPC CIDR blocks", "Subnet CIDR blocks", "Security group rules", "CreateSecurityGroup",
 * "CreateVpcEndpoint", "Control access to VPC endpoints using endpoint policies", "CreateFlowLogs".
 */
import type { Props } from "../mapping";
import { type Check, list, matches, oneOf, onlyOne, type Rules, where, within } from "./check";
import { policy } from "./policies";

/** An IPv4 range of a size, on its own boundary: EC2 moves one that is not, and the state would differ for ever. */
const cidr = (path: string, widest: number, narrowest: number): Check =>
  where(path, `must be an IPv4 range from /${widest} to /${narrowest} that begins at its first address`, (value) => {
    const [, address = "", length] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(String(value)) ?? [];
    const parts = address.split(".").map(Number);
    const bits = Number(length ?? NaN);
    if (!(bits >= widest && bits <= narrowest) || parts.some((part) => part > 255)) return false;
    return parts.reduce((sum, part) => sum * 256 + part, 0) % 2 ** (32 - bits) === 0;
  });

const PERMISSION: readonly Check[] = [
  where(
    "FromPort",
    "must not be above ToPort",
    (from, { ToPort, IpProtocol }) => /icmp/.test(String(IpProtocol)) || Number(from) <= Number(ToPort),
  ),
  where("ToPort", "must be a port up to 65535", (to) => Number(to) <= 65_535),
  where(
    "IpProtocol",
    "tcp and udp need ports",
    (protocol, { FromPort }) => !/^(tcp|udp|6|17)$/.test(String(protocol)) || FromPort !== undefined,
  ),
  cidr("IpRanges.*.CidrIp", 0, 32),
  matches(
    "IpRanges.*.Description",
    "must have at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
    /^[\w .:/()#,@[\]+=&;{}!$*-]{0,255}$/,
  ),
];
const RULES: readonly Check[] = [within("IpPermissions.*", PERMISSION)];

export const ec2Rules: Rules = {
  CreateVpc: [cidr("CidrBlock", 16, 28)],
  CreateSubnet: [cidr("CidrBlock", 16, 28)],
  CreateRoute: [
    cidr("DestinationCidrBlock", 0, 32),
    onlyOne("", ["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"], true),
    onlyOne(
      "",
      [
        "GatewayId",
        "NatGatewayId",
        "VpcEndpointId",
        "NetworkInterfaceId",
        "TransitGatewayId",
        "VpcPeeringConnectionId",
        "EgressOnlyInternetGatewayId",
      ],
      true,
    ),
  ],
  CreateSecurityGroup: [
    matches("GroupName", "must have at most 255 characters and not begin with sg-", /^(?!sg-).{1,255}$/),
    matches(
      "Description",
      "must have 1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
      /^[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/,
    ),
  ],
  AuthorizeSecurityGroupIngress: RULES,
  AuthorizeSecurityGroupEgress: RULES,
  CreateVpcEndpoint: [
    policy("PolicyDocument", "endpoint"),
    where(
      "SecurityGroupIds",
      "is for Interface endpoints",
      (groups, { VpcEndpointType }) =>
        list(groups).length === 0 || !["Gateway", undefined].includes(VpcEndpointType as string),
    ),
    where(
      "SubnetIds",
      "is for Interface endpoints",
      (subnets, { VpcEndpointType }) =>
        list(subnets).length === 0 || !["Gateway", undefined].includes(VpcEndpointType as string),
    ),
    where(
      "RouteTableIds",
      "is for Gateway endpoints",
      (tables, { VpcEndpointType }) =>
        list(tables).length === 0 || ["Gateway", undefined].includes(VpcEndpointType as string),
    ),
    where(
      "PrivateDnsEnabled",
      "is for Interface endpoints",
      (on, { VpcEndpointType }) => on !== true || VpcEndpointType === "Interface",
    ),
    where(
      "VpcEndpointType",
      "Gateway is offered by s3 and dynamodb only",
      (type, { ServiceName }) => type !== "Gateway" || /\.(s3|dynamodb)$/.test(String(ServiceName)),
    ),
  ],
  ModifyVpcEndpoint: [policy("PolicyDocument", "endpoint")],
  CreateFlowLogs: [
    oneOf("MaxAggregationInterval", [60, 600]),
    where(
      "LogDestinationType",
      "s3 and kinesis-data-firehose need a LogDestination",
      (type, { LogDestination }) => type === "cloud-watch-logs" || LogDestination !== undefined,
    ),
    where("DeliverLogsPermissionArn", "is for cloud-watch-logs", (_, { LogDestinationType }) =>
      [undefined, "cloud-watch-logs"].includes(LogDestinationType as string),
    ),
    where("", "cloud-watch-logs needs DeliverLogsPermissionArn", (input) => {
      const { LogDestinationType, DeliverLogsPermissionArn } = input as Props;
      return (
        !["cloud-watch-logs", undefined].includes(LogDestinationType as string) ||
        DeliverLogsPermissionArn !== undefined
      );
    }),
  ],
};
