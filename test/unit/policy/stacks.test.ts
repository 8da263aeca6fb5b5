import { expect } from "chai";
import type { ResourceNode } from "../../../automation/graph/resource-graph";
import { refuseViolations } from "../../../automation/stack/policy-gate";
import { UserError } from "../../../automation/errors";
import { evaluate, summaryText, violationText } from "../../../policy/evaluate";
import { RULES } from "../../../policy/rules";
import { isExpired, WAIVERS, waives } from "../../../policy/waivers";
import type { Resource } from "../../../policy/resource";
import { MODES, resourcesOfIdlePause, resourcesOfMode, resourcesOfReader, type Mode } from "./stacks";

const TODAY = new Date().toISOString();
const DAY_MS = 86_400_000;

/** Types of the program that no rule of the standards is about, and why that is no hole. */
const WITHOUT_RULE: Readonly<Record<string, string>> = {
  "aws:athena/namedQuery:NamedQuery": "a text",
  "aws:budgets/budget:Budget": "money",
  "aws:cloudwatch/dashboard:Dashboard": "a picture",
  "aws:cloudwatch/eventRule:EventRule": "a pattern or schedule; who is called is the target's and the queue's matter",
  "aws:cloudwatch/eventTarget:EventTarget": "its queue and function have rules",
  "aws:costexplorer/anomalyMonitor:AnomalyMonitor": "money",
  "aws:costexplorer/anomalySubscription:AnomalySubscription": "money",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "its security group has rules",
  "aws:glue/catalogDatabase:CatalogDatabase": "names of columns, see CKV_AWS_94",
  "aws:glue/catalogTable:CatalogTable": "names of columns, see CKV_AWS_94",
  "aws:glue/connection:Connection": "subnets and a security group, which has rules",
  "aws:glue/trigger:Trigger": "starts a job, which has rules",
  "aws:kms/alias:Alias": "a name",
  "aws:lakeformation/lfTag:LfTag": "a name and its values",
  "aws:lakeformation/optIn:OptIn": "asks for more than IAM does",
  "aws:lakeformation/permissions:Permissions":
    "who selects what, exact in the component's test; IAM's rules hold beside it",
  "aws:lakeformation/resource:Resource": "its role has rules",
  "aws:lakeformation/resourceLfTags:ResourceLfTags": "a value of a tag",
  "aws:lambda/invocation:Invocation": "one call, of a function that has rules",
  "aws:redshift/snapshotSchedule:SnapshotSchedule": "when; how long is the cluster's",
  "aws:redshift/snapshotScheduleAssociation:SnapshotScheduleAssociation": "when; how long is the cluster's",
  "aws:redshift/subnetGroup:SubnetGroup": "its network has rules",
  "aws:redshift/usageLimit:UsageLimit": "money",
  "aws:redshiftserverless/usageLimit:UsageLimit": "money",
  "aws:s3/bucketNotification:BucketNotification": "tells EventBridge of the own account",
  "aws:s3/bucketObjectv2:BucketObjectv2": "its bucket has rules",
  "aws:secretsmanager/secretVersion:SecretVersion": "its secret has rules",
  "aws:sns/topicSubscription:TopicSubscription": "its topic has rules",
};
/** Types that rules read beside those that they are about. */
const READ_BY_RULES =
  /^aws:(s3\/bucket[A-Z]\w+|redshift\/(logging|parameterGroup)|ec2\/(defaultSecurityGroup|flowLog)|lambda\/eventSourceMapping):/;

describe("the policy of every mode", function () {
  // Each mode runs the whole program in a process of its own: seconds of a core, which a busy machine makes minutes of.
  this.timeout(480_000);
  const stacks = {} as Record<Mode, readonly ResourceNode[]>;
  let idlePause: readonly Resource[];
  let reader: readonly ResourceNode[];
  before(async () => {
    // One after the other: each has two minutes at most, and there are only so many cores.
    for (const mode of MODES) stacks[mode] = await resourcesOfMode(mode);
    idlePause = await resourcesOfIdlePause();
    reader = await resourcesOfReader();
  });

  for (const mode of MODES) {
    it(`finds no violation in ${mode}`, function () {
      const result = evaluate(stacks[mode], { today: TODAY });
      expect(result.violations.map(violationText)).to.deep.equal([]);
      expect(result.checks).to.equal(result.passed + result.waived.length);
      expect(result.checks).to.be.greaterThan(300);
      // The counts belong into the output of the test.
      if (this.test !== undefined) this.test.title += `: ${summaryText(result)}`;
    });
  }

  it("finds no violation in a stack that reads another's lake", () => {
    const { checks, violations } = evaluate(reader, { today: TODAY });
    expect(violations.map(violationText)).to.deep.equal([]);
    expect(checks).to.be.greaterThan(150);
  });

  it("finds no violation in the pausing of an idle cluster, which no committed config has", () => {
    const { checks, violations } = evaluate(idlePause, { today: TODAY });
    expect(violations.map(violationText)).to.deep.equal([]);
    expect(checks).to.be.greaterThan(10);
  });

  it("knows every type of the program: a rule is about it, or it says why none is", () => {
    const types = new Set(
      Object.values(stacks).flatMap((nodes) => nodes.filter(({ custom }) => custom).map(({ type }) => type)),
    );
    const ruled = new Set(RULES.flatMap((rule) => rule.types));
    const unknown = [...types].filter(
      (type) => !ruled.has(type) && !READ_BY_RULES.test(type) && !(type in WITHOUT_RULE),
    );
    expect(unknown).to.deep.equal([]);
    expect(Object.keys(WITHOUT_RULE).filter((type) => ruled.has(type))).to.deep.equal([]);
  });

  for (const waiver of WAIVERS) {
    const { rule: id, resource, reason, expires } = waiver;
    it(`has a waiver for ${id} on ${resource} that is needed, has a reason, and ends`, () => {
      const rule = RULES.find((one) => one.id === id);
      expect(rule, "the rule by its own id").not.to.equal(undefined);
      expect(reason).to.match(/^[A-Z].{80,}\.$/s);
      expect(new Date(expires).toISOString().slice(0, 10)).to.equal(expires);
      expect(Date.parse(expires), "at most a year and a month").to.be.lessThan(Date.now() + 396 * DAY_MS);
      const everything = [...Object.values(stacks), idlePause, reader];
      const uses = everything.flatMap((nodes) => evaluate(nodes, { today: TODAY }).waived);
      expect(
        uses.filter((use) => use.waiver === waiver),
        "remove it: nothing breaks the rule",
      ).not.to.be.empty;
      const rest = WAIVERS.filter((other) => other !== waiver);
      const bare = everything.flatMap((nodes) => evaluate(nodes, { today: TODAY, waivers: rest }).violations);
      expect(bare.filter((one) => one.rule === rule && waives(waiver, one.rule, one.resource))).not.to.be.empty;
    });
  }

  it("records who reads and writes the objects of every bucket but the logs', where there is a trail", () => {
    for (const nodes of Object.values(stacks)) {
      if (!nodes.some(({ type }) => type === "aws:cloudtrail/trail:Trail")) continue;
      const { waived } = evaluate(nodes, { today: TODAY });
      const unseen = waived
        .filter(({ rule }) => rule.id === "S3.22" || rule.id === "S3.23")
        .map(({ resource }) => resource.name);
      expect(unseen.filter((name) => !/-(access-logs|audit[a-z-]*)$/.test(name))).to.deep.equal([]);
    }
  });

  it("takes an expired waiver for a violation, from the day after its last", () => {
    const [first] = [...WAIVERS].sort((a, b) => a.expires.localeCompare(b.expires));
    const expires = first?.expires ?? "";
    const dayAfter = new Date(Date.parse(expires) + DAY_MS).toISOString();
    const on = (today: string): number => evaluate(stacks.prod, { today }).violations.length;
    expect(on(expires)).to.equal(0);
    expect(on(`${expires}T23:59:59Z`)).to.equal(0);
    const { violations } = evaluate(stacks.prod, { today: dayAfter });
    expect(violations).not.to.be.empty;
    for (const one of violations) {
      expect(one.waiver !== undefined && isExpired(one.waiver, dayAfter)).to.equal(true);
      expect(violationText(one)).to.contain(`Its waiver expired on ${expires}`);
    }
  });

  it("refuses a deployment that breaks a rule, and says which, why, where and what to do", () => {
    const name = "clickstream-prod-gold-lake";
    const open = stacks.prod.filter(
      ({ type, name: own }) => !(type.endsWith(":BucketPublicAccessBlock") && own === name),
    );
    expect(open.length).to.equal(stacks.prod.length - 1);
    const refused = (): string => refuseViolations("prod", evaluate(open, { today: TODAY }));
    expect(refused).to.throw(UserError, /breaks a security rule; nothing was deployed/);
    expect(refused).to.throw(/S3\.8, AwsSolutions-S2, CKV_AWS_53/);
    expect(refused).to.throw(/nothing blocks public access to the bucket/);
    expect(refused).to.throw(/Remedy: Give the bucket a BucketPublicAccessBlock/);
    expect(refused).to.throw(
      /Source: https:\/\/docs\.aws\.amazon\.com\/securityhub\/latest\/userguide\/s3-controls\.html#s3-8/,
    );
    expect(refused).to.throw(/Resource: urn:pulumi:prod::clickstream::.*::clickstream-prod-gold-lake/);
    expect(refused).to.throw(/write a waiver into policy\/waivers\.ts/);
  });

  it("lets a deployment through that breaks none, with its counts", () => {
    const line = refuseViolations("prod", evaluate(stacks.prod, { today: TODAY }));
    expect(line).to.match(/^\d+ rules, \d+ checks: \d+ passed, \d+ waived, 0 violated$/);
  });

  const breaches: Readonly<Record<string, { type: string; change: Readonly<Record<string, unknown>>; rule: string }>> =
    {
      "a snapshot kept for a day": {
        type: "aws:redshift/cluster:Cluster",
        change: { automatedSnapshotRetentionPeriod: 1 },
        rule: "Redshift.3",
      },
      "a log without a key": {
        type: "aws:cloudwatch/logGroup:LogGroup",
        change: { kmsKeyId: undefined },
        rule: "CKV_AWS_158",
      },
      "a key that stays": { type: "aws:kms/key:Key", change: { enableKeyRotation: false }, rule: "KMS.4" },
      "a job that encrypts nothing": {
        type: "aws:glue/job:Job",
        change: { securityConfiguration: undefined },
        rule: "CKV_AWS_195",
      },
      "an open queue": {
        type: "aws:sqs/queuePolicy:QueuePolicy",
        change: {
          policy: JSON.stringify({ Statement: [{ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage" }] }),
        },
        rule: "SQS.3",
      },
    };
  for (const [what, { type, change, rule }] of Object.entries(breaches)) {
    it(`sees in the whole of prod: ${what}`, () => {
      const broken = stacks.prod.map((node) =>
        node.type === type ? { ...node, inputs: { ...node.inputs, ...change } } : node,
      );
      const found = evaluate(broken, { today: TODAY }).violations.filter((one) => one.rule.id === rule);
      expect(found.length).to.equal(stacks.prod.filter((node) => node.type === type).length);
    });
  }
});
