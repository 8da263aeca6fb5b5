import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "./naming";
import type { AwsAccount, Tags } from "./types";

/** Addresses of the network; nothing outside it is ever routed, so every stack may use the same. */
export const NETWORK_CIDR = "10.0.0.0/16";
/** Redshift Serverless asks for three zones (management guide, "Considerations when using Amazon Redshift Serverless"). */
export const ZONES = 3;
/** Mask of a subnet: 251 usable addresses, of which serverless compute takes up to 9 a zone at 32 RPUs. */
const SUBNET_MASK = 24;

/** Arguments of `Network`. */
export interface NetworkArgs {
  account: AwsAccount;
  tags: Tags;
}

/**
 * A network without a way out: isolated subnets, no internet gateway, no NAT. S3 is reached through a gateway endpoint
 * (free), the Glue catalog through an interface endpoint (about $7.30 a zone and month), which Spectrum needs where the
 * warehouse routes its traffic through the network (Redshift guide, "Redshift Spectrum and enhanced VPC routing").
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: pulumi.Output<string[]>;
  /** Where packets to S3 go; what a security group names instead of addresses. */
  readonly s3PrefixListId: pulumi.Output<string>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("Network"), name, {}, opts);
    const vpc = this.createVpc(name, args);
    this.vpcId = vpc.vpcId;
    this.subnetIds = vpc.isolatedSubnetIds;
    this.closeDefaultGroup(name, args);
    this.s3PrefixListId = this.createS3Endpoint(name, args, vpc).prefixListId;
    this.createGlueEndpoint(name, args);
    this.registerOutputs({ vpcId: this.vpcId, subnetIds: this.subnetIds });
  }

  private createVpc(name: string, args: NetworkArgs): awsx.ec2.Vpc {
    return new awsx.ec2.Vpc(
      name,
      {
        cidrBlock: NETWORK_CIDR,
        numberOfAvailabilityZones: ZONES,
        subnetStrategy: "Auto",
        subnetSpecs: [{ type: "Isolated", name: "data", cidrMask: SUBNET_MASK }],
        natGateways: { strategy: "None" },
        enableDnsHostnames: true,
        enableDnsSupport: true,
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private closeDefaultGroup(name: string, args: NetworkArgs): void {
    // What forgets to name a group lands in this one: without rules it can do nothing (EC2.2).
    new aws.ec2.DefaultSecurityGroup(
      `${name}-default`,
      { vpcId: this.vpcId, ingress: [], egress: [], tags: args.tags },
      { parent: this },
    );
  }

  private createS3Endpoint(name: string, args: NetworkArgs, vpc: awsx.ec2.Vpc): aws.ec2.VpcEndpoint {
    return new aws.ec2.VpcEndpoint(
      `${name}-s3`,
      {
        vpcId: this.vpcId,
        vpcEndpointType: "Gateway",
        serviceName: pulumi.interpolate`com.amazonaws.${args.account.region}.s3`,
        routeTableIds: vpc.routeTables.apply((tables) => pulumi.all(tables.map(({ id }) => id))),
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createGlueEndpoint(name: string, args: NetworkArgs): void {
    const group = new aws.ec2.SecurityGroup(
      `${name}-endpoints`,
      {
        description: "AWS services that the network reaches privately",
        vpcId: this.vpcId,
        ingress: [
          {
            description: "HTTPS from the network",
            protocol: "tcp",
            fromPort: 443,
            toPort: 443,
            cidrBlocks: [NETWORK_CIDR],
          },
        ],
        tags: args.tags,
      },
      { parent: this },
    );
    new aws.ec2.VpcEndpoint(
      `${name}-glue`,
      {
        vpcId: this.vpcId,
        vpcEndpointType: "Interface",
        serviceName: pulumi.interpolate`com.amazonaws.${args.account.region}.glue`,
        subnetIds: this.subnetIds,
        securityGroupIds: [group.id],
        privateDnsEnabled: true,
        tags: args.tags,
      },
      { parent: this },
    );
  }
}
