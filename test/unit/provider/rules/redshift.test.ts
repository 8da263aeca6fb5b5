import { readFileSync } from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { isReserved } from "../../../../local-cloud/provider/rules/redshift-names";
import { extraIssues } from "../../../../local-cloud/provider/rules";
import { type Case, judge, judgeAll } from "./judge";

const role = "arn:aws:iam::123456789012:role/copy";
const parameter = (ParameterName: string, ParameterValue?: string): object => ({
  Parameters: [{ ParameterName, ParameterValue }],
});
const setting = (parameterKey: string, parameterValue: string): object => ({
  configParameters: [{ parameterKey, parameterValue }],
});

const CASES: Case[] = [
  {
    call: "redshift.CreateCluster",
    good: {
      ClusterIdentifier: "shop-1",
      NodeType: "ra3.large",
      ClusterType: "single-node",
      MasterUsername: "owner",
      ManageMasterPassword: true,
    },
    also: [
      { ClusterType: "multi-node", NumberOfNodes: 2 },
      { ManageMasterPassword: undefined, MasterUserPassword: "Secret123" },
      { Port: 8191, DBName: "shop_1", PreferredMaintenanceWindow: "Sat:23:45-sun:00:15", Encrypted: true },
      { NodeType: "dc2.large", Port: 1150, AutomatedSnapshotRetentionPeriod: 0 },
      { IamRoles: [role], DefaultIamRoleArn: role, ManualSnapshotRetentionPeriod: -1 },
      { NodeType: "ra3.xlplus", ClusterType: "multi-node", NumberOfNodes: 2, MultiAZ: true },
    ],
    bad: [
      [{ ClusterIdentifier: "Shop" }, /lowercase/],
      [{ ClusterIdentifier: "a--b" }, /single hyphens/],
      [{ ClusterIdentifier: "a".repeat(64) }, /1 to 63/],
      [{ NodeType: "ra3.tiny" }, /ra3\.large/],
      [{ NodeType: "ra3.4xlarge" }, /needs NumberOfNodes/],
      [{ ClusterType: "multi-node" }, /needs NumberOfNodes/],
      [{ ClusterType: "multi-node", NumberOfNodes: 1 }, /does not fit/],
      [{ ClusterType: "multi-node", NumberOfNodes: 17 }, /does not fit/],
      [{ NumberOfNodes: 2 }, /does not fit/],
      [{ MasterUsername: "user" }, /reserved/],
      [{ MasterUsername: "public" }, /reserved/],
      [{ DBName: "Shop" }, /lowercase/],
      [{ DBName: "select" }, /reserved/],
      [
        { ManageMasterPassword: undefined, MasterUserPassword: "Secret123", MasterPasswordSecretKmsKeyId: "k" },
        /only for ManageMasterPassword/,
      ],
      [{ ManageMasterPassword: undefined }, /must have MasterUserPassword/],
      [{ MasterUserPassword: "Secret123" }, /cannot be given with/],
      [{ ManageMasterPassword: undefined, MasterUserPassword: "secret123" }, /uppercase/],
      [{ ManageMasterPassword: undefined, MasterUserPassword: "Secret/123" }, /without/],
      [{ Port: 5430 }, /5431 to 5455/],
      [{ Port: 8216 }, /8191 to 8215/],
      [{ PreferredMaintenanceWindow: "sun:03:00-sun:03:29" }, /30 minutes/],
      [{ PreferredMaintenanceWindow: "sun:03:00-tue:03:00" }, /24 hours/],
      [{ AutomatedSnapshotRetentionPeriod: 0 }, /1 to 35/],
      [{ ManualSnapshotRetentionPeriod: 0 }, /-1 or from 1/],
      [{ Encrypted: false }, /must be true/],
      [{ MultiAZ: true }, /needs one of/],
      [{ IamRoles: ["copy"] }, /role's ARN/],
      [{ DefaultIamRoleArn: role }, /one of IamRoles/],
      [{ MaintenanceTrackName: "edge" }, /current, trailing/],
    ],
  },
  {
    call: "redshift.CreateClusterSubnetGroup",
    good: { ClusterSubnetGroupName: "net-1", Description: "d", SubnetIds: ["subnet-1"] },
    bad: [
      [{ SubnetIds: [] }, /from 1 to 20/],
      [{ ClusterSubnetGroupName: "default" }, /not be default/],
      [{ ClusterSubnetGroupName: "Net" }, /lowercase/],
    ],
  },
  {
    call: "redshift.CreateClusterParameterGroup",
    good: { ParameterGroupName: "g", ParameterGroupFamily: "redshift-2.0", Description: "d" },
    bad: [
      [{ ParameterGroupFamily: "redshift-3.0" }, /redshift-2\.0/],
      [{ ParameterGroupName: "1g" }, /begin with a letter/],
    ],
  },
  {
    call: "redshift.ModifyClusterParameterGroup",
    good: { ParameterGroupName: "g", ...parameter("require_ssl", "true") },
    also: [
      parameter("wlm_json_configuration", '[{"auto_wlm":true}]'),
      parameter("statement_timeout", "100"),
      parameter("extra_float_digits", "-15"),
    ],
    bad: [
      [parameter("require_ssl", "yes"), /parameter of the family/],
      [parameter("require_tls", "true"), /parameter of the family/],
      [parameter("statement_timeout", "99"), /value that it takes/],
      [parameter("wlm_json_configuration", "{}"), /value that it takes/],
    ],
  },
  {
    call: "redshift.CreateScheduledAction",
    good: {
      ScheduledActionName: "night",
      Schedule: "cron(0 20 ? * MON-FRI *)",
      IamRole: role,
      TargetAction: { PauseCluster: { ClusterIdentifier: "shop" } },
    },
    also: [{ Schedule: "at(2026-12-01T20:00:00)" }],
    bad: [
      [{ Schedule: "rate(1 day)" }, /at\(yyyy/],
      [{ Schedule: "cron(0/30 * * * ? *)" }, /once an hour/],
      [{ Schedule: "cron(0 20 * * MON *)" }, /exactly one of day-of-month/],
      [{ IamRole: "copy" }, /role's ARN/],
      [{ TargetAction: {} }, /exactly one of ResizeCluster/],
      [{ ScheduledActionName: "night-" }, /hyphen/],
    ],
  },
  {
    call: "redshift.CreateUsageLimit",
    good: { ClusterIdentifier: "shop", FeatureType: "spectrum", LimitType: "data-scanned", Amount: 1 },
    bad: [
      [{ LimitType: "time" }, /must fit FeatureType/],
      [{ Amount: 0 }, /positive/],
    ],
  },
  {
    call: "redshift.EnableLogging",
    good: { ClusterIdentifier: "shop", LogDestinationType: "s3", BucketName: "b", S3KeyPrefix: "redshift/" },
    also: [{ LogDestinationType: "cloudwatch", BucketName: undefined, LogExports: ["userlog"] }],
    bad: [
      [{ BucketName: undefined }, /s3 with a bucket/],
      [{ LogDestinationType: "cloudwatch" }, /no bucket/],
      [{ LogExports: ["slowlog"] }, /userlog/],
      [{ S3KeyPrefix: "a*b" }, /letters, digits/],
    ],
  },
  {
    call: "redshift.CreateSnapshotSchedule",
    good: { ScheduleIdentifier: "s", ScheduleDefinitions: ["rate(12 hours)"] },
    also: [{ ScheduleDefinitions: ["cron(30 12 *)", "cron(30 0 *)"] }],
    bad: [
      [{ ScheduleDefinitions: ["rate(25 hours)"] }, /from 1 to 24/],
      [{ ScheduleDefinitions: ["rate(12 hours)", "cron(30 12 *)"] }, /1 rate\(\) or only cron/],
      [{ ScheduleIdentifier: "S" }, /lowercase/],
    ],
  },
  {
    call: "redshift-serverless.CreateNamespace",
    good: { namespaceName: "shop", adminUsername: "owner", manageAdminPassword: true, dbName: "shop" },
    also: [{ iamRoles: [role], defaultIamRoleArn: role, logExports: ["userlog"] }],
    bad: [
      [{ adminUsername: "select" }, /reserved/],
      [{ dbName: "Shop" }, /lowercase/],
      [{ adminUserPassword: "Secret123" }, /cannot be given with/],
      [{ manageAdminPassword: undefined, adminPasswordSecretKmsKeyId: "k" }, /only for manageAdminPassword/],
      [{ logExports: ["slowlog"] }, /userlog/],
      [{ iamRoles: ["copy"] }, /role's ARN/],
      [{ defaultIamRoleArn: role }, /one of iamRoles/],
    ],
  },
  {
    call: "redshift-serverless.CreateWorkgroup",
    good: { workgroupName: "shop", namespaceName: "shop", baseCapacity: 8, subnetIds: ["a", "b", "c"] },
    also: [
      { baseCapacity: 512, maxCapacity: 512, port: 5455 },
      { baseCapacity: undefined, pricePerformanceTarget: { status: "ENABLED", level: 75 } },
      setting("search_path", "$user, public"),
      setting("max_scan_row_count", "1000000"),
    ],
    bad: [
      [{ baseCapacity: 12 }, /steps of 8/],
      [{ baseCapacity: 520 }, /8 to 512/],
      [{ baseCapacity: 64, maxCapacity: 32 }, /from baseCapacity/],
      [{ pricePerformanceTarget: { status: "ENABLED", level: 75 } }, /cannot be enabled with baseCapacity/],
      [{ port: 5456 }, /5431 to 5455/],
      [{ subnetIds: ["a", "b"] }, /at least 3/],
      [setting("require_ssl", "yes"), /value that it takes/],
      [setting("nope", "1"), /must be one of auto_mv/],
    ],
  },
  {
    call: "redshift-serverless.UpdateWorkgroup",
    good: { workgroupName: "shop", baseCapacity: 16 },
    bad: [[{ port: 5440 }, /must change one thing/]],
  },
  {
    call: "redshift-serverless.UpdateNamespace",
    good: { namespaceName: "shop", iamRoles: [role], defaultIamRoleArn: role },
    bad: [[{ kmsKeyId: "k" }, /must change one thing/]],
  },
];

describe("Redshift's rules", () => {
  judgeAll(CASES);

  it("never show a password", () => {
    const issues = [
      ...extraIssues("redshift", "CreateCluster", { MasterUserPassword: "my-secret" }),
      ...extraIssues("redshift-serverless", "CreateNamespace", { adminUserPassword: "my-secret" }),
    ];
    expect(issues.length).to.be.greaterThan(1);
    expect(JSON.stringify(issues)).to.not.contain("my-secret");
  });

  it("ask of a part of the input only what can be known of it", () => {
    expect(extraIssues("redshift", "CreateCluster", { ClusterIdentifier: "shop" }, true)).to.deep.equal([]);
    expect(judge("redshift.CreateCluster", { ClusterIdentifier: "shop" }).join()).to.match(/MasterUserPassword/);
  });

  it("know the same reserved words as the engine", () => {
    const file = "local-cloud/engines/local_engines/redshift/control/reserved_words.py";
    const source = readFileSync(path.resolve(__dirname, "../../../..", file), "utf8");
    const words = (source.split('_WORDS = """')[1]?.split('"""')[0] ?? "").trim().split(/\s+/);
    expect(words.length).to.be.greaterThan(100);
    expect(words.filter((word) => !isReserved(word))).to.deep.equal([]);
    expect(isReserved("shop")).to.equal(false);
  });
});
