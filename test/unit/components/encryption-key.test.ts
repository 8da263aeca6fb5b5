import { expect } from "chai";
import { EncryptionKey, glueLogsGrant, type EncryptionKeyArgs } from "../../../components/encryption-key";
import { KEY_USERS } from "../../../components/key-users";
import { ADMINISTRATION, type KeyUsers } from "../../../components/key-policy";
import { ACCOUNT, deploy, expectNamesPrefixed, type Recording } from "../support/cloud-mocks";

const KEEP = { deleteData: false, allowDelete: false };
const DELETE = { deleteData: true, allowDelete: true };
const ROOT = "arn:aws:iam::123456789012:root";
const role = (name: string): string => `arn:aws:iam::123456789012:role/clickstream-test-${name}-???????`;
const USE = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
];
/** The pipeline's own roles, and those by which any stack asks a lake. */
const NOT_PEOPLE = ["clickstream-test-*", "*-id-bi-???????", "*-id-analyst-???????"].map(
  (name) => `arn:aws:iam::123456789012:role/${name}`,
);
const OPERATORS = [role("id-operator"), role("id-privacy"), role("id-deployer")];

interface Statement {
  Sid: string;
  Action: string | string[];
  Condition?: unknown;
}

function deployKey(args: Partial<EncryptionKeyArgs> & { users: KeyUsers }): Promise<Recording> {
  const defaults = { description: "Silver", account: ACCOUNT, deletion: KEEP };
  return deploy(() => new EncryptionKey("clickstream-key", { ...defaults, ...args }));
}

async function statements(args: Partial<EncryptionKeyArgs> & { users: KeyUsers }): Promise<Statement[]> {
  const { policy } = (await deployKey(args)).inputs("Key", "clickstream-key");
  return (JSON.parse(policy as string) as { Statement: Statement[] }).Statement;
}

describe("EncryptionKey", () => {
  const users: KeyUsers = { readers: ["gold-job-role"], writers: ["silver-job-role"], through: ["s3", "dynamodb"] };
  const account = (sid: string, action: string | readonly string[], condition?: unknown) => ({
    Sid: sid,
    Effect: "Allow",
    Principal: { AWS: ROOT },
    Resource: "*",
    Action: action,
    ...(condition === undefined ? {} : { Condition: condition }),
  });
  const arnLike = (values: unknown) => ({ ArnLike: { "aws:PrincipalArn": values } });
  const via = (...services: string[]) => ({
    StringEquals: {
      "kms:CallerAccount": "123456789012",
      "kms:ViaService": services.map((service) => `${service}.eu-west-1.amazonaws.com`),
    },
  });
  const forService = { Bool: { "kms:GrantIsForAWSResource": "true" } };

  it("rotates, keeps use apart from administration, and opens to roles, people and services by condition only", async () => {
    const events = {
      sid: "Events",
      service: "events.amazonaws.com",
      condition: { StringEquals: { "aws:SourceAccount": "1" } },
    };
    const recording = await deployKey({ users, services: [glueLogsGrant(ACCOUNT), events], tags: { team: "web" } });
    expectNamesPrefixed(recording);
    const { policy, ...inputs } = recording.inputs("Key", "clickstream-key");
    expect(inputs).to.deep.equal({
      description: "Silver",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      tags: { team: "web" },
    });
    const others = { ArnNotLike: { "aws:PrincipalArn": NOT_PEOPLE } };
    expect(JSON.parse(policy as string)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        account("Administration", ADMINISTRATION),
        account("RolesThatRead", ["kms:Decrypt", "kms:DescribeKey"], arnLike([role("gold-job-role")])),
        account("RolesThatWrite", USE.slice(0, 4), arnLike([role("silver-job-role")])),
        account("OperatorsThroughServices", USE, { ...arnLike(OPERATORS), ...via("s3", "dynamodb") }),
        account("OperatorsGrantToServices", "kms:CreateGrant", {
          ...arnLike(OPERATORS),
          ...via("dynamodb"),
          ...forService,
        }),
        account("AccountThroughServices", USE, { ...others, ...via("s3", "dynamodb") }),
        account("AccountGrantToServices", "kms:CreateGrant", { ...others, ...via("dynamodb"), ...forService }),
        {
          Sid: "GlueLogs",
          Effect: "Allow",
          Principal: { Service: "logs.eu-west-1.amazonaws.com" },
          Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
          Resource: "*",
          Condition: {
            ArnLike: {
              "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:123456789012:log-group:/aws-glue/jobs/*",
            },
          },
        },
        {
          Sid: "Events",
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: ["kms:Decrypt", "kms:GenerateDataKey"],
          Resource: "*",
          Condition: { StringEquals: { "aws:SourceAccount": "1" } },
        },
      ],
    });
    expect(recording.inputs("Alias", "clickstream-key")).to.deep.equal({ targetKeyId: "clickstream-key-id" });
    expect(recording.one("Key", "clickstream-key").retainOnDelete).to.equal(true);
  });

  it("lets only the people that config names through services, once it names some", async () => {
    const people = ["role/deployer", "arn:aws:iam::123456789012:user/ops-*"];
    const named = { ...ACCOUNT, keyScope: { pipelineName: "clickstream-test", people } };
    const given = await statements({ account: named, users: KEY_USERS.audit });
    expect(given.map(({ Sid }) => Sid)).to.deep.equal(["Administration", "OperatorsThroughServices"]);
    const arns = [...OPERATORS, "arn:aws:iam::123456789012:role/deployer", "arn:aws:iam::123456789012:user/ops-*"];
    expect(given[1]?.Condition).to.deep.equal({ ...arnLike(arns), ...via("s3") });
  });

  it("is left to the services' own grants where nobody reads through a service", async () => {
    expect((await statements({ users: KEY_USERS.flowLog })).map(({ Sid }) => Sid)).to.deep.equal(["Administration"]);
  });

  it("lets administrators neither use the key nor hand its use on", () => {
    const uses =
      /^kms:(\*|.*\*|Decrypt|Encrypt|ReEncrypt.*|GenerateDataKey.*|GenerateMac|Sign|DeriveSharedSecret|CreateGrant)$/;
    expect(ADMINISTRATION.filter((action) => uses.test(action))).to.deep.equal([]);
    // Without these two nobody could put a wrong policy right, or stop a deletion.
    expect(ADMINISTRATION).to.include.members(["kms:PutKeyPolicy", "kms:CancelKeyDeletion"]);
  });

  it("stays far under KMS's limit of 32,768 characters with as many people and readers as config allows", async () => {
    const people = Array.from({ length: 20 }, (_, index) => `role/${"x".repeat(500)}${String(index)}`);
    const named = { ...ACCOUNT, keyScope: { pipelineName: "clickstream-test", people } };
    const guests = Array.from({ length: 20 }, () => `clickstream-${"x".repeat(24)}`);
    for (const of of Object.values(KEY_USERS)) {
      const most = await statements({ account: named, users: of, guests });
      expect(JSON.stringify(most).length).to.be.lessThan(32_000);
    }
  });

  it("goes within a week if data may be deleted", async () => {
    const recording = await deployKey({ users, deletion: DELETE });
    expect(recording.inputs("Key", "clickstream-key")["deletionWindowInDays"]).to.equal(7);
    expect(recording.one("Key", "clickstream-key").retainOnDelete).to.equal(false);
  });
});
