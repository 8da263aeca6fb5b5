/** What stands beside Redshift's clusters: subnet and parameter groups, schedules, scheduled actions, usage limits. */
import type { Props } from "../mapping";
import type { Request, TypeSpec } from "../request";
import { plain } from "./plain";

/** Required by the API; what the official provider sends where none is given. */
const description = (r: Request): Props => ({ Description: r.inputs["description"] ?? "Managed by Pulumi" });

/** A description with its tags, also where it has none. */
const withTags = (found: unknown): Props | undefined =>
  found === undefined ? undefined : { Tags: [], ...(found as Props) };

const subnetGroup = plain({
  service: "redshift",
  props: "name!=ClusterSubnetGroupName description subnetIds tags",
  name: { property: "name", max: 255 },
  create: "CreateClusterSubnetGroup",
  read: "DescribeClusterSubnetGroups(ClusterSubnetGroupName).ClusterSubnetGroups.0",
  update: "ModifyClusterSubnetGroup(ClusterSubnetGroupName)",
  delete: "DeleteClusterSubnetGroup(ClusterSubnetGroupName)",
  more: description,
  outs: (r) => ({ arn: r.arn("redshift", `subnetgroup:${r.id}`), ...lowerFirst(description(r)) }),
});

const lowerFirst = ({ Description }: Props): Props => ({ description: Description });

type Setting = Readonly<{ name: string; value: string }>;

const settings = (inputs: Props): Setting[] => (inputs["parameters"] ?? []) as Setting[];

/** Sets what is asked for and sets back what no longer is. */
async function setParameters(r: Request): Promise<void> {
  const wanted = settings(r.inputs);
  const gone = settings(r.oldInputs).filter(({ name }) => !wanted.some((one) => one.name === name));
  const Parameters = wanted.map(({ name, value }) => ({ ParameterName: name, ParameterValue: value }));
  if (Parameters.length > 0) await r.ask("ModifyClusterParameterGroup(ParameterGroupName)", { Parameters });
  if (gone.length > 0) {
    const names = gone.map(({ name }) => ({ ParameterName: name }));
    await r.ask("ResetClusterParameterGroup(ParameterGroupName)", { Parameters: names });
  }
}

const parameterGroup = plain({
  service: "redshift",
  props: "name!=ParameterGroupName family!=ParameterGroupFamily description! parameters* tags",
  name: { property: "name", max: 255 },
  create: "CreateClusterParameterGroup",
  read: "DescribeClusterParameterGroups(ParameterGroupName).ParameterGroups.0",
  delete: "DeleteClusterParameterGroup(ParameterGroupName)",
  more: description,
  settle: setParameters,
  outs: (r) => ({ arn: r.arn("redshift", `parametergroup:${r.id}`), ...lowerFirst(description(r)) }),
});

/** The parameters that somebody set, those that were asked for first and in that order. */
async function userParameters(r: Request): Promise<Setting[]> {
  const found = await r.ask("DescribeClusterParameters(ParameterGroupName).Parameters", { Source: "user" });
  const values = new Map(
    ((found ?? []) as Props[]).map((one) => [String(one["ParameterName"]), String(one["ParameterValue"])]),
  );
  const asked = settings(r.inputs).filter(({ name }) => values.has(name));
  const names = new Set([...asked.map(({ name }) => name), ...values.keys()]);
  return [...names].map((name) => ({ name, value: values.get(name) ?? "" }));
}

const snapshotSchedule = plain({
  service: "redshift",
  props:
    "identifier!=ScheduleIdentifier definitions=ScheduleDefinitions description!=ScheduleDescription tags forceDestroy~",
  name: { property: "identifier", max: 255 },
  create: "CreateSnapshotSchedule",
  read: "DescribeSnapshotSchedules(ScheduleIdentifier).SnapshotSchedules.0",
  update: "ModifySnapshotSchedule(ScheduleIdentifier)",
  delete: "DeleteSnapshotSchedule(ScheduleIdentifier)",
  outs: (r) => ({ arn: r.arn("redshift", `snapshotschedule:${r.id}`) }),
});

/** `cluster/schedule`, as the official provider's ids are. */
const associationRef = (r: Request): { ClusterIdentifier: string; ScheduleIdentifier: string } => {
  const [ClusterIdentifier = "", ScheduleIdentifier = ""] = r.id.split("/");
  return { ClusterIdentifier, ScheduleIdentifier };
};

const association: TypeSpec = {
  service: "redshift",
  props: "clusterIdentifier! scheduleIdentifier!",
  maps: "ModifyClusterSnapshotSchedule",
  create: async (r) => {
    await r.call("ModifyClusterSnapshotSchedule", r.map());
    return { id: `${r.str("clusterIdentifier")}/${r.str("scheduleIdentifier")}` };
  },
  read: async (r) => {
    const ref = associationRef(r);
    const found = await r.ask("DescribeSnapshotSchedules.SnapshotSchedules.0", ref);
    return found === undefined ? undefined : ref;
  },
  delete: (r) => r.ask("ModifyClusterSnapshotSchedule", { ...associationRef(r), DisassociateSchedule: true }),
};

/** A time as the official provider keeps it: RFC 3339 in whole seconds. */
const asTime = (value: unknown): unknown =>
  value instanceof Date ? value.toISOString().replace(/\.\d+Z$/, "Z") : value;

const scheduledAction = plain({
  service: "redshift",
  props:
    "name!=ScheduledActionName description=ScheduledActionDescription enable iamRole schedule startTime endTime targetAction",
  name: { property: "name", max: 63 },
  create: "CreateScheduledAction",
  read: "DescribeScheduledActions(ScheduledActionName).ScheduledActions.0",
  update: "ModifyScheduledAction(ScheduledActionName)",
  delete: "DeleteScheduledAction(ScheduledActionName)",
  // An update keeps what it is not told.
  more: (r) => ({
    Enable: r.inputs["enable"] ?? true,
    ...(r.inputs["description"] === undefined && r.oldInputs["description"] !== undefined
      ? { ScheduledActionDescription: "" }
      : {}),
  }),
});

export const redshiftTypes: Record<string, TypeSpec> = {
  "aws:redshift/subnetGroup:SubnetGroup": {
    ...subnetGroup,
    read: async (r) => {
      const found = withTags(await subnetGroup.read(r));
      const subnets = (found?.["Subnets"] ?? []) as Props[];
      return found && { ...found, subnetIds: subnets.map(({ SubnetIdentifier }) => SubnetIdentifier) };
    },
  },
  "aws:redshift/parameterGroup:ParameterGroup": {
    ...parameterGroup,
    read: async (r) => {
      const found = withTags(await parameterGroup.read(r));
      return found && { ...found, parameters: await userParameters(r) };
    },
    update: setParameters,
  },
  "aws:redshift/snapshotSchedule:SnapshotSchedule": {
    ...snapshotSchedule,
    read: async (r) => withTags(await snapshotSchedule.read(r)),
    delete: async (r) => {
      const clusters = await r.ask(
        "DescribeSnapshotSchedules(ScheduleIdentifier).SnapshotSchedules.0.AssociatedClusters",
      );
      for (const { ClusterIdentifier } of r.inputs["forceDestroy"] === true ? ((clusters ?? []) as Props[]) : [])
        await r.ask("ModifyClusterSnapshotSchedule", { ClusterIdentifier, DisassociateSchedule: true });
      await snapshotSchedule.delete(r);
    },
  },
  "aws:redshift/snapshotScheduleAssociation:SnapshotScheduleAssociation": association,
  "aws:redshift/scheduledAction:ScheduledAction": {
    ...scheduledAction,
    read: async (r) => {
      const found = await scheduledAction.read(r);
      if (found === undefined) return undefined;
      const [startTime, endTime] = [asTime(found["StartTime"]), asTime(found["EndTime"])];
      return { ...found, enable: found["State"] === "ACTIVE", startTime, endTime };
    },
  },
  "aws:redshift/usageLimit:UsageLimit": plain({
    service: "redshift",
    props: "clusterIdentifier! featureType! limitType! period! amount breachAction tags",
    create: "CreateUsageLimit.UsageLimitId",
    read: "DescribeUsageLimits(UsageLimitId).UsageLimits.0",
    update: "ModifyUsageLimit(UsageLimitId)",
    delete: "DeleteUsageLimit(UsageLimitId)",
    outs: (r) => ({
      arn: r.arn("redshift", `usagelimit:${r.id}`),
      breachAction: r.inputs["breachAction"] ?? "log",
      period: r.inputs["period"] ?? "monthly",
    }),
  }),
};
