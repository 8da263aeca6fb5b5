import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { lakeFormation } from "./every-lake-grant";
import { monitoring, network, operations } from "./every-operation";
import { warehouses } from "./every-warehouse";

const policy = (...Statement: object[]): pulumi.Output<string> =>
  pulumi.jsonStringify({ Version: "2012-10-17", Statement });
const trust = (Service: string): pulumi.Output<string> =>
  policy({ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" });

/** What a stack of every type is asked for. */
export interface Variant {
  /** A number in the pattern of one rule. */
  amount: number;
  /** 1 or 2: everything that can be updated differs between the two. */
  version: 1 | 2;
}

/** The parts of a variant that most resources share. */
export interface Common {
  version: number;
  description: string;
  tags: Record<string, string>;
}

/** One resource, at least, of each type that the local provider serves. */
export function everyType({ amount, version }: Variant): () => Promise<Record<string, unknown>> {
  return async () => {
    const { accountId } = await aws.getCallerIdentity();
    const tags = { team: "data", version: String(version), ...(version === 1 ? { old: "x" } : { new: "y" }) };
    const common = { version, description: `version ${version}`, tags };
    const { bucket } = storage(common);
    const key = new aws.kms.Key("t-key", {
      enableKeyRotation: version === 1,
      deletionWindowInDays: 7,
      description: common.description,
      tags,
    });
    new aws.kms.Alias("t-key", { targetKeyId: key.keyId });
    const { role } = access(common);
    const { table } = catalog(role, bucket, common);
    lakeFormation(table, role, bucket, common);
    const logs = new aws.cloudwatch.LogGroup("t-logs", { retentionInDays: 30 * version, tags });
    const { topic, queue } = messaging(accountId, common);
    events(topic, queue, role, amount, common);
    const fn = functions(role, queue, common);
    monitoring(logs, topic, common);
    operations(topic, bucket, common);
    const { vpcId, isolatedSubnetIds } = network(logs, role, common);
    const { invocation } = warehouses(vpcId, isolatedSubnetIds, fn, common);
    return { bucket: bucket.bucket, vpcId, queueUrl: queue.url, answer: invocation.result };
  };
}

function storage({ version, tags }: Common): { bucket: aws.s3.Bucket } {
  const bucket = new aws.s3.Bucket("t-bucket", { forceDestroy: true, objectLockEnabled: true, tags });
  const on = { bucket: bucket.bucket };
  new aws.s3.BucketPublicAccessBlock("t-bucket", { ...on, blockPublicAcls: true, blockPublicPolicy: version === 1 });
  new aws.s3.BucketOwnershipControls("t-bucket", {
    ...on,
    rule: { objectOwnership: version === 1 ? "BucketOwnerEnforced" : "BucketOwnerPreferred" },
  });
  const rules = [{ applyServerSideEncryptionByDefault: { sseAlgorithm: version === 1 ? "AES256" : "aws:kms" } }];
  new aws.s3.BucketServerSideEncryptionConfiguration("t-bucket", { ...on, rules });
  new aws.s3.BucketVersioning("t-bucket", { ...on, versioningConfiguration: { status: "Enabled" } });
  new aws.s3.BucketLifecycleConfiguration("t-bucket", {
    ...on,
    rules: [{ id: "old", status: "Enabled", filter: { prefix: "a/" }, expiration: { days: 400 * version } }],
  });
  new aws.s3.BucketObjectLockConfiguration("t-bucket", {
    ...on,
    rule: { defaultRetention: { mode: "GOVERNANCE", days: version } },
  });
  const target = new aws.s3.Bucket("t-logs", { forceDestroy: true });
  new aws.s3.BucketLogging("t-bucket", { ...on, targetBucket: target.bucket, targetPrefix: `x${version}/` });
  new aws.s3.BucketNotification("t-bucket", { ...on, eventbridge: version === 1 });
  const tls = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: pulumi.interpolate`${bucket.arn}/*`,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
    Sid: `V${version}`,
  };
  new aws.s3.BucketPolicy("t-bucket", { ...on, policy: policy(tls) });
  new aws.s3.BucketObjectv2("t-object", { bucket: target.bucket, key: "a.txt", content: `hello ${version}`, tags });
  return { bucket };
}

function access({ version, description, tags }: Common): { role: aws.iam.Role } {
  const role = new aws.iam.Role("t-role", { assumeRolePolicy: trust("lambda.amazonaws.com"), description, tags });
  const Action = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
  new aws.iam.RolePolicy("t-role", {
    role: role.name,
    policy: policy({ Effect: "Allow", Action, Resource: "*", Sid: `V${version}` }),
  });
  const managed = new aws.iam.Policy("t-policy", {
    policy: policy({ Effect: "Allow", Action, Resource: "*", Sid: `V${version}` }),
    tags,
  });
  new aws.iam.RolePolicyAttachment("t-role", { role: role.name, policyArn: managed.arn });
  new aws.iam.OpenIdConnectProvider("t-oidc", {
    url: "https://token.actions.githubusercontent.com",
    clientIdLists: version === 1 ? ["sts.amazonaws.com"] : ["sts.amazonaws.com", "other"],
    thumbprintLists: ["6938fd4d98bab03faadb97b34396831e3780aea1"],
    tags,
  });
  const secret = new aws.secretsmanager.Secret("t-secret", { recoveryWindowInDays: 0, description, tags });
  new aws.secretsmanager.SecretVersion("t-secret", { secretId: secret.id, secretString: "s3cret" });
  return { role };
}

function catalog(
  role: aws.iam.Role,
  bucket: aws.s3.Bucket,
  { version, description, tags }: Common,
): { table: aws.glue.CatalogTable } {
  const database = new aws.glue.CatalogDatabase("t-database", { name: "t_database", description, tags });
  const table = new aws.glue.CatalogTable("t-table", {
    name: "t_table",
    databaseName: database.name,
    description,
    tableType: "EXTERNAL_TABLE",
    storageDescriptor: { columns: [{ name: "a", type: "struct<b:int>" }], location: "s3://x/y/" },
  });
  const job = new aws.glue.Job("t-job", {
    roleArn: role.arn,
    command: { name: "glueetl", scriptLocation: "s3://x/y.py" },
    glueVersion: "5.1",
    workerType: "G.1X",
    numberOfWorkers: 1 + version,
    description,
    tags,
  });
  new aws.glue.Trigger("t-trigger", { type: "ON_DEMAND", actions: [{ jobName: job.name }], description, tags });
  new aws.glue.SecurityConfiguration("t-security", {
    encryptionConfiguration: {
      s3Encryption: { s3EncryptionMode: "SSE-S3" },
      cloudwatchEncryption: { cloudwatchEncryptionMode: "DISABLED" },
      jobBookmarksEncryption: { jobBookmarksEncryptionMode: "DISABLED" },
    },
  });
  new aws.glue.Connection("t-connection", { connectionType: "NETWORK", description, tags });
  new aws.glue.Classifier("t-classifier", { jsonClassifier: { jsonPath: version === 1 ? "$[*]" : "$" } });
  const outputLocation = pulumi.interpolate`s3://${bucket.bucket}/results/`;
  const workgroup = new aws.athena.Workgroup("t-workgroup", {
    forceDestroy: true,
    description,
    configuration: { bytesScannedCutoffPerQuery: 10_000_000 * version, resultConfiguration: { outputLocation } },
    tags,
  });
  new aws.athena.NamedQuery("t-query", { database: "t_database", query: "SELECT 1", workgroup: workgroup.name });
  return { table };
}

function messaging(accountId: string, { version, tags }: Common): { topic: aws.sns.Topic; queue: aws.sqs.Queue } {
  const topic = new aws.sns.Topic("t-topic", { displayName: `t${version}`, tags });
  const dead = new aws.sqs.Queue("t-dead", { messageRetentionSeconds: 1_209_600 });
  const queue = new aws.sqs.Queue("t-queue", {
    visibilityTimeoutSeconds: 60 * version,
    redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 3 * version }),
    tags,
  });
  const may = { Sid: `V${version}`, Effect: "Allow", Principal: { AWS: accountId } };
  const queuePolicy = policy({ ...may, Action: "sqs:*", Resource: queue.arn });
  new aws.sqs.QueuePolicy("t-queue", { queueUrl: queue.url, policy: queuePolicy });
  const redrive = pulumi.jsonStringify({ deadLetterTargetArn: queue.arn, maxReceiveCount: 5 * version });
  const source = new aws.sqs.Queue("t-source", {});
  new aws.sqs.RedrivePolicy("t-source", { queueUrl: source.url, redrivePolicy: redrive });
  const redriveAllowPolicy = JSON.stringify({ redrivePermission: version === 1 ? "allowAll" : "denyAll" });
  new aws.sqs.RedriveAllowPolicy("t-dead", { queueUrl: dead.url, redriveAllowPolicy });
  new aws.sns.TopicPolicy("t-topic", {
    arn: topic.arn,
    policy: policy({ ...may, Action: "sns:Publish", Resource: topic.arn }),
  });
  new aws.sns.TopicSubscription("t-topic", { topic: topic.arn, protocol: "email", endpoint: "a@example.com" });
  return { topic, queue };
}

function events(
  topic: aws.sns.Topic,
  queue: aws.sqs.Queue,
  role: aws.iam.Role,
  amount: number,
  { version, description, tags }: Common,
): void {
  const bus = new aws.cloudwatch.EventBus("t-bus", { description, tags });
  const eventPattern = pulumi.jsonStringify({ detail: { amount: [{ numeric: [">=", amount] }] } });
  const rule = new aws.cloudwatch.EventRule("t-rule", { eventBusName: bus.name, eventPattern, description, tags });
  new aws.cloudwatch.EventTarget("t-target", {
    rule: rule.name,
    eventBusName: bus.name,
    arn: topic.arn,
    input: `{"version":${version}}`,
  });
  new aws.cloudwatch.EventTarget("t-transformed", {
    rule: rule.name,
    eventBusName: bus.name,
    arn: topic.arn,
    deadLetterConfig: { arn: queue.arn },
    inputTransformer: {
      inputPaths: { time: "$.time", detail: "$.detail" },
      inputTemplate: `{"version":${version},"time":<time>,"detail":<detail>}`,
    },
  });
  const group = new aws.scheduler.ScheduleGroup("t-group", { tags });
  new aws.scheduler.Schedule("t-schedule", {
    groupName: group.name,
    scheduleExpression: `rate(${1 + version} hours)`,
    flexibleTimeWindow: { mode: "OFF" },
    target: { arn: queue.arn, roleArn: role.arn },
  });
}

function functions(
  role: aws.iam.Role,
  queue: aws.sqs.Queue,
  { version, description, tags }: Common,
): aws.lambda.Function {
  const code = new pulumi.asset.AssetArchive({
    "index.js": new pulumi.asset.StringAsset(`exports.handler = async () => ${version};`),
  });
  const fn = new aws.lambda.Function("t-fn", {
    code,
    role: role.arn,
    handler: "index.handler",
    runtime: "nodejs22.x",
    timeout: 30 * version,
    description,
    environment: { variables: { STAGE: `v${version}` } },
    tags,
  });
  new aws.lambda.Permission("t-fn", {
    function: fn.name,
    action: "lambda:InvokeFunction",
    principal: "sns.amazonaws.com",
  });
  new aws.lambda.EventSourceMapping("t-fn", {
    eventSourceArn: queue.arn,
    functionName: fn.arn,
    batchSize: 5 * version,
  });
  new aws.dynamodb.Table("t-table", {
    attributes: [{ name: "id", type: "S" }],
    hashKey: "id",
    billingMode: "PAY_PER_REQUEST",
    ttl: { attributeName: "expires", enabled: true },
    pointInTimeRecovery: { enabled: version === 1 },
    deletionProtectionEnabled: false,
    tags,
  });
  return fn;
}
