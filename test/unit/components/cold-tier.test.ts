import { expect } from "chai";
import { ColdTier, type ColdTierArgs } from "../../../components/cold-tier";
import { InvalidArgumentError } from "../../../components/errors";
import { GoldLayer } from "../../../components/gold-layer";
import { JobArtifacts } from "../../../components/job-artifacts";
import { readTableDefinition } from "../../../components/table-definition";
import { deploy, expectNamesPrefixed, physicalName, valueOf, type Recording } from "../support/cloud-mocks";
import { JOBS_DIRECTORY, location, ZONE } from "../support/zone";

const NAME = "clickstream-test-cold";
const GLUE = "arn:aws:glue:eu-west-1:123456789012";

function coldArgs(): ColdTierArgs {
  const { account, accessLogs, jobsDirectory, deletion, tags } = ZONE;
  return {
    zone: ZONE,
    clicks: location("gold", "fact_clicks"),
    sales: location("gold", "daily_sales"),
    erasures: { ...location("silver", "events"), pseudonymSecretArn: "arn:pseudonyms" },
    artifacts: new JobArtifacts("clickstream-test-jobs", { account, accessLogs, jobsDirectory, deletion, tags }),
    team: "web",
    environment: "dev",
  };
}

function jobArguments(recording: Recording): Record<string, string> {
  return recording.inputs("Job", `${NAME}-job`)["defaultArguments"] as Record<string, string>;
}

describe("ColdTier", () => {
  let recording: Recording;
  let tier: ColdTier;
  before(async () => {
    recording = await deploy(() => {
      tier = new ColdTier(NAME, coldArgs());
    });
  });

  it("tells where the archive is and which job fills it", async () => {
    expectNamesPrefixed(recording);
    expect(await valueOf(tier.archivePath)).to.equal("s3://gold-bucket/archive/");
    expect(await valueOf(tier.jobName)).to.equal(physicalName(`${NAME}-job`));
  });

  it("has a table of restored dates that Athena reads from every class, with the facts' columns", () => {
    const table = recording.inputs("CatalogTable", `${NAME}-fact-clicks-restored`);
    expect(table).to.deep.include({ databaseName: "x_gold", name: "fact_clicks_restored" });
    expect(table["parameters"]).to.deep.equal({
      EXTERNAL: "TRUE",
      classification: "parquet",
      "parquet.compression": "SNAPPY",
      read_restored_glacier_objects: "true",
    });
    expect(table["storageDescriptor"]).to.deep.include({
      location: "s3://gold-bucket/archive/fact_clicks/",
      columns: readTableDefinition(JOBS_DIRECTORY, "fact_clicks").columns,
    });
    expect(recording.ofType("CatalogTable")).to.have.length(1);
  });

  it("hands the job exactly these arguments of its own", () => {
    const shared = ["--job-language", "--job-bookmark-option", "--extra-py-files", "--TempDir"];
    const store = `s3://${physicalName("clickstream-test-jobs-store")}`;
    const own = Object.entries(jobArguments(recording)).filter(
      ([key]) => !shared.includes(key) && !key.startsWith("--enable-"),
    );
    expect(Object.fromEntries(own)).to.deep.equal({
      "--state_path": `${store}/state/`,
      "--reports_path": `${store}/reports/`,
      "--metrics_namespace": "Clickstream",
      "--gold_database": "x_gold",
      "--fact_path": "s3://gold-bucket/fact_clicks/",
      "--archive_path": "s3://gold-bucket/archive/",
      "--pseudonym_secret_arn": "arn:pseudonyms",
      "--privacy_path": "s3://silver-bucket/privacy/",
      "--warm_days": "90",
      "--storage_class": "GLACIER_IR",
      "--sweep_grace_hours": "24",
      "--team": "web",
      "--environment": "dev",
      "--pipeline": "clickstream-test",
    });
  });

  it("lets the job write the facts and the archive, and change no other table", () => {
    const statement = (sid: string) => recording.statement("RolePolicy", `${NAME}-job-policy`, sid);
    expect(statement("GoldWrite").Resource).to.deep.equal([
      "arn:aws:s3:::gold-bucket/fact_clicks/*",
      "arn:aws:s3:::gold-bucket/archive/*",
      "arn:aws:s3:::gold-bucket/fact_clicks",
      "arn:aws:s3:::gold-bucket/archive",
      "arn:aws:s3:::gold-bucket/fact_clicks_$folder$",
      "arn:aws:s3:::gold-bucket/archive_$folder$",
    ]);
    expect(statement("FactCatalog").Resource).to.deep.equal([
      `${GLUE}:catalog`,
      `${GLUE}:database/x_gold`,
      `${GLUE}:table/x_gold/fact_clicks`,
      `${GLUE}:table/x_gold/fact_clicks_restored`,
    ]);
    expect(statement("FactCatalog").Action).to.include("glue:BatchDeletePartition");
    const sales = statement("SalesCatalog");
    expect(sales.Resource).to.include(`${GLUE}:table/x_gold/daily_sales`);
    expect([sales.Action].flat().filter((action) => !/:(Batch)?Get/.test(action))).to.deep.equal([]);
    // Copying, hashing and asking for the state of an object need no action beyond these.
    expect(statement("GoldWrite").Action).to.include.members(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]);
  });

  it("lets the job read whom an erasure is about, and nothing else of silver", () => {
    const statement = (sid: string) => recording.statement("RolePolicy", `${NAME}-job-policy`, sid);
    const read = [statement("ErasuresGet").Resource].flat().map((resource) => String(resource).replace(/\/\*$/, ""));
    expect([...new Set(read)]).to.deep.equal([
      "arn:aws:s3:::silver-bucket/privacy/requests",
      "arn:aws:s3:::silver-bucket/privacy/located",
    ]);
    expect(statement("ErasuresKey")).to.deep.include({ Action: "kms:Decrypt", Resource: ["arn:aws:kms:::silver-key"] });
    expect(statement("Pseudonyms").Resource).to.equal("arn:pseudonyms");
  });

  it("starts daily, in the early morning", () => {
    expect(recording.inputs("Trigger", `${NAME}-start`)).to.deep.equal({
      description: "Starts archive_gold by the clock",
      type: "SCHEDULED",
      schedule: "cron(40 3 * * ? *)",
      enabled: true,
      actions: [{ jobName: physicalName(`${NAME}-job`) }],
      tags: ZONE.tags,
    });
  });

  it("takes window, class, schedule and compute", async () => {
    const given = await deploy(
      () =>
        new ColdTier(NAME, {
          ...coldArgs(),
          warmUntil: "60 days",
          storageClass: "DEEP_ARCHIVE",
          schedule: "cron(0 5 * * ? *)",
          enabled: false,
          compute: { workers: 4 },
        }),
    );
    expect(jobArguments(given)).to.include({ "--warm_days": "60", "--storage_class": "DEEP_ARCHIVE" });
    expect(given.inputs("Trigger", `${NAME}-start`)).to.include({ schedule: "cron(0 5 * * ? *)", enabled: false });
    expect(given.inputs("Job", `${NAME}-job`)["numberOfWorkers"]).to.equal(4);
  });

  it("refuses a schedule that AWS would refuse, before any resource of its own", async () => {
    const refused = await deploy(() => {
      const args = coldArgs();
      const build = (): unknown => new ColdTier(NAME, { ...args, schedule: "0 5 * * *" });
      expect(build).to.throw(InvalidArgumentError, 'schedule "0 5 * * *" is not usable');
    });
    expect(refused.registrations.filter(({ name }) => name.startsWith(NAME))).to.deep.equal([]);
  });

  it("lies in a bucket whose lifecycle neither moves nor expires what is archived", async () => {
    const gold = "clickstream-test-gold";
    const events = location("silver", "events");
    const { artifacts, team, environment, zone } = coldArgs();
    const layer = await deploy(() => new GoldLayer(gold, { zone, events, artifacts, team, environment }));
    const rules = layer.inputs("BucketLifecycleConfiguration", `${gold}-lake`)["rules"] as Record<string, unknown>[];
    expect(rules.flatMap((rule) => Object.keys(rule)).sort()).to.deep.equal([
      "abortIncompleteMultipartUpload",
      "filter",
      "id",
      "noncurrentVersionExpiration",
      "status",
    ]);
  });
});
