import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { parse } from "yaml";
import { parseConfig } from "../../../../config";
import { UserError } from "../../../../automation/errors";
import { configDrift, driftText, withDefaults } from "../../../../automation/teams/drift";
import { webhookFrom } from "../../../../automation/teams/slack-route";
import {
  addTeam,
  checkTeamName,
  teamConfig,
  teamFileText,
  type TeamOptions,
} from "../../../../automation/teams/team-config";

const CHECKOUT: TeamOptions = {
  name: "checkout",
  environment: "dev",
  region: "eu-west-1",
  budget: 250,
  scanLimit: 5,
  biScanLimit: 1,
  schedule: "cron(10 * * * ? *)",
  owner: "ana@example.com",
  tags: { "cost-center": "1234" },
};

describe("a team's stack file", () => {
  let root: string;
  beforeEach(async () => (root = await mkdtemp(path.join(tmpdir(), "clickstream-team-"))));
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("is what the options say, and what the program reads", async () => {
    const file = await addTeam(CHECKOUT, undefined, root);
    expect(path.basename(file)).to.equal("Pulumi.checkout.yaml");
    const { config } = parse(await readFile(file, "utf8")) as { config: Record<string, unknown> };
    expect(config).to.deep.equal({
      "aws:region": "eu-west-1",
      "clickstream:team": "checkout",
      "clickstream:environment": "dev",
      "clickstream:deleteData": true,
      "clickstream:allowDelete": true,
      "clickstream:monthlyBudgetUsd": 250,
      "clickstream:athenaScanCutoffGb": 5,
      "clickstream:biScanCutoffGb": 1,
      "clickstream:glueScheduleEnabled": true,
      "clickstream:glueSchedule": "cron(10 * * * ? *)",
      "clickstream:tags": { "cost-center": "1234", owner: "ana@example.com" },
    });
    const texts = Object.entries(config).map(([key, value]): [string, string] => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    expect(parseConfig(Object.fromEntries(texts))).to.include({ team: "checkout", monthlyBudgetUsd: 250 });
  });

  it("says whose lake the team reads, instead of when jobs run", () => {
    const { schedule: _none, ...rest } = CHECKOUT;
    const lakeOf = "organization/clickstream/prod";
    const config = teamConfig({ ...rest, lakeOf });
    expect(config).to.include({ "clickstream:lakeStack": lakeOf });
    expect(Object.keys(config).filter((key) => key.includes("glue"))).to.deep.equal([]);
    expect(teamFileText({ ...rest, lakeOf })).to.contain(`It reads the lake of ${lakeOf}`);
    expect(() => teamConfig({ ...CHECKOUT, lakeOf })).to.throw(UserError, "no --schedule");
    expect(() => teamConfig({ ...rest, lakeOf, lakeReader: ["shop"] })).to.throw(UserError, "no --lake-reader");
    expect(() => teamConfig({ ...rest, lakeOf: "prod" })).to.throw(
      UserError,
      '--lake-of: "prod" must be the full name',
    );
  });

  it("says who reads the team's lake", () => {
    expect(teamConfig({ ...CHECKOUT, lakeReader: ["shop"] })["clickstream:lakeReaders"]).to.deep.equal(["shop"]);
    expect(() => teamConfig({ ...CHECKOUT, lakeReader: ["Shop"] })).to.throw(UserError, "--lake-reader:");
  });

  it("keeps the data of production", () => {
    const config = teamConfig({ ...CHECKOUT, environment: "prod" });
    expect(config).to.include({ "clickstream:deleteData": false, "clickstream:allowDelete": false });
    expect(teamFileText({ ...CHECKOUT, environment: "prod" })).to.contain("destroy keeps");
  });

  it("starts no job by itself without a schedule", () => {
    const { schedule: _none, ...rest } = CHECKOUT;
    const config = teamConfig(rest);
    expect(config["clickstream:glueScheduleEnabled"]).to.equal(false);
    expect(config).to.not.have.property("clickstream:glueSchedule");
  });

  for (const [what, change, says] of [
    ["schedule", { schedule: "every hour" }, '--schedule: "every hour" must be cron('],
    ["region", { region: "europe" }, '--region: "europe" must be the code of an AWS region'],
    ["team", { team: "a/b" }, '--team: "a/b" must be 1 to 63 letters'],
    ["tag of the program's own", { tags: { team: "x" } }, "--owner and --tag:"],
    ["tag that AWS refuses", { owner: "ana|bo" }, "--owner and --tag:"],
  ] as const) {
    it(`is not written with a wrong ${what}; the option is named`, async () => {
      const error = await addTeam({ ...CHECKOUT, ...change }, undefined, root).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(UserError);
      expect(String(error)).to.contain(says);
      expect(existsSync(path.join(root, "Pulumi.checkout.yaml"))).to.equal(false);
    });
  }

  it("replaces none, and stays away where what belongs to it fails", async () => {
    const file = path.join(root, "Pulumi.checkout.yaml");
    await writeFile(file, "config: {}\n");
    const taken = await addTeam(CHECKOUT, undefined, root).catch((error: unknown) => String(error));
    expect(taken).to.contain("There is a Pulumi.checkout.yaml already");
    expect(await readFile(file, "utf8")).to.equal("config: {}\n");
    await rm(file);
    const refused = addTeam(CHECKOUT, () => Promise.reject(new Error("no engine")), root);
    expect(await refused.catch((error: unknown) => String(error))).to.contain("no engine");
    expect(existsSync(file)).to.equal(false);
  });

  it("has no name of a throw-away stack, nor one that no pipeline can have", () => {
    expect(() => checkTeamName("e-abc")).to.throw(UserError, "throw-away");
    expect(() => checkTeamName("a--b")).to.throw(UserError, "--");
    expect(() => checkTeamName("team-")).to.throw(UserError, "ends with");
    expect(() => checkTeamName("Team")).to.throw(UserError, "Team");
    expect(() => checkTeamName("dev")).to.throw(UserError, "Pulumi.dev.yaml already");
  });

  it("is accepted by the program whatever sound figures it has", () => {
    const figures = {
      budget: fc.integer({ min: 1, max: 10_000_000 }),
      scanLimit: fc.integer({ min: 1, max: 100_000 }),
    };
    fc.assert(
      fc.property(fc.record(figures), (given) => {
        expect(() => teamConfig({ ...CHECKOUT, ...given })).to.not.throw();
      }),
    );
  });
});

describe("a team's Slack route", () => {
  it("comes from an environment variable and is never shown", () => {
    const webhook = "https://hooks.example.com/services/T/B/not-to-be-seen";
    expect(webhookFrom("HOOK", { HOOK: webhook })).to.equal(webhook);
    expect(() => webhookFrom(webhook, {}))
      .to.throw(UserError)
      .with.property("message")
      .that.does.not.contain("not-to-be-seen");
    expect(() => webhookFrom("HOOK", {})).to.throw(UserError, "HOOK is not set");
    const plain = { HOOK: "http://hooks.example.com/not-to-be-seen" };
    expect(() => webhookFrom("HOOK", plain))
      .to.throw(UserError, "holds no https URL")
      .with.property("message")
      .that.does.not.contain("not-to-be-seen");
  });
});

describe("drift of a stack's config", () => {
  it("is none for the same config, however its JSON is spaced and its secrets are encrypted", () => {
    const file = { "clickstream:tags": '{"a": "b"}', "clickstream:slackWebhook": "https://encrypted.invalid/" };
    const deployed = { "clickstream:tags": '{"a":"b"}', "clickstream:slackWebhook": "[secret]" };
    expect(configDrift(file, deployed)).to.deep.equal([]);
  });

  it("is none where the file leaves out what the engine deploys by default", () => {
    const project = { config: { hotDays: { default: 30 }, tags: { default: {} }, slackWebhook: { default: "" } } };
    const deployed = { "clickstream:hotDays": "30", "clickstream:tags": "{}", "clickstream:slackWebhook": "" };
    const drift = (file: Record<string, string>): string[] =>
      configDrift(withDefaults(file, project), withDefaults(deployed, project)).map(({ key }) => key);
    expect(drift({})).to.deep.equal([]);
    expect(drift({ "clickstream:hotDays": "7" })).to.deep.equal(["clickstream:hotDays"]);
    expect(drift({ "clickstream:slackWebhook": "https://encrypted.invalid/" })).to.deep.equal([
      "clickstream:slackWebhook",
    ]);
  });

  it("names each key that differs, is missing, or was taken out of the file", () => {
    const file = { "clickstream:hotDays": "30", "clickstream:team": "a", "other:key": "1" };
    const deployed = { "clickstream:hotDays": "20", "clickstream:warmDays": "90" };
    const drift = configDrift(file, deployed);
    expect(drift).to.deep.equal([
      { key: "clickstream:team", file: "a", deployed: undefined },
      { key: "clickstream:hotDays", file: "30", deployed: "20" },
      { key: "clickstream:warmDays", file: undefined, deployed: "90" },
    ]);
    expect(driftText(drift)).to.contain("clickstream:warmDays: the file says nothing, deployed is 90");
  });
});
