import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createPulse, PULSE_MINUTES } from "../../handlers/operations/pulse";
import { PULSE_ENV } from "../../handlers/operations/pulse-settings";
import type { MetricDimensions } from "../../handlers/operations/put-metrics";
import { createJobRecorder } from "../../handlers/operations/recorder";
import { ENDED_STATES } from "../../handlers/operations/runs";
import { JOB_KINDS, OPERATIONS_ENV, type JobKind } from "../../handlers/operations/state";
import { DLQ_RETENTION_SECONDS } from "../alert-intake";
import { admitRules } from "../alert-policies";
import type { Days } from "../duration";
import { EventFunction } from "../event-function";
import { componentType, fittingName } from "../naming";
import { MAINTENANCE_TEAM } from "../query-log";
import type { AwsAccount, BucketRef, KeyRef, Tags } from "../types";
import { dimensionEnvironment } from "./own-metrics";
import { jobRecorderStatements, pulseStatements } from "./pulse-policies";
import type { OperationsStoreRef } from "./store-ref";

/** A report, two looks at Glue, some items: seconds, even where AWS makes each wait. */
const RECORDER_TIMEOUT_SECONDS = 60;
/** The table in seconds, then up to a minute for the query log; well before the next pulse. */
const PULSE_TIMEOUT_SECONDS = 120;
/** A stack without data is one that waits for it. */
export const DEFAULT_EXPECT_DATA = true;

/** The query log as the pulse asks it; `QueryLog` has these fields. */
export interface PulseQueryLog {
  database: pulumi.Input<string>;
  /** Workgroup of the log's own queries, with its scan limit. */
  workgroup: pulumi.Input<string>;
  bucketName: pulumi.Input<string>;
  keyArn: pulumi.Input<string>;
}

/** The warehouse whose health is asked for; `WarehouseRef` has these fields. */
export interface PulseWarehouseRef {
  kind: "cluster" | "workgroup";
  /** Cluster identifier or workgroup name. */
  name: pulumi.Input<string>;
  arn: pulumi.Input<string>;
}

/** Arguments of `Pulse`. */
export interface PulseArgs {
  store: OperationsStoreRef;
  account: AwsAccount;
  dimensions: MetricDimensions;
  /** Names of the Glue jobs. */
  jobs: Readonly<Record<JobKind, pulumi.Input<string>>>;
  /** Where the jobs' reports are: bucket, prefix with a final slash, key. */
  reports: { bucket: BucketRef; prefix: string; key: KeyRef };
  queryLog: PulseQueryLog;
  /** @default no warehouse */
  warehouse?: PulseWarehouseRef;
  /** Whether a producer's heartbeat proves that its data is complete (`watermark`), or counts for nothing (`ignored`). */
  heartbeats: "watermark" | "ignored";
  /**
   * Whether a stack in which nothing ever landed ages from its first pulse on, so that it alarms after 90 minutes; without
   * it, it has no freshness. @default `DEFAULT_EXPECT_DATA`
   */
  expectData?: boolean;
  /** @default the functions' own */
  logRetention?: Days;
  tags?: Tags;
}

/** The stack measures itself: a recorder of the jobs' runs, and every five minutes a pulse that puts all gauges. */
export class Pulse extends pulumi.ComponentResource {
  /** The function that puts the gauges; invoke it with `{"time":"<ISO>"}` to measure as of an instant. */
  readonly functionName: pulumi.Output<string>;
  readonly recorderName: pulumi.Output<string>;
  /** Ends of runs that could not be recorded. Pulses have no such queue: the next one makes good for a lost one. */
  readonly deadLetterQueueName: pulumi.Output<string>;
  readonly deadLetterQueueArn: pulumi.Output<string>;
  readonly deadLetterQueueUrl: pulumi.Output<string>;

  constructor(name: string, args: PulseArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("Pulse"), fittingName("EventBridge rule", name), {}, opts);
    const runs = this.createRunsRule(name, args);
    const deadLetters = this.createDeadLetters(name, args);
    const policy = admitRules(`${name}-dlq`, deadLetters, [runs], this);
    const recorder = this.createRecorder(name, args, deadLetters);
    this.start(`${name}-record`, runs, recorder, [policy], deadLetters);
    const pulse = this.createPulse(name, args);
    this.start(name, this.createClock(name, args), pulse, []);

    this.functionName = pulse.name;
    this.recorderName = recorder.name;
    this.deadLetterQueueName = deadLetters.name;
    this.deadLetterQueueArn = deadLetters.arn;
    this.deadLetterQueueUrl = deadLetters.url;
    this.registerOutputs({ functionName: this.functionName, recorderName: this.recorderName });
  }

  private createRunsRule(name: string, { jobs, tags }: PulseArgs): aws.cloudwatch.EventRule {
    return new aws.cloudwatch.EventRule(
      fittingName("EventBridge rule", `${name}-record`),
      {
        description: "Runs of the stack's Glue jobs that ended",
        eventPattern: pulumi.jsonStringify({
          source: ["aws.glue"],
          "detail-type": ["Glue Job State Change"],
          detail: { jobName: JOB_KINDS.map((kind) => jobs[kind]), state: ENDED_STATES },
        }),
        tags,
      },
      { parent: this },
    );
  }

  private createClock(name: string, { tags }: PulseArgs): aws.cloudwatch.EventRule {
    return new aws.cloudwatch.EventRule(
      name,
      {
        description: "The stack measures itself",
        scheduleExpression: `rate(${PULSE_MINUTES} minutes)`,
        tags,
      },
      { parent: this },
    );
  }

  private createDeadLetters(name: string, { store, tags }: PulseArgs): aws.sqs.Queue {
    return new aws.sqs.Queue(
      fittingName("SQS queue", `${name}-dlq`),
      { kmsMasterKeyId: store.key.arn, messageRetentionSeconds: DLQ_RETENTION_SECONDS, tags },
      { parent: this },
    );
  }

  private createRecorder(name: string, args: PulseArgs, deadLetters: aws.sqs.Queue): EventFunction {
    const { reports, store, logRetention, tags } = args;
    return new EventFunction(
      `${name}-record`,
      {
        description: "Records the end of each run of the Glue jobs, and puts what follows from it",
        key: store.key,
        factory: createJobRecorder,
        environment: {
          ...commonEnvironment(args),
          [PULSE_ENV.jobs]: pulumi.jsonStringify(args.jobs),
          [PULSE_ENV.reportsBucket]: reports.bucket.name,
          [PULSE_ENV.reportsPrefix]: reports.prefix,
        },
        statements: jobRecorderStatements(args),
        timeoutSeconds: RECORDER_TIMEOUT_SECONDS,
        deadLetterQueueArn: deadLetters.arn,
        logRetention,
        tags,
      },
      { parent: this },
    );
  }

  private createPulse(name: string, args: PulseArgs): EventFunction {
    const { store, logRetention, tags } = args;
    return new EventFunction(
      name,
      {
        description: "Measures the stack every five minutes and puts every gauge",
        key: store.key,
        factory: createPulse,
        environment: pulseEnvironment(args),
        statements: pulseStatements(args),
        timeoutSeconds: PULSE_TIMEOUT_SECONDS,
        logRetention,
        tags,
      },
      { parent: this },
    );
  }

  /** Lets a rule start a function with its own event; what cannot be delivered ends in `deadLetters`. */
  private start(
    name: string,
    rule: aws.cloudwatch.EventRule,
    target: EventFunction,
    after: pulumi.Resource[],
    deadLetters?: aws.sqs.Queue,
  ): void {
    const permission = new aws.lambda.Permission(
      name,
      {
        action: "lambda:InvokeFunction",
        function: target.name,
        principal: "events.amazonaws.com",
        sourceArn: rule.arn,
      },
      { parent: this },
    );
    new aws.cloudwatch.EventTarget(
      name,
      {
        rule: rule.name,
        targetId: "function",
        arn: target.arn,
        ...(deadLetters === undefined ? {} : { deadLetterConfig: { arn: deadLetters.arn } }),
      },
      { parent: this, dependsOn: [permission, ...after] },
    );
  }
}

/** What both functions are told. */
function commonEnvironment({ store, dimensions }: PulseArgs): Record<string, pulumi.Input<string>> {
  return {
    [OPERATIONS_ENV.table]: store.tableName,
    ...dimensionEnvironment(dimensions),
  };
}

/** What the pulse is told. */
export function pulseEnvironment(args: PulseArgs): Record<string, pulumi.Input<string>> {
  const { queryLog, warehouse, heartbeats, expectData } = args;
  return {
    ...commonEnvironment(args),
    [PULSE_ENV.queryLogDatabase]: queryLog.database,
    [PULSE_ENV.queryLogWorkgroup]: queryLog.workgroup,
    [PULSE_ENV.queryLogTeam]: MAINTENANCE_TEAM,
    [PULSE_ENV.heartbeats]: heartbeats,
    [PULSE_ENV.expectData]: String(expectData ?? DEFAULT_EXPECT_DATA),
    ...(warehouse === undefined
      ? {}
      : { [PULSE_ENV.warehouse]: pulumi.jsonStringify({ kind: warehouse.kind, name: warehouse.name }) }),
  };
}
