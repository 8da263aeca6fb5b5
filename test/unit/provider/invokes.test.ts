import { expect } from "chai";
import { Clients, type Input, type Output, type Service } from "../../../local-cloud/provider/clients";
import { INVOKES } from "../../../local-cloud/provider/invokes";
import { Provider } from "../../../local-cloud/provider/provider";

class Answering extends Clients {
  readonly asked: [Service, string, Input][] = [];
  constructor(readonly answer: Output) {
    super("eu-west-1");
  }
  override async call(service: Service, operation: string, input: Input): Promise<Output> {
    this.asked.push([service, operation, input]);
    return this.answer;
  }
}

const policy = async (args: object): Promise<unknown> => {
  const { json, minifiedJson } = await INVOKES["aws:iam/getPolicyDocument:getPolicyDocument"](
    args as Record<string, unknown>,
  );
  expect(JSON.parse(String(minifiedJson))).to.deep.equal(JSON.parse(String(json)));
  return JSON.parse(String(json));
};

describe("functions that programs call", () => {
  it("tell account, region and partition", async () => {
    const clients = new Answering({ Account: "123456789012", Arn: "arn:x", UserId: "u" });
    expect(await INVOKES["aws:index/getCallerIdentity:getCallerIdentity"]({}, clients)).to.include({
      accountId: "123456789012",
    });
    expect(await INVOKES["aws:index/getRegion:getRegion"]({}, clients)).to.include({
      region: "eu-west-1",
      name: "eu-west-1",
    });
    expect(await INVOKES["aws:index/getPartition:getPartition"]()).to.include({ partition: "aws" });
  });

  it("list the zones that are available", async () => {
    const zone = (ZoneName: string, State: string): object => ({ ZoneName, ZoneId: `${ZoneName}-id`, State });
    const clients = new Answering({ AvailabilityZones: [zone("a", "available"), zone("b", "impaired")] });
    expect(await INVOKES["aws:index/getAvailabilityZones:getAvailabilityZones"]({}, clients)).to.deep.include({
      names: ["a"],
      zoneIds: ["a-id"],
    });
  });

  it("write policy documents as the official provider does", async () => {
    const statement = {
      sid: "A",
      actions: ["s3:GetObject"],
      resources: ["a", "b"],
      principals: [{ type: "Service", identifiers: ["x.amazonaws.com"] }],
      conditions: [
        { test: "StringEquals", variable: "k", values: ["v"] },
        { test: "StringEquals", variable: "l", values: ["v", "w"] },
      ],
    };
    expect(await policy({ statements: [statement] })).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "A",
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: ["a", "b"],
          Principal: { Service: "x.amazonaws.com" },
          Condition: { StringEquals: { k: "v", l: ["v", "w"] } },
        },
      ],
    });
    expect(
      await policy({ statements: [{ effect: "Deny", principals: [{ type: "*", identifiers: ["*"] }] }] }),
    ).to.deep.include({
      Statement: [{ Effect: "Deny", Principal: "*" }],
    });
  });

  it("name what of a policy document is not supported", async () => {
    const failed = (args: object): Promise<string> => policy(args).then(String, String);
    expect(await failed({ sourcePolicyDocuments: ["{}"] })).to.contain(
      '"sourcePolicyDocuments" is not supported locally',
    );
    expect(await failed({ statements: [{ action: "x" }] })).to.contain('no "action"');
  });

  it("draw a password with the asked rules", async () => {
    const clients = new Answering({ RandomPassword: "pw" });
    const drawn = await INVOKES["aws:secretsmanager/getRandomPassword:getRandomPassword"](
      { passwordLength: 64 },
      clients,
    );
    expect(drawn["randomPassword"]).to.equal("pw");
    expect(clients.asked[0]?.[2]).to.deep.equal({ PasswordLength: 64 });
  });

  it("tell who administers the data lake", async () => {
    const principal = (DataLakePrincipalIdentifier: string): object => ({ DataLakePrincipalIdentifier });
    const clients = new Answering({
      DataLakeSettings: {
        DataLakeAdmins: [principal("arn:a")],
        CreateTableDefaultPermissions: [{ Principal: principal("IAM_ALLOWED_PRINCIPALS"), Permissions: ["ALL"] }],
      },
    });
    const settings = await INVOKES["aws:lakeformation/getDataLakeSettings:getDataLakeSettings"]({}, clients);
    expect(settings).to.deep.include({
      admins: ["arn:a"],
      readOnlyAdmins: [],
      createTableDefaultPermissions: [{ principal: "IAM_ALLOWED_PRINCIPALS", permissions: ["ALL"] }],
    });
  });

  it("are named when one is missing", async () => {
    const failed = await new Provider("1", {}, INVOKES).invoke("aws:ec2/getAmi:getAmi", {}).catch(String);
    expect(failed)
      .to.contain("does not support the function aws:ec2/getAmi:getAmi")
      .and.to.contain("getCallerIdentity");
  });
});
