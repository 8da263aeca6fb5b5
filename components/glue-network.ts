import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "./naming";
import { ENDPOINT_ZONES, type NetworkRef } from "./network";
import type { PolicyStatement } from "./policy";
import type { AwsAccount, Tags } from "./types";

/** Where the workers of the jobs stand: in the service's own network, or in the stack's. */
export const GLUE_NETWORKS = ["public", "vpc"] as const;
export type GlueNetworkKind = (typeof GLUE_NETWORKS)[number];

/** What a job needs to run inside a network. */
export interface JobNetwork {
  /** Names of Glue connections; Glue takes the first whose zone is healthy and whose subnet has free addresses. */
  readonly connections: readonly pulumi.Input<string>[];
  /** What the job's role may do so that Glue can put network interfaces there. */
  readonly statements: readonly PolicyStatement[];
}

/** Arguments of `GlueNetwork`. */
export interface GlueNetworkArgs {
  account: AwsAccount;
  network: NetworkRef;
  tags: Tags;
}

/**
 * The way of Glue's workers into the network: a connection a zone, and a security group whose members talk among
 * themselves, to S3 and to the service endpoints, and to nobody else (Glue guide, "Setting up Amazon VPC for JDBC
 * connections to Amazon RDS data stores from AWS Glue": the self-referencing rule for all TCP ports; "Setting up
 * network access to data stores").
 */
export class GlueNetwork extends pulumi.ComponentResource implements JobNetwork {
  readonly connections: readonly pulumi.Output<string>[];
  readonly statements: readonly PolicyStatement[];

  constructor(name: string, args: GlueNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("GlueNetwork"), name, {}, opts);
    const group = this.createGroup(name, args);
    // One connection is one zone, so that a lost zone does not stop the jobs.
    this.connections = Array.from(
      { length: ENDPOINT_ZONES },
      (_, at) => this.createConnection(name, args, group, at).name,
    );
    this.statements = jobStatements(args, group, this.connections);
    this.registerOutputs({ connections: this.connections });
  }

  private createGroup(name: string, { network, tags }: GlueNetworkArgs): aws.ec2.SecurityGroup {
    const https = { protocol: "tcp", fromPort: 443, toPort: 443 };
    const allTcp = { protocol: "tcp", fromPort: 0, toPort: 65_535, self: true };
    return new aws.ec2.SecurityGroup(
      name,
      {
        description: "Glue: drivers and executors of the jobs",
        vpcId: network.vpcId,
        ingress: [{ ...allTcp, description: "Drivers and executors among themselves" }],
        egress: [
          { ...allTcp, description: "Drivers and executors among themselves" },
          { ...https, description: "S3 through its endpoint", prefixListIds: [network.s3PrefixListId] },
          { ...https, description: "AWS services through their endpoints", securityGroups: [network.endpointGroupId] },
        ],
        tags,
      },
      { parent: this },
    );
  }

  private createConnection(
    name: string,
    { network, tags }: GlueNetworkArgs,
    group: aws.ec2.SecurityGroup,
    at: number,
  ): aws.glue.Connection {
    return new aws.glue.Connection(
      `${name}-${at + 1}`,
      {
        description: `Workers of the jobs in zone ${at + 1} of the data network`,
        connectionType: "NETWORK",
        physicalConnectionRequirements: {
          availabilityZone: network.places.apply((places) => places[at]?.availabilityZone ?? ""),
          subnetId: network.places.apply((places) => places[at]?.subnetId ?? ""),
          securityGroupIdLists: [group.id],
        },
        tags,
      },
      { parent: this },
    );
  }
}

/**
 * The part of AWSGlueServiceRole about networks, narrowed to these subnets and this group (EC2's and Glue's pages of the
 * service authorization reference).
 */
function jobStatements(
  { account, network }: GlueNetworkArgs,
  group: aws.ec2.SecurityGroup,
  connections: readonly pulumi.Output<string>[],
): PolicyStatement[] {
  const { accountId, partition, region } = account;
  const ec2 = pulumi.interpolate`arn:${partition}:ec2:${region}:${accountId}`;
  const glue = pulumi.interpolate`arn:${partition}:glue:${region}:${accountId}`;
  const interfaces = pulumi.interpolate`${ec2}:network-interface/*`;
  const subnets = Array.from(
    { length: ENDPOINT_ZONES },
    (_, at) => pulumi.interpolate`${ec2}:subnet/${network.places.apply((places) => places[at]?.subnetId ?? "")}`,
  );
  return [
    {
      Sid: "NetworkConnection",
      Effect: "Allow",
      Action: "glue:GetConnection",
      Resource: [
        pulumi.interpolate`${glue}:catalog`,
        ...connections.map((connection) => pulumi.interpolate`${glue}:connection/${connection}`),
      ],
    },
    {
      Sid: "PlaceInterfaces",
      Effect: "Allow",
      Action: "ec2:CreateNetworkInterface",
      Resource: [interfaces, ...subnets, pulumi.interpolate`${ec2}:security-group/${group.id}`],
    },
    {
      Sid: "RemoveInterfaces",
      Effect: "Allow",
      Action: "ec2:DeleteNetworkInterface",
      Resource: interfaces,
      Condition: { ArnEquals: { "ec2:Subnet": pulumi.all(subnets) } },
    },
    {
      Sid: "MarkInterfaces",
      Effect: "Allow",
      Action: ["ec2:CreateTags", "ec2:DeleteTags"],
      Resource: interfaces,
      Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["aws-glue-service-resource"] } },
    },
    {
      Sid: "LookAtNetwork",
      Effect: "Allow",
      // Describe calls of EC2 have no resource to name.
      Action: [
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcEndpoints",
      ],
      Resource: "*",
    },
  ];
}
