/** Security groups and their rules, in the three forms in which Pulumi programs write them. */
import type { Props } from "../mapping";
import { sameValue, type Request, type TypeSpec } from "../request";
import { ec2, first } from "./network";
import { isNew } from "./plain";

type Direction = "Ingress" | "Egress";

/** A rule as one permission of the API: each source is a list of its own there. */
function permission(rule: Props): Props {
  const Description = rule["description"];
  const listed = (member: string, property: string): Props[] =>
    ((rule[property] ?? []) as string[]).map((value) => ({
      [member]: value,
      ...(Description === undefined ? {} : { Description }),
    }));
  const self = rule["self"] === true ? [{ GroupId: rule["groupId"] }] : [];
  const given =
    rule["sourceSecurityGroupId"] === undefined ? [] : [{ GroupId: rule["sourceSecurityGroupId"], Description }];
  const lists = {
    IpRanges: listed("CidrIp", "cidrBlocks"),
    Ipv6Ranges: listed("CidrIpv6", "ipv6CidrBlocks"),
    PrefixListIds: listed("PrefixListId", "prefixListIds"),
    UserIdGroupPairs: [...listed("GroupId", "securityGroups"), ...self, ...given],
  };
  const ports = rule["protocol"] === "-1" ? {} : { FromPort: rule["fromPort"], ToPort: rule["toPort"] };
  const filled = Object.entries(lists).filter(([, values]) => values.length > 0);
  return { IpProtocol: String(rule["protocol"]), ...ports, ...Object.fromEntries(filled) };
}

/** The API's permissions as a group's inline rules. */
const inline = (permissions: unknown, group: string): Props[] =>
  ((permissions ?? []) as Props[]).map((held) => {
    const ids = (list: string, member: string): unknown[] => ((held[list] ?? []) as Props[]).map((one) => one[member]);
    const groups = ids("UserIdGroupPairs", "GroupId");
    const all = {
      cidrBlocks: ids("IpRanges", "CidrIp"),
      ipv6CidrBlocks: ids("Ipv6Ranges", "CidrIpv6"),
      prefixListIds: ids("PrefixListIds", "PrefixListId"),
      securityGroups: groups.filter((id) => id !== group),
    };
    const sources = Object.entries(all).filter(([, values]) => values.length > 0);
    const self = groups.includes(group) ? { self: true } : {};
    return {
      protocol: held["IpProtocol"],
      fromPort: held["FromPort"] ?? 0,
      toPort: held["ToPort"] ?? 0,
      ...Object.fromEntries(sources),
      ...self,
    };
  });

/** What the state calls a rule, without its order and its defaults. */
const normal = (rule: unknown): Props => {
  const { description: _, ...rest } = rule as Props;
  return { ...rest, protocol: rest["protocol"] === "all" ? "-1" : rest["protocol"] };
};

const sendRules = async (
  r: Request,
  verb: "Authorize" | "Revoke",
  direction: Direction,
  IpPermissions: Props[],
): Promise<void> => {
  if (IpPermissions.length > 0) await r.call(`${verb}SecurityGroup${direction}`, { GroupId: r.id, IpPermissions });
};

const describe = async (r: Request): Promise<Props> =>
  (await r.ask("DescribeSecurityGroups(GroupIds).SecurityGroups.0")) as Props;

/** Replaces the group's rules of one direction by those asked for. */
async function setRules(r: Request, direction: Direction): Promise<void> {
  const held = (await describe(r))[direction === "Ingress" ? "IpPermissions" : "IpPermissionsEgress"];
  await sendRules(r, "Revoke", direction, (held ?? []) as Props[]);
  const wanted = (r.inputs[direction.toLowerCase()] ?? []) as Props[];
  await sendRules(
    r,
    "Authorize",
    direction,
    wanted.map((rule) => permission({ ...rule, groupId: r.id })),
  );
}

/** AWS lets a new group send anywhere; as with the official provider, what is not asked for is not there. */
async function settleRules(r: Request): Promise<void> {
  if (r.changed("ingress")) await setRules(r, "Ingress");
  if (isNew(r) || r.changed("egress")) await setRules(r, "Egress");
}

async function readGroup(r: Request): Promise<Props | undefined> {
  const found = await describe(r);
  // Rules that other resources own are no drift of a group that lists none.
  const own = (property: "ingress" | "egress", held: unknown): Props => {
    const real = inline(held, r.id);
    const old = (r.oldInputs[property] ?? []) as Props[];
    const same =
      old.length === real.length && old.every((rule) => real.some((one) => sameValue(normal(rule), normal(one))));
    return { [property]: same ? old : real };
  };
  return { ...found, ...own("ingress", found["IpPermissions"]), ...own("egress", found["IpPermissionsEgress"]) };
}

const group = ec2("security-group", {
  props: "name!=GroupName description! vpcId! ingress* egress* revokeRulesOnDelete~ tags",
  name: { property: "name", max: 255 },
  create: "CreateSecurityGroup.GroupId",
  read: "DescribeSecurityGroups(GroupIds).SecurityGroups.0",
  delete: "DeleteSecurityGroup(GroupId)",
  more: (r) => ({ Description: r.inputs["description"] ?? "Managed by Pulumi" }),
  settle: settleRules,
});

/** One rule with an id and tags of its own. */
const vpcRule = (direction: Direction): TypeSpec => {
  const body = (r: Request): Props => r.map("ModifySecurityGroupRules.SecurityGroupRules.SecurityGroupRule");
  return {
    service: "ec2",
    props:
      "securityGroupId!* cidrIpv4 cidrIpv6 description fromPort ipProtocol prefixListId referencedSecurityGroupId=ReferencedGroupId toPort tags",
    maps: "ModifySecurityGroupRules.SecurityGroupRules.SecurityGroupRule",
    tagId: (r) => r.id,
    create: async (r) => {
      const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId, Description, ...rest } = body(r);
      const described = Description === undefined ? {} : { Description };
      const sources = {
        IpRanges: CidrIpv4 && [{ CidrIp: CidrIpv4, ...described }],
        Ipv6Ranges: CidrIpv6 && [{ CidrIpv6, ...described }],
        PrefixListIds: PrefixListId && [{ PrefixListId, ...described }],
        UserIdGroupPairs: ReferencedGroupId && [{ GroupId: ReferencedGroupId, ...described }],
      };
      const given = Object.entries(sources).filter(([, source]) => source !== undefined);
      const IpPermissions = [{ ...rest, ...Object.fromEntries(given) }];
      const call = `AuthorizeSecurityGroup${direction}.SecurityGroupRules.0.SecurityGroupRuleId`;
      const id = String(await r.ask(call, { GroupId: r.str("securityGroupId"), IpPermissions }));
      return { id, securityGroupRuleId: id };
    },
    read: async (r) => {
      const found = (await r.ask("DescribeSecurityGroupRules(SecurityGroupRuleIds).SecurityGroupRules.0")) as
        Props | undefined;
      return (
        found && {
          ...found,
          referencedSecurityGroupId: (found["ReferencedGroupInfo"] as Props | undefined)?.["GroupId"],
        }
      );
    },
    update: (r) =>
      r.call("ModifySecurityGroupRules", {
        GroupId: r.str("securityGroupId"),
        SecurityGroupRules: [{ SecurityGroupRuleId: r.id, SecurityGroupRule: body(r) }],
      }),
    delete: (r) =>
      r.ask(`RevokeSecurityGroup${direction}(SecurityGroupRuleIds)`, { GroupId: r.str("securityGroupId") }),
    outs: (r) => ({ arn: r.arn("ec2", `security-group-rule/${r.id}`) }),
  };
};

const directionOf = (r: Request): Direction => (r.str("type") === "egress" ? "Egress" : "Ingress");
const ruleInput = (r: Request): Props => ({
  GroupId: r.str("securityGroupId"),
  IpPermissions: [permission({ ...r.inputs, groupId: r.str("securityGroupId") })],
});

export const securityGroupTypes: Record<string, TypeSpec> = {
  "aws:ec2/securityGroup:SecurityGroup": { ...group, read: readGroup },
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
    ...group,
    props: "vpcId!* ingress* egress* tags",
    maps: undefined,
    name: undefined,
    create: async (r) => {
      const found = await first(r, "DescribeSecurityGroups.SecurityGroups", {
        "vpc-id": r.str("vpcId"),
        "group-name": "default",
      });
      r.id = String(found["GroupId"]);
      for (const direction of ["Ingress", "Egress"] as const) await setRules(r, direction);
      return { id: r.id };
    },
    read: readGroup,
    // It goes with its VPC; as with the official provider it only leaves the state.
    delete: async () => undefined,
  },
  "aws:ec2/securityGroupRule:SecurityGroupRule": {
    service: "ec2",
    props:
      "type!* securityGroupId!* protocol!* fromPort!* toPort!* cidrBlocks!* ipv6CidrBlocks!* prefixListIds!* " +
      "sourceSecurityGroupId!* self!*",
    create: async (r) => {
      const call = `AuthorizeSecurityGroup${directionOf(r)}.SecurityGroupRules.0.SecurityGroupRuleId`;
      const id = String(await r.ask(call, ruleInput(r)));
      return { id, securityGroupRuleId: id };
    },
    read: async (r) =>
      (await r.ask("DescribeSecurityGroupRules(SecurityGroupRuleIds).SecurityGroupRules.0")) === undefined
        ? undefined
        : {},
    delete: (r) => r.call(`RevokeSecurityGroup${directionOf(r)}`, ruleInput(r)),
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": vpcRule("Ingress"),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": vpcRule("Egress"),
};
