import type * as pulumi from "@pulumi/pulumi";

/** Tags of every resource that takes tags. */
export type Tags = Readonly<Record<string, string>>;

/** Where the program deploys to; every ARN is built from these three. */
export interface AwsAccount {
  accountId: pulumi.Input<string>;
  region: pulumi.Input<string>;
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  partition: pulumi.Input<string>;
  /** Whose keys are meant, and which people use them. */
  keyScope: KeyScope;
}

/** What a key's policy has to know of the pipeline that it belongs to. */
export interface KeyScope {
  /** Begins the names of the pipeline's roles. */
  pipelineName: string;
  /**
   * People and deployments that use the keys through services, as ARN patterns or `role/…` and `user/…` of the account.
   * Empty: everybody of the account whom IAM allows, except the pipeline's own roles.
   */
  people: readonly string[];
}

/** The two keys that must both be turned before anything that holds data may be deleted. */
export interface DeletionKeys {
  /** The wish: `pulumi destroy` should delete data. */
  deleteData: boolean;
  /** The stack-wide permission. */
  allowDelete: boolean;
}

/** A bucket as a neighbour sees it. */
export interface BucketRef {
  name: pulumi.Input<string>;
  arn: pulumi.Input<string>;
}

/** A KMS key as a neighbour sees it. */
export interface KeyRef {
  arn: pulumi.Input<string>;
}

/** A dead-letter queue as alarms and people see it. */
export interface DeadLetterQueueRef {
  name: pulumi.Output<string>;
  url: pulumi.Output<string>;
  arn: pulumi.Output<string>;
}

/** One table of the lake as the next layer sees it: what to read, with which key, under which name in the catalog. */
export interface LakeLocation {
  bucket: BucketRef;
  key: KeyRef;
  /** Key prefix with a final slash, no leading one. */
  prefix: string;
  database: pulumi.Input<string>;
  table: pulumi.Input<string>;
}

/** What a person or a script needs to work with a deployed pipeline; `index.ts` exports exactly these. */
export interface PipelineOutputs {
  pipelineName: pulumi.Output<string>;
  region: pulumi.Output<string>;
  rawBucket: pulumi.Output<string>;
  /** `events/` */
  eventsPrefix: pulumi.Output<string>;
  silverBucket: pulumi.Output<string>;
  goldBucket: pulumi.Output<string>;
  artifactsBucket: pulumi.Output<string>;
  resultsBucket: pulumi.Output<string>;
  bronzeDatabase: pulumi.Output<string>;
  silverDatabase: pulumi.Output<string>;
  goldDatabase: pulumi.Output<string>;
  /** JSON of `SharedLake`: what a stack that reads this one's gold has to know of it. */
  sharedLake: pulumi.Output<string>;
  biWorkgroup: pulumi.Output<string>;
  adhocWorkgroup: pulumi.Output<string>;
  /** Database of the table `query_log` and its views. */
  queryLogDatabase: pulumi.Output<string>;
  queryLogBucket: pulumi.Output<string>;
  /** Function that publishes and reconciles the log: invoke it with `{"task":"publish"}` or `{"task":"reconcile"}`. */
  queryLogFunction: pulumi.Output<string>;
  silverJob: pulumi.Output<string>;
  goldJob: pulumi.Output<string>;
  archiveJob: pulumi.Output<string>;
  /** `s3://…/archive/`: objects past the warm window, and their manifests. */
  archivePath: pulumi.Output<string>;
  /** `s3://…/reports/`: one JSON object a run. */
  reportsPath: pulumi.Output<string>;
  /** `s3://…/state/`: the jobs' manifests. */
  statePath: pulumi.Output<string>;
  /** Name of the event bus for producers that publish purchases themselves. */
  purchaseBus: pulumi.Output<string>;
  alertTopicArn: pulumi.Output<string>;
  alertQueueUrl: pulumi.Output<string>;
  alertDlqUrl: pulumi.Output<string>;
  alertFunction: pulumi.Output<string>;
  alertTable: pulumi.Output<string>;
  pseudonymSecretArn: pulumi.Output<string>;
  /** Secret with the key of the hashes that erasures know persons by. */
  subjectSecretArn: pulumi.Output<string>;
  /** DynamoDB table of erasures and their certificates; automation/privacy/ledger.ts has its shape. */
  privacyLedger: pulumi.Output<string>;
  /** `s3://…/privacy/` in the silver bucket. */
  privacyPath: pulumi.Output<string>;
  /** Glue job that rewrites raw objects and counts what is left of a person. */
  privacyJob: pulumi.Output<string>;
  /** `cluster`, `workgroup` or `none`. */
  warehouseKind: pulumi.Output<string>;
  /** Cluster identifier or workgroup name; empty without a warehouse, as are the next four. */
  warehouseName: pulumi.Output<string>;
  warehouseDatabase: pulumi.Output<string>;
  /** Secret with the administrator's name and password. */
  warehouseSecretArn: pulumi.Output<string>;
  /** Function that loads the hot window; `cli load` calls it. */
  warehouseLoader: pulumi.Output<string>;
  warehouseLoaderDlqUrl: pulumi.Output<string>;
  /** Which reservation fits; nothing is bought by a deployment. */
  warehouseReservation: pulumi.Output<string>;
  /** DynamoDB table of what the stack knows of itself; handlers/operations/state.ts has its shape. */
  operationsTable: pulumi.Output<string>;
  /** Topic that CloudWatch tells of alarms; the notifier reads it. */
  alarmTopicArn: pulumi.Output<string>;
  /** Topic of the pager and its mails. */
  pagerTopicArn: pulumi.Output<string>;
  alarmNotifierFunction: pulumi.Output<string>;
  /** Queue of alarms that the notifier could not tell. */
  alarmNotifierDlqUrl: pulumi.Output<string>;
  /** Function that puts all gauges; invoke it with `{"time":"<ISO>"}` to measure as of an instant. */
  pulseFunction: pulumi.Output<string>;
  /** Function that records the ends of job runs. */
  runRecorderFunction: pulumi.Output<string>;
  /** Function that checks what lands. */
  landingFunction: pulumi.Output<string>;
  landingQueueUrl: pulumi.Output<string>;
  /** Function that closes a day's costs; invoke it with `{"time":"<ISO>"}` to close the day before. */
  dailyCostFunction: pulumi.Output<string>;
  budgetName: pulumi.Output<string>;
  /** CloudWatch dashboard of the stack, and its page in the console. */
  dashboardName: pulumi.Output<string>;
  dashboardUrl: pulumi.Output<string>;
  /** CloudTrail trail of the stack; empty without an audit, as are the next two. */
  auditTrailArn: pulumi.Output<string>;
  /** Bucket that the trail is kept in. */
  auditBucket: pulumi.Output<string>;
  /** Database of the table `cloudtrail`. */
  auditDatabase: pulumi.Output<string>;
  athenaConsoleUrl: pulumi.Output<string>;
  glueConsoleUrl: pulumi.Output<string>;
}
