/** Where a type of resource is on the bill. */
export type Coverage = { priced: string } | { free: string };

const priced = (service: string): Coverage => ({ priced: service });
const free = (reason: string): Coverage => ({ free: reason });

const SETTING = free("a setting of another resource");
const PERMISSION = free("IAM and resource policies cost nothing");
const CATALOG = free("the first million objects and requests of the Glue catalog a month are free");
const NETWORK = free("a network without NAT, gateway or traffic out costs nothing");
const GRANT = free("Lake Formation grants by database, table, column and tag at no charge (Lake Formation pricing)");
const RULE = free("rules, targets and schedules of EventBridge are free; events are on its line");

/**
 * Every type of the program: on which service's lines it is, or why it costs nothing. A type that is missing here fails
 * the bill, so that nothing new is free by oversight.
 */
export const COVERAGE: Readonly<Record<string, Coverage>> = {
  "aws:athena/namedQuery:NamedQuery": free("a saved text"),
  "aws:athena/workgroup:Workgroup": priced("Athena"),
  "aws:budgets/budget:Budget": free("budgets without actions are free (budgets pricing)"),
  "aws:cloudtrail/trail:Trail": priced("CloudTrail"),
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": priced("CloudWatch"),
  "aws:cloudwatch/dashboard:Dashboard": priced("CloudWatch"),
  "aws:cloudwatch/eventBus:EventBus": priced("EventBridge"),
  "aws:cloudwatch/eventBusPolicy:EventBusPolicy": PERMISSION,
  "aws:cloudwatch/eventRule:EventRule": RULE,
  "aws:cloudwatch/eventTarget:EventTarget": RULE,
  "aws:cloudwatch/logGroup:LogGroup": priced("CloudWatch"),
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": free(
    "filters are free; their metrics are on the line of custom metrics",
  ),
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": PERMISSION,
  "aws:cloudwatch/metricAlarm:MetricAlarm": priced("CloudWatch"),
  "aws:costexplorer/anomalyMonitor:AnomalyMonitor": free("anomaly detection is free"),
  "aws:costexplorer/anomalySubscription:AnomalySubscription": free("anomaly detection is free"),
  "aws:costexplorer/costAllocationTag:CostAllocationTag": free("cost allocation tags are free"),
  "aws:dynamodb/table:Table": priced("DynamoDB"),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": NETWORK,
  "aws:ec2/flowLog:FlowLog": priced("CloudWatch"),
  "aws:ec2/routeTable:RouteTable": NETWORK,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": NETWORK,
  "aws:ec2/securityGroup:SecurityGroup": NETWORK,
  "aws:ec2/subnet:Subnet": NETWORK,
  "aws:ec2/vpc:Vpc": NETWORK,
  "aws:ec2/vpcEndpoint:VpcEndpoint": priced("VPC"),
  "aws:glue/catalogDatabase:CatalogDatabase": CATALOG,
  "aws:glue/catalogTable:CatalogTable": CATALOG,
  "aws:glue/connection:Connection": CATALOG,
  "aws:glue/job:Job": priced("Glue"),
  "aws:glue/securityConfiguration:SecurityConfiguration": SETTING,
  "aws:glue/trigger:Trigger": free("triggers are free; the runs that they start are on the jobs' lines"),
  "aws:iam/role:Role": PERMISSION,
  "aws:iam/rolePolicy:RolePolicy": PERMISSION,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": PERMISSION,
  "aws:kms/alias:Alias": free("aliases are free"),
  "aws:kms/key:Key": priced("KMS"),
  "aws:lakeformation/lfTag:LfTag": GRANT,
  "aws:lakeformation/optIn:OptIn": GRANT,
  "aws:lakeformation/permissions:Permissions": GRANT,
  "aws:lakeformation/resource:Resource": GRANT,
  "aws:lakeformation/resourceLfTags:ResourceLfTags": GRANT,
  "aws:lambda/eventSourceMapping:EventSourceMapping": free("its polls are on the queue's line"),
  "aws:lambda/function:Function": priced("Lambda"),
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": SETTING,
  "aws:lambda/invocation:Invocation": free("one invocation a deployment"),
  "aws:lambda/permission:Permission": PERMISSION,
  "aws:redshift/cluster:Cluster": priced("Redshift"),
  "aws:redshift/logging:Logging": SETTING,
  "aws:redshift/parameterGroup:ParameterGroup": SETTING,
  "aws:redshift/scheduledAction:ScheduledAction": free("scheduled actions are free; they shorten the cluster's hours"),
  "aws:redshift/snapshotSchedule:SnapshotSchedule": free("automated snapshots of RA3 are free up to 35 days"),
  "aws:redshift/snapshotScheduleAssociation:SnapshotScheduleAssociation": SETTING,
  "aws:redshift/subnetGroup:SubnetGroup": NETWORK,
  "aws:redshift/usageLimit:UsageLimit": SETTING,
  "aws:redshiftserverless/namespace:Namespace": priced("Redshift"),
  "aws:redshiftserverless/usageLimit:UsageLimit": SETTING,
  "aws:redshiftserverless/workgroup:Workgroup": priced("Redshift"),
  "aws:s3/bucket:Bucket": priced("S3"),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": SETTING,
  "aws:s3/bucketLogging:BucketLogging": free("log delivery is free; the logs are stored in the log bucket"),
  "aws:s3/bucketNotification:BucketNotification": SETTING,
  "aws:s3/bucketObjectv2:BucketObjectv2": free("a few megabytes of scripts"),
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": SETTING,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": SETTING,
  "aws:s3/bucketPolicy:BucketPolicy": PERMISSION,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": SETTING,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": SETTING,
  "aws:s3/bucketVersioning:BucketVersioning": SETTING,
  "aws:secretsmanager/secret:Secret": priced("Secrets Manager"),
  "aws:secretsmanager/secretPolicy:SecretPolicy": PERMISSION,
  "aws:secretsmanager/secretVersion:SecretVersion": free("a secret is paid whatever versions it has"),
  "aws:sns/topic:Topic": priced("SNS"),
  "aws:sns/topicPolicy:TopicPolicy": PERMISSION,
  "aws:sns/topicSubscription:TopicSubscription": priced("SNS"),
  "aws:sqs/queue:Queue": priced("SQS"),
  "aws:sqs/queuePolicy:QueuePolicy": PERMISSION,
  "awsx:ec2:Vpc": NETWORK,
  "pulumi:providers:aws": free("no thing of AWS"),
  "pulumi:pulumi:StackReference": free("no thing of AWS"),
  "pulumi:providers:awsx": free("no thing of AWS"),
};

/** Types that the table does not know. */
export function uncovered(types: readonly string[]): string[] {
  return types.filter((type) => !Object.hasOwn(COVERAGE, type));
}
