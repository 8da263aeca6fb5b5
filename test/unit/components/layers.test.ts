import { expect } from "chai";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { BronzeLayer } from "../../../components/bronze-layer";
import { GoldLayer } from "../../../components/gold-layer";
import { JobArtifacts } from "../../../components/job-artifacts";
import { SilverLayer } from "../../../components/silver-layer";
import type { TableDefinition } from "../../../components/table-definition";
import { arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../support/cloud-mocks";
import { JOBS_DIRECTORY, location, ZONE } from "../support/zone";

const STORE = `s3://${physicalName("clickstream-test-jobs-store")}`;

function definition(table: string): TableDefinition {
  const file = path.join(JOBS_DIRECTORY, "clickstream_jobs", "tables", `${table}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as TableDefinition;
}

function artifacts(): JobArtifacts {
  const { account, accessLogs, jobsDirectory, deletion, tags } = ZONE;
  return new JobArtifacts("clickstream-test-jobs", { account, accessLogs, jobsDirectory, deletion, tags });
}

function defaultArguments(recording: Recording, job: string): Record<string, string> {
  return recording.inputs("Job", job)["defaultArguments"] as Record<string, string>;
}

describe("BronzeLayer", () => {
  const name = "clickstream-test-bronze";
  const bucket = physicalName(`${name}-raw`);
  let recording: Recording;
  before(async () => {
    recording = await deploy(() => new BronzeLayer(name, { zone: ZONE, retention: "30 days" }));
  });

  it("is a zone with notifications on", () => {
    expectNamesPrefixed(recording);
    expect(recording.inputs("CatalogDatabase", `${name}-database`)).to.deep.equal({
      name: "clickstream_test_bronze",
      description: "Raw clickstream events as they landed",
      locationUri: `s3://${bucket}/`,
      tags: ZONE.tags,
    });
    expect(recording.inputs("BucketNotification", `${name}-raw`)).to.deep.equal({ bucket, eventbridge: true });
    const rules = recording.inputs("BucketLifecycleConfiguration", `${name}-raw`)["rules"] as { id: string }[];
    expect(rules.map((rule) => rule.id)).to.deep.equal(["housekeeping", "intelligent-tiering", "expire"]);
    expect(rules[2]).to.deep.include({ expiration: { days: 30 } });
  });

  it("reads JSON by projection, and never fails a query for one corrupt line", () => {
    const { columns, partitionKeys, comment } = definition("raw_events");
    const { parameters, ...table } = recording.inputs("CatalogTable", `${name}-raw-events`);
    expect(table).to.deep.equal({
      databaseName: "clickstream_test_bronze",
      name: "raw_events",
      description: comment,
      tableType: "EXTERNAL_TABLE",
      partitionKeys,
      storageDescriptor: {
        location: `s3://${bucket}/events/`,
        inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
        outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        columns,
        serDeInfo: {
          serializationLibrary: "org.openx.data.jsonserde.JsonSerDe",
          parameters: { "ignore.malformed.json": "true" },
        },
      },
    });
    expect(parameters).to.deep.include({
      EXTERNAL: "TRUE",
      classification: "json",
      "projection.enabled": "true",
      "storage.location.template": `s3://${bucket}/events/year=\${year}/month=\${month}/day=\${day}/hour=\${hour}/`,
    });
  });
});

describe("SilverLayer", () => {
  const name = "clickstream-test-silver";
  const bucket = physicalName(`${name}-lake`);
  const bucketArn = arnOf(`${name}-lake`);
  let recording: Recording;
  before(async () => {
    recording = await deploy(
      () =>
        new SilverLayer(name, {
          zone: ZONE,
          raw: location("bronze", "raw_events", "events/"),
          artifacts: artifacts(),
          team: "web",
          environment: "dev",
          currencies: { USD: 1, EUR: 1.1 },
          acceptEventsFor: "30 days",
          qualityGatePercent: 90,
          compute: { workers: 4 },
        }),
    );
  });

  it("stores Parquet in three tables whose partitions the job registers", () => {
    expectNamesPrefixed(recording);
    for (const table of ["events", "quarantine", "subjects"]) {
      const inputs = recording.inputs("CatalogTable", `${name}-${table}`);
      expect(inputs["parameters"], table).to.deep.equal({
        EXTERNAL: "TRUE",
        classification: "parquet",
        "parquet.compression": "SNAPPY",
      });
      expect(inputs["partitionKeys"], table).to.deep.equal(definition(table).partitionKeys);
      expect(inputs["storageDescriptor"], table).to.deep.equal({
        location: `s3://${bucket}/${table}/`,
        inputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        outputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        columns: definition(table).columns,
        serDeInfo: {
          serializationLibrary: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
          parameters: { "serialization.format": "1" },
        },
      });
      expect(recording.one("CatalogTable", `${name}-${table}`).ignoreChanges, table).to.deep.equal([]);
    }
  });

  it("draws the pseudonyms' key once, keeps it secret, and never replaces it", () => {
    expect(recording.inputs("Secret", `${name}-pseudonyms`)).to.deep.equal({
      description: "Key of the keyed hash that replaces e-mail addresses and names",
      kmsKeyId: arnOf(`${name}-key`),
      recoveryWindowInDays: 30,
      tags: ZONE.tags,
    });
    const version = recording.one("SecretVersion", `${name}-pseudonyms`);
    expect(version.ignoreChanges).to.deep.equal(["secretString"]);
    expect(version.inputs["secretString"]).to.equal("drawn-by-the-mock");
    expect(version.secrets).to.deep.equal(["secretString"]);
  });

  it("draws another key for the hashes of persons, and lets an erasure's working files go after a month", () => {
    expect(recording.inputs("Secret", `${name}-subjects-key`)["kmsKeyId"]).to.equal(arnOf(`${name}-key`));
    expect(recording.one("SecretVersion", `${name}-subjects-key`).ignoreChanges).to.deep.equal(["secretString"]);
    const rules = recording.inputs("BucketLifecycleConfiguration", `${name}-lake`)["rules"] as {
      filter: { prefix: string };
      expiration?: { days: number };
    }[];
    const expiring = rules.filter((rule) => rule.expiration !== undefined);
    expect(expiring.map(({ filter, expiration }) => [filter.prefix, expiration?.days])).to.deep.equal([
      // With the raw events, which its lines are.
      ["quarantine/", 30],
      ["privacy/requests/", 30],
      ["privacy/located/", 30],
    ]);
  });

  it("hands the job exactly these arguments", () => {
    const { "--extra-py-files": code, ...args } = defaultArguments(recording, `${name}-job`);
    expect(code).to.match(/^s3:\/\/clickstream-test-jobs-store-1234567\/packages\/clickstream_jobs-[0-9a-f]{12}\.zip$/);
    expect(args).to.deep.equal({
      "--job-language": "python",
      "--job-bookmark-option": "job-bookmark-enable",
      "--enable-metrics": "true",
      "--enable-continuous-cloudwatch-log": "true",
      "--enable-auto-scaling": "true",
      "--TempDir": `${STORE}/tmp/`,
      "--state_path": `${STORE}/state/`,
      "--reports_path": `${STORE}/reports/`,
      "--metrics_namespace": "Clickstream",
      "--raw_path": "s3://bronze-bucket/events/",
      "--events_path": `s3://${bucket}/events/`,
      "--quarantine_path": `s3://${bucket}/quarantine/`,
      "--subjects_path": `s3://${bucket}/subjects/`,
      "--privacy_path": `s3://${bucket}/privacy/`,
      "--silver_database": "clickstream_test_silver",
      "--pseudonym_secret_arn": arnOf(`${name}-pseudonyms`),
      "--subject_secret_arn": arnOf(`${name}-subjects-key`),
      "--as_of": "now",
      "--retention_days": "30",
      "--quality_gate_percent": "90",
      "--on_low_quality": "fail",
      "--late_events": "each-run",
      "--currencies": '{"USD":1,"EUR":1.1}',
      "--sweep_grace_hours": "24",
      "--team": "web",
      "--environment": "dev",
      "--pipeline": "clickstream-test",
    });
  });

  it("lets the job read raw events, write its own tables, and nothing else of the lake", () => {
    const policy = `${name}-job-policy`;
    expect(recording.statement("RolePolicy", policy, "RawGet").Resource).to.deep.equal([
      "arn:aws:s3:::bronze-bucket/events/*",
      "arn:aws:s3:::bronze-bucket/events",
    ]);
    expect(recording.statement("RolePolicy", policy, "RawKey")).to.deep.include({
      Action: "kms:Decrypt",
      Resource: ["arn:aws:kms:::bronze-key"],
    });
    const written = [recording.statement("RolePolicy", policy, "SilverWrite").Resource].flat();
    expect([...new Set(written.map((resource) => String(resource).replace(/(\/\*|_\$folder\$)$/, "")))]).to.deep.equal(
      ["events", "quarantine", "subjects", "privacy/located", "privacy/suppressed"].map((one) => `${bucketArn}/${one}`),
    );
    expect(recording.statement("RolePolicy", policy, "Erasures")).to.deep.include({
      Action: "s3:GetObject",
      Resource: ["/*", ""].flatMap((end) =>
        ["requests", "suppression"].map((folder) => `${bucketArn}/privacy/${folder}${end}`),
      ),
    });
    for (const [sid, secret] of Object.entries({ Pseudonyms: "pseudonyms", SubjectKey: "subjects-key" })) {
      expect(recording.statement("RolePolicy", policy, sid).Resource).to.equal(arnOf(`${name}-${secret}`));
    }
    const glue = "arn:aws:glue:eu-west-1:123456789012";
    expect(recording.statement("RolePolicy", policy, "Catalog").Resource).to.deep.equal([
      `${glue}:catalog`,
      `${glue}:database/clickstream_test_silver`,
      `${glue}:table/clickstream_test_silver/events`,
      `${glue}:table/clickstream_test_silver/quarantine`,
      `${glue}:table/clickstream_test_silver/subjects`,
    ]);
    expect(recording.statement("RolePolicy", policy, "Pseudonyms")).to.deep.include({
      Action: "secretsmanager:GetSecretValue",
      Resource: arnOf(`${name}-pseudonyms`),
    });
  });
});

describe("GoldLayer", () => {
  const name = "clickstream-test-gold";
  const bucket = physicalName(`${name}-lake`);
  let recording: Recording;
  before(async () => {
    const events = location("silver", "events");
    recording = await deploy(
      () => new GoldLayer(name, { zone: ZONE, events, artifacts: artifacts(), team: "web", environment: "dev" }),
    );
  });

  it("leaves the location of dim_users to the job that moves it, and only that one", () => {
    expectNamesPrefixed(recording);
    const ignored = recording.ofType("CatalogTable").map((one) => [one.name, one.ignoreChanges]);
    expect(Object.fromEntries(ignored)).to.deep.equal({
      [`${name}-fact-clicks`]: [],
      [`${name}-dim-users`]: ["storageDescriptor.location"],
      [`${name}-daily-sales`]: [],
    });
    expect(recording.inputs("CatalogTable", `${name}-dim-users`)["partitionKeys"]).to.deep.equal([]);
  });

  it("hands the job exactly these arguments of its own", () => {
    const shared = ["--job-language", "--job-bookmark-option", "--extra-py-files", "--TempDir"];
    const own = Object.entries(defaultArguments(recording, `${name}-job`)).filter(
      ([key]) => !shared.includes(key) && !key.startsWith("--enable-"),
    );
    expect(Object.fromEntries(own)).to.deep.equal({
      "--state_path": `${STORE}/state/`,
      "--reports_path": `${STORE}/reports/`,
      "--metrics_namespace": "Clickstream",
      "--silver_database": "x_silver",
      "--gold_database": "clickstream_test_gold",
      "--fact_path": `s3://${bucket}/fact_clicks/`,
      "--users_path": `s3://${bucket}/dim_users/`,
      "--sales_path": `s3://${bucket}/daily_sales/`,
      "--session_timeout_minutes": "30",
      "--currencies": '{"USD":1}',
      "--sweep_grace_hours": "24",
      "--team": "web",
      "--environment": "dev",
      "--pipeline": "clickstream-test",
    });
  });

  it("lets the job read clean events, but neither quarantine nor raw data", () => {
    const policy = recording.policy("RolePolicy", `${name}-job-policy`);
    expect(recording.statement("RolePolicy", `${name}-job-policy`, "SilverGet").Resource).to.deep.equal([
      "arn:aws:s3:::silver-bucket/events/*",
      "arn:aws:s3:::silver-bucket/events",
    ]);
    const silver = recording.statement("RolePolicy", `${name}-job-policy`, "SilverCatalog");
    expect([silver.Action].flat().filter((action) => !/:(Batch)?Get/.test(action))).to.deep.equal([]);
    expect(silver.Resource).to.include("arn:aws:glue:eu-west-1:123456789012:table/x_silver/events");
    expect(JSON.stringify(policy)).to.not.match(/quarantine|raw_events|secretsmanager/);
  });
});
