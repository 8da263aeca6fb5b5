import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { mayDelete } from "../deletion";
import { toDays, type Days } from "../duration";
import { EncryptionKey } from "../encryption-key";
import { KEY_USERS } from "../key-users";
import { InvalidArgumentError } from "../errors";
import { LakeBucket, type LakeLock } from "../lake-bucket";
import { componentType } from "../naming";
import type { AwsAccount, BucketRef, DeletionKeys, KeyRef, Tags } from "../types";
import { SecurityRules } from "./security-rules";
import { COMPLIANCE_LOCK_FOR, DEFAULT_TRAIL_RETENTION, GOVERNANCE_LOCK_FOR } from "./settings";
import { AuditTrail } from "./trail";
import { auditKeyGrants, trailBucketStatements } from "./trail-policies";
import { readersQuery, refusalsQuery } from "./trail-queries";
import { TrailTable } from "./trail-table";

/** Buckets of a pipeline that hold data about people, or what decides about it. */
export interface AuditedBuckets {
  bronze: BucketRef;
  silver: BucketRef;
  gold: BucketRef;
  artifacts: BucketRef;
  results: BucketRef;
  queryLog: BucketRef;
}

/** Arguments of `Audit`. */
export interface AuditArgs {
  account: AwsAccount;
  /** Begins the names of the stack's roles, and of the catalog's database. */
  pipelineName: string;
  buckets: AuditedBuckets;
  /** Keys of what these buckets hold. */
  keys: readonly KeyRef[];
  /** Topic that the notifier reads. */
  alarmTopicArn: pulumi.Input<string>;
  /** Queue of events that the topic did not take; an alarm watches it. */
  deadLetterQueueArn: pulumi.Input<string>;
  /** Bucket of access logs. */
  accessLogs: BucketRef;
  /** Workgroup that the saved queries are for. */
  workgroup: pulumi.Input<string>;
  deletion: DeletionKeys;
  /** Age at which records go; not less than the lock. @default `DEFAULT_TRAIL_RETENTION` */
  retention?: Days;
  tags: Tags;
}

/**
 * Who did what: a trail that nobody can change, a table to ask it, and rules that tell people at once of what endangers
 * the data. The name must be the pipeline's with `-audit`: the alarms' topic admits rules of that name.
 */
export class Audit extends pulumi.ComponentResource {
  readonly trailArn: pulumi.Output<string>;
  readonly bucketName: pulumi.Output<string>;
  readonly database: pulumi.Output<string>;

  constructor(name: string, args: AuditArgs, opts?: pulumi.ComponentResourceOptions) {
    const lock = lockFor(args);
    super(componentType("Audit"), name, {}, opts);
    const { account, deletion, pipelineName, tags } = args;
    const key = this.createKey(name, args);
    const bucket = this.createBucket(name, args, key, lock);
    const watched = Object.values(args.buckets) as BucketRef[];
    const trail = new AuditTrail(name, { account, key, bucket, watched, tags }, { parent: this });
    this.createRules(name, args, trail, [...watched, bucket], [...args.keys, key]);
    const table = new TrailTable(`${name}-table`, { pipelineName, account, bucket, deletion, tags }, { parent: this });
    this.saveQueries(name, args, table);
    this.trailArn = trail.arn;
    this.bucketName = bucket.name;
    this.database = table.database;
    this.registerOutputs({ trailArn: this.trailArn, bucketName: this.bucketName, database: this.database });
  }

  private createKey(name: string, { account, deletion, tags }: AuditArgs): EncryptionKey {
    return new EncryptionKey(
      `${name}-key`,
      {
        description: "Audit trail: bucket and log group",
        account,
        users: KEY_USERS.audit,
        services: auditKeyGrants(name, account),
        deletion,
        tags,
      },
      { parent: this },
    );
  }

  private createBucket(name: string, args: AuditArgs, key: EncryptionKey, lock: LakeLock): LakeBucket {
    const { account, accessLogs, deletion, tags } = args;
    return new LakeBucket(
      `${name}-trail`,
      {
        key,
        // CloudTrail's own encryption context is what the key's policy asks for; a bucket key would put the bucket there.
        bucketKey: false,
        lock,
        accessLogs,
        lifecycle: { expireAfter: args.retention ?? DEFAULT_TRAIL_RETENTION },
        statements: (arn) => trailBucketStatements(name, account, arn),
        deletion,
        tags,
      },
      { parent: this },
    );
  }

  private createRules(
    name: string,
    args: AuditArgs,
    trail: AuditTrail,
    buckets: readonly BucketRef[],
    keys: readonly KeyRef[],
  ): void {
    const { pipelineName, alarmTopicArn, deadLetterQueueArn, tags } = args;
    new SecurityRules(
      name,
      { pipelineName, trail, buckets, keys, alarmTopicArn, deadLetterQueueArn, tags },
      { parent: this },
    );
  }

  private saveQueries(name: string, args: AuditArgs, table: TrailTable): void {
    const queries = {
      readers: {
        description: "Who read the raw bucket yesterday",
        query: readersQuery(table, args.account.region, args.buckets.bronze.name),
      },
      refusals: { description: "What was refused yesterday, in all regions", query: refusalsQuery(table) },
    };
    for (const [id, query] of Object.entries(queries)) {
      new aws.athena.NamedQuery(
        `${name}-${id}`,
        { ...query, database: table.database, workgroup: args.workgroup },
        { parent: this },
      );
    }
  }
}

/**
 * The lock by the keys of deletion: a stack that may be deleted must stay deletable.
 * @throws InvalidArgumentError for a retention that the lock would not let happen
 */
function lockFor({ deletion, retention }: AuditArgs): LakeLock {
  const lock: LakeLock = mayDelete(deletion)
    ? { mode: "GOVERNANCE", keepFor: GOVERNANCE_LOCK_FOR }
    : { mode: "COMPLIANCE", keepFor: COMPLIANCE_LOCK_FOR };
  const kept = retention ?? DEFAULT_TRAIL_RETENTION;
  if (toDays(kept) < toDays(lock.keepFor)) {
    throw new InvalidArgumentError(
      `retention "${kept}" of the audit trail is shorter than its lock of ${lock.keepFor}; make it that long at least`,
    );
  }
  return lock;
}
