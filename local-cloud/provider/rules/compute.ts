/**
 * Lambda, DynamoDB and CloudWatch Logs. AWS pages: "Lambda quotas", "Lambda runtimes" (deprecated runtimes), "Working
 * with Lambda environment variables" (reserved names), "Creating and configuring an Amazon SQS event source mapping",
 * "Lambda event filtering"; "CreateTable" (DynamoDB); "PutRetentionPolicy", "MetricTransformation" (Logs).
 */
import { type Props, text } from "../mapping";
import { atMost, between, bytes, type Check, distinct, list, matches, oneOf, type Rules, where } from "./check";
import { eventPattern } from "./events";

/** The names that the runtime sets itself. */
const RESERVED = new Set(
  (
    "_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE " +
    "AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY " +
    "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR"
  ).split(" "),
);

/** No longer supported, by the page's dates up to April 2026. */
const DEPRECATED =
  /^(nodejs(\d\.|1\d\.|20\.)|nodejs$|python(2|3\.[6-9]$)|ruby(2|3\.2)|dotnet(core|6)|java8$|go1|provided$)/;

const FUNCTION: readonly Check[] = [
  between("Timeout", 1, 900),
  between("MemorySize", 128, 10_240),
  where("Runtime", "is deprecated: take a supported runtime", (runtime) => !DEPRECATED.test(String(runtime))),
  where("Handler", "must be file.export", (handler, { Runtime }) =>
    /^(nodejs|python|ruby)/.test(text(Runtime) || "nodejs")
      ? /^[^\s.][^\s]*\.[^\s.]+$/.test(String(handler))
      : handler !== "",
  ),
  where("Environment.Variables", "must not set names that Lambda reserves", (variables) =>
    Object.keys(variables as object).every((name) => !RESERVED.has(name)),
  ),
  where("Environment.Variables", "must have at most 4 KB", (variables) => bytes(JSON.stringify(variables)) <= 4096),
  where("DeadLetterConfig.TargetArn", "must be the ARN of a standard SQS queue or SNS topic", (arn) =>
    /^(|arn:[\w-]+:(sqs|sns):.*(?<!\.fifo))$/.test(String(arn)),
  ),
  atMost("Layers", 5),
  where("VpcConfig", "must have both subnets and security groups, or neither", (config) => {
    const { SubnetIds, SecurityGroupIds } = config as Props;
    return list(SubnetIds).length > 0 === list(SecurityGroupIds).length > 0;
  }),
];

/** 50 MB zipped, as sent. */
const zip = (path: string): Check =>
  where(path, "must have at most 50 MB; upload to S3 what is larger", (data) => bytes(data) <= 50 * 2 ** 20);

const MAPPING: readonly Check[] = [
  where(
    "BatchSize",
    "must be at most 10 without a batching window, and for a FIFO queue",
    (size, { EventSourceArn, MaximumBatchingWindowInSeconds }) => {
      const queue = String(EventSourceArn);
      return (
        !/:sqs:/.test(queue) ||
        Number(size) <= 10 ||
        (Number(MaximumBatchingWindowInSeconds ?? 0) >= 1 && !queue.endsWith(".fifo"))
      );
    },
  ),
  atMost("FilterCriteria.Filters", 5),
  eventPattern("FilterCriteria.Filters.*.Pattern"),
  where(
    "StartingPosition",
    "is for streams, not for queues",
    (_, { EventSourceArn }) => !/:sqs:/.test(String(EventSourceArn)),
  ),
];

export const lambdaRules: Rules = {
  CreateFunction: [...FUNCTION, zip("Code.ZipFile")],
  UpdateFunctionConfiguration: FUNCTION,
  UpdateFunctionCode: [zip("ZipFile")],
  CreateEventSourceMapping: MAPPING,
  UpdateEventSourceMapping: MAPPING,
  AddPermission: [
    matches(
      "Principal",
      "must be *, an account or its ARN, or a service",
      /^(\*|\d{12}|arn:.+|[a-z0-9.-]+\.amazon(aws)?\.com)$/,
    ),
  ],
};

const names = (items: unknown): string =>
  (list(items) as Props[])
    .map(({ AttributeName }) => String(AttributeName))
    .sort()
    .join();

const BILLING: readonly Check[] = [
  where(
    "ProvisionedThroughput",
    "is not possible with PAY_PER_REQUEST",
    (_, { BillingMode }) => BillingMode !== "PAY_PER_REQUEST",
  ),
];

export const dynamodbRules: Rules = {
  CreateTable: [
    ...BILLING,
    where(
      "AttributeDefinitions",
      "must be exactly the attributes of the key",
      (definitions, { KeySchema }) => KeySchema === undefined || names(definitions) === names(KeySchema),
    ),
    distinct("AttributeDefinitions", ({ AttributeName }) => AttributeName, "attributes"),
    where("KeySchema", "must be a HASH key, then a RANGE key if any", (schema) =>
      ["HASH", "HASH,RANGE"].includes((schema as Props[]).map(({ KeyType }) => KeyType).join()),
    ),
    where(
      "KeySchema",
      "needs ProvisionedThroughput, or BillingMode PAY_PER_REQUEST",
      (_, { BillingMode, ProvisionedThroughput }) =>
        BillingMode === "PAY_PER_REQUEST" || ProvisionedThroughput !== undefined,
    ),
  ],
  UpdateTable: BILLING,
};

/** The retentions that CloudWatch Logs offers, in days. */
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const logsRules: Rules = {
  CreateLogGroup: [where("logGroupName", "must not begin with aws/", (name) => !/^aws\//.test(String(name)))],
  PutRetentionPolicy: [oneOf("retentionInDays", RETENTIONS)],
  PutMetricFilter: [
    atMost("metricTransformations.*.dimensions", 3),
    where("metricTransformations.*", "cannot have both dimensions and a default value", (transformation) => {
      const { dimensions, defaultValue } = transformation as Props;
      return dimensions === undefined || defaultValue === undefined;
    }),
  ],
};
