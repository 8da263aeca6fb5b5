import { expect } from "chai";
import { LakeBucket, lifecycleRules } from "../../../components/lake-bucket";
import { NamingError } from "../../../components/naming";
import type { Days } from "../../../components/duration";
import { arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../support/cloud-mocks";

const KEEP = { deleteData: false, allowDelete: false };
const DELETE = { deleteData: true, allowDelete: true };
const HOUSEKEEPING = {
  id: "housekeeping",
  status: "Enabled",
  filter: { prefix: "" },
  abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
  noncurrentVersionExpiration: { noncurrentDays: 30 },
};

describe("LakeBucket", () => {
  const name = "clickstream-x-raw";
  let recording: Recording;
  before(async () => {
    recording = await deploy(
      () =>
        new LakeBucket(name, {
          key: { arn: "arn:key" },
          accessLogs: { name: "logs", arn: "arn:logs" },
          lifecycle: { intelligentTiering: true, expireAfter: "365 days" },
          deletion: KEEP,
          tags: { team: "web" },
        }),
    );
  });

  it("is a bucket and its eight settings, all kept with it", () => {
    expect(recording.registrations.map((one) => one.type.split(":").at(-1)).sort()).to.deep.equal([
      "Bucket",
      "BucketLifecycleConfiguration",
      "BucketLogging",
      "BucketOwnershipControls",
      "BucketPolicy",
      "BucketPublicAccessBlock",
      "BucketServerSideEncryptionConfiguration",
      "BucketVersioning",
      "LakeBucket",
    ]);
    expectNamesPrefixed(recording);
    for (const one of recording.registrations.filter(({ custom }) => custom)) {
      expect(one.retainOnDelete, one.type).to.equal(true);
    }
  });

  it("has exactly these inputs", () => {
    const bucket = physicalName(name);
    expect(recording.inputs("Bucket", name)).to.deep.equal({ forceDestroy: false, tags: { team: "web" } });
    expect(recording.inputs("BucketPublicAccessBlock", name)).to.deep.equal({
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(recording.inputs("BucketOwnershipControls", name)).to.deep.equal({
      bucket,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    expect(recording.inputs("BucketVersioning", name)).to.deep.equal({
      bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    expect(recording.inputs("BucketServerSideEncryptionConfiguration", name)).to.deep.equal({
      bucket,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "arn:key" },
          bucketKeyEnabled: true,
        },
      ],
    });
    expect(recording.inputs("BucketLogging", name)).to.deep.equal({
      bucket,
      targetBucket: "logs",
      targetPrefix: `${name}/`,
    });
    expect(recording.inputs("BucketLifecycleConfiguration", name)).to.deep.equal({
      bucket,
      rules: [
        HOUSEKEEPING,
        {
          id: "intelligent-tiering",
          status: "Enabled",
          filter: { prefix: "" },
          transitions: [{ days: 0, storageClass: "INTELLIGENT_TIERING" }],
        },
        { id: "expire", status: "Enabled", filter: { prefix: "" }, expiration: { days: 365 } },
      ],
    });
    expect(recording.policy("BucketPolicy", name)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [arnOf(name), `${arnOf(name)}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ],
    });
  });

  it("is SSE-S3, unlogged and deletable if so asked", async () => {
    const plain = await deploy(() => new LakeBucket("clickstream-logs", { deletion: DELETE }));
    expect(plain.ofType("BucketLogging")).to.deep.equal([]);
    expect(plain.inputs("Bucket", "clickstream-logs")["forceDestroy"]).to.equal(true);
    expect(plain.inputs("BucketServerSideEncryptionConfiguration", "clickstream-logs")["rules"]).to.deep.equal([
      { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
    ]);
    expect(plain.registrations.filter((one) => one.retainOnDelete)).to.deep.equal([]);
  });

  it("has one rule a purpose, with ids that S3 takes", () => {
    expect(lifecycleRules({})).to.deep.equal([HOUSEKEEPING]);
    const rules = lifecycleRules({
      expirePrefixes: { "tmp/": "7 days", "a/b/": "1 day" },
      keepOldVersionsFor: "1 day",
      abortUploadsAfter: "2 days",
    });
    expect(rules).to.deep.equal([
      {
        ...HOUSEKEEPING,
        abortIncompleteMultipartUpload: { daysAfterInitiation: 2 },
        noncurrentVersionExpiration: { noncurrentDays: 1 },
      },
      { id: "expire-tmp", status: "Enabled", filter: { prefix: "tmp/" }, expiration: { days: 7 } },
      { id: "expire-a-b", status: "Enabled", filter: { prefix: "a/b/" }, expiration: { days: 1 } },
    ]);
  });

  it("registers nothing for a bad duration or too long a name", async () => {
    const lifecycle = { expireAfter: "soon" as Days };
    const refused = await deploy(() => {
      expect(() => new LakeBucket("clickstream-x", { lifecycle, deletion: KEEP })).to.throw(RangeError, '"soon"');
      expect(() => new LakeBucket("clickstream-".padEnd(56, "x"), { deletion: KEEP })).to.throw(NamingError);
    });
    expect(refused.registrations).to.deep.equal([]);
  });
});
