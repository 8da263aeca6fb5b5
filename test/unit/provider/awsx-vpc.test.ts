import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { constructVpc } from "../../../local-cloud/provider/awsx/vpc";

const ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"];

describe("the component awsx:ec2:Vpc", () => {
  interface Made {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
  }

  async function construct(inputs: Record<string, unknown>): Promise<{ made: Made[]; state: Record<string, unknown> }> {
    const made: Made[] = [];
    await pulumi.runtime.setMocks({
      newResource: ({ type, name, inputs: given }) => {
        made.push({ type, name, inputs: given as Record<string, unknown> });
        return { id: `${type.split(":").at(-1)}/${name}`, state: {} };
      },
      call: () => ({ names: [...ZONES, "us-east-1d"] }),
    });
    const { state } = await constructVpc("v", inputs, {});
    // Everything that depends on something else is registered later.
    await pulumi.runtime.disconnect();
    const { vpc: _, internetGateway: _gateway, ...plain } = state;
    const ids = Object.fromEntries(Object.entries(plain).filter(([key]) => /Ids?$|Layout$/.test(key)));
    const resolved = await new Promise<Record<string, unknown>>((resolve) =>
      pulumi.output(ids).apply((value) => resolve(value as Record<string, unknown>)),
    );
    const counts = Object.entries(plain).filter(([, value]) => Array.isArray(value));
    return {
      made,
      state: {
        ...resolved,
        counts: Object.fromEntries(counts.map(([key, value]) => [key, (value as unknown[]).length])),
      },
    };
  }
  const names = (made: Made[], type: string): string[] =>
    made.filter((one) => one.type.endsWith(`:${type}`)).map(({ name }) => name);
  const failed = (inputs: Record<string, unknown>): Promise<string> =>
    construct(inputs).then(
      () => "",
      (error: unknown) => (error as Error).message,
    );

  it("makes isolated subnets without a way out, and one gateway all the same", async () => {
    const { made, state } = await construct({
      numberOfAvailabilityZones: 2,
      subnetStrategy: "Auto",
      subnetSpecs: [{ type: "Isolated", cidrMask: 24 }],
      natGateways: { strategy: "None" },
      enableDnsHostnames: true,
      tags: { team: "a" },
    });
    expect(names(made, "Vpc")).to.deep.equal(["v", "v"]);
    expect(names(made, "Subnet")).to.deep.equal(["v-isolated-1", "v-isolated-2"]);
    expect(names(made, "RouteTableAssociation")).to.deep.equal(["v-isolated-1", "v-isolated-2"]);
    expect(names(made, "InternetGateway")).to.deep.equal(["v"]);
    expect(made.some(({ type }) => /NatGateway|Eip|:Route$/.test(type))).to.equal(false);
    const subnet = made.find(({ name, type }) => name === "v-isolated-1" && type.endsWith(":Subnet"));
    expect(subnet?.inputs).to.deep.include({
      availabilityZone: "us-east-1a",
      cidrBlock: "10.0.0.0/24",
      mapPublicIpOnLaunch: false,
      tags: { Name: "v-isolated-1", team: "a", SubnetType: "Isolated" },
    });
    expect(state).to.deep.include({
      vpcId: "Vpc/v",
      isolatedSubnetIds: ["Subnet/v-isolated-1", "Subnet/v-isolated-2"],
      publicSubnetIds: [],
      privateSubnetIds: [],
    });
    expect(JSON.stringify(state["subnetLayout"])).to.equal('[{"type":"Isolated","cidrMask":24,"size":256}]');
  });

  it("gives each zone a NAT gateway with an address, unless one is enough", async () => {
    const each = await construct({});
    expect(names(each.made, "NatGateway")).to.deep.equal(["v-1", "v-2", "v-3"]);
    expect(names(each.made, "Eip")).to.deep.equal(["v-1", "v-2", "v-3"]);
    expect(names(each.made, "Route")).to.have.members([
      "v-public-1",
      "v-private-1",
      "v-public-2",
      "v-private-2",
      "v-public-3",
      "v-private-3",
    ]);
    expect(each.state["counts"]).to.deep.include({
      subnets: 6,
      routeTables: 6,
      routes: 6,
      natGateways: 3,
      eips: 3,
      vpcEndpoints: 0,
    });
    const single = await construct({ natGateways: { strategy: "Single", elasticIpAllocationIds: ["eipalloc-1"] } });
    expect(names(single.made, "NatGateway")).to.deep.equal(["v-1"]);
    expect(names(single.made, "Eip")).to.deep.equal([]);
    const routes = single.made.filter(({ name, type }) => type.endsWith(":Route") && name.includes("private"));
    expect(routes.map(({ inputs }) => inputs["natGatewayId"])).to.deep.equal([
      "NatGateway/v-1",
      "NatGateway/v-1",
      "NatGateway/v-1",
    ]);
  });

  it("completes endpoints with the Auto strategy, and leaves them as they are without", async () => {
    const vpcEndpointSpecs = [
      { serviceName: "com.amazonaws.r.s3" },
      { serviceName: "com.amazonaws.r.sqs", vpcEndpointType: "Interface" },
    ];
    const isolated = {
      subnetSpecs: [{ type: "Isolated" }],
      natGateways: { strategy: "None" },
      availabilityZoneNames: ["us-east-1b"],
    };
    const auto = await construct({ ...isolated, vpcEndpointSpecs, vpcEndpointStrategy: "Auto" });
    const inputs = (made: Made[], type: string, part = ""): Record<string, unknown> =>
      made.find((one) => one.type.endsWith(`:${type}`) && one.name.includes(part))?.inputs ?? {};
    expect(inputs(auto.made, "VpcEndpoint", "s3")).to.deep.include({ routeTableIds: ["RouteTable/v-isolated-1"] });
    expect(inputs(auto.made, "VpcEndpoint", "sqs")).to.deep.include({
      subnetIds: ["Subnet/v-isolated-1"],
      securityGroupIds: ["SecurityGroup/com.amazonaws.r.sqs-sg"],
      privateDnsEnabled: true,
    });
    expect(inputs(auto.made, "SecurityGroupRule")).to.deep.include({ fromPort: 443, cidrBlocks: ["10.0.0.0/16"] });
    expect(auto.made.find(({ type }) => type === "aws:ec2/vpc:Vpc")?.inputs).to.deep.include({
      enableDnsHostnames: true,
    });
    const legacy = await construct({ ...isolated, vpcEndpointSpecs });
    expect(names(legacy.made, "SecurityGroup")).to.deep.equal([]);
    expect(inputs(legacy.made, "VpcEndpoint", "s3")).to.not.have.any.keys("routeTableIds");
  });

  it("tags subnets by zone when asked to", async () => {
    const { made } = await construct({
      subnetNameTagStrategy: "AvailabilityZone",
      availabilityZoneNames: ["us-gov-west-1b"],
    });
    const subnet = made.find(({ name, type }) => name === "v-public-1" && type.endsWith(":Subnet"));
    expect(subnet?.inputs["tags"]).to.deep.include({ Name: "v-public-1b" });
  });

  for (const [inputs, reason] of [
    [{ assignGeneratedIpv6CidrBlock: true }, /does not support "assignGeneratedIpv6CidrBlock" locally/],
    [{ subnetStrategy: "AutoMerge" }, /does not support subnetStrategy AutoMerge/],
    [{ availabilityZoneNames: ["a"], numberOfAvailabilityZones: 1 }, /Only one of/],
    [{ numberOfAvailabilityZones: 5 }, /has 4 availability zones/],
    [{ natGateways: { strategy: "Some" } }, /Unknown NatGatewayStrategy 'some'/],
    [{ natGateways: { strategy: "None", elasticIpAllocationIds: ["a"] } }, /allows 0/],
    [{ natGateways: { strategy: "Single", elasticIpAllocationIds: ["a", "b"] } }, /allows 0 or 1/],
    [{ subnetSpecs: [{ type: "Isolated" }] }, /needs public subnets/],
    [
      {
        vpcEndpointStrategy: "Auto",
        enableDnsSupport: false,
        vpcEndpointSpecs: [{ serviceName: "x", vpcEndpointType: "Interface" }],
      },
      /requires enableDnsHostnames/,
    ],
  ] as [Record<string, unknown>, RegExp][]) {
    it(`refuses ${JSON.stringify(inputs)}`, async () => expect(await failed(inputs)).to.match(reason));
  }
});
