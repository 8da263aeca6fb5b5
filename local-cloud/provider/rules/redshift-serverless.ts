/**
 * Redshift Serverless. AWS pages: "CreateNamespace", "CreateWorkgroup", "UpdateWorkgroup", "UpdateNamespace" (API
 * reference); "Compute capacity for Amazon Redshift Serverless", "Considerations when using Amazon Redshift Serverless".
 */
import { type Props, text } from "../mapping";
import { atMost, type Check, list, matches, oneOf, type Rules, where } from "./check";
import { isAdminName, isDatabaseName, isManagedStoragePort, isPassword, PASSWORD_RULE } from "./redshift-names";

const ROLE = /^(IamRole\(.*iamRoleArn=)?arn:[\w-]+:iam::\d{12}:role\/[^)]+\)?$/;

const NAMESPACE: readonly Check[] = [
  where(
    "adminUsername",
    "must have 1 to 128 lowercase letters, digits and _ + . @ - and be no reserved word",
    isAdminName,
  ),
  where("adminUserPassword", PASSWORD_RULE, isPassword),
  where(
    "adminUserPassword",
    "cannot be given with manageAdminPassword",
    (_, { manageAdminPassword }) => manageAdminPassword !== true,
  ),
  where(
    "adminPasswordSecretKmsKeyId",
    "is only for manageAdminPassword",
    (_, { manageAdminPassword }) => manageAdminPassword === true,
  ),
  where("dbName", "must have 1 to 64 lowercase letters, digits and _ $ - and be no reserved word", isDatabaseName),
  matches("iamRoles.*", "must be a role's ARN", ROLE),
  oneOf("logExports.*", ["userlog", "connectionlog", "useractivitylog"]),
];

const FLAG = /^(true|false)$/;
const COUNT = /^\d{1,15}$/;
const PARAMETERS: Readonly<Record<string, RegExp>> = {
  auto_mv: FLAG,
  datestyle: /^(ISO|Postgres|SQL|German)(, ?(MDY|DMY|YMD))?$/i,
  enable_case_sensitive_identifier: FLAG,
  enable_user_activity_logging: FLAG,
  query_group: /^.{0,320}$/,
  require_ssl: FLAG,
  search_path: /^.{1,320}$/,
  use_fips_ssl: FLAG,
  max_query_execution_time: COUNT,
  max_query_queue_time: COUNT,
  max_query_cpu_time: COUNT,
  max_query_blocks_read: COUNT,
  max_scan_row_count: COUNT,
  max_query_cpu_usage_percent: COUNT,
  max_query_temp_blocks_to_disk: COUNT,
  max_join_row_count: COUNT,
  max_nested_loop_join_row_count: COUNT,
};

const WORKGROUP: readonly Check[] = [
  // 4, and more than 512, are offered in some regions only.
  where("baseCapacity", "must be from 8 to 512 RPU in steps of 8", (rpu) => {
    return Number(rpu) % 8 === 0 && Number(rpu) >= 8 && Number(rpu) <= 512;
  }),
  where("maxCapacity", "must be from baseCapacity to 5632 RPU in steps of 8", (rpu, { baseCapacity }) => {
    return Number(rpu) % 8 === 0 && Number(rpu) >= Math.max(8, Number(baseCapacity) || 0) && Number(rpu) <= 5632;
  }),
  oneOf("pricePerformanceTarget.level", [1, 25, 50, 75, 100]),
  where("pricePerformanceTarget", "cannot be enabled with baseCapacity", (target, { baseCapacity }) => {
    return (target as Props)["status"] !== "ENABLED" || baseCapacity === undefined;
  }),
  where("port", "must be from 5431 to 5455 or from 8191 to 8215", isManagedStoragePort),
  oneOf("trackName", ["current", "trailing"]),
  where(
    "configParameters.*",
    `must be one of ${Object.keys(PARAMETERS).join(", ")} with a value that it takes`,
    (given) => {
      const { parameterKey, parameterValue } = given as Props;
      return PARAMETERS[text(parameterKey)]?.test(text(parameterValue)) === true;
    },
  ),
  where("subnetIds", "must have at least 3 subnets, in three availability zones", (ids) => list(ids).length >= 3),
];

/** "You can't update multiple parameters in one request": but for those that need each other. */
const oneChange = (name: string, together: readonly string[]): Check =>
  where("", `must change one thing; together may be only ${together.join(" or ")}`, (input) => {
    const given = Object.keys(input as Props).filter((key) => key !== name && (input as Props)[key] !== undefined);
    return given.length <= 1 || together.some((group) => given.every((key) => group.split(" ").includes(key)));
  });

const amount = where("amount", "must be positive", (n) => Number(n) >= 1);

export const redshiftServerlessRules: Rules = {
  CreateNamespace: [
    ...NAMESPACE,
    where("defaultIamRoleArn", "must be one of iamRoles", (role, { iamRoles }) => list(iamRoles).includes(role)),
  ],
  UpdateNamespace: [
    ...NAMESPACE,
    oneChange("namespaceName", [
      "adminUsername adminUserPassword manageAdminPassword adminPasswordSecretKmsKeyId",
      "iamRoles defaultIamRoleArn",
    ]),
  ],
  CreateWorkgroup: [...WORKGROUP, atMost("configParameters", Object.keys(PARAMETERS).length)],
  UpdateWorkgroup: [...WORKGROUP, oneChange("workgroupName", ["baseCapacity pricePerformanceTarget"])],
  CreateUsageLimit: [amount],
  UpdateUsageLimit: [amount],
};
