import { expect } from "chai";
import { JobArtifacts } from "../../../components/job-artifacts";
import { Privacy } from "../../../components/privacy/privacy";
import { deploy, expectNamesPrefixed, physicalName, valueOf, type Recording } from "../support/cloud-mocks";
import { JOBS_DIRECTORY, location, ZONE } from "../support/zone";

const NAME = "clickstream-test-privacy";

function build(deletion = ZONE.deletion): Privacy {
  const { account, accessLogs, tags } = ZONE;
  const artifacts = { account, accessLogs, jobsDirectory: JOBS_DIRECTORY, deletion, tags };
  return new Privacy(NAME, {
    zone: { ...ZONE, deletion },
    tables: {
      raw: location("bronze", "raw_events", "events/"),
      events: location("silver", "events"),
      quarantine: location("silver", "quarantine"),
      subjects: location("silver", "subjects"),
      clicks: location("gold", "fact_clicks"),
      users: location("gold", "dim_users"),
    },
    archivePath: "s3://gold-bucket/archive/",
    secrets: { subjects: "arn:subjects", pseudonyms: "arn:pseudonyms" },
    artifacts: new JobArtifacts("clickstream-test-jobs", artifacts),
    team: "web",
    environment: "dev",
    compute: { workers: 3 },
  });
}

describe("Privacy", () => {
  let recording: Recording;
  let privacy: Privacy;
  before(async () => {
    recording = await deploy(() => {
      privacy = build();
    });
  });
  const statement = (sid: string) => recording.statement("RolePolicy", `${NAME}-raw-policy`, sid);
  /** What a statement is about, without the wildcard. */
  const resources = (sid: string): string[] => [
    ...new Set([statement(sid).Resource].flat().map((one) => String(one).replace(/(\/\*|_\$folder\$)$/, ""))),
  ];

  it("tells where ledger, files and job are", async () => {
    expectNamesPrefixed(recording);
    expect(await valueOf(privacy.ledgerTable)).to.equal(physicalName(`${NAME}-ledger`));
    expect(await valueOf(privacy.path)).to.equal("s3://silver-bucket/privacy/");
    expect(await valueOf(privacy.jobName)).to.equal(physicalName(`${NAME}-raw`));
  });

  it("keeps the ledger: encrypted, restorable to any second, not to be deleted by mistake", async () => {
    expect(recording.inputs("Table", `${NAME}-ledger`)).to.deep.equal({
      attributes: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
      ],
      hashKey: "pk",
      rangeKey: "sk",
      billingMode: "PAY_PER_REQUEST",
      serverSideEncryption: { enabled: true, kmsKeyArn: "arn:aws:kms:::silver-key" },
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: true,
      tags: ZONE.tags,
    });
    expect(recording.one("Table", `${NAME}-ledger`).retainOnDelete).to.equal(true);
    const throwAway = await deploy(() => void build({ deleteData: true, allowDelete: true }));
    expect(throwAway.inputs("Table", `${NAME}-ledger`)["deletionProtectionEnabled"]).to.equal(false);
    expect(throwAway.one("Table", `${NAME}-ledger`).retainOnDelete).to.not.equal(true);
  });

  it("hands the job where everything is", () => {
    const job = recording.inputs("Job", `${NAME}-raw`);
    expect(job["numberOfWorkers"]).to.equal(3);
    expect(recording.ofType("RolePolicy").map(({ name }) => name)).to.deep.equal([`${NAME}-raw-policy`]);
    expect(job["defaultArguments"]).to.deep.include({
      "--job-bookmark-option": "job-bookmark-disable",
      "--raw_path": "s3://bronze-bucket/events/",
      "--events_path": "s3://silver-bucket/events/",
      "--quarantine_path": "s3://silver-bucket/quarantine/",
      "--subjects_path": "s3://silver-bucket/subjects/",
      "--fact_path": "s3://gold-bucket/fact_clicks/",
      "--users_path": "s3://gold-bucket/dim_users/",
      "--archive_path": "s3://gold-bucket/archive/",
      "--privacy_path": "s3://silver-bucket/privacy/",
      "--pseudonym_secret_arn": "arn:pseudonyms",
      "--subject_secret_arn": "arn:subjects",
      "--team": "web",
      "--environment": "dev",
      "--pipeline": "clickstream-test",
    });
  });

  it("lets the job rewrite raw objects and delete their old versions", () => {
    expect(resources("RawWrite")).to.deep.equal(["arn:aws:s3:::bronze-bucket/events"]);
    expect(statement("RawVersionsDelete")).to.deep.include({
      Action: ["s3:GetObjectVersion", "s3:DeleteObjectVersion"],
      Resource: ["arn:aws:s3:::bronze-bucket/events/*"],
    });
    expect(statement("RawVersionsList").Resource).to.equal("arn:aws:s3:::bronze-bucket");
    expect(statement("LayerKey").Resource).to.deep.equal(["arn:aws:kms:::bronze-key"]);
  });

  it("lets it read, and never write, the tables that others rewrite", () => {
    expect(resources("SilverGet").sort()).to.deep.equal(
      ["events", "privacy/located", "privacy/requests", "quarantine", "subjects"].map(
        (prefix) => `arn:aws:s3:::silver-bucket/${prefix}`,
      ),
    );
    expect(resources("GoldGet").sort()).to.deep.equal(
      ["archive", "dim_users", "fact_clicks"].map((prefix) => `arn:aws:s3:::gold-bucket/${prefix}`),
    );
    expect(statement("LakeKeys")).to.deep.include({
      Action: "kms:Decrypt",
      Resource: ["arn:aws:kms:::silver-key", "arn:aws:kms:::gold-key"],
    });
    const policy = JSON.parse(recording.inputs("RolePolicy", `${NAME}-raw-policy`)["policy"] as string) as {
      Statement: { Action: string | string[]; Resource: string | string[] }[];
    };
    for (const { Action, Resource } of policy.Statement) {
      if (![Action].flat().some((action) => /^s3:(Put|Delete)/.test(action))) continue;
      for (const one of [Resource].flat()) expect(one).to.not.match(/^arn:aws:s3:::(silver|gold)-bucket/);
    }
  });
});
