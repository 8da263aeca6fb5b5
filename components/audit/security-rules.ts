import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { SECURITY_EVENTS } from "../../handlers/operations/security-event";
import { componentType, fittingName } from "../naming";
import type { BucketRef, KeyRef, Tags } from "../types";

/** Arguments of `SecurityRules`. */
export interface SecurityRulesArgs {
  /** Begins the names of the stack's roles. */
  pipelineName: string;
  trail: { arn: pulumi.Input<string>; trailName: pulumi.Input<string> };
  /** Buckets and keys whose policies and settings are watched. */
  buckets: readonly BucketRef[];
  keys: readonly KeyRef[];
  /** Topic that the notifier reads. */
  alarmTopicArn: pulumi.Input<string>;
  /** Queue of what the topic did not take. */
  deadLetterQueueArn: pulumi.Input<string>;
  tags: Tags;
}

const API_CALL = "AWS API Call via CloudTrail";
const SIGN_IN = "AWS Console Sign In via CloudTrail";

/**
 * Event patterns by the id of the row in `SECURITY_EVENTS` (EventBridge guide, "AWS service events delivered via AWS
 * CloudTrail"; the calls are those of CIS AWS Foundations 4.3 to 4.8 and of S3's and KMS's public access, policies and
 * keys). Things of this stack only, but for the root user and the account's own block of public access: what other
 * stacks do is told to their owners.
 */
function patterns(args: SecurityRulesArgs): Record<string, Record<string, unknown>> {
  const ofBuckets = { requestParameters: { bucketName: args.buckets.map(({ name }) => name) } };
  const ofKeys = { resources: { ARN: args.keys.map(({ arn }) => arn) } };
  const trail = [args.trail.trailName, args.trail.arn];
  const call = (source: string[], detail: Record<string, unknown>): Record<string, unknown> => ({
    source,
    "detail-type": [API_CALL],
    detail,
  });
  return {
    "key-lost": call(["aws.kms"], { eventName: ["DisableKey", "ScheduleKeyDeletion"], ...ofKeys }),
    opened: call(["aws.s3"], {
      $or: [
        { eventName: ["PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"], ...ofBuckets },
        { eventName: ["PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"] },
      ],
    }),
    "trail-off": call(["aws.cloudtrail"], {
      eventName: ["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"],
      $or: [{ requestParameters: { name: trail } }, { requestParameters: { trailName: trail } }],
    }),
    "root-use": {
      "detail-type": [API_CALL, SIGN_IN],
      detail: {
        userIdentity: { type: ["Root"], invokedBy: [{ exists: false }] },
        eventType: [{ "anything-but": "AwsServiceEvent" }],
      },
    },
    policies: call(["aws.s3", "aws.kms"], {
      $or: [
        { eventName: ["PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl"], ...ofBuckets },
        { eventName: ["PutKeyPolicy"], ...ofKeys },
      ],
    }),
    roles: call(["aws.iam"], {
      eventName: [
        "PutRolePolicy",
        "DeleteRolePolicy",
        "AttachRolePolicy",
        "DetachRolePolicy",
        "UpdateAssumeRolePolicy",
        "PutRolePermissionsBoundary",
        "DeleteRolePermissionsBoundary",
      ],
      requestParameters: { roleName: [{ prefix: `${args.pipelineName}-` }] },
    }),
  };
}

/**
 * A rule for each kind of security event, into the topic of the alarms.
 *
 * Events of global services (IAM, a sign-in of root at the global endpoint) come to EventBridge in us-east-1 only (CloudTrail
 * guide, "About global service events"): `roles`, and most of `root-use`, are silent in a stack of another region, and
 * the trail's table has to be asked there.
 */
export class SecurityRules extends pulumi.ComponentResource {
  constructor(name: string, args: SecurityRulesArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("SecurityRules"), name, {}, opts);
    const known = patterns(args);
    for (const { id, title } of SECURITY_EVENTS) this.createRule(`${name}-${id}`, id, title, args, known[id]);
    this.registerOutputs({});
  }

  private createRule(
    name: string,
    id: string,
    title: string,
    args: SecurityRulesArgs,
    pattern: Record<string, unknown> | undefined,
  ): void {
    const rule = new aws.cloudwatch.EventRule(
      fittingName("EventBridge rule", name),
      { description: title, eventPattern: pulumi.jsonStringify(pattern), tags: args.tags },
      { parent: this },
    );
    new aws.cloudwatch.EventTarget(
      name,
      {
        rule: rule.name,
        arn: args.alarmTopicArn,
        deadLetterConfig: { arn: args.deadLetterQueueArn },
        inputTransformer: {
          // Only paths that every event has: a missing one would leave a hole in the JSON.
          inputPaths: { time: "$.time", region: "$.region", detail: "$.detail" },
          inputTemplate: `{"securityEvent":"${id}","time":<time>,"region":<region>,"detail":<detail>}`,
        },
      },
      { parent: this },
    );
  }
}
