import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import type { Common } from "./every-type";

/** CloudWatch. */
export function monitoring(
  logs: aws.cloudwatch.LogGroup,
  topic: aws.sns.Topic,
  { version, description, tags }: Common,
): void {
  new aws.cloudwatch.LogMetricFilter("t-filter", {
    logGroupName: logs.name,
    pattern: `ERROR ${version}`,
    metricTransformation: { name: "Errors", namespace: "Test", value: "1", defaultValue: "0" },
  });
  const evaluation = {
    alarmDescription: description,
    evaluationPeriods: 1,
    threshold: version,
    comparisonOperator: "GreaterThanThreshold",
  };
  const alarm = new aws.cloudwatch.MetricAlarm("t-alarm", {
    ...evaluation,
    metricName: "Errors",
    namespace: "Test",
    statistic: "Sum",
    period: 60,
    dimensions: { job: "x" },
    warmUpConfiguration: { warmUpPeriodDurationInMinutes: 10 * version },
    alarmActions: [topic.arn],
    tags,
  });
  new aws.cloudwatch.MetricAlarm("t-math", {
    ...evaluation,
    metricQueries: [
      { id: "rate", expression: "errors / 2", returnData: true },
      { id: "errors", metric: { metricName: "Errors", namespace: "Test", period: 60, stat: "Sum" } },
    ],
  });
  const alarmRule = pulumi.interpolate`ALARM("${alarm.name}") OR OK("${alarm.name}")`;
  new aws.cloudwatch.CompositeAlarm("t-composite", {
    alarmName: "t-composite",
    alarmRule,
    alarmDescription: description,
    actionsSuppressor: { alarm: alarm.name, waitPeriod: 60 * version, extensionPeriod: 60 },
    okActions: version === 1 ? [] : [topic.arn],
    tags,
  });
  new aws.cloudwatch.Dashboard("t-board", {
    dashboardName: "t-board",
    dashboardBody: JSON.stringify({ widgets: [{ type: "text", properties: { markdown: description } }] }),
  });
}

/** CloudTrail, Budgets, Cost Explorer, Config. */
export function operations(topic: aws.sns.Topic, bucket: aws.s3.Bucket, { version, description, tags }: Common): void {
  new aws.cloudtrail.Trail("t-trail", {
    s3BucketName: bucket.bucket,
    enableLogFileValidation: version === 1,
    enableLogging: version === 1,
    isMultiRegionTrail: true,
    advancedEventSelectors: [
      { name: description, fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] },
      {
        name: "objects",
        fieldSelectors: [
          { field: "eventCategory", equals: ["Data"] },
          { field: "resources.type", equals: ["AWS::S3::Object"] },
          { field: "resources.ARN", startsWiths: [pulumi.interpolate`${bucket.arn}/v${version}/`] },
        ],
      },
    ],
    tags,
  });
  new aws.budgets.Budget("t-budget", {
    budgetType: "COST",
    timeUnit: "MONTHLY",
    limitAmount: String(100 * version),
    limitUnit: "USD",
    notifications: [
      {
        comparisonOperator: "GREATER_THAN",
        notificationType: "FORECASTED",
        threshold: 40 * version,
        thresholdType: "PERCENTAGE",
        subscriberSnsTopicArns: [topic.arn],
      },
    ],
    tags,
  });
  const monitor = new aws.costexplorer.AnomalyMonitor("t-monitor", {
    name: `t-monitor-${version}`,
    monitorType: "CUSTOM",
    monitorSpecification: JSON.stringify({
      And: null,
      CostCategories: null,
      Dimensions: null,
      Not: null,
      Or: null,
      Tags: { Key: "pipeline", MatchOptions: null, Values: ["t"] },
    }),
    tags,
  });
  new aws.costexplorer.AnomalySubscription("t-subscription", {
    frequency: "IMMEDIATE",
    monitorArnLists: [monitor.arn],
    subscribers: [{ type: "SNS", address: topic.arn }],
    thresholdExpression: {
      dimension: {
        key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
        matchOptions: ["GREATER_THAN_OR_EQUAL"],
        values: [String(10 * version)],
      },
    },
    tags,
  });
  const source = { owner: "AWS", sourceIdentifier: "S3_BUCKET_SSL_REQUESTS_ONLY" };
  new aws.cfg.Rule("t-rule", { source, description });
}

/** EC2 and awsx. */
export function network(
  logs: aws.cloudwatch.LogGroup,
  role: aws.iam.Role,
  { version, description, tags }: Common,
): awsx.ec2.Vpc {
  const vpc = new awsx.ec2.Vpc("t", {
    cidrBlock: "10.20.0.0/16",
    numberOfAvailabilityZones: 2,
    enableDnsHostnames: true,
    subnetStrategy: "Auto",
    subnetSpecs: [{ type: "Public", cidrMask: 24 }, { type: "Private", cidrMask: 20 }, { type: "Isolated" }],
    natGateways: { strategy: "Single" },
    vpcEndpointStrategy: "Auto",
    vpcEndpointSpecs: [
      { serviceName: "com.amazonaws.us-east-1.s3" },
      { serviceName: "com.amazonaws.us-east-1.sqs", vpcEndpointType: "Interface" },
    ],
    tags,
  });
  const endpoint = new aws.ec2.VpcEndpoint("t-dynamodb", {
    vpcId: vpc.vpcId,
    serviceName: "com.amazonaws.us-east-1.dynamodb",
    vpcEndpointType: "Gateway",
    policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: "*", Action: version === 1 ? "dynamodb:*" : "dynamodb:Get*", Resource: "*" },
      ],
    }),
  });
  const routeTableId = vpc.routeTables.apply((tables) => pulumi.output(tables[0]?.id ?? ""));
  new aws.ec2.VpcEndpointRouteTableAssociation("t", { vpcEndpointId: endpoint.id, routeTableId });
  const group = new aws.ec2.SecurityGroup("t", {
    vpcId: vpc.vpcId,
    ingress: [{ protocol: "tcp", fromPort: 442 + version, toPort: 444, cidrBlocks: ["10.20.0.0/16"] }],
    tags,
  });
  const rule = {
    securityGroupId: group.id,
    cidrIpv4: "10.20.0.0/16",
    fromPort: 80,
    toPort: 79 + version,
    ipProtocol: "tcp",
    description,
  };
  new aws.vpc.SecurityGroupEgressRule("t", { ...rule, tags });
  const open = new aws.ec2.SecurityGroup("t-open", { vpcId: vpc.vpcId });
  new aws.vpc.SecurityGroupIngressRule("t", { ...rule, securityGroupId: open.id });
  new aws.ec2.DefaultSecurityGroup("t", { vpcId: vpc.vpcId, tags });
  new aws.ec2.FlowLog("t", {
    vpcId: vpc.vpcId,
    trafficType: "ALL",
    logDestination: logs.arn,
    iamRoleArn: role.arn,
    tags,
  });
  const among = { protocol: "tcp", fromPort: 0, toPort: 65_535, self: true, description: "among themselves" };
  const workers = new aws.ec2.SecurityGroup("t-workers", { vpcId: vpc.vpcId, ingress: [among], egress: [among] });
  const places = vpc.subnets.apply((subnets) =>
    pulumi.output(subnets.map(({ id, availabilityZone }) => ({ id, availabilityZone }))),
  );
  new aws.glue.Connection("t-network", {
    connectionType: "NETWORK",
    description,
    physicalConnectionRequirements: {
      availabilityZone: places.apply((all) => all[0]?.availabilityZone ?? ""),
      subnetId: places.apply((all) => all[0]?.id ?? ""),
      securityGroupIdLists: [workers.id],
    },
    tags,
  });
  return vpc;
}
