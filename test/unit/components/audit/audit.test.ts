import { expect } from "chai";
import { Audit, type AuditArgs } from "../../../../components/audit/audit";
import { InvalidArgumentError } from "../../../../components/errors";
import { SECURITY_EVENTS } from "../../../../handlers/operations/security-event";
import { ACCOUNT, arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../../support/cloud-mocks";
import { ZONE } from "../../support/zone";

const NAME = "clickstream-test-audit";
const TRAIL = `arn:aws:cloudtrail:eu-west-1:123456789012:trail/${NAME}`;
const BUCKET = physicalName(`${NAME}-trail`);
const LAYERS = ["bronze", "silver", "gold", "artifacts", "results", "queries"];
const bucket = (name: string): { name: string; arn: string } => ({ name, arn: `arn:aws:s3:::${name}` });
const { tags } = ZONE;
const ARGS: AuditArgs = {
  account: ACCOUNT,
  pipelineName: "clickstream-test",
  buckets: {
    bronze: bucket("bronze"),
    silver: bucket("silver"),
    gold: bucket("gold"),
    artifacts: bucket("artifacts"),
    results: bucket("results"),
    queryLog: bucket("queries"),
  },
  keys: [{ arn: "arn:key-1" }, { arn: "arn:key-2" }],
  alarmTopicArn: "arn:topic",
  deadLetterQueueArn: "arn:dlq",
  accessLogs: bucket("logs"),
  workgroup: "adhoc",
  deletion: { deleteData: false, allowDelete: false },
  tags,
};
const make = (args: Partial<AuditArgs> = {}): Promise<Recording> => deploy(() => new Audit(NAME, { ...ARGS, ...args }));

describe("Audit", () => {
  let recording: Recording;
  before(async () => (recording = await make()));

  it("names everything after itself", () => expectNamesPrefixed(recording));

  it("records management events everywhere and data events of the lake alone, with digests", () => {
    expect(recording.inputs("Trail", NAME)).to.deep.equal({
      name: NAME,
      s3BucketName: BUCKET,
      kmsKeyId: arnOf(`${NAME}-key`),
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      enableLogging: true,
      cloudWatchLogsGroupArn: `${arnOf(`${NAME}-events`)}:*`,
      cloudWatchLogsRoleArn: arnOf(`${NAME}-logs`),
      advancedEventSelectors: [
        { name: "Management events", fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] },
        {
          name: "Objects of the lake",
          fieldSelectors: [
            { field: "eventCategory", equals: ["Data"] },
            { field: "resources.type", equals: ["AWS::S3::Object"] },
            { field: "resources.ARN", startsWiths: LAYERS.map((layer) => `arn:aws:s3:::${layer}/`) },
          ],
        },
      ],
      tags,
    });
    expect(recording.one("Trail", NAME).dependencies).to.include(recording.one("RolePolicy", `${NAME}-logs`).urn);
  });

  it("admits CloudTrail to the key for this trail alone", () => {
    const ofTrail = { "aws:SourceArn": TRAIL };
    expect(recording.statement("Key", `${NAME}-key`, "CloudTrailEncryptsLogs")).to.deep.equal({
      Sid: "CloudTrailEncryptsLogs",
      Effect: "Allow",
      Principal: { Service: "cloudtrail.amazonaws.com" },
      Action: ["kms:GenerateDataKey*"],
      Resource: "*",
      Condition: {
        StringEquals: ofTrail,
        StringLike: {
          "kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:123456789012:trail/*",
        },
      },
    });
    expect(recording.statement("Key", `${NAME}-key`, "CloudTrailDescribesKey")).to.deep.include({
      Action: ["kms:DescribeKey"],
      Condition: { StringEquals: ofTrail },
    });
  });

  it("admits it to the bucket for this trail alone, and to its own log streams", () => {
    const arn = arnOf(`${NAME}-trail`);
    const [tls, ...statements] = recording.policy("BucketPolicy", `${NAME}-trail`).Statement;
    expect(tls?.Sid).to.equal("TlsOnly");
    const common = { Effect: "Allow", Principal: { Service: "cloudtrail.amazonaws.com" } };
    expect(statements).to.deep.equal([
      {
        Sid: "CloudTrailAclCheck",
        ...common,
        Action: "s3:GetBucketAcl",
        Resource: arn,
        Condition: { StringEquals: { "aws:SourceArn": TRAIL } },
      },
      {
        Sid: "CloudTrailWrite",
        ...common,
        Action: "s3:PutObject",
        Resource: `${arn}/AWSLogs/123456789012/*`,
        Condition: { StringEquals: { "s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": TRAIL } },
      },
    ]);
    expect(recording.statement("RolePolicy", `${NAME}-logs`, "WriteTrail")).to.deep.include({
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `${arnOf(`${NAME}-events`)}:log-stream:123456789012_CloudTrail_eu-west-1*`,
    });
    expect(recording.policy("Role", `${NAME}-logs`, "assumeRolePolicy").Statement[0]?.Condition).to.deep.equal({
      StringEquals: { "aws:SourceAccount": ACCOUNT.accountId, "aws:SourceArn": TRAIL },
    });
    expect(recording.inputs("LogGroup", `${NAME}-events`)).to.deep.equal({
      retentionInDays: 90,
      kmsKeyId: arnOf(`${NAME}-key`),
      tags,
    });
  });

  it("keeps a bucket that nobody can empty for a year, logged, and without a bucket key", () => {
    expect(recording.inputs("Bucket", `${NAME}-trail`)).to.deep.equal({
      forceDestroy: false,
      objectLockEnabled: true,
      tags,
    });
    const lock = recording.one("BucketObjectLockConfiguration", `${NAME}-trail`);
    expect(lock.inputs).to.deep.equal({
      bucket: BUCKET,
      rule: { defaultRetention: { mode: "COMPLIANCE", days: 365 } },
    });
    expect(lock.dependencies).to.include(recording.one("BucketVersioning", `${NAME}-trail`).urn);
    expect(lock.retainOnDelete).to.equal(true);
    expect(JSON.stringify(recording.inputs("BucketLifecycleConfiguration", `${NAME}-trail`))).to.contain('"days":400');
    expect(recording.inputs("BucketLogging", `${NAME}-trail`)["targetBucket"]).to.equal("logs");
    const encryption = recording.inputs("BucketServerSideEncryptionConfiguration", `${NAME}-trail`);
    expect(JSON.stringify(encryption)).to.contain('"bucketKeyEnabled":false');
  });

  it("locks by governance for a day where the stack may be deleted", async () => {
    const dev = await make({ deletion: { deleteData: true, allowDelete: true }, retention: "30 days" });
    expect(dev.inputs("Bucket", `${NAME}-trail`)).to.deep.include({ forceDestroy: true, objectLockEnabled: true });
    expect(dev.inputs("BucketObjectLockConfiguration", `${NAME}-trail`)["rule"]).to.deep.equal({
      defaultRetention: { mode: "GOVERNANCE", days: 1 },
    });
  });

  it("refuses a retention that the lock would not let happen", async () => {
    let error: unknown;
    await deploy(() => {
      try {
        new Audit(NAME, { ...ARGS, retention: "90 days" });
      } catch (thrown) {
        error = thrown;
      }
    });
    expect(error).to.be.instanceOf(InvalidArgumentError);
    expect((error as Error).message)
      .to.contain("90 days")
      .and.contain("365 days");
  });

  it("is a table of Athena with a folder a region and day", () => {
    const table = recording.inputs("CatalogTable", `${NAME}-table`);
    const root = `s3://${BUCKET}/AWSLogs/123456789012/CloudTrail/`;
    expect(table).to.deep.include({ databaseName: "clickstream_test_audit", name: "cloudtrail" });
    expect(table["storageDescriptor"]).to.deep.include({
      location: root,
      inputFormat: "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
      serDeInfo: { serializationLibrary: "org.apache.hive.hcatalog.data.JsonSerDe" },
    });
    const parameters = table["parameters"] as Record<string, string>;
    expect(parameters).to.include({
      "projection.enabled": "true",
      "storage.location.template": `${root}\${region}/\${day}/`,
      "projection.region.type": "enum",
      "projection.day.type": "date",
      "projection.day.format": "yyyy/MM/dd",
      "projection.day.range": "2024/01/01,NOW",
    });
    expect(parameters["projection.region.values"]?.split(",")).to.have.length(17).and.include("us-east-1");
  });

  it("saves two questions, which name the table and the raw bucket", () => {
    const readers = recording.inputs("NamedQuery", `${NAME}-readers`);
    expect(readers).to.deep.include({ database: "clickstream_test_audit", workgroup: "adhoc" });
    expect(readers["query"])
      .to.contain("FROM clickstream_test_audit.cloudtrail")
      .and.contain("region = 'eu-west-1'")
      .and.contain("'$.bucketName') = 'bronze'");
    expect(recording.inputs("NamedQuery", `${NAME}-refusals`)["query"]).to.contain("LIKE '%AccessDenied%'");
  });

  describe("rules", () => {
    const patternOf = (id: string): Record<string, unknown> =>
      JSON.parse(recording.inputs("EventRule", `${NAME}-${id}`)["eventPattern"] as string) as Record<string, unknown>;
    const BUCKETS = { requestParameters: { bucketName: [...LAYERS, BUCKET] } };
    const KEYS = { resources: { ARN: ["arn:key-1", "arn:key-2", arnOf(`${NAME}-key`)] } };
    const call = (source: string[], detail: object): object => ({
      source,
      "detail-type": ["AWS API Call via CloudTrail"],
      detail,
    });

    it("there is one for each kind of event, into the alarms' topic, with a dead-letter queue", () => {
      expect(recording.ofType("EventRule").map(({ name }) => name)).to.have.members(
        SECURITY_EVENTS.map(({ id }) => `${NAME}-${id}`),
      );
      for (const { id } of SECURITY_EVENTS) {
        expect(recording.inputs("EventTarget", `${NAME}-${id}`)).to.deep.equal({
          rule: physicalName(`${NAME}-${id}`),
          arn: "arn:topic",
          deadLetterConfig: { arn: "arn:dlq" },
          inputTransformer: {
            inputPaths: { time: "$.time", region: "$.region", detail: "$.detail" },
            inputTemplate: `{"securityEvent":"${id}","time":<time>,"region":<region>,"detail":<detail>}`,
          },
        });
      }
    });

    it("lost keys, and opened or re-ruled buckets and keys, of this stack", () => {
      expect(patternOf("key-lost")).to.deep.equal(
        call(["aws.kms"], { eventName: ["DisableKey", "ScheduleKeyDeletion"], ...KEYS }),
      );
      expect(patternOf("opened")).to.deep.equal(
        call(["aws.s3"], {
          $or: [
            { eventName: ["PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"], ...BUCKETS },
            { eventName: ["PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"] },
          ],
        }),
      );
      expect(patternOf("policies")).to.deep.equal(
        call(["aws.s3", "aws.kms"], {
          $or: [
            { eventName: ["PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl"], ...BUCKETS },
            { eventName: ["PutKeyPolicy"], ...KEYS },
          ],
        }),
      );
    });

    it("a stopped trail, by its name or its ARN; root's use; the stack's roles", () => {
      const trail = [NAME, arnOf(NAME)];
      expect(patternOf("trail-off")).to.deep.equal(
        call(["aws.cloudtrail"], {
          eventName: ["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"],
          $or: [{ requestParameters: { name: trail } }, { requestParameters: { trailName: trail } }],
        }),
      );
      expect(patternOf("root-use")).to.deep.equal({
        "detail-type": ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"],
        detail: {
          userIdentity: { type: ["Root"], invokedBy: [{ exists: false }] },
          eventType: [{ "anything-but": "AwsServiceEvent" }],
        },
      });
      expect(patternOf("roles")["detail"]).to.deep.include({
        requestParameters: { roleName: [{ prefix: "clickstream-test-" }] },
      });
    });
  });
});
