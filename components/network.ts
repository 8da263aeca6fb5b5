import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "./naming";
import { s3EndpointPolicy, serviceEndpointPolicy, type InterfaceService } from "./network-endpoints";
import { FlowLog } from "./network-flow-log";
import type { AwsAccount, DeletionKeys, Tags } from "./types";

/** Addresses of the network; nothing outside it is ever routed, so every stack may use the same. */
export const NETWORK_CIDR = "10.0.0.0/16";
/** Redshift Serverless asks for three zones (management guide, "Considerations when using Amazon Redshift Serverless"). */
export const ZONES = 3;
/** Zones with an interface endpoint: each serves the whole network, two outlive the loss of one, a third costs $7.30. */
export const ENDPOINT_ZONES = 2;
/** Mask of a subnet: 251 usable addresses, of which serverless compute takes up to 9 a zone at 32 RPUs. */
const SUBNET_MASK = 24;

/** Arguments of `Network`. */
export interface NetworkArgs {
  account: AwsAccount;
  /** Services that are used from inside beside S3; each costs `ENDPOINT_ZONES` × $7.30 a month in us-east-1. */
  services: readonly InterfaceService[];
  /** Whether Glue jobs run inside. */
  glueJobs: boolean;
  deletion: DeletionKeys;
  tags: Tags;
}

/** A subnet and where it is. */
export interface SubnetPlace {
  subnetId: string;
  availabilityZone: string;
}

/** The network as those inside see it. */
export interface NetworkRef {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: pulumi.Output<string[]>;
  /** Where packets to S3 go; what a security group names instead of addresses. */
  readonly s3PrefixListId: pulumi.Output<string>;
  /** Group of the interface endpoints, which take HTTPS. */
  readonly endpointGroupId: pulumi.Output<string>;
  /** Isolated subnets in the order of their zones. */
  readonly places: pulumi.Output<SubnetPlace[]>;
}

/**
 * A network without a way out: isolated subnets, no internet gateway, no NAT, flows logged. S3 is reached through a
 * gateway endpoint (free), other services through interface endpoints. The Glue catalog is one of them for Spectrum,
 * where the warehouse routes its traffic through the network (Redshift guide, "Redshift Spectrum and enhanced VPC
 * routing").
 */
export class Network extends pulumi.ComponentResource implements NetworkRef {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: pulumi.Output<string[]>;
  readonly s3PrefixListId: pulumi.Output<string>;
  readonly endpointGroupId: pulumi.Output<string>;
  readonly places: pulumi.Output<SubnetPlace[]>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("Network"), name, {}, opts);
    const vpc = this.createVpc(name, args);
    this.vpcId = vpc.vpcId;
    this.subnetIds = vpc.isolatedSubnetIds;
    this.places = vpc.subnets.apply((subnets) =>
      pulumi.output(subnets.map(({ id, availabilityZone }) => ({ subnetId: id, availabilityZone }))),
    );
    this.closeDefaultGroup(name, args);
    this.s3PrefixListId = this.createS3Endpoint(name, args, vpc).prefixListId;
    this.endpointGroupId = this.createEndpointGroup(name, args).id;
    for (const service of args.services) this.createServiceEndpoint(name, args, service);
    const { account, deletion, tags } = args;
    new FlowLog(`${name}-flow`, { account, vpcId: this.vpcId, deletion, tags }, { parent: this });
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
        policy: s3EndpointPolicy(args.account, args.glueJobs),
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createEndpointGroup(name: string, args: NetworkArgs): aws.ec2.SecurityGroup {
    return new aws.ec2.SecurityGroup(
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
        egress: [],
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createServiceEndpoint(name: string, args: NetworkArgs, service: InterfaceService): void {
    new aws.ec2.VpcEndpoint(
      `${name}-${service}`,
      {
        vpcId: this.vpcId,
        vpcEndpointType: "Interface",
        serviceName: pulumi.interpolate`com.amazonaws.${args.account.region}.${service}`,
        subnetIds: this.subnetIds.apply((ids) => ids.slice(0, ENDPOINT_ZONES)),
        securityGroupIds: [this.endpointGroupId],
        privateDnsEnabled: true,
        policy: serviceEndpointPolicy(service, args.account),
        tags: args.tags,
      },
      { parent: this },
    );
  }
}
