import { judgeAll, type Case } from "./judge";

const open = (permission: object): object => ({
  IpPermissions: [{ IpProtocol: "tcp", FromPort: 443, ToPort: 443, ...permission }],
});
const range = (CidrIp: string, Description?: string): object => open({ IpRanges: [{ CidrIp, Description }] });
const document = (statement: object): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:*", Resource: "*", ...statement }],
  });
const metric = (change: object): object => ({
  Id: "m",
  MetricStat: { Metric: {}, Period: 60, Stat: "Sum" },
  ...change,
});
const rule = (AlarmRule: string): object => ({ AlarmRule });
const selector = (Field: string): object => ({
  AdvancedEventSelectors: [{ FieldSelectors: [{ Field, Equals: ["x"] }] }],
});
const limit = (Amount: string): object => ({ Budget: { BudgetName: "b", BudgetLimit: { Amount, Unit: "USD" } } });
const email = (n: number): object[] =>
  Array.from({ length: n }, (_, i) => ({ SubscriptionType: "EMAIL", Address: `a${i}@b.co` }));
const source = (SourceIdentifier: string, InputParameters?: string): object => ({
  ConfigRule: { Source: { Owner: "AWS", SourceIdentifier }, InputParameters },
});

const CASES: Case[] = [
  {
    call: "ec2.CreateVpc",
    good: { CidrBlock: "10.0.0.0/16" },
    also: [{ CidrBlock: "10.1.2.16/28" }],
    bad: [
      [{ CidrBlock: "10.0.0.0/15" }, /from \/16 to \/28/],
      [{ CidrBlock: "10.0.0.0/29" }, /from \/16 to \/28/],
      [{ CidrBlock: "10.0.0.1/16" }, /begins at its first address/],
      [{ CidrBlock: "10.0.0.256/28" }, /IPv4 range/],
      [{ CidrBlock: "10.0.0.0" }, /IPv4 range/],
    ],
  },
  {
    call: "ec2.CreateRoute",
    good: { DestinationCidrBlock: "0.0.0.0/0", GatewayId: "igw-1" },
    bad: [
      [{ DestinationCidrBlock: undefined }, /exactly one of DestinationCidrBlock/],
      [{ NatGatewayId: "nat-1" }, /exactly one of GatewayId/],
    ],
  },
  {
    call: "ec2.CreateSecurityGroup",
    good: { GroupName: "a b", Description: "Managed by Pulumi" },
    bad: [
      [{ GroupName: "sg-x" }, /not begin with sg-/],
      [{ Description: "it's <x>" }, /1 to 255/],
      [{ Description: "" }, /1 to 255/],
    ],
  },
  {
    call: "ec2.AuthorizeSecurityGroupIngress",
    good: range("10.0.0.0/8", "web"),
    also: [open({ IpProtocol: "-1", FromPort: undefined, ToPort: undefined })],
    bad: [
      [open({ FromPort: 444 }), /not be above ToPort/],
      [open({ ToPort: 65_536 }), /up to 65535/],
      [open({ FromPort: undefined }), /need ports/],
      [range("10.0.0.1/8"), /begins at its first address/],
      [range("10.0.0.0/8", "it's"), /at most 255/],
    ],
  },
  {
    call: "ec2.CreateVpcEndpoint",
    good: {
      ServiceName: "com.amazonaws.us-east-1.s3",
      VpcEndpointType: "Gateway",
      RouteTableIds: ["rtb-1"],
      PolicyDocument: document({}),
    },
    also: [
      {
        ServiceName: "com.amazonaws.us-east-1.sqs",
        VpcEndpointType: "Interface",
        RouteTableIds: undefined,
        SubnetIds: ["s"],
        SecurityGroupIds: ["g"],
        PrivateDnsEnabled: true,
      },
    ],
    bad: [
      [{ SubnetIds: ["s"] }, /for Interface endpoints/],
      [{ SecurityGroupIds: ["g"] }, /for Interface endpoints/],
      [{ PrivateDnsEnabled: true }, /for Interface endpoints/],
      [{ VpcEndpointType: "Interface" }, /for Gateway endpoints/],
      [{ ServiceName: "com.amazonaws.us-east-1.sqs" }, /s3 and dynamodb only/],
      [{ PolicyDocument: document({ Principal: undefined }) }, /must have Principal/],
    ],
  },
  {
    call: "ec2.CreateFlowLogs",
    good: { LogDestinationType: "s3", LogDestination: "arn:aws:s3:::b", MaxAggregationInterval: 60 },
    also: [{ LogDestinationType: undefined, DeliverLogsPermissionArn: "arn:aws:iam::1:role/x" }],
    bad: [
      [{ MaxAggregationInterval: 61 }, /one of 60, 600/],
      [{ LogDestination: undefined }, /need a LogDestination/],
      [{ DeliverLogsPermissionArn: "x" }, /is for cloud-watch-logs/],
      [{ LogDestinationType: "cloud-watch-logs" }, /needs DeliverLogsPermissionArn/],
    ],
  },
  {
    call: "cloudwatch.PutMetricAlarm",
    good: {
      MetricName: "m",
      Namespace: "n",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
      Threshold: 1,
    },
    also: [
      { Statistic: undefined, ExtendedStatistic: "p99.9" },
      {
        MetricName: undefined,
        Statistic: undefined,
        Period: undefined,
        Metrics: [metric({ ReturnData: false }), { Id: "e", Expression: "m*2", ReturnData: true }],
      },
      { Period: 86_400, EvaluationPeriods: 7 },
    ],
    bad: [
      [{ Period: 90 }, /multiple of 60/],
      [{ Period: 60, EvaluationPeriods: 1441 }, /must not exceed 86400/],
      [{ Period: 86_400, EvaluationPeriods: 8 }, /must not exceed 604800/],
      [{ DatapointsToAlarm: 4 }, /not exceed EvaluationPeriods/],
      [{ MetricName: undefined }, /exactly one of MetricName/],
      [{ Statistic: undefined }, /exactly one of Statistic/],
      [{ ThresholdMetricId: "e" }, /at most one of Threshold/],
      [{ Namespace: undefined }, /come with Namespace/],
      [
        { Statistic: undefined, MetricName: undefined, Metrics: [metric({}), { Id: "e", Expression: "m" }] },
        /exactly one metric or expression/,
      ],
      [{ Statistic: undefined, ExtendedStatistic: "99th" }, /percentile/],
    ],
  },
  {
    call: "cloudwatch.PutCompositeAlarm",
    good: rule('ALARM("a b") AND NOT (OK(c) OR INSUFFICIENT_DATA("d"))'),
    also: [rule("TRUE")],
    bad: [
      [rule('ALARM("a"'), /must combine/],
      [rule('FIRING("a")'), /must combine/],
      [rule('(ALARM("a")'), /must combine/],
      [rule(""), /must combine/],
    ],
  },
  {
    call: "cloudwatch.PutDashboard",
    good: { DashboardName: "d", DashboardBody: '{"widgets":[{"type":"text","properties":{"markdown":"x"}}]}' },
    bad: [
      [{ DashboardBody: "{" }, /JSON with at most 500/],
      [{ DashboardBody: '{"widgets":[{"type":"text"}]}' }, /JSON with at most 500/],
      [{ DashboardName: "a b" }, /letters, digits/],
    ],
  },
  {
    call: "cloudtrail.CreateTrail",
    good: { Name: "my-trail_1", IsMultiRegionTrail: true },
    also: [{ CloudWatchLogsLogGroupArn: "a", CloudWatchLogsRoleArn: "b" }],
    bad: [
      [{ Name: "ab" }, /3 to 128/],
      [{ Name: "a--b" }, /none of them adjacent/],
      [{ Name: "-abc" }, /3 to 128/],
      [{ CloudWatchLogsLogGroupArn: "a" }, /or neither/],
      [{ IncludeGlobalServiceEvents: false }, /needs IncludeGlobalServiceEvents/],
    ],
  },
  {
    call: "cloudtrail.PutEventSelectors",
    good: selector("eventCategory"),
    bad: [
      [selector("resources.type"), /eventCategory/],
      [{ EventSelectors: [] }, /at most one of EventSelectors/],
    ],
  },
  {
    call: "budgets.CreateBudget",
    good: limit("100.50"),
    bad: [
      [limit("0"), /above 0/],
      [limit("-1"), /above 0/],
      [{ Budget: { BudgetName: "a:b" } }, /without :/],
    ],
  },
  {
    call: "budgets.CreateNotification",
    good: { Notification: { Threshold: 80 }, Subscribers: email(10) },
    bad: [
      [{ Subscribers: [] }, /1 to 10/],
      [{ Subscribers: email(11) }, /1 to 10/],
      [{ Subscribers: [1, 2].map((n) => ({ SubscriptionType: "SNS", Address: `${n}` })) }, /at most one SNS/],
      [{ Notification: { Threshold: 0 } }, /above 0/],
    ],
  },
  {
    call: "config.PutConfigRule",
    good: source("S3_BUCKET_SSL_REQUESTS_ONLY", '{"a":"b"}'),
    bad: [
      [source("s3-bucket-ssl"), /managed rule's identifier/],
      [source("A", "x"), /JSON of texts/],
    ],
  },
];

judgeAll(CASES);
