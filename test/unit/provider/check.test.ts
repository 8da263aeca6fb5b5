import { expect } from "chai";
import fc from "fast-check";
import type { Checked } from "../../../local-cloud/provider/check";
import { Provider } from "../../../local-cloud/provider/provider";
import { TABLE } from "../../../local-cloud/provider/table";
import { UNKNOWN } from "../../../local-cloud/provider/validate";

const QUEUE = "aws:sqs/queue:Queue";
const RULE = "aws:cloudwatch/eventRule:EventRule";
const BUCKET = "aws:s3/bucket:Bucket";
const urn = (token: string, name = "n"): string => `urn:pulumi:s::p::some:comp:Onent$${token}::${name}`;
const SUFFIX = "0a1b2c3";

const provider = new Provider("1.2.3", TABLE, {});
const check = (token: string, news: object, olds: object = {}, name = "n"): Checked =>
  provider.check(urn(token, name), olds as Record<string, unknown>, news as Record<string, unknown>, SUFFIX);
const reasons = (checked: Checked): string => checked.failures.map(({ reason }) => reason).join("\n");

describe("checking inputs", () => {
  it("names what is not named, and keeps the name when other things change", () => {
    const first = check(BUCKET, {});
    expect(first.inputs["bucket"]).to.equal(`n-${SUFFIX}`);
    const later = provider.check(urn(BUCKET), first.inputs, { forceDestroy: true }, "fffffff");
    expect(later.inputs["bucket"]).to.equal(`n-${SUFFIX}`);
    expect(provider.diff(urn(BUCKET), {}, first.inputs, later.inputs).replaces).to.deep.equal([]);
  });

  it("makes a fresh name for a replacement and for a resource that loses its own", () => {
    expect(provider.check(urn(BUCKET), {}, {}, "fffffff").inputs["bucket"]).to.equal("n-fffffff");
    const own = check(BUCKET, { bucket: "own" }).inputs;
    expect(check(BUCKET, {}, own).inputs["bucket"]).to.equal(`n-${SUFFIX}`);
    expect(provider.diff(urn(BUCKET), {}, own, check(BUCKET, {}, own).inputs).replaces).to.deep.equal(["bucket"]);
  });

  it("puts the suffix of FIFO queues last", () => {
    const { inputs } = check(QUEUE, { fifoQueue: true }, {}, "q".repeat(100));
    expect(inputs["name"])
      .to.have.length(80)
      .and.to.match(/^q+-0a1b2c3\.fifo$/);
  });

  it("never exceeds the limit, whatever the logical name", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,120}$/), (name) => {
        expect(
          String(check(RULE, { scheduleExpression: "rate(1 hour)" }, {}, name).inputs["name"]).length,
        ).to.be.at.most(64);
      }),
    );
  });

  it("names an unsupported property and those that are supported", () => {
    const { failures } = check(BUCKET, { acl: "private" });
    expect(failures).to.have.length(1);
    expect(failures[0]?.property).to.equal("acl");
    expect(failures[0]?.reason).to.contain('does not support "acl" locally').and.to.contain("forceDestroy");
  });

  it("names an unsupported type and those that are supported", () => {
    expect(() => check("aws:rds/cluster:Cluster", {}))
      .to.throw("does not support the type aws:rds/cluster:Cluster")
      .with.property("message")
      .that.contains(BUCKET)
      .and.contains("local-cloud/provider/types");
  });

  it("finds in a preview what AWS would refuse, by its model and by its rules", () => {
    expect(reasons(check(RULE, { eventPattern: "{" }))).to.contain("'EventPattern': must be JSON");
    expect(reasons(check(RULE, { state: "ON" }))).to.contain("enum value set");
    expect(reasons(check(BUCKET, { bucket: "Upper_Case" }))).to.contain("lower-case letters");
  });

  it("finds a nested property that AWS does not have, by its path", () => {
    const rules = [{ applyServerSideEncryptionByDefault: { algorithm: "AES256" } }];
    const token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
    expect(reasons(check(token, { bucket: "b", rules })))
      .to.contain("rules[0].applyServerSideEncryptionByDefault.algorithm")
      .and.to.contain("SSEAlgorithm");
  });

  it("judges nothing that is still unknown", () => {
    const news = { name: UNKNOWN, eventPattern: UNKNOWN, tags: { a: UNKNOWN } };
    expect(check(RULE, news).failures).to.deep.equal([]);
  });

  it("refuses a window of deletion before there is anything to delete", () => {
    const window = (token: string, property: string, days: unknown): string =>
      reasons(check(token, { [property]: days }));
    const [key, secret] = ["aws:kms/key:Key", "aws:secretsmanager/secret:Secret"];
    for (const days of [7, 30, UNKNOWN]) expect(window(key, "deletionWindowInDays", days)).to.equal("");
    for (const days of [0, 6, 31]) expect(window(key, "deletionWindowInDays", days)).to.contain("from 7 to 30 days");
    expect(window(secret, "recoveryWindowInDays", 0)).to.equal("");
    expect(window(secret, "recoveryWindowInDays", 3)).to.contain("recoveryWindowInDays is 3");
  });

  it("turns an object into the JSON text that AWS takes", () => {
    const { inputs } = check(RULE, { eventPattern: { source: ["a"] } });
    expect(inputs["eventPattern"]).to.equal('{"source":["a"]}');
  });
});

describe("what a change means", () => {
  const diff = (token: string, olds: object, news: object, outs: object = {}): ReturnType<Provider["diff"]> =>
    provider.diff(
      urn(token),
      outs as Record<string, unknown>,
      olds as Record<string, unknown>,
      news as Record<string, unknown>,
    );

  it("is nothing when only the form of JSON or an asset's path differs", () => {
    expect(diff(RULE, { eventPattern: '{"a":["b"]}' }, { eventPattern: '{ "a": ["b"] }' }).changed).to.deep.equal([]);
    expect(
      diff("aws:lambda/function:Function", { code: { hash: "x", path: "a" } }, { code: { hash: "x", path: "b" } })
        .changed,
    ).to.deep.equal([]);
  });

  it("deletes before it replaces only where two of one name cannot exist", () => {
    const replaced = (olds: object, news: object): boolean => diff(QUEUE, olds, news).deleteBeforeReplace;
    expect(replaced({ name: "a", fifoQueue: false }, { name: "a", fifoQueue: true })).to.equal(true);
    expect(replaced({ name: "a" }, { name: "b" })).to.equal(false);
    const auto = { __defaults: ["name"] };
    expect(
      replaced({ name: "a-1", fifoQueue: false, ...auto }, { name: "a-2.fifo", fifoQueue: true, ...auto }),
    ).to.equal(false);
  });

  it("moves a resource when the provider's region has changed", () => {
    const { replaces, deleteBeforeReplace } = diff(QUEUE, { name: "a" }, { name: "a" }, { region: "ap-south-2" });
    expect(replaces).to.deep.equal(["region"]);
    expect(deleteBeforeReplace).to.equal(false);
  });

  it("sees default tags", () => {
    const tagged = new Provider("1", TABLE, {});
    tagged.configure({ region: "us-east-1", defaultTags: JSON.stringify({ tags: { team: "a" } }) });
    const outs = { region: "us-east-1", tagsAll: {} };
    expect(tagged.diff(urn(QUEUE), outs, { name: "a" }, { name: "a" }).changed).to.deep.equal(["tagsAll"]);
    const same = { ...outs, tagsAll: { team: "a" } };
    expect(tagged.diff(urn(QUEUE), same, { name: "a" }, { name: "a" }).changed).to.deep.equal([]);
  });
});

describe("the provider's configuration", () => {
  it("refuses what the local target gives in another way", () => {
    const failures = provider.checkConfig({ region: "eu-west-1", skipCredentialsValidation: true, profile: "prod" });
    expect(failures.map(({ property }) => property)).to.deep.equal(["profile"]);
    expect(failures[0]?.reason).to.contain("AWS_ENDPOINT_URL");
  });
});
