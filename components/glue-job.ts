import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  DEFAULT_EXECUTION_CLASS,
  DEFAULT_GLUE_VERSION,
  DEFAULT_JOB_TIMEOUT,
  DEFAULT_MAX_RETRIES,
  DEFAULT_METRICS_NAMESPACE,
  DEFAULT_WORKER_TYPE,
  DEFAULT_WORKERS,
} from "./defaults";
import { toMinutes, type Minutes } from "./duration";
import { InvalidArgumentError } from "./errors";
import { ARTIFACT_PREFIX, type JobStore } from "./job-artifacts";
import type { JobNetwork } from "./glue-network";
import { encryptWith, readObjects, writeObjects } from "./lake-access";
import { componentType, fittingName, GLUE_LOG_GROUPS } from "./naming";
import { policyDocument, serviceTrust, type PolicyStatement } from "./policy";
import type { AwsAccount, KeyRef, Tags } from "./types";

/** Spark workers that Glue offers (Z.2X is Ray's, G.025X is streaming's). */
export const WORKER_TYPES = ["G.1X", "G.2X", "G.4X", "G.8X"] as const;
/** Worker types that Glue runs in the FLEX class. */
export const FLEX_WORKER_TYPES: readonly string[] = ["G.1X", "G.2X"];
/** Longest timeout that Glue takes for a batch job: seven days. */
export const MAX_TIMEOUT_MINUTES = 10_080;
/** Most workers that the larger half of worker types may have by default. */
export const MAX_WORKERS = 299;

/** A Spark worker type. */
export type WorkerType = (typeof WORKER_TYPES)[number];

/** What a run may use and cost. */
export interface GlueCompute {
  /** @default `DEFAULT_GLUE_VERSION` */
  glueVersion?: string;
  /** @default `DEFAULT_WORKER_TYPE` */
  workerType?: WorkerType;
  /** Most workers; auto-scaling starts with fewer. @default `DEFAULT_WORKERS` */
  workers?: number;
  /** FLEX is cheaper and may wait. @default `DEFAULT_EXECUTION_CLASS` */
  executionClass?: "STANDARD" | "FLEX";
  /** @default `DEFAULT_JOB_TIMEOUT` */
  timeout?: Minutes;
  /** @default `DEFAULT_MAX_RETRIES` */
  maxRetries?: number;
}

/** Arguments of `GlueJob`. */
export interface GlueJobArgs {
  description: string;
  account: AwsAccount;
  /** `s3://` URI of the entry script. */
  scriptUri: pulumi.Input<string>;
  store: JobStore;
  /** Key of the layer that the job writes: output, bookmark and logs are encrypted with it. */
  key: KeyRef;
  /** What the job may do beyond reading its code, keeping state, logging and sending metrics. */
  statements: PolicyStatement[];
  /** The job's own arguments, with their leading `--`; a run may override each. */
  arguments: Readonly<Record<string, pulumi.Input<string>>>;
  /** Whether the job remembers what it has read. @default true */
  bookmark?: boolean;
  /** @default each field's own */
  compute?: GlueCompute;
  /** Network that the workers stand in. @default Glue's own */
  network?: JobNetwork;
  /** @default `DEFAULT_METRICS_NAMESPACE` */
  metricsNamespace?: string;
  tags: Tags;
}

/**
 * Checks what Glue would refuse only at deployment, or at the first run.
 * @throws InvalidArgumentError
 */
export function validateCompute(compute: GlueCompute): void {
  const { workerType, workers, executionClass, timeout, maxRetries } = withDefaults(compute);
  if (executionClass === "FLEX" && !FLEX_WORKER_TYPES.includes(workerType)) {
    throw new InvalidArgumentError(
      `workerType ${workerType} cannot run with executionClass FLEX: Glue offers FLEX for ` +
        `${FLEX_WORKER_TYPES.join(" and ")} only; use STANDARD or a smaller worker`,
    );
  }
  if (!Number.isSafeInteger(workers) || workers < 2 || workers > MAX_WORKERS) {
    throw new InvalidArgumentError(
      `workers is ${workers}: Glue runs Spark on 2 (a driver and an executor) to ${MAX_WORKERS} workers`,
    );
  }
  if (toMinutes(timeout) > MAX_TIMEOUT_MINUTES) {
    throw new InvalidArgumentError(`timeout is ${timeout}: Glue stops at ${MAX_TIMEOUT_MINUTES} minutes (7 days)`);
  }
  if (!Number.isSafeInteger(maxRetries) || maxRetries < 0 || maxRetries > 10) {
    throw new InvalidArgumentError(`maxRetries is ${maxRetries}: it must be a whole number from 0 to 10`);
  }
}

function withDefaults(compute: GlueCompute): Required<GlueCompute> {
  return {
    glueVersion: compute.glueVersion ?? DEFAULT_GLUE_VERSION,
    workerType: compute.workerType ?? DEFAULT_WORKER_TYPE,
    workers: compute.workers ?? DEFAULT_WORKERS,
    executionClass: compute.executionClass ?? DEFAULT_EXECUTION_CLASS,
    timeout: compute.timeout ?? DEFAULT_JOB_TIMEOUT,
    maxRetries: compute.maxRetries ?? DEFAULT_MAX_RETRIES,
  };
}

/** A Spark job on Glue with its own role, encrypted output, bookmark and logs, metrics and auto-scaling. */
export class GlueJob extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: GlueJobArgs, opts?: pulumi.ComponentResourceOptions) {
    validateCompute(args.compute ?? {});
    super(componentType("GlueJob"), fittingName("Glue job", name), {}, opts);
    const role = this.createRole(name, args);
    const policy = this.createPolicy(name, args, role);
    const security = this.createSecurityConfiguration(name, args);
    const job = this.createJob(name, args, role, security, policy);
    if (args.bookmark ?? true) this.createBookmarkPolicy(name, role, job);
    this.name = job.name;
    this.arn = job.arn;
    this.roleArn = role.arn;
    this.registerOutputs({ name: this.name, arn: this.arn, roleArn: this.roleArn });
  }

  private createRole(name: string, args: GlueJobArgs): aws.iam.Role {
    return new aws.iam.Role(
      fittingName("IAM role", `${name}-role`),
      {
        description: `Runs ${args.description}`.slice(0, 1000),
        assumeRolePolicy: serviceTrust("glue.amazonaws.com", args.account.accountId),
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createPolicy(name: string, args: GlueJobArgs, role: aws.iam.Role): aws.iam.RolePolicy {
    const { scripts, packages, state, reports, scratch } = ARTIFACT_PREFIX;
    const statements = [
      ...readObjects("Code", args.store.bucket, [scripts, packages]),
      ...writeObjects("Store", args.store.bucket, [state, reports, scratch]),
      encryptWith("StoreKey", [args.store.key]),
      encryptWith("LayerKey", [args.key]),
      logStatement(args.account),
      metricStatement(args.metricsNamespace ?? DEFAULT_METRICS_NAMESPACE),
      ...(args.network?.statements ?? []),
      ...args.statements,
    ];
    return new aws.iam.RolePolicy(
      `${name}-policy`,
      { role: role.name, policy: policyDocument(statements) },
      { parent: this },
    );
  }

  private createSecurityConfiguration(name: string, args: GlueJobArgs): aws.glue.SecurityConfiguration {
    const kmsKeyArn = args.key.arn;
    return new aws.glue.SecurityConfiguration(
      fittingName("Glue security configuration", `${name}-security`),
      {
        encryptionConfiguration: {
          s3Encryption: { s3EncryptionMode: "SSE-KMS", kmsKeyArn },
          cloudwatchEncryption: { cloudwatchEncryptionMode: "SSE-KMS", kmsKeyArn },
          jobBookmarksEncryption: { jobBookmarksEncryptionMode: "CSE-KMS", kmsKeyArn },
        },
      },
      { parent: this },
    );
  }

  private createJob(
    name: string,
    args: GlueJobArgs,
    role: aws.iam.Role,
    security: aws.glue.SecurityConfiguration,
    policy: aws.iam.RolePolicy,
  ): aws.glue.Job {
    const compute = withDefaults(args.compute ?? {});
    return new aws.glue.Job(
      name,
      {
        description: args.description,
        roleArn: role.arn,
        command: { name: "glueetl", pythonVersion: "3", scriptLocation: args.scriptUri },
        glueVersion: compute.glueVersion,
        workerType: compute.workerType,
        numberOfWorkers: compute.workers,
        executionClass: compute.executionClass,
        timeout: toMinutes(compute.timeout),
        maxRetries: compute.maxRetries,
        // Two runs at once would read the same new files and race for the same partitions.
        executionProperty: { maxConcurrentRuns: 1 },
        securityConfiguration: security.name,
        connections: args.network === undefined ? undefined : [...args.network.connections],
        defaultArguments: this.defaultArguments(args),
        tags: args.tags,
      },
      // A run that starts before its permissions exist fails, and looks like a broken job.
      { parent: this, dependsOn: [policy] },
    );
  }

  private defaultArguments(args: GlueJobArgs): Record<string, pulumi.Input<string>> {
    return {
      "--job-language": "python",
      "--job-bookmark-option": args.bookmark === false ? "job-bookmark-disable" : "job-bookmark-enable",
      "--enable-metrics": "true",
      "--enable-continuous-cloudwatch-log": "true",
      "--enable-auto-scaling": "true",
      "--extra-py-files": args.store.packageUri,
      "--TempDir": args.store.scratchPath,
      "--state_path": args.store.statePath,
      "--reports_path": args.store.reportsPath,
      "--metrics_namespace": args.metricsNamespace ?? DEFAULT_METRICS_NAMESPACE,
      ...args.arguments,
    };
  }

  private createBookmarkPolicy(name: string, role: aws.iam.Role, job: aws.glue.Job): void {
    const statement: PolicyStatement = {
      Sid: "OwnBookmark",
      Effect: "Allow",
      // The library behind job.init and job.commit reads and moves the bookmark by calls that the public reference
      // does not list one by one; they are granted by pattern, for this one job.
      Action: ["glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns", "glue:*JobBookmark*"],
      Resource: job.arn,
    };
    // Apart from the other policy, because the job's ARN exists only after the job, and the job waits for the other.
    new aws.iam.RolePolicy(
      `${name}-bookmark`,
      { role: role.name, policy: policyDocument([statement]) },
      { parent: this },
    );
  }
}

function logStatement(account: AwsAccount): PolicyStatement {
  const group = pulumi.interpolate`arn:${account.partition}:logs:${account.region}:${account.accountId}:log-group:${GLUE_LOG_GROUPS}`;
  return {
    Sid: "Logs",
    Effect: "Allow",
    // AssociateKmsKey: the first run creates the log group and puts the security configuration's key on it.
    Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"],
    Resource: [group, pulumi.interpolate`${group}:log-stream:*`],
  };
}

function metricStatement(namespace: string): PolicyStatement {
  return {
    Sid: "Metrics",
    Effect: "Allow",
    Action: "cloudwatch:PutMetricData",
    // PutMetricData has no resource to name; the namespace is what AWS lets a policy narrow. "Glue" is the namespace
    // of --enable-metrics.
    Resource: "*",
    Condition: { StringEquals: { "cloudwatch:namespace": [namespace, "Glue"] } },
  };
}
