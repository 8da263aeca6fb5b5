import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { logRetentionDays } from "../event-function";
import type { LakeBucket } from "../lake-bucket";
import { componentType, fittingName } from "../naming";
import type { AwsAccount, BucketRef, KeyRef, Tags } from "../types";
import { TRAIL_LOG_RETENTION } from "./settings";
import { trailLogPolicy, trailTrust } from "./trail-policies";

/** Arguments of `AuditTrail`. */
export interface AuditTrailArgs {
  account: AwsAccount;
  key: KeyRef;
  /** Where the trail is kept; its policy admits a trail of this component's name. */
  bucket: LakeBucket;
  /** Buckets of which every reading and writing of an object is recorded. */
  watched: readonly BucketRef[];
  tags: Tags;
}

/**
 * The trail: management events of all regions, data events of the lake's buckets, reads and writes of both, with digests
 * that prove that no file was changed.
 */
export class AuditTrail extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** Last part of the ARN. */
  readonly trailName: pulumi.Output<string>;

  constructor(name: string, args: AuditTrailArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("AuditTrail"), name, {}, opts);
    const group = this.createLogGroup(name, args);
    const { role, policy } = this.createRole(name, args, group);
    const trail = this.createTrail(name, args, group, role, policy);
    this.arn = trail.arn;
    this.trailName = trail.name;
    this.registerOutputs({ arn: this.arn });
  }

  private createLogGroup(name: string, { key, tags }: AuditTrailArgs): aws.cloudwatch.LogGroup {
    return new aws.cloudwatch.LogGroup(
      `${name}-events`,
      { retentionInDays: logRetentionDays(TRAIL_LOG_RETENTION), kmsKeyId: key.arn, tags },
      { parent: this },
    );
  }

  private createRole(
    name: string,
    { account, tags }: AuditTrailArgs,
    group: aws.cloudwatch.LogGroup,
  ): { role: aws.iam.Role; policy: aws.iam.RolePolicy } {
    const role = new aws.iam.Role(
      fittingName("IAM role", `${name}-logs`),
      { description: "Copies the audit trail to CloudWatch Logs", assumeRolePolicy: trailTrust(name, account), tags },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-logs`,
      { role: role.name, policy: trailLogPolicy(account, group.arn) },
      { parent: this },
    );
    return { role, policy };
  }

  private createTrail(
    name: string,
    args: AuditTrailArgs,
    group: aws.cloudwatch.LogGroup,
    role: aws.iam.Role,
    policy: aws.iam.RolePolicy,
  ): aws.cloudtrail.Trail {
    return new aws.cloudtrail.Trail(
      name,
      {
        // Explicit: the policies of key and bucket name the trail before it exists.
        name,
        s3BucketName: args.bucket.name,
        kmsKeyId: args.key.arn,
        isMultiRegionTrail: true,
        includeGlobalServiceEvents: true,
        enableLogFileValidation: true,
        enableLogging: true,
        cloudWatchLogsGroupArn: pulumi.interpolate`${group.arn}:*`,
        cloudWatchLogsRoleArn: role.arn,
        advancedEventSelectors: [
          {
            // All of them: without KMS's, EventBridge would not hear of a key's deletion either.
            name: "Management events",
            fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }],
          },
          {
            name: "Objects of the lake",
            fieldSelectors: [
              { field: "eventCategory", equals: ["Data"] },
              { field: "resources.type", equals: ["AWS::S3::Object"] },
              // With the slash, since "lake" would also begin the ARNs of "lake-2".
              { field: "resources.ARN", startsWiths: args.watched.map(({ arn }) => pulumi.interpolate`${arn}/`) },
            ],
          },
        ],
        tags: args.tags,
      },
      // CloudTrail tries to write into the log group when it is told of it.
      { parent: this, dependsOn: [policy] },
    );
  }
}
