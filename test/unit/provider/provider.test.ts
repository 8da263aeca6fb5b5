import { IAMClient, GetRoleCommand, ListRoleTagsCommand, TagRoleCommand, UntagRoleCommand } from "@aws-sdk/client-iam";
import { CreateRoleCommand, DeleteRoleCommand, UpdateRoleCommand } from "@aws-sdk/client-iam";
import {
  CreateVpcCommand,
  CreateTagsCommand,
  DescribeRouteTablesCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
} from "@aws-sdk/client-ec2";
import { DescribeNetworkAclsCommand, DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { Provider } from "../../../local-cloud/provider/provider";
import { PartialCreateError } from "../../../local-cloud/provider/request";
import { TABLE } from "../../../local-cloud/provider/table";

const ROLE = "urn:pulumi:s::p::aws:iam/role:Role::r";
const VPC = "urn:pulumi:s::p::aws:ec2/vpc:Vpc::v";
const trust = '{"Version":"2012-10-17","Statement":[]}';
const missing = Object.assign(new Error("no role"), { name: "NoSuchEntityException" });

describe("the life of a resource", () => {
  const sts = mockClient(STSClient);
  const iam = mockClient(IAMClient);
  const ec2 = mockClient(EC2Client);
  let provider: Provider;

  beforeEach(() => {
    for (const client of [sts, iam, ec2]) client.reset();
    sts.on(GetCallerIdentityCommand).resolves({ Account: "123456789012" });
    const Role = {
      RoleName: "r-1",
      Path: "/",
      Arn: "a",
      RoleId: "R",
      CreateDate: new Date(0),
      AssumeRolePolicyDocument: encodeURIComponent(trust),
    };
    iam.on(GetRoleCommand).resolves({
      Role: {
        ...Role,
        Tags: [
          { Key: "team", Value: "a" },
          { Key: "aws:x", Value: "y" },
        ],
      },
    });
    provider = new Provider("1.0.0", TABLE, {});
    provider.configure({ region: "eu-west-1", defaultTags: { tags: { team: "a" } } });
  });

  it("begins with the mapped inputs, default tags among them, and gives the outputs", async () => {
    iam.on(CreateRoleCommand).resolves({});
    const inputs = { name: "r-1", assumeRolePolicy: trust, tags: { own: "b" }, __defaults: ["name"] };
    const { id, outs } = await provider.create(ROLE, inputs, 0, false);
    expect(id).to.equal("r-1");
    expect(outs).to.deep.include({
      arn: "arn:aws:iam::123456789012:role/r-1",
      name: "r-1",
      tagsAll: { team: "a", own: "b" },
      uniqueId: "R",
    });
    expect(outs).to.not.have.any.keys("__defaults", "region");
    expect(iam.commandCalls(CreateRoleCommand)[0]?.args[0].input).to.deep.equal({
      RoleName: "r-1",
      AssumeRolePolicyDocument: trust,
      Tags: [
        { Key: "team", Value: "a" },
        { Key: "own", Value: "b" },
      ],
    });
  });

  it("sends nothing in a preview", async () => {
    expect(await provider.create(ROLE, { name: "r", __defaults: [] }, 0, true)).to.deep.equal({
      id: "",
      outs: { name: "r" },
    });
    const previewed = await provider.update(ROLE, "r", { arn: "a" }, {}, { name: "s" }, { timeout: 0, preview: true });
    expect(previewed).to.deep.equal({ arn: "a", name: "s" });
    expect(sts.calls()).to.have.length(0);
  });

  it("tags what is made without tags, and hands back the id of what failed half-way", async () => {
    ec2.on(CreateVpcCommand).resolves({ Vpc: { VpcId: "vpc-1" } });
    ec2.on(ModifyVpcAttributeCommand).resolves({});
    for (const command of [DescribeSecurityGroupsCommand, DescribeRouteTablesCommand, DescribeNetworkAclsCommand])
      ec2.on(command).resolves({});
    const inputs = { cidrBlock: "10.0.0.0/16", tags: { Name: "x" } };
    await provider.create(VPC, inputs, 0, false);
    expect(ec2.commandCalls(CreateTagsCommand)[0]?.args[0].input).to.deep.equal({
      Resources: ["vpc-1"],
      Tags: [
        { Key: "team", Value: "a" },
        { Key: "Name", Value: "x" },
      ],
    });
    ec2.on(CreateTagsCommand).rejects(Object.assign(new Error("boom"), { name: "Broken" }));
    const failed: unknown = await provider.create(VPC, inputs, 0, false).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(PartialCreateError);
    expect((failed as PartialCreateError).id).to.equal("vpc-1");
    expect((failed as PartialCreateError).message).to.equal("Broken: boom");
  });

  it("is read without drift where AWS only writes it otherwise", async () => {
    const olds = { name: "r-1", assumeRolePolicy: '{ "Version": "2012-10-17", "Statement": [] }' };
    const outs = { ...olds, arn: "a", tagsAll: { team: "a" } };
    const found = await provider.read(ROLE, "r-1", outs, olds);
    expect(found?.inputs).to.deep.equal(olds);
    expect(found?.outs["tagsAll"]).to.deep.equal({ team: "a" });
  });

  it("shows what somebody else changed, tags too", async () => {
    iam.on(GetRoleCommand).resolves({
      Role: {
        RoleName: "r-1",
        Path: "/",
        Arn: "a",
        RoleId: "R",
        CreateDate: new Date(0),
        MaxSessionDuration: 7200,
        Tags: [{ Key: "by", Value: "hand" }],
      },
    });
    const found = await provider.read(ROLE, "r-1", { arn: "a" }, { maxSessionDuration: 3600, tags: {} });
    expect(found?.inputs).to.deep.include({ maxSessionDuration: 7200, tags: { by: "hand" } });
  });

  it("is gone when AWS does not know it, and deleting it again is no error", async () => {
    iam.on(GetRoleCommand).rejects(missing).on(DeleteRoleCommand).rejects(missing);
    expect(await provider.read(ROLE, "r-1", { arn: "a" }, {})).to.equal(undefined);
    await provider.delete(ROLE, "r-1", {}, {}, 0);
    iam.on(DeleteRoleCommand).rejects(Object.assign(new Error("attached"), { name: "DeleteConflict" }));
    expect(await provider.delete(ROLE, "r-1", {}, {}, 0).catch(String)).to.equal("Error: DeleteConflict: attached");
  });

  it("is imported with everything that AWS knows of it", async () => {
    const found = await provider.read(ROLE, "r-1", {}, {});
    expect(found?.inputs).to.deep.include({ name: "r-1", path: "/" });
    expect(JSON.parse(String(found?.inputs["assumeRolePolicy"]))).to.deep.equal(JSON.parse(trust));
  });

  it("changes by the calls that its changes need, and no others", async () => {
    const olds = { name: "r-1", description: "a", tags: { old: "x", same: "y" } };
    const outs = { arn: "a", name: "r-1", tagsAll: { team: "a", ...olds.tags } };
    const news = { ...olds, description: "b", tags: { same: "y", new: "z" } };
    const after = await provider.update(ROLE, "r-1", outs, olds, news, { timeout: 0, preview: false });
    expect(after).to.deep.include({ description: "b", tagsAll: { team: "a", same: "y", new: "z" } });
    expect(iam.commandCalls(UntagRoleCommand)[0]?.args[0].input).to.deep.equal({ RoleName: "r-1", TagKeys: ["old"] });
    expect(iam.commandCalls(TagRoleCommand)[0]?.args[0].input).to.deep.equal({
      RoleName: "r-1",
      Tags: [{ Key: "new", Value: "z" }],
    });
    expect(iam.commandCalls(UpdateRoleCommand)[0]?.args[0].input).to.deep.equal({ RoleName: "r-1", Description: "b" });
    expect(iam.calls()).to.have.length(3);
  });

  it("loses its description by an empty one, and keeps what the state alone holds", async () => {
    const olds = { name: "r-1", description: "a", forceDetachPolicies: true };
    const outs = { ...olds, arn: "a", tagsAll: { team: "a" } };
    const after = await provider.update(ROLE, "r-1", outs, olds, { name: "r-1" }, { timeout: 0, preview: false });
    expect(after).to.not.have.any.keys("description", "forceDetachPolicies");
    expect(iam.commandCalls(UpdateRoleCommand)[0]?.args[0].input).to.deep.equal({ RoleName: "r-1", Description: "" });
    expect(iam.commandCalls(ListRoleTagsCommand)).to.have.length(0);
  });

  it("asks for the account again after a failure", async () => {
    sts.on(GetCallerIdentityCommand).rejectsOnce(new Error("no network")).resolves({ Account: "1" });
    iam.on(DeleteRoleCommand).resolves({});
    expect(await provider.delete(ROLE, "r-1", {}, {}, 0).catch(String)).to.contain("no network");
    await provider.delete(ROLE, "r-1", {}, {}, 0);
  });
});
