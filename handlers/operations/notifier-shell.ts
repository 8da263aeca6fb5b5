import type { LambdaContext, SnsEvent } from "../lambda-types";
import { loadCloudWatch, loadDynamoDb, loadSns } from "../runtime-sdk";
import { connectSlack, sendToSlack, type SlackDependencies } from "../slack-notifier";
import { notifyPeople, type NotifierDependencies } from "./notifier";
import type { NotifierRow } from "./notifier-row";
import { readNotifierSettings } from "./notifier-settings";
import { createToldStore } from "./notifier-store";
import { createMetricSink } from "./put-metrics";

type Environment = Record<string, string | undefined>;

/** Binds the notifier to DynamoDB, SNS, CloudWatch and Slack. */
export function connectNotifier(env: Environment, rows: readonly NotifierRow[]): NotifierDependencies {
  const settings = readNotifierSettings(env);
  const { table, team, environment, pipeline, pagerTopic } = settings;
  const dynamoSdk = loadDynamoDb();
  const snsSdk = loadSns();
  const cloudWatchSdk = loadCloudWatch();
  const sns = new snsSdk.SNSClient({});
  const cloudWatch = new cloudWatchSdk.CloudWatchClient({});
  const putMetrics = createMetricSink(cloudWatch, cloudWatchSdk, { team, environment, pipeline });
  const store = createToldStore(new dynamoSdk.DynamoDBClient({}), dynamoSdk, table);
  let slack: SlackDependencies | undefined;
  return {
    settings,
    rows,
    store,
    slack: async (message) => {
      slack ??= connectSlack(env);
      await sendToSlack(message, slack);
    },
    page: async ({ subject, body }, attributes) => {
      await sns.send(
        new snsSdk.PublishCommand({
          TopicArn: pagerTopic,
          Subject: subject,
          MessageStructure: "json",
          Message: body,
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, value]) => [name, { DataType: "String", StringValue: value }]),
          ),
        }),
      );
    },
    reasonOf: async (alarm) => {
      const answer = await cloudWatch.send(
        new cloudWatchSdk.DescribeAlarmsCommand({ AlarmNames: [alarm], AlarmTypes: ["MetricAlarm"] }),
      );
      return answer.MetricAlarms?.[0]?.StateReason;
    },
    countHeldBack: (count, at) => putMetrics({ messagesHeldBack: count }, at),
  };
}

/** The notifier of a list of alarms; the clients are made at the first event. */
export function createNotifier(
  rows: readonly NotifierRow[],
): (event: SnsEvent, context: LambdaContext) => Promise<void> {
  let deps: NotifierDependencies | undefined;
  return async (event, context) => {
    deps ??= connectNotifier(process.env, rows);
    await notifyPeople(event, context.awsRequestId ?? "unknown", deps);
  };
}
