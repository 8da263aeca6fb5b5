import { AthenaClient, ListNamedQueriesCommand, ListWorkGroupsCommand } from "@aws-sdk/client-athena";
import { BudgetsClient, DescribeBudgetsCommand } from "@aws-sdk/client-budgets";
import { CloudTrailClient, ListTrailsCommand } from "@aws-sdk/client-cloudtrail";
import { CloudWatchClient, DescribeAlarmsCommand, ListDashboardsCommand } from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { ConfigServiceClient, DescribeConfigRulesCommand } from "@aws-sdk/client-config-service";
import {
  CostExplorerClient,
  GetAnomalyMonitorsCommand,
  GetAnomalySubscriptionsCommand,
} from "@aws-sdk/client-cost-explorer";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import * as ec2 from "@aws-sdk/client-ec2";
import { EventBridgeClient, ListEventBusesCommand, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import * as glue from "@aws-sdk/client-glue";
import * as iam from "@aws-sdk/client-iam";
import { KMSClient, ListAliasesCommand } from "@aws-sdk/client-kms";
import * as redshift from "@aws-sdk/client-redshift";
import {
  ListNamespacesCommand,
  ListUsageLimitsCommand,
  ListWorkgroupsCommand,
  RedshiftServerlessClient,
} from "@aws-sdk/client-redshift-serverless";
import * as lake from "@aws-sdk/client-lakeformation";
import { LambdaClient, ListEventSourceMappingsCommand, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { ListScheduleGroupsCommand, ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ListSubscriptionsCommand, ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Target } from "../../../automation/stack/target";
import type { LocalEndpoints } from "../../../local-cloud/emulator/local-cloud";

interface Client {
  send(command: never): Promise<object>;
  destroy(): void;
}
type Listing = readonly [new (config: object) => Client, readonly object[], (keyof LocalEndpoints)?];

/** Calls that together see every kind of resource that the local provider makes. */
const LISTINGS: readonly Listing[] = [
  [AthenaClient, [new ListWorkGroupsCommand({}), new ListNamedQueriesCommand({})]],
  [BudgetsClient, [new DescribeBudgetsCommand({ AccountId: "000000000000" })], "budgets"],
  [CloudTrailClient, [new ListTrailsCommand({})]],
  [
    CloudWatchClient,
    [new DescribeAlarmsCommand({ AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }), new ListDashboardsCommand({})],
    "cloudwatch",
  ],
  [CostExplorerClient, [new GetAnomalyMonitorsCommand({}), new GetAnomalySubscriptionsCommand({})], "cost_explorer"],
  [CloudWatchLogsClient, [new DescribeLogGroupsCommand({}), new DescribeMetricFiltersCommand({})]],
  [ConfigServiceClient, [new DescribeConfigRulesCommand({})]],
  [DynamoDBClient, [new ListTablesCommand({})]],
  [EventBridgeClient, [new ListEventBusesCommand({}), new ListRulesCommand({})]],
  [
    ec2.EC2Client,
    [
      new ec2.DescribeVpcsCommand({}),
      new ec2.DescribeSubnetsCommand({}),
      new ec2.DescribeRouteTablesCommand({}),
      new ec2.DescribeInternetGatewaysCommand({}),
      new ec2.DescribeAddressesCommand({}),
      new ec2.DescribeNatGatewaysCommand({ Filter: [{ Name: "state", Values: ["available", "pending"] }] }),
      new ec2.DescribeVpcEndpointsCommand({}),
      new ec2.DescribeSecurityGroupsCommand({}),
      new ec2.DescribeSecurityGroupRulesCommand({}),
      new ec2.DescribeFlowLogsCommand({}),
    ],
  ],
  [
    glue.GlueClient,
    [
      new glue.GetDatabasesCommand({}),
      new glue.GetJobsCommand({}),
      new glue.GetTriggersCommand({}),
      new glue.GetConnectionsCommand({}),
      new glue.GetClassifiersCommand({}),
      new glue.GetSecurityConfigurationsCommand({}),
    ],
  ],
  [
    iam.IAMClient,
    [
      new iam.ListRolesCommand({}),
      new iam.ListPoliciesCommand({ Scope: "Local" }),
      new iam.ListOpenIDConnectProvidersCommand({}),
    ],
  ],
  [KMSClient, [new ListAliasesCommand({})]],
  [
    lake.LakeFormationClient,
    [
      new lake.ListLFTagsCommand({}),
      new lake.ListResourcesCommand({}),
      new lake.ListPermissionsCommand({}),
      new lake.ListLakeFormationOptInsCommand({}),
    ],
    "lakeformation",
  ],
  [LambdaClient, [new ListFunctionsCommand({}), new ListEventSourceMappingsCommand({})]],
  [
    redshift.RedshiftClient,
    [
      new redshift.DescribeClustersCommand({}),
      new redshift.DescribeClusterSubnetGroupsCommand({}),
      new redshift.DescribeClusterParameterGroupsCommand({}),
      new redshift.DescribeClusterSnapshotsCommand({}),
      new redshift.DescribeSnapshotSchedulesCommand({}),
      new redshift.DescribeScheduledActionsCommand({}),
      new redshift.DescribeUsageLimitsCommand({}),
    ],
    "redshift",
  ],
  [
    RedshiftServerlessClient,
    [new ListNamespacesCommand({}), new ListWorkgroupsCommand({}), new ListUsageLimitsCommand({})],
    "redshift_serverless",
  ],
  [S3Client, [new ListBucketsCommand({})]],
  [SchedulerClient, [new ListSchedulesCommand({}), new ListScheduleGroupsCommand({})]],
  [SecretsManagerClient, [new ListSecretsCommand({ IncludePlannedDeletion: true })]],
  [SNSClient, [new ListTopicsCommand({}), new ListSubscriptionsCommand({})]],
  [SQSClient, [new ListQueuesCommand({})]],
];

/** How many of each thing there are, by the listing's member: equal before and after means that nothing was left. */
export async function inventory(target: Target): Promise<Record<string, number>> {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const counts: Record<string, number> = {};
  for (const [Create, commands, service = "default"] of LISTINGS) {
    const endpoint = target.endpointOf(service);
    const client = new Create({ endpoint, region: "us-east-1", credentials, forcePathStyle: true });
    for (const command of commands) {
      const answer = await client.send(command as never);
      for (const [member, value] of Object.entries(answer)) {
        if (Array.isArray(value)) counts[`${command.constructor.name}.${member}`] = value.length;
      }
    }
    client.destroy();
  }
  return counts;
}
