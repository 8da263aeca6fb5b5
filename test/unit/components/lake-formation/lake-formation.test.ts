import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { InvalidArgumentError } from "../../../../components/errors";
import { checkAdministrator } from "../../../../components/lake-formation/administrator";
import { LakeFormation, type LakeFormationArgs } from "../../../../components/lake-formation/lake-formation";
import { pseudonymousColumns } from "../../../../components/table-definition";
import { ACCOUNT, deploy, expectNamesPrefixed, physicalName, type Recording } from "../../support/cloud-mocks";
import { JOBS_DIRECTORY, location, ZONE } from "../../support/zone";

const NAME = "clickstream-test-lf";
const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
const { database, bucket } = location("gold", "fact_clicks");
const ARGS: LakeFormationArgs = {
  account: ACCOUNT,
  pipelineName: "clickstream-test",
  tables: [
    {
      name: "fact_clicks",
      location: location("gold", "fact_clicks"),
      layer: "gold",
      pseudonymous: ["user_id", "session_key"],
    },
    { name: "daily_sales", location: location("gold", "daily_sales"), layer: "gold", pseudonymous: [] },
    {
      name: "fact_clicks_restored",
      location: location("gold", "fact_clicks_restored", "archive/fact_clicks/"),
      layer: "restored",
      pseudonymous: ["user_id"],
    },
  ],
  readers: { bi: pulumi.output(role("bi")), analyst: pulumi.output(role("analyst")) },
  writers: { "gold-job": role("gold-job"), operator: role("operator") },
  tags: ZONE.tags,
};

describe("LakeFormation", () => {
  let recording: Recording;
  before(async () => (recording = await deploy(() => new LakeFormation(NAME, ARGS))));
  const dependsOn = (type: string, name: string, other: string): boolean =>
    recording.one(type, name).dependencies.some((urn) => urn.endsWith(`::${other}`));

  it("names everything after itself", () => expectNamesPrefixed(recording));

  it("has keys of the pipeline's own, since LF-tags are the account's", () => {
    expect(recording.inputs("LfTag", `${NAME}-tags-layer`)).to.deep.equal({
      key: "clickstream-test-layer",
      values: ["gold", "restored"],
    });
    expect(recording.inputs("LfTag", `${NAME}-tags-ids`)).to.deep.equal({
      key: "clickstream-test-ids",
      values: ["none", "pseudonymous"],
    });
  });

  it("tags the database pseudonymous, tables not, and their ids again", () => {
    const layer = (value: string): object => ({ key: "clickstream-test-layer", value });
    const ids = (value: string): object => ({ key: "clickstream-test-ids", value });
    const tagged = (name: string): unknown => recording.inputs("ResourceLfTags", `${NAME}-tags-${name}`);
    expect(tagged("database")).to.deep.equal({
      database: { name: database },
      lfTags: [layer("gold"), ids("pseudonymous")],
    });
    expect(tagged("fact-clicks")).to.deep.equal({
      table: { databaseName: database, name: "fact_clicks" },
      lfTags: [layer("gold"), ids("none")],
    });
    expect(tagged("fact-clicks-ids")).to.deep.equal({
      tableWithColumns: { databaseName: database, name: "fact_clicks", columnNames: ["user_id", "session_key"] },
      lfTags: [ids("pseudonymous")],
    });
    expect(tagged("fact-clicks-restored")).to.deep.include({ lfTags: [layer("restored"), ids("none")] });
    expect(recording.ofType("ResourceLfTags")).to.have.length(6);
  });

  it("tags columns before the table from which they would inherit, and grants after all tags", () => {
    expect(dependsOn("ResourceLfTags", `${NAME}-tags-fact-clicks`, `${NAME}-tags-fact-clicks-ids`)).to.equal(true);
    for (const tag of ["fact-clicks", "fact-clicks-ids", "daily-sales"]) {
      expect(dependsOn("Permissions", `${NAME}-bi-tables`, `${NAME}-tags-${tag}`), tag).to.equal(true);
    }
  });

  it("registers the bucket in hybrid access mode, by a role that reads the tables and nothing else", () => {
    expect(recording.inputs("aws:lakeformation/resource:Resource", `${NAME}-location`)).to.deep.equal({
      arn: bucket.arn,
      roleArn: recording.one("Role", `${NAME}-location`).inputs["arn"] ?? `arn:aws:mock:::${NAME}-location`,
      hybridAccessEnabled: true,
    });
    expect(recording.policy("Role", `${NAME}-location`, "assumeRolePolicy").Statement).to.deep.equal([
      {
        Sid: "ServiceOfThisAccount",
        Effect: "Allow",
        Principal: { Service: "lakeformation.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT.accountId } },
      },
    ]);
    expect(recording.inputs("RolePolicy", `${NAME}-location`)["role"]).to.equal(physicalName(`${NAME}-location`));
    const { Statement } = recording.policy("RolePolicy", `${NAME}-location`);
    expect(Statement.flatMap(({ Action }) => Action)).to.deep.equal([
      "s3:ListBucket",
      "s3:GetBucketLocation",
      "s3:GetObject",
      "kms:Decrypt",
    ]);
    expect(recording.statement("RolePolicy", `${NAME}-location`, "GoldGet").Resource).to.include.members([
      "arn:aws:s3:::gold-bucket/fact_clicks/*",
      "arn:aws:s3:::gold-bucket/archive/fact_clicks/*",
    ]);
  });

  it("lets those who move partitions there do so, which hybrid access mode asks of everybody", () => {
    for (const writer of ["gold-job", "operator"]) {
      expect(recording.inputs("Permissions", `${NAME}-location-${writer}`)).to.deep.equal({
        principal: role(writer),
        permissions: ["DATA_LOCATION_ACCESS"],
        dataLocation: { arn: bucket.arn },
      });
    }
  });

  it("lets dashboards select what is no id, and analysts all, by tags", () => {
    const tables = (reader: string): unknown => recording.inputs("Permissions", `${NAME}-${reader}-tables`);
    const expressions = (layers: string[], ids: string[]): object[] => [
      { key: "clickstream-test-layer", values: layers },
      { key: "clickstream-test-ids", values: ids },
    ];
    expect(tables("bi")).to.deep.equal({
      principal: role("bi"),
      permissions: ["DESCRIBE", "SELECT"],
      lfTagPolicy: { resourceType: "TABLE", expressions: expressions(["gold"], ["none"]) },
    });
    expect(tables("analyst")).to.deep.equal({
      principal: role("analyst"),
      permissions: ["DESCRIBE", "SELECT"],
      lfTagPolicy: {
        resourceType: "TABLE",
        expressions: expressions(["gold", "restored"], ["none", "pseudonymous"]),
      },
    });
    expect(recording.inputs("Permissions", `${NAME}-bi-database`)).to.deep.equal({
      principal: role("bi"),
      permissions: ["DESCRIBE"],
      lfTagPolicy: {
        resourceType: "DATABASE",
        expressions: [{ key: "clickstream-test-layer", values: ["gold"] }],
      },
    });
  });

  it("opts the two roles in to the database and all its tables, after their grants and the location", () => {
    expect(recording.inputs("OptIn", `${NAME}-bi-database`)).to.deep.equal({
      principals: [{ dataLakePrincipalIdentifier: role("bi") }],
      resourceDatas: [{ database: { catalogId: ACCOUNT.accountId, name: database } }],
    });
    expect(recording.inputs("OptIn", `${NAME}-analyst-tables`)).to.deep.equal({
      principals: [{ dataLakePrincipalIdentifier: role("analyst") }],
      resourceDatas: [{ table: { catalogId: ACCOUNT.accountId, databaseName: database, wildcard: true } }],
    });
    expect(recording.ofType("OptIn")).to.have.length(4);
    for (const before of ["-bi-tables", "-bi-database", "-location"]) {
      expect(dependsOn("OptIn", `${NAME}-bi-tables`, `${NAME}${before}`), before).to.equal(true);
    }
  });

  it("leaves the account's settings alone", () => {
    expect(recording.ofType("DataLakeSettings")).to.deep.equal([]);
    expect(recording.invokes).to.include("aws:lakeformation/getDataLakeSettings:getDataLakeSettings");
  });

  it("governs the one role that there is, and refuses to govern none", async () => {
    const { readers } = ARGS;
    const one = await deploy(
      () => new LakeFormation(NAME, { ...ARGS, readers: { bi: readers.bi ?? pulumi.output("") } }),
    );
    expect(one.ofType("OptIn").map(({ name }) => name)).to.have.members([`${NAME}-bi-database`, `${NAME}-bi-tables`]);
    let failure: unknown;
    await deploy(() => {
      try {
        return new LakeFormation(NAME, { ...ARGS, readers: {} });
      } catch (error) {
        return (failure = error);
      }
    });
    expect(failure).to.be.instanceOf(InvalidArgumentError);
    expect(String(failure)).to.match(/biPrincipals or analystPrincipals/);
  });
});

describe("whether who deploys is a data lake administrator", () => {
  const session = (name: string, account = "123456789012"): string =>
    `arn:aws:sts::${account}:assumed-role/${name}/somebody`;

  it("is taken from the role, whatever its path, from the user, or from root", () => {
    const admins = [role("aws-reserved/sso.amazonaws.com/Admin"), "arn:aws:iam::123456789012:user/x/ann"];
    expect(() => checkAdministrator(session("Admin"), admins)).not.to.throw();
    expect(() => checkAdministrator("arn:aws:iam::123456789012:user/x/ann", admins)).not.to.throw();
    const root = "arn:aws:iam::123456789012:root";
    expect(() => checkAdministrator(root, [root])).not.to.throw();
  });

  it("is not for another role, another account, or a user of a role's name", () => {
    for (const caller of [
      session("Admins"),
      session("Admin", "999999999999"),
      "arn:aws:iam::123456789012:user/Admin",
      "arn:aws:iam::123456789012:root",
    ]) {
      expect(() => checkAdministrator(caller, [role("Admin")]), caller).to.throw(
        InvalidArgumentError,
        /no data lake administrator of the account \(they are arn:aws:iam::123456789012:role\/Admin\).*set lakeFormation to false/,
      );
    }
    expect(() => checkAdministrator(session("Admin"), [])).to.throw(/it has none/);
  });
});

describe("columns that hold a pseudonym", () => {
  it("are marked where the table is defined", () => {
    expect(pseudonymousColumns(JOBS_DIRECTORY, "daily_sales")).to.deep.equal([]);
    expect(pseudonymousColumns(JOBS_DIRECTORY, "dim_users")).to.deep.equal([
      "user_id",
      "email_hash",
      "name_hash",
      "attributes_event_id",
    ]);
  });

  it("are the same in a restored date", () => {
    const columns = pseudonymousColumns(JOBS_DIRECTORY, "fact_clicks");
    expect(columns).to.deep.equal(["user_key", "user_id", "anonymous_id", "session_key"]);
    expect(pseudonymousColumns(JOBS_DIRECTORY, "fact_clicks_restored")).to.deep.equal(columns);
  });
});
