import { at, isOn, numberAt, recordsAt, textAt, textsAt, type Resource, type Resources } from "../resource";
import { unless, type Rule } from "../rule";
import { openRanges } from "./network";

const CLUSTER = "aws:redshift/cluster:Cluster";
const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
const GROUP = "aws:redshift/parameterGroup:ParameterGroup";
/** What AWS or its examples call things; known names are tried first. */
const KNOWN_USERS = ["awsuser", "admin", "administrator", "root", "master"];
const DEFAULT_DATABASE = "dev";
const DEFAULT_PORT = 5439;
const SNAPSHOT_DAYS = 7;

function parameter(cluster: Resource, all: Resources, name: string): unknown {
  const group = all.named(GROUP, at(cluster, "clusterParameterGroupName"));
  return group && recordsAt(group, "parameters").find((one) => one["name"] === name)?.["value"];
}

/** A provisioned warehouse. */
export const REDSHIFT_RULES: readonly Rule[] = [
  {
    id: "Redshift.1",
    aliases: ["AwsSolutions-RS8", "CKV_AWS_87"],
    title: "A cluster is not reachable from the internet",
    remedy: "Set publiclyAccessible to false: AWS's default is public.",
    types: [CLUSTER],
    reads: "resource",
    check: (cluster) => unless(at(cluster, "publiclyAccessible") === false, "it has a public address"),
  },
  {
    id: "Redshift.2",
    aliases: ["AwsSolutions-RS1", "CKV_AWS_105"],
    title: "A cluster refuses connections without TLS",
    remedy: "Set require_ssl to true in the cluster's own parameter group.",
    types: [CLUSTER],
    reads: "stack",
    check: (cluster, all) => {
      const value = parameter(cluster, all, "require_ssl");
      return unless(String(value) === "true", `require_ssl is ${value === undefined ? "not set" : "off"}`);
    },
  },
  {
    id: "Redshift.3",
    aliases: ["AwsSolutions-RS10", "CKV_AWS_343"],
    title: "A cluster's snapshots go back a week",
    remedy: "Set clickstream:warehouseSnapshotDays to 7 or more.",
    types: [CLUSTER],
    reads: "resource",
    check: (cluster) => {
      const days = numberAt(cluster, "automatedSnapshotRetentionPeriod") ?? 1;
      return unless(
        days >= SNAPSHOT_DAYS,
        `automatic snapshots are kept for ${days === 1 ? "a day" : `${String(days)} days`}`,
      );
    },
  },
  {
    id: "Redshift.4",
    aliases: ["AwsSolutions-RS5", "CKV_AWS_71"],
    title: "A cluster's connections and users are logged",
    remedy: "Give the cluster a Logging with connectionlog, userlog and useractivitylog.",
    types: [CLUSTER],
    reads: "stack",
    check: (cluster, all) => {
      const logging = all.naming("aws:redshift/logging:Logging", "clusterIdentifier", cluster)[0];
      if (logging === undefined) return ["no audit log is written"];
      // To S3 every log goes; to CloudWatch those that are named.
      const missing =
        textAt(logging, "logDestinationType") === "cloudwatch"
          ? ["connectionlog", "userlog"].filter((one) => !textsAt(logging, "logExports").includes(one))
          : [];
      return unless(missing.length === 0, `${missing.join(" and ")} are not written`);
    },
  },
  {
    id: "AwsSolutions-RS11",
    aliases: [],
    title: "A cluster logs each statement",
    remedy: "Set enable_user_activity_logging to true in the cluster's own parameter group.",
    types: [CLUSTER],
    reads: "stack",
    check: (cluster, all) =>
      unless(
        String(parameter(cluster, all, "enable_user_activity_logging")) === "true",
        "the statements of its users are not logged",
      ),
  },
  {
    id: "Redshift.6",
    aliases: ["AwsSolutions-RS9"],
    title: "A cluster takes new versions in its maintenance window",
    remedy: "Leave allowVersionUpgrade on.",
    types: [CLUSTER],
    reads: "resource",
    check: (cluster) => unless(at(cluster, "allowVersionUpgrade") !== false, "it stays on the version that it has"),
  },
  {
    id: "Redshift.7",
    aliases: ["CKV_AWS_321"],
    title: "A cluster's traffic stays in its network",
    remedy: "Set enhancedVpcRouting.",
    types: [CLUSTER],
    reads: "resource",
    check: (cluster) =>
      unless(isOn(cluster, "enhancedVpcRouting"), "COPY and UNLOAD leave the network, past its security groups"),
  },
  {
    id: "Redshift.8",
    aliases: ["AwsSolutions-RS3", "CKV_AWS_391"],
    title: "A cluster's administrator has a name of its own",
    remedy: "Set masterUsername to another name than the usual ones.",
    types: [CLUSTER],
    reads: "resource",
    check: (cluster) => {
      const user = textAt(cluster, "masterUsername");
      return unless(
        user !== undefined && !KNOWN_USERS.includes(user.toLowerCase()),
        `it is called ${user ?? "nothing"}`,
      );
    },
  },
  {
    id: "Redshift.10",
    aliases: ["AwsSolutions-RS6", "CKV_AWS_64"],
    title: "A cluster encrypts at rest",
    remedy: "Set encrypted.",
    types: [CLUSTER],
    reads: "resource",
    check: (cluster) => unless(isOn(cluster, "encrypted"), "its blocks and snapshots are not encrypted"),
  },
  {
    id: "CKV_AWS_142",
    aliases: [],
    title: "A cluster encrypts by a key of the customer",
    remedy: "Set kmsKeyId to the warehouse's key.",
    types: [CLUSTER],
    reads: "resource",
    check: (cluster) => unless(textAt(cluster, "kmsKeyId") !== undefined, "it is encrypted by no key of the customer"),
  },
  {
    id: "AwsSolutions-RS2",
    aliases: ["CKV_AWS_154"],
    title: "A cluster is in a network",
    remedy: "Set clusterSubnetGroupName.",
    types: [CLUSTER],
    reads: "resource",
    check: (cluster) => unless(textAt(cluster, "clusterSubnetGroupName") !== undefined, "it is in no subnet"),
  },
  {
    id: "AwsSolutions-RS4",
    aliases: [],
    title: "A cluster does not listen on the usual port",
    remedy: "Set port to another than 5439.",
    types: [CLUSTER],
    reads: "resource",
    check: (cluster) => unless((numberAt(cluster, "port") ?? DEFAULT_PORT) !== DEFAULT_PORT, "it listens on port 5439"),
  },
  {
    id: "CKV_AWS_320",
    aliases: [],
    title: "A cluster's database has a name of its own",
    remedy: "Set databaseName to another than dev.",
    types: [CLUSTER],
    reads: "resource",
    check: (cluster) =>
      unless((textAt(cluster, "databaseName") ?? DEFAULT_DATABASE) !== DEFAULT_DATABASE, "its database is called dev"),
  },
  {
    id: "Redshift.15",
    aliases: [],
    title: "A cluster's port is open to known addresses only",
    remedy: "Name the network's addresses in the security group, not 0.0.0.0/0 or ::/0.",
    types: [CLUSTER],
    reads: "stack",
    check: (cluster, all) => {
      const port = numberAt(cluster, "port") ?? DEFAULT_PORT;
      const groups = textsAt(cluster, "vpcSecurityGroupIds").map((id) => all.named(SECURITY_GROUP, id));
      return openRanges(all)
        .filter(({ group, from, to }) => groups.includes(group) && from <= port && port <= to)
        .map(({ group }) => `security group ${group.name} opens port ${String(port)} to the whole internet`);
    },
  },
];
