import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { CLOSURE_HANDLER, closureArchive, type HandlerFactory } from "./closure-code";
import { toDays, type Days } from "./duration";
import { InvalidArgumentError } from "./errors";
import { componentType, fittingName } from "./naming";
import { policyDocument, type PolicyStatement } from "./policy";
import type { KeyRef, Tags } from "./types";

/** Memory of a function, in MB; CPU grows with it (1,769 MB is one core). */
export const DEFAULT_FUNCTION_MEMORY_MB = 512;
/** Longest run of a function, in seconds. */
export const DEFAULT_FUNCTION_TIMEOUT_SECONDS = 30;
/** A year of logs, as CloudWatch checks of the benchmarks ask (CKV_AWS_338). */
export const DEFAULT_LOG_RETENTION: Days = "365 days";

/** Retentions that CloudWatch Logs accepts, in days, as its API reference lists them. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Arguments of `EventFunction`. */
export interface EventFunctionArgs {
  /** What it does; shown in the console. */
  description: string;
  /** Encrypts the environment and the log; its policy must let the log service use it. */
  key: KeyRef;
  /** Runs once per instance and returns the handler. It is serialized: see handlers/runtime-sdk.ts for what it may use. */
  factory: HandlerFactory;
  /** What the function may do beside writing its log and using `key`. */
  statements: PolicyStatement[];
  /** @default none */
  environment?: Record<string, pulumi.Input<string>>;
  /** @default `DEFAULT_FUNCTION_MEMORY_MB` */
  memoryMb?: number;
  /** @default `DEFAULT_FUNCTION_TIMEOUT_SECONDS` */
  timeoutSeconds?: number;
  /** Instances kept for this function and its upper limit; young accounts have too few to reserve. @default not reserved */
  reservedConcurrency?: number;
  /** Queue for events whose asynchronous invocations all failed. @default none */
  deadLetterQueueArn?: pulumi.Input<string>;
  /** @default `DEFAULT_LOG_RETENTION` */
  logRetention?: Days;
  /** Sends traces to X-Ray. @default false */
  tracing?: boolean;
  /** @default none */
  tags?: Tags;
}

/**
 * Trust of an execution role. No condition on the account, unlike the other services' roles: Lambda is not documented to
 * send one when it assumes a function's role, and a role cannot be passed to a function of another account anyway.
 */
const LAMBDA_TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "LambdaService",
      Effect: "Allow",
      Principal: { Service: "lambda.amazonaws.com" },
      Action: "sts:AssumeRole",
    },
  ],
});

/** Checks a log retention. @throws InvalidArgumentError on a number of days that CloudWatch Logs does not offer */
export function logRetentionDays(retention: Days): number {
  const count = toDays(retention);
  if (!LOG_RETENTION_DAYS.includes(count)) {
    throw new InvalidArgumentError(
      `log retention "${retention}" is not offered by CloudWatch Logs; choose one of ${LOG_RETENTION_DAYS.join(", ")} days`,
    );
  }
  return count;
}

/**
 * One Lambda function from an inline closure: its own role with exactly the statements given, its own encrypted log group, and an
 * archive that holds the closure's text alone (the AWS SDK is the runtime's).
 *
 * Role, function and log group carry the component's own name: a further ending would exceed the 64 characters of a
 * role before the pipeline's own limit does.
 */
export class EventFunction extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;

  constructor(name: string, args: EventFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    fittingName("Lambda function", name);
    fittingName("IAM role", name);
    super(componentType("EventFunction"), name, {}, opts);
    const logGroup = this.createLogGroup(name, args);
    const role = this.createRole(name, args);
    const policy = this.createPolicy(name, args, role, logGroup);
    const lambda = this.createFunction(name, args, role, policy, logGroup);

    this.name = lambda.name;
    this.arn = lambda.arn;
    this.roleArn = role.arn;
    this.logGroupName = logGroup.name;
    this.registerOutputs({
      name: this.name,
      arn: this.arn,
      roleArn: this.roleArn,
      logGroupName: this.logGroupName,
    });
  }

  private createLogGroup(name: string, args: EventFunctionArgs): aws.cloudwatch.LogGroup {
    return new aws.cloudwatch.LogGroup(
      name,
      {
        retentionInDays: logRetentionDays(args.logRetention ?? DEFAULT_LOG_RETENTION),
        kmsKeyId: args.key.arn,
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createRole(name: string, args: EventFunctionArgs): aws.iam.Role {
    return new aws.iam.Role(
      name,
      {
        description: `Execution role of ${name}`,
        assumeRolePolicy: LAMBDA_TRUST,
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createPolicy(
    name: string,
    args: EventFunctionArgs,
    role: aws.iam.Role,
    logGroup: aws.cloudwatch.LogGroup,
  ): aws.iam.RolePolicy {
    const statements: PolicyStatement[] = [
      {
        Sid: "WriteOwnLog",
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: pulumi.interpolate`${logGroup.arn}:*`,
      },
      {
        Sid: "UseKey",
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
        Resource: args.key.arn,
      },
      ...args.statements,
    ];
    if (args.deadLetterQueueArn !== undefined) {
      statements.push({
        Sid: "DeadLetterOwnEvents",
        Effect: "Allow",
        Action: "sqs:SendMessage",
        Resource: args.deadLetterQueueArn,
      });
    }
    if (args.tracing ?? false) {
      statements.push({
        Sid: "SendTraces",
        Effect: "Allow",
        Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        // X-Ray has no resources that these actions could name.
        Resource: "*",
      });
    }
    return new aws.iam.RolePolicy(name, { role: role.name, policy: policyDocument(statements) }, { parent: this });
  }

  private createFunction(
    name: string,
    args: EventFunctionArgs,
    role: aws.iam.Role,
    policy: aws.iam.RolePolicy,
    logGroup: aws.cloudwatch.LogGroup,
  ): aws.lambda.Function {
    return new aws.lambda.Function(
      name,
      {
        description: args.description,
        code: closureArchive(args.factory),
        handler: CLOSURE_HANDLER,
        runtime: aws.lambda.Runtime.NodeJS22dX,
        architectures: ["arm64"],
        role: role.arn,
        memorySize: args.memoryMb ?? DEFAULT_FUNCTION_MEMORY_MB,
        timeout: args.timeoutSeconds ?? DEFAULT_FUNCTION_TIMEOUT_SECONDS,
        environment: args.environment === undefined ? undefined : { variables: args.environment },
        kmsKeyArn: args.environment === undefined ? undefined : args.key.arn,
        reservedConcurrentExecutions: args.reservedConcurrency,
        deadLetterConfig: args.deadLetterQueueArn === undefined ? undefined : { targetArn: args.deadLetterQueueArn },
        loggingConfig: { logFormat: "Text", logGroup: logGroup.name },
        tracingConfig: (args.tracing ?? false) ? { mode: "Active" } : undefined,
        tags: args.tags,
      },
      // The function may run (and its dead-letter queue is checked) as soon as it exists.
      { parent: this, dependsOn: [policy] },
    );
  }
}
