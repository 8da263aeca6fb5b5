/**
 * Redshift's provisioned clusters. AWS pages: "CreateCluster", "ModifyCluster", "CreateClusterSubnetGroup",
 * "CreateClusterParameterGroup", "CreateScheduledAction", "CreateUsageLimit", "EnableLogging" (API reference);
 * "Quotas and limits", "Amazon Redshift parameter groups", "Automated snapshot schedules" (management guide).
 */
import { type Props, text } from "../mapping";
import { atMost, between, type Check, list, matches, oneOf, parseJson, type Rules, where } from "./check";
import {
  isAdminName,
  isDatabaseName,
  isIdentifier,
  isManagedStoragePort,
  isPassword,
  PASSWORD_RULE,
} from "./redshift-names";

/** Node type -> fewest and most nodes. */
const NODES: Readonly<Record<string, readonly [number, number]>> = {
  "dc2.large": [1, 32],
  "dc2.8xlarge": [2, 128],
  "ra3.large": [1, 16],
  "ra3.xlplus": [1, 32],
  "ra3.4xlarge": [2, 128],
  "ra3.16xlarge": [2, 128],
};
const MULTI_AZ = ["ra3.xlplus", "ra3.4xlarge", "ra3.16xlarge"];
const isRa3 = (type: unknown): boolean => type === undefined || text(type).startsWith("ra3.") || !(text(type) in NODES);

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

function isWindow(window: unknown): boolean {
  const match =
    /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):([0-5]\d)-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):([0-5]\d)$/.exec(
      text(window).toLowerCase(),
    );
  if (match === null) return false;
  const at = (day = "", hour = "", minute = ""): number =>
    DAYS.indexOf(day) * 1440 + Number(hour) * 60 + Number(minute);
  const length = (at(match[4], match[5], match[6]) - at(match[1], match[2], match[3]) + 10_080) % 10_080;
  return length >= 30 && length <= 1440;
}

const ROLE = /^arn:[\w-]+:iam::\d{12}:role\/.+$/;
const manualRetention = where(
  "ManualSnapshotRetentionPeriod",
  "must be -1 or from 1 to 3653 days",
  (days) => days === -1 || (Number(days) >= 1 && Number(days) <= 3653),
);

const SETTINGS: readonly Check[] = [
  oneOf("NodeType", Object.keys(NODES)),
  oneOf("ClusterType", ["single-node", "multi-node"]),
  where("MasterUserPassword", PASSWORD_RULE, isPassword),
  where("Port", "must be from 5431 to 5455 or from 8191 to 8215 for RA3 nodes", (port, { NodeType }) =>
    isRa3(NodeType) ? isManagedStoragePort(port) : Number(port) >= 1150 && Number(port) <= 65_535,
  ),
  where("PreferredMaintenanceWindow", "must be like sun:03:00-sun:03:30, 30 minutes to 24 hours", isWindow),
  where("AutomatedSnapshotRetentionPeriod", "must be from 1 to 35 days for RA3 nodes", (days, { NodeType }) => {
    return Number(days) >= (isRa3(NodeType) ? 1 : 0) && Number(days) <= 35;
  }),
  manualRetention,
  oneOf("MaintenanceTrackName", ["current", "trailing"]),
  oneOf("ClusterVersion", ["1.0"]),
  where("Encrypted", "must be true: every new cluster is encrypted", (encrypted) => text(encrypted) === "true"),
  where(
    "MultiAZ",
    `needs one of ${MULTI_AZ.join(", ")}`,
    (on, { NodeType }) => on !== true || NodeType === undefined || MULTI_AZ.includes(text(NodeType)),
  ),
  where(
    "MasterUserPassword",
    "cannot be given with ManageMasterPassword",
    (_, { ManageMasterPassword }) => ManageMasterPassword !== true,
  ),
];

/** The number of nodes must fit the type and kind of cluster, as far as these are known. */
const nodeCount = where("NumberOfNodes", "does not fit the cluster's type", (count, { NodeType, ClusterType }) => {
  const [least, most] = NODES[text(NodeType)] ?? [1, 128];
  const multi = ClusterType === "multi-node" ? 2 : 1;
  if (ClusterType === "single-node") return Number(count) === 1;
  return Number(count) >= Math.max(least, multi) && Number(count) <= most;
});

const identifier = (path: string, max: number): Check =>
  where(
    path,
    `must have 1 to ${max} lowercase letters, digits and single hyphens, begin with a letter and not end with a hyphen`,
    (name) => isIdentifier(name, max),
  );

/** TRUE or FALSE, ranges and choices of the parameters of the family redshift-2.0. */
const PARAMETERS: Readonly<Record<string, RegExp>> = {
  auto_analyze: /^(true|false)$/,
  auto_mv: /^(true|false)$/,
  datestyle: /^.+$/,
  enable_case_sensitive_identifier: /^(true|false)$/,
  enable_user_activity_logging: /^(true|false)$/,
  extra_float_digits: /^(-1[0-5]|-[1-9]|[0-2])$/,
  max_concurrency_scaling_clusters: /^([0-9]|10)$/,
  query_group: /^.*$/,
  require_ssl: /^(true|false)$/,
  search_path: /^.+$/,
  statement_timeout: /^(0|[1-9]\d{2,9})$/,
  use_fips_ssl: /^(true|false)$/,
};

const parameter = where(
  "Parameters.*",
  `must be a parameter of the family with a value that it takes: ${Object.keys(PARAMETERS).join(", ")}, wlm_json_configuration`,
  (given) => {
    const { ParameterName, ParameterValue } = given as Props;
    if (ParameterName !== "wlm_json_configuration")
      return PARAMETERS[text(ParameterName)]?.test(text(ParameterValue)) === true;
    const queues = parseJson(ParameterValue);
    return Array.isArray(queues) && queues.length > 0 && text(ParameterValue).length <= 8000;
  },
);

const SCHEDULE: readonly Check[] = [
  matches(
    "Schedule",
    "must be at(yyyy-mm-ddThh:mm:ss) or cron(minutes hours day-of-month month day-of-week year), at most once an hour",
    /^(at\(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?\)|cron\(\d{1,2}( +\S+){5}\))$/,
  ),
  where("Schedule", "must have ? in exactly one of day-of-month and day-of-week", (schedule) => {
    const fields = /^cron\((.+)\)$/.exec(text(schedule))?.[1]?.trim().split(/ +/);
    return fields === undefined || (fields[2] === "?") !== (fields[4] === "?");
  }),
  matches("IamRole", "must be a role's ARN", ROLE),
  where(
    "TargetAction",
    "must have exactly one of ResizeCluster, PauseCluster, ResumeCluster",
    (action) => Object.values(action as Props).filter((one) => one !== undefined).length === 1,
  ),
];

/** Feature -> the one kind of limit that it takes. */
const LIMIT_TYPES: Readonly<Record<string, string>> = {
  spectrum: "data-scanned",
  "concurrency-scaling": "time",
  "cross-region-datasharing": "data-scanned",
  "extra-compute-for-automatic-optimization": "time",
};
const amount = where("Amount", "must be positive", (n) => Number(n) >= 1);

const SNAPSHOT_SCHEDULE: readonly Check[] = [
  matches(
    "ScheduleDefinitions.*",
    "must be like rate(12 hours), from 1 to 24, or cron(30 12 *)",
    /^(rate\(([1-9]|1\d|2[0-4]) hours?\)|cron\(\S+ \S+ \S+\))$/,
  ),
  where("ScheduleDefinitions", "must have 1 rate() or only cron()", (definitions) => {
    const rates = list(definitions).filter((one) => text(one).startsWith("rate"));
    return rates.length === 0 ? list(definitions).length > 0 : list(definitions).length === 1;
  }),
];

const SUBNET_GROUP: readonly Check[] = [
  where("SubnetIds", "must have from 1 to 20 subnets", (ids) => list(ids).length >= 1 && list(ids).length <= 20),
];

export const redshiftRules: Rules = {
  CreateCluster: [
    ...SETTINGS,
    nodeCount,
    identifier("ClusterIdentifier", 63),
    where(
      "MasterUsername",
      "must have 1 to 128 lowercase letters, digits and _ + . @ -, begin with a letter and be no reserved word",
      isAdminName,
    ),
    where(
      "MasterPasswordSecretKmsKeyId",
      "is only for ManageMasterPassword",
      (_, { ManageMasterPassword }) => ManageMasterPassword !== undefined && ManageMasterPassword !== false,
    ),
    where(
      "DBName",
      "must have 1 to 64 lowercase letters, digits and _ $ -, begin with a letter and be no reserved word",
      isDatabaseName,
    ),
    where(
      "",
      "must have MasterUserPassword or ManageMasterPassword",
      (input) =>
        (input as Props)["MasterUserPassword"] !== undefined || (input as Props)["ManageMasterPassword"] === true,
    ),
    where(
      "ClusterType",
      "needs NumberOfNodes for a multi-node cluster, and such a NodeType for one node",
      (type, owner) => {
        if (type === "multi-node") return owner["NumberOfNodes"] !== undefined;
        return (NODES[text(owner["NodeType"])] ?? [1])[0] === 1;
      },
    ),
    atMost("IamRoles", 50),
    matches("IamRoles.*", "must be a role's ARN", ROLE),
    where("DefaultIamRoleArn", "must be one of IamRoles", (role, { IamRoles }) => list(IamRoles).includes(role)),
  ],
  ModifyCluster: [...SETTINGS, nodeCount],
  ModifyClusterIamRoles: [
    matches("AddIamRoles.*", "must be a role's ARN", ROLE),
    matches("DefaultIamRoleArn", "must be a role's ARN", /^$|^arn:[\w-]+:iam::\d{12}:role\/.+$/),
  ],
  CreateClusterSubnetGroup: [
    ...SUBNET_GROUP,
    matches(
      "ClusterSubnetGroupName",
      "must have 1 to 255 lowercase letters, digits and hyphens and not be default",
      /^(?!default$)[a-z0-9-]{1,255}$/,
    ),
  ],
  ModifyClusterSubnetGroup: SUBNET_GROUP,
  CreateClusterParameterGroup: [
    identifier("ParameterGroupName", 255),
    oneOf("ParameterGroupFamily", ["redshift-1.0", "redshift-2.0"]),
  ],
  ModifyClusterParameterGroup: [parameter],
  EnableLogging: [
    where(
      "LogDestinationType",
      "must be s3 with a bucket, or cloudwatch with LogExports and no bucket",
      (type, owner) =>
        type === "cloudwatch"
          ? owner["BucketName"] === undefined && list(owner["LogExports"]).length > 0
          : type === "s3" && owner["BucketName"] !== undefined,
    ),
    oneOf("LogExports.*", ["connectionlog", "useractivitylog", "userlog"]),
    matches(
      "S3KeyPrefix",
      "must have letters, digits, spaces and _ . : / = + \\ - @ only",
      /^[\p{L}\p{N}\s_.:/=+\\@-]*$/u,
    ),
  ],
  CreateClusterSnapshot: [identifier("SnapshotIdentifier", 255), manualRetention],
  ModifyClusterSnapshot: [manualRetention],
  CreateSnapshotSchedule: [
    ...SNAPSHOT_SCHEDULE,
    matches("ScheduleIdentifier", "must have 1 to 255 lowercase letters, digits and hyphens", /^[a-z0-9-]{1,255}$/),
  ],
  ModifySnapshotSchedule: SNAPSHOT_SCHEDULE,
  CreateScheduledAction: [
    ...SCHEDULE,
    where(
      "ScheduledActionName",
      "must have 1 to 63 letters, digits and single hyphens, begin with a letter and not end with a hyphen",
      (name) => isIdentifier(text(name).toLowerCase(), 63),
    ),
  ],
  ModifyScheduledAction: SCHEDULE,
  CreateUsageLimit: [
    amount,
    where(
      "LimitType",
      "must fit FeatureType: data-scanned for spectrum, time for concurrency-scaling",
      (type, owner) => {
        const feature = owner["FeatureType"];
        return LIMIT_TYPES[text(feature)] === undefined || LIMIT_TYPES[text(feature)] === type;
      },
    ),
  ],
  ModifyUsageLimit: [amount],
  GetClusterCredentials: [between("DurationSeconds", 900, 3600)],
};
