import { AthenaClient } from "@aws-sdk/client-athena";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { GlueClient } from "@aws-sdk/client-glue";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RedshiftClient } from "@aws-sdk/client-redshift";
import { RedshiftDataClient } from "@aws-sdk/client-redshift-data";
import { RedshiftServerlessClient } from "@aws-sdk/client-redshift-serverless";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Target } from "./target";

/** SDK clients of the driver for one target. */
export interface AwsClients {
  readonly s3: S3Client;
  readonly glue: GlueClient;
  readonly athena: AthenaClient;
  readonly lambda: LambdaClient;
  readonly redshift: RedshiftClient;
  readonly redshiftServerless: RedshiftServerlessClient;
  readonly redshiftData: RedshiftDataClient;
  readonly secrets: SecretsManagerClient;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  readonly eventBridge: EventBridgeClient;
  readonly cloudWatch: CloudWatchClient;
  destroy(): void;
}

export interface ClientSettings {
  region: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  maxAttempts: number;
}

/** What an SDK client of one of the target's services is made with. */
export function clientSettings(
  target: Target,
  region: string,
  service: Parameters<Target["endpointOf"]>[0] = "default",
): ClientSettings {
  const endpoint = target.endpointOf(service);
  const accessKeyId = target.env["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = target.env["AWS_SECRET_ACCESS_KEY"];
  const sessionToken = target.env["AWS_SESSION_TOKEN"];
  return {
    region,
    maxAttempts: 5,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } }),
  };
}

/** Clients that talk to the target: two targets in one process do not share an environment, so nothing is ambient. */
export function awsClients(target: Target, region: string): AwsClients {
  const settings = (service: Parameters<Target["endpointOf"]>[0]): ClientSettings =>
    clientSettings(target, region, service);
  const general = settings("default");
  const clients = {
    // A loopback endpoint has no bucket host names.
    s3: new S3Client({ ...general, forcePathStyle: target.name === "local" }),
    glue: new GlueClient(settings("glue")),
    athena: new AthenaClient(settings("athena")),
    // A load may take as long as a function may run, 15 minutes: the answer comes at its end, and only once.
    lambda: new LambdaClient({ ...general, maxAttempts: 1, requestHandler: { requestTimeout: 16 * 60_000 } }),
    redshift: new RedshiftClient(settings("redshift")),
    redshiftServerless: new RedshiftServerlessClient(settings("redshift_serverless")),
    redshiftData: new RedshiftDataClient(settings("redshift_data")),
    secrets: new SecretsManagerClient(general),
    sns: new SNSClient(general),
    sqs: new SQSClient(general),
    dynamodb: new DynamoDBClient(general),
    eventBridge: new EventBridgeClient(general),
    cloudWatch: new CloudWatchClient(settings("cloudwatch")),
  };
  return {
    ...clients,
    destroy: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
