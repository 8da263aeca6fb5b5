import { at, isOn, recordsAt, textAt, textsOf, type Resource, type Resources } from "../resource";
import { unless, type Rule } from "../rule";

const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
const SUBNET = "aws:ec2/subnet:Subnet";
/** A network of awsx is one resource of the program and many of AWS; a dry run sees the one, a state both. */
const NETWORKS = ["awsx:ec2:Vpc", "aws:ec2/vpc:Vpc"];
const DEFAULT_VPC = "aws:ec2/defaultVpc:DefaultVpc";
/** Rules of a group as resources of their own. */
const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";
/** Ports whose services are attacked first, as Security Hub lists them under EC2.19. */
const HIGH_RISK = [
  20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601, 8080, 8088, 8888,
  9200, 9300,
];

interface OpenRange {
  group: Resource;
  from: number;
  to: number;
}

/** Ports that security groups open to every address, however the program writes it. */
export function openRanges(all: Resources): OpenRange[] {
  const inline = all
    .ofType(GROUP)
    .flatMap((group) => recordsAt(group, "ingress").flatMap((rule) => rangeOf(group, rule)));
  const apart = [...all.ofType(INGRESS_RULE), ...all.ofType(RULE)]
    .filter((one) => one.type === INGRESS_RULE || at(one, "type") === "ingress")
    .flatMap((one) => rangeOf(all.named(GROUP, at(one, "securityGroupId")) ?? one, one.inputs));
  return [...inline, ...apart];
}

function rangeOf(group: Resource, rule: Readonly<Record<string, unknown>>): OpenRange[] {
  const addresses = ["cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"].flatMap((key) => textsOf(rule[key]));
  if (!addresses.some((one) => one === "0.0.0.0/0" || one === "::/0")) return [];
  const protocol = rule["protocol"] ?? rule["ipProtocol"];
  if (protocol === "-1" || protocol === "all") return [{ group, from: 0, to: 65_535 }];
  return [{ group, from: Number(rule["fromPort"] ?? 0), to: Number(rule["toPort"] ?? 65_535) }];
}

function rangesOf(group: Resource, all: Resources): OpenRange[] {
  return openRanges(all).filter((one) => one.group === group);
}

/** Networks, their security groups and logs. */
export const NETWORK_RULES: readonly Rule[] = [
  {
    id: "EC2.2",
    aliases: [],
    title: "A network's default security group lets nothing through",
    remedy: "Give the network a DefaultSecurityGroup with empty ingress and egress.",
    types: NETWORKS,
    reads: "stack",
    check: (network, all) => {
      const [closed] = all.naming(DEFAULT_GROUP, "vpcId", network);
      // The components of a network of awsx are the same network: one group closes it.
      if (closed === undefined) return unless(isInside(network, all), "its default security group is as AWS made it");
      const rules = [...recordsAt(closed, "ingress"), ...recordsAt(closed, "egress")];
      return unless(rules.length === 0, "its default security group has rules");
    },
  },
  {
    id: "EC2.6",
    aliases: ["AwsSolutions-VPC7"],
    title: "A network's traffic is logged",
    remedy: "Give the network a FlowLog of all traffic into an encrypted log group with a retention.",
    types: NETWORKS,
    reads: "stack",
    check: (network, all) => {
      const logs = all.naming("aws:ec2/flowLog:FlowLog", "vpcId", network);
      const enough = logs.some((log) => ["ALL", "REJECT"].includes(textAt(log, "trafficType") ?? ""));
      return unless(enough || isInside(network, all), "no flow log records its traffic");
    },
  },
  {
    id: "EC2.15",
    aliases: ["CKV_AWS_130"],
    title: "A subnet gives out no public addresses",
    remedy: "Use isolated subnets; set mapPublicIpOnLaunch to false.",
    types: [SUBNET, "awsx:ec2:Vpc"],
    reads: "resource",
    check: (one) => {
      if (one.type === SUBNET) return unless(!isOn(one, "mapPublicIpOnLaunch"), "it gives out public addresses");
      const specs = recordsAt(one, "subnetSpecs");
      const isPublic = specs.length === 0 || specs.some(({ type }) => String(type).toLowerCase() === "public");
      return unless(!isPublic, "it has public subnets");
    },
  },
  {
    id: "EC2.18",
    aliases: ["AwsSolutions-EC23"],
    title: "A security group opens no port to the whole internet",
    remedy: "Name the network's addresses or another group instead of 0.0.0.0/0 or ::/0.",
    types: [GROUP],
    reads: "stack",
    check: (group, all) =>
      rangesOf(group, all).map(({ from, to }) => `ports ${String(from)} to ${String(to)} are open to every address`),
  },
  {
    id: "EC2.19",
    aliases: [],
    title: "A security group opens no port of high risk to the whole internet",
    remedy: "Name the network's addresses or another group instead of 0.0.0.0/0 or ::/0.",
    types: [GROUP],
    reads: "stack",
    check: (group, all) =>
      rangesOf(group, all).flatMap(({ from, to }) => {
        const ports = HIGH_RISK.filter((port) => from <= port && port <= to);
        return unless(ports.length === 0, `port ${ports.join(", ")} is open to every address`);
      }),
  },
  {
    id: "AwsSolutions-EC27",
    aliases: ["CKV_AWS_23"],
    title: "A security group and each of its rules say what they are for",
    remedy: "Set description on the group and on every rule.",
    types: [GROUP, INGRESS_RULE, RULE, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"],
    reads: "resource",
    check: (group) => {
      const described = textAt(group, "description");
      const rules = [...recordsAt(group, "ingress"), ...recordsAt(group, "egress")];
      const bare = rules.filter(({ description }) => typeof description !== "string" || description === "").length;
      return [
        ...unless(described !== undefined && described !== "Managed by Pulumi", "it has no description"),
        ...unless(bare === 0, `${String(bare)} of its rules have no description`),
      ];
    },
  },
  {
    id: "CKV_AWS_148",
    aliases: [],
    title: "Nothing uses the account's default network",
    remedy: "Make a network of the stack's own (Network does).",
    types: [DEFAULT_VPC],
    reads: "resource",
    check: () => ["the default network has public subnets and an internet gateway"],
  },
];

/** Whether a network of AWS is the inside of one of awsx, which has been checked itself. */
function isInside(network: Resource, all: Resources): boolean {
  const id = network.outputs["id"];
  return (
    network.type === "aws:ec2/vpc:Vpc" && all.ofType("awsx:ec2:Vpc").some(({ outputs }) => outputs["vpcId"] === id)
  );
}
