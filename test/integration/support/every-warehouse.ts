import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Common } from "./every-type";

/** Redshift, provisioned and serverless, and a call of a function. */
export function warehouses(
  vpcId: pulumi.Input<string>,
  subnetIds: pulumi.Input<pulumi.Input<string>[]>,
  fn: aws.lambda.Function,
  common: Common,
): { invocation: aws.lambda.Invocation } {
  const role = new aws.iam.Role("t-copy", {
    assumeRolePolicy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "redshift.amazonaws.com" }, Action: "sts:AssumeRole" }],
    }),
  });
  provisioned(vpcId, subnetIds, role, common);
  serverless(role, common);
  const { version } = common;
  // A function that is called makes its log group itself, and nobody would delete that.
  const logs = new aws.cloudwatch.LogGroup("t-fn", { name: pulumi.interpolate`/aws/lambda/${fn.name}` });
  const call = { functionName: fn.name };
  new aws.lambda.Invocation(
    "t-life",
    { ...call, input: JSON.stringify({ version }), lifecycleScope: "CRUD" },
    { dependsOn: [logs] },
  );
  const invocation = new aws.lambda.Invocation(
    "t-once",
    { ...call, input: "{}", triggers: { a: "b" } },
    { dependsOn: [logs] },
  );
  return { invocation };
}

function provisioned(
  vpcId: pulumi.Input<string>,
  subnetIds: pulumi.Input<pulumi.Input<string>[]>,
  role: aws.iam.Role,
  { version, description, tags }: Common,
): void {
  const subnets = new aws.redshift.SubnetGroup("t-warehouse", { subnetIds, description, tags });
  const group = new aws.redshift.ParameterGroup("t-warehouse", {
    family: "redshift-2.0",
    parameters: [
      { name: "require_ssl", value: "true" },
      version === 1
        ? { name: "enable_user_activity_logging", value: "true" }
        : { name: "statement_timeout", value: "60000" },
      { name: "wlm_json_configuration", value: JSON.stringify([{ auto_wlm: true, queue_type: `auto${version}` }]) },
    ],
    tags,
  });
  const access = new aws.ec2.SecurityGroup("t-warehouse", { vpcId });
  const key = new aws.kms.Key("t-warehouse", { deletionWindowInDays: 7 });
  const cluster = new aws.redshift.Cluster("t-warehouse", {
    clusterIdentifier: "t-warehouse",
    databaseName: "shop",
    masterUsername: "owner",
    manageMasterPassword: true,
    nodeType: version === 1 ? "ra3.large" : "ra3.xlplus",
    clusterType: version === 1 ? "single-node" : "multi-node",
    numberOfNodes: version,
    port: 5438 + version,
    encrypted: "true",
    kmsKeyId: key.arn,
    enhancedVpcRouting: version === 1,
    clusterSubnetGroupName: subnets.name,
    clusterParameterGroupName: group.name,
    vpcSecurityGroupIds: [access.id],
    preferredMaintenanceWindow: `Sun:0${version}:00-Sun:0${version}:30`,
    automatedSnapshotRetentionPeriod: 6 + version,
    allowVersionUpgrade: version === 1,
    skipFinalSnapshot: true,
    tags,
  });
  const on = { clusterIdentifier: cluster.id };
  const other = { dependsOn: [cluster] };
  new aws.redshift.ClusterIamRoles("t-warehouse", {
    ...on,
    iamRoleArns: [role.arn],
    ...(version === 1 ? {} : { defaultIamRoleArn: role.arn }),
  });
  new aws.redshift.Logging("t-warehouse", {
    ...on,
    logDestinationType: "cloudwatch",
    logExports: version === 1 ? ["connectionlog"] : ["connectionlog", "userlog"],
  });
  const schedule = new aws.redshift.SnapshotSchedule("t-warehouse", {
    definitions: [`rate(${6 * version} hours)`],
    tags,
  });
  new aws.redshift.SnapshotScheduleAssociation("t-warehouse", { ...on, scheduleIdentifier: schedule.id });
  new aws.redshift.ScheduledAction("t-pause", {
    schedule: `cron(0 ${18 + version} ? * MON-FRI *)`,
    iamRole: role.arn,
    description,
    enable: version === 1,
    startTime: "2030-01-01T00:00:00Z",
    targetAction: { pauseCluster: on },
  });
  new aws.redshift.UsageLimit("t-spectrum", {
    ...on,
    featureType: "spectrum",
    limitType: "data-scanned",
    period: "daily",
    amount: 5 * version,
    breachAction: version === 1 ? "log" : "disable",
    tags,
  });
  new aws.redshift.ClusterSnapshot(
    "t-warehouse",
    { ...on, snapshotIdentifier: "t-warehouse", manualSnapshotRetentionPeriod: version, tags },
    other,
  );
}

function serverless(role: aws.iam.Role, { version, tags }: Common): void {
  const namespace = new aws.redshiftserverless.Namespace("t-namespace", {
    namespaceName: "t-namespace",
    dbName: "shop",
    adminUsername: "owner",
    manageAdminPassword: true,
    iamRoles: [role.arn],
    ...(version === 1 ? {} : { defaultIamRoleArn: role.arn }),
    logExports: version === 1 ? ["userlog"] : ["userlog", "connectionlog"],
    tags,
  });
  const parameters = {
    auto_mv: "true",
    datestyle: "ISO, MDY",
    enable_case_sensitive_identifier: "false",
    enable_user_activity_logging: "true",
    query_group: "default",
    require_ssl: "true",
    search_path: "$user, public",
    use_fips_ssl: "false",
    max_query_execution_time: String(3600 * version),
  };
  const workgroup = new aws.redshiftserverless.Workgroup("t-workgroup", {
    workgroupName: "t-workgroup",
    namespaceName: namespace.namespaceName,
    baseCapacity: 8 * version,
    maxCapacity: 64 * version,
    port: 5438 + version,
    enhancedVpcRouting: version === 1,
    configParameters: Object.entries(parameters).map(([parameterKey, parameterValue]) => ({
      parameterKey,
      parameterValue,
    })),
    tags,
  });
  new aws.redshiftserverless.UsageLimit("t-workgroup", {
    resourceArn: workgroup.arn,
    usageType: "serverless-compute",
    period: "daily",
    amount: 10 * version,
    breachAction: version === 1 ? "log" : "deactivate",
  });
}
