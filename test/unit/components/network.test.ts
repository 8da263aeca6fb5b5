import { expect } from "chai";
import { GlueNetwork } from "../../../components/glue-network";
import { Network } from "../../../components/network";
import { INTERFACE_SERVICES } from "../../../components/network-endpoints";
import { pipelineNetworks } from "../../../components/pipeline-network";
import * as pulumi from "@pulumi/pulumi";
import {
  ACCOUNT,
  arnOf,
  deploy,
  expectNamesPrefixed,
  physicalName,
  type Recording,
  valueOf,
} from "../support/cloud-mocks";
import { ZONE } from "../support/zone";

const NAME = "clickstream-test-net";
const { deletion, tags } = ZONE;
const EC2 = "arn:aws:ec2:eu-west-1:123456789012";

describe("Network, for jobs", () => {
  let recording: Recording;
  let glue: GlueNetwork;
  before(async () => {
    recording = await deploy(() => {
      const args = { account: ACCOUNT, services: INTERFACE_SERVICES, glueJobs: true, deletion, tags };
      const network = new Network(NAME, args);
      glue = new GlueNetwork(`${NAME}-glue`, { account: ACCOUNT, network, tags });
    });
  });

  it("is isolated, in three zones, with a closed default group", () => {
    expectNamesPrefixed(recording);
    expect(recording.inputs("awsx:ec2:Vpc", NAME)).to.deep.equal({
      cidrBlock: "10.0.0.0/16",
      numberOfAvailabilityZones: 3,
      subnetStrategy: "Auto",
      subnetSpecs: [{ type: "Isolated", name: "data", cidrMask: 24 }],
      natGateways: { strategy: "None" },
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags,
    });
    expect(recording.inputs("DefaultSecurityGroup", `${NAME}-default`)).to.deep.equal({
      vpcId: `${NAME}-vpc`,
      ingress: [],
      egress: [],
      tags,
    });
  });

  it("logs every flow into an encrypted log group that ends", () => {
    const flow = `${NAME}-flow`;
    expect(recording.inputs("FlowLog", flow)).to.deep.equal({
      vpcId: `${NAME}-vpc`,
      trafficType: "ALL",
      logDestination: arnOf(flow),
      logDestinationType: "cloud-watch-logs",
      iamRoleArn: arnOf(flow),
      maxAggregationInterval: 600,
      tags,
    });
    expect(recording.inputs("LogGroup", flow)).to.deep.equal({
      retentionInDays: 90,
      kmsKeyId: arnOf(`${flow}-key`),
      tags,
    });
    expect(recording.statement("Key", `${flow}-key`, "LogGroup").Condition).to.deep.equal({
      ArnLike: {
        "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:eu-west-1:123456789012:log-group:${flow}-*`,
      },
    });
    expect(recording.policy("Role", flow, "assumeRolePolicy").Statement[0]).to.deep.include({
      Principal: { Service: "vpc-flow-logs.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT.accountId } },
    });
    expect(recording.statement("RolePolicy", flow, "WriteFlows")).to.deep.include({
      Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
      Resource: [arnOf(flow), `${arnOf(flow)}:*`],
    });
  });

  it("lets out to S3 only this account's principals, to this account's buckets and Glue's libraries", () => {
    expect(recording.inputs("VpcEndpoint", `${NAME}-s3`)).to.deep.include({
      vpcEndpointType: "Gateway",
      serviceName: "com.amazonaws.eu-west-1.s3",
      routeTableIds: [1, 2, 3].map((zone) => `${NAME}-routes-${zone}`),
    });
    expect(recording.policy("VpcEndpoint", `${NAME}-s3`).Statement).to.deep.equal([
      {
        Sid: "OwnBucketsByOwnPrincipals",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:*",
        Resource: "arn:aws:s3:::*",
        Condition: {
          StringEquals: { "aws:PrincipalAccount": ACCOUNT.accountId, "aws:ResourceAccount": ACCOUNT.accountId },
        },
      },
      {
        Sid: "LibrariesOfGlue",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::aws-glue-jes-prod-eu-west-1-assets/*",
      },
    ]);
  });

  it("reaches six services in two zones, each for its own actions and this account's principals", () => {
    const endpoints = recording.ofType("VpcEndpoint").filter(({ inputs }) => inputs["vpcEndpointType"] === "Interface");
    expect(endpoints.map(({ inputs }) => (inputs["serviceName"] as string).split(".").at(-1))).to.deep.equal([
      "glue",
      "kms",
      "secretsmanager",
      "logs",
      "monitoring",
      "sts",
    ]);
    for (const { name, inputs } of endpoints) {
      expect(inputs, name).to.deep.include({
        subnetIds: [1, 2].map((zone) => `${NAME}-subnet-${zone}`),
        securityGroupIds: [`${NAME}-endpoints-id`],
        privateDnsEnabled: true,
      });
    }
    expect(recording.policy("VpcEndpoint", `${NAME}-monitoring`).Statement).to.deep.equal([
      {
        Sid: "OwnPrincipals",
        Effect: "Allow",
        Principal: "*",
        Action: "cloudwatch:*",
        Resource: "*",
        Condition: { StringEquals: { "aws:PrincipalAccount": ACCOUNT.accountId } },
      },
    ]);
  });

  it("describes every rule of every group, and opens none to the world", () => {
    for (const { name, inputs } of recording.ofType("SecurityGroup")) {
      expect(inputs["description"], name).to.be.a("string");
      const rules = [...(inputs["ingress"] as object[]), ...(inputs["egress"] as object[])];
      for (const rule of rules) expect(rule, name).to.have.property("description").that.is.a("string");
      expect(JSON.stringify(rules)).not.to.contain("0.0.0.0/0");
    }
    expect(recording.inputs("SecurityGroup", `${NAME}-endpoints`)["egress"]).to.deep.equal([]);
  });

  it("gives Glue a connection a zone and a group whose members talk among themselves", async () => {
    expect(recording.inputs("Connection", `${NAME}-glue-2`)).to.deep.equal({
      description: "Workers of the jobs in zone 2 of the data network",
      connectionType: "NETWORK",
      physicalConnectionRequirements: {
        availabilityZone: "eu-west-1b",
        subnetId: `${NAME}-subnet-2`,
        securityGroupIdLists: [`${NAME}-glue-id`],
      },
      tags,
    });
    const among = {
      protocol: "tcp",
      fromPort: 0,
      toPort: 65_535,
      self: true,
      description: "Drivers and executors among themselves",
    };
    const https = { protocol: "tcp", fromPort: 443, toPort: 443 };
    expect(recording.inputs("SecurityGroup", `${NAME}-glue`)).to.deep.equal({
      description: "Glue: drivers and executors of the jobs",
      vpcId: `${NAME}-vpc`,
      ingress: [among],
      egress: [
        among,
        { ...https, description: "S3 through its endpoint", prefixListIds: ["pl-1234567890abcdef0"] },
        { ...https, description: "AWS services through their endpoints", securityGroups: [`${NAME}-endpoints-id`] },
      ],
      tags,
    });
    const names = await Promise.all(glue.connections.map(valueOf));
    expect(names).to.deep.equal([1, 2].map((zone) => physicalName(`${NAME}-glue-${zone}`)));
  });

  it("lets a job's role put interfaces into these subnets and this group alone", async () => {
    const statements = (await valueOf(pulumi.output([...glue.statements]))) as unknown as {
      Sid: string;
      Resource: unknown;
      Condition?: unknown;
    }[];
    const bySid = Object.fromEntries(statements.map((one) => [one.Sid, one]));
    expect(bySid["PlaceInterfaces"]?.Resource).to.deep.equal([
      `${EC2}:network-interface/*`,
      `${EC2}:subnet/${NAME}-subnet-1`,
      `${EC2}:subnet/${NAME}-subnet-2`,
      `${EC2}:security-group/${NAME}-glue-id`,
    ]);
    expect(bySid["RemoveInterfaces"]?.Condition).to.deep.equal({
      ArnEquals: { "ec2:Subnet": [1, 2].map((zone) => `${EC2}:subnet/${NAME}-subnet-${zone}`) },
    });
    expect(bySid["NetworkConnection"]?.Resource).to.deep.equal([
      "arn:aws:glue:eu-west-1:123456789012:catalog",
      ...[1, 2].map((zone) => `arn:aws:glue:eu-west-1:123456789012:connection/${NAME}-glue-${zone}-1234567`),
    ]);
    const open = statements.filter(({ Resource }) => Resource === "*").map(({ Sid }) => Sid);
    expect(open).to.deep.equal(["LookAtNetwork"]);
  });
});

describe("the network of a pipeline", () => {
  const made = async (users: { warehouse: boolean; jobs: boolean }): Promise<string[]> => {
    const recording = await deploy(() => {
      const parent = new pulumi.ComponentResource("test:parent", "clickstream-test");
      pipelineNetworks("clickstream-test", { account: ACCOUNT, deletion, tags }, users, parent);
    });
    return recording
      .ofType("VpcEndpoint")
      .concat(recording.ofType("Connection"))
      .map(({ name }) => name.slice(NAME.length + 1));
  };

  it("is not there without users", async () => {
    expect(await made({ warehouse: false, jobs: false })).to.deep.equal([]);
  });

  it("has S3 and the catalog for the warehouse alone, and everything for jobs", async () => {
    expect(await made({ warehouse: true, jobs: false })).to.deep.equal(["s3", "glue"]);
    const all = ["s3", ...INTERFACE_SERVICES, "glue-1", "glue-2"];
    expect((await made({ warehouse: true, jobs: true })).sort()).to.deep.equal(all.sort());
  });
});
