import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { EncryptionKey } from "./encryption-key";
import { KEY_USERS } from "./key-users";
import { logRetentionDays } from "./event-function";
import type { Days } from "./duration";
import { componentType, fittingName } from "./naming";
import { policyDocument, serviceTrust } from "./policy";
import type { AwsAccount, DeletionKeys, Tags } from "./types";

/** As long as access logs: the window that CIS asks of trails. */
export const DEFAULT_FLOW_LOG_RETENTION: Days = "90 days";
/** The longer of the two windows that EC2 offers, 60 and 600 seconds: a tenth of the records. */
const AGGREGATION_SECONDS = 600;

/** Arguments of `FlowLog`. */
export interface FlowLogArgs {
  account: AwsAccount;
  vpcId: pulumi.Input<string>;
  /** One of the numbers of days that CloudWatch Logs offers. @default `DEFAULT_FLOW_LOG_RETENTION` */
  retention?: Days;
  deletion: DeletionKeys;
  tags: Tags;
}

/** Who talked to whom in a network, accepted and refused, in an encrypted log group that ends by itself. */
export class FlowLog extends pulumi.ComponentResource {
  readonly logGroupName: pulumi.Output<string>;

  constructor(name: string, args: FlowLogArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("FlowLog"), fittingName("IAM role", name), {}, opts);
    const key = this.createKey(name, args);
    const group = this.createLogGroup(name, args, key);
    const role = this.createRole(name, args, group);
    this.createFlowLog(name, args, group, role);
    this.logGroupName = group.name;
    this.registerOutputs({ logGroupName: this.logGroupName });
  }

  private createKey(name: string, { account, deletion, tags }: FlowLogArgs): EncryptionKey {
    const { accountId, partition, region } = account;
    const groups = pulumi.interpolate`arn:${partition}:logs:${region}:${accountId}:log-group:${name}-*`;
    return new EncryptionKey(
      `${name}-key`,
      {
        description: "Flow log of the data network",
        account,
        users: KEY_USERS.flowLog,
        services: [
          {
            sid: "LogGroup",
            service: pulumi.interpolate`logs.${region}.amazonaws.com`,
            actions: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": groups } },
          },
        ],
        deletion,
        tags,
      },
      { parent: this },
    );
  }

  private createLogGroup(name: string, args: FlowLogArgs, key: EncryptionKey): aws.cloudwatch.LogGroup {
    const retentionInDays = logRetentionDays(args.retention ?? DEFAULT_FLOW_LOG_RETENTION);
    return new aws.cloudwatch.LogGroup(name, { retentionInDays, kmsKeyId: key.arn, tags: args.tags }, { parent: this });
  }

  /** VPC guide, "IAM role for publishing flow logs to CloudWatch Logs", without CreateLogGroup: the group exists. */
  private createRole(name: string, { account, tags }: FlowLogArgs, group: aws.cloudwatch.LogGroup): aws.iam.Role {
    const { accountId, partition, region } = account;
    const role = new aws.iam.Role(
      name,
      {
        description: "Writes the flow log of the data network",
        assumeRolePolicy: serviceTrust("vpc-flow-logs.amazonaws.com", accountId),
        tags,
      },
      { parent: this },
    );
    const policy = policyDocument([
      {
        Sid: "WriteFlows",
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        Resource: [group.arn, pulumi.interpolate`${group.arn}:*`],
      },
      {
        Sid: "FindLogGroup",
        Effect: "Allow",
        Action: "logs:DescribeLogGroups",
        Resource: pulumi.interpolate`arn:${partition}:logs:${region}:${accountId}:log-group:*`,
      },
    ]);
    new aws.iam.RolePolicy(name, { role: role.name, policy }, { parent: this });
    return role;
  }

  private createFlowLog(name: string, args: FlowLogArgs, group: aws.cloudwatch.LogGroup, role: aws.iam.Role): void {
    new aws.ec2.FlowLog(
      name,
      {
        vpcId: args.vpcId,
        trafficType: "ALL",
        logDestination: group.arn,
        logDestinationType: "cloud-watch-logs",
        iamRoleArn: role.arn,
        maxAggregationInterval: AGGREGATION_SECONDS,
        tags: args.tags,
      },
      { parent: this },
    );
  }
}
