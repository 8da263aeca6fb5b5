import { AthenaClient, paginateListWorkGroups } from "@aws-sdk/client-athena";
import { CloudWatchClient, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, paginateDescribeLogGroups } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, paginateListTables } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { GlueClient, paginateGetDatabases, paginateGetJobs } from "@aws-sdk/client-glue";
import { IAMClient, paginateListRoles } from "@aws-sdk/client-iam";
import { LambdaClient, paginateListFunctions } from "@aws-sdk/client-lambda";
import { paginateDescribeClusters, paginateDescribeClusterSnapshots, RedshiftClient } from "@aws-sdk/client-redshift";
import { paginateListNamespaces, RedshiftServerlessClient } from "@aws-sdk/client-redshift-serverless";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { paginateListTopics, SNSClient } from "@aws-sdk/client-sns";
import { paginateListQueues, SQSClient } from "@aws-sdk/client-sqs";
import type { ClientSettings } from "../stack/clients";
import type { Target } from "../stack/target";

type Service = Parameters<Target["endpointOf"]>[0];
/** Settings of a service's client. */
export type SettingsOf = (service: Service) => ClientSettings & { forcePathStyle: boolean };
/** A resource that is known by its name. */
export interface NamedResource {
  kind: string;
  name: string;
}

interface Client {
  destroy(): void;
}
interface Listing {
  kind: string;
  names: (settings: SettingsOf) => Promise<(string | undefined)[]>;
}

/** Every item of every page. */
async function all<Page, Item>(pages: AsyncIterable<Page>, items: (page: Page) => Item[] | undefined): Promise<Item[]> {
  const found: Item[] = [];
  for await (const page of pages) found.push(...(items(page) ?? []));
  return found;
}

function listing<C extends Client>(
  kind: string,
  service: Service,
  create: new (settings: ReturnType<SettingsOf>) => C,
  names: (client: C) => Promise<(string | undefined)[]>,
): Listing {
  return {
    kind,
    names: async (settings) => {
      const client = new create(settings(service));
      try {
        return await names(client);
      } finally {
        client.destroy();
      }
    },
  };
}

const LISTINGS: readonly Listing[] = [
  listing("Athena workgroup", "athena", AthenaClient, async (client) =>
    (await all(paginateListWorkGroups({ client }, {}), (page) => page.WorkGroups)).map(({ Name }) => Name),
  ),
  listing("CloudWatch alarm", "cloudwatch", CloudWatchClient, async (client) => {
    const types = { AlarmTypes: ["MetricAlarm" as const, "CompositeAlarm" as const] };
    const alarms = await all(paginateDescribeAlarms({ client }, types), (page) => [
      ...(page.MetricAlarms ?? []),
      ...(page.CompositeAlarms ?? []),
    ]);
    return alarms.map(({ AlarmName }) => AlarmName);
  }),
  listing("log group", "default", CloudWatchLogsClient, async (client) =>
    (await all(paginateDescribeLogGroups({ client }, {}), (page) => page.logGroups)).map((group) => group.logGroupName),
  ),
  listing("DynamoDB table", "default", DynamoDBClient, (client) =>
    all(paginateListTables({ client }, {}), (page) => page.TableNames),
  ),
  listing("EventBridge rule", "default", EventBridgeClient, async (client) =>
    ((await client.send(new ListRulesCommand({}))).Rules ?? []).map(({ Name }) => Name),
  ),
  listing("Glue database", "glue", GlueClient, async (client) =>
    (await all(paginateGetDatabases({ client }, {}), (page) => page.DatabaseList)).map(({ Name }) => Name),
  ),
  listing("Glue job", "glue", GlueClient, async (client) =>
    (await all(paginateGetJobs({ client }, {}), (page) => page.Jobs)).map(({ Name }) => Name),
  ),
  listing("IAM role", "default", IAMClient, async (client) =>
    (await all(paginateListRoles({ client }, {}), (page) => page.Roles)).map(({ RoleName }) => RoleName),
  ),
  listing("Lambda function", "default", LambdaClient, async (client) =>
    (await all(paginateListFunctions({ client }, {}), (page) => page.Functions)).map((one) => one.FunctionName),
  ),
  listing("Redshift cluster", "redshift", RedshiftClient, async (client) =>
    (await all(paginateDescribeClusters({ client }, {}), (page) => page.Clusters)).map((one) => one.ClusterIdentifier),
  ),
  listing("Redshift snapshot", "redshift", RedshiftClient, async (client) =>
    (await all(paginateDescribeClusterSnapshots({ client }, {}), (page) => page.Snapshots)).map(
      (one) => one.SnapshotIdentifier,
    ),
  ),
  listing("Redshift namespace", "redshift_serverless", RedshiftServerlessClient, async (client) =>
    (await all(paginateListNamespaces({ client }, {}), (page) => page.namespaces)).map((one) => one.namespaceName),
  ),
  listing("S3 bucket", "default", S3Client, async (client) =>
    ((await client.send(new ListBucketsCommand({}))).Buckets ?? []).map(({ Name }) => Name),
  ),
  listing("SNS topic", "default", SNSClient, async (client) =>
    (await all(paginateListTopics({ client }, {}), (page) => page.Topics)).map((one) => one.TopicArn?.split(":").pop()),
  ),
  listing("SQS queue", "default", SQSClient, async (client) =>
    (await all(paginateListQueues({ client }, {}), (page) => page.QueueUrls)).map((url) => url.split("/").pop()),
  ),
];

/** Whether a name is the pipeline's: it, or it as a Glue database has it, as a whole part of the name. */
export function belongsTo(pipeline: string, name: string): boolean {
  const part = `${pipeline.replaceAll("-", "[-_]")}(?![a-z0-9])`;
  return new RegExp(`(^|[^a-z0-9])${part}`).test(name);
}

/** What bears the pipeline's name in the account and region. */
export async function namesOfStack(pipeline: string, settings: SettingsOf): Promise<NamedResource[]> {
  const found = await Promise.all(
    LISTINGS.map(async ({ kind, names }) => {
      const mine = (await names(settings)).filter((name) => name !== undefined && belongsTo(pipeline, name));
      return mine.map((name) => ({ kind, name: name ?? "" }));
    }),
  );
  return found.flat();
}
