import { expect } from "chai";
import type { ResourceNode } from "../../../automation/graph/resource-graph";
import { MODES, resourcesOfMode, type Mode } from "./stacks";

/**
 * Whatever may hold data about persons is treated as if it did: rows, lines, results, messages, logs, copies. Store → key,
 * and age at which its content goes; old versions of objects after the plus sign, in days.
 */
const STORES: Readonly<Record<string, string>> = {
  "bucket access-logs": "S3: 90 days + 30",
  "bucket audit-trail": "audit: 400 days + 30",
  "bucket bronze-raw": "bronze: 365 days + 30",
  "bucket gold-lake": "gold: kept + 1",
  "bucket jobs-store": "jobs: tmp/ 7, else kept + 1",
  "bucket queries-lake": "queries: staging/ 60, query_log/ 400, results/ 7, else kept + 30",
  "bucket serving-output": "serving: 14 days + 1",
  "bucket silver-lake": "silver: quarantine/ 365, privacy/requests/ 30, privacy/located/ 30, else kept + 1",
  "cluster warehouse": "warehouse: hot window, snapshots 7 days",
  "log alerts-fn": "alerts: 365 days",
  "log alerts-receipt": "alerts: 365 days",
  "log alerts-slack": "alerts: 365 days",
  "log audit-events": "audit: 90 days",
  "log net-flow": "net-flow: 90 days",
  "log ops-costs-daily": "ops: 365 days",
  "log ops-land-fn": "ops: 365 days",
  "log ops-notifier": "ops: 365 days",
  "log ops-pulse": "ops: 365 days",
  "log ops-pulse-record": "ops: 365 days",
  "log queries-maintain": "queries: 365 days",
  "log queries-poll": "queries: 365 days",
  "log queries-record": "queries: 365 days",
  "log warehouse-loader": "warehouse: 365 days",
  "log warehouse-schema": "warehouse: 365 days",
  "namespace warehouse": "warehouse: hot window",
  "queue alerts-dlq": "alerts: 14 days",
  "queue alerts-notify-dlq": "alerts: 14 days",
  "queue alerts-queue": "alerts: 4 days",
  "queue alerts-receipt-dlq": "alerts: 14 days",
  "queue alerts-receipt-queue": "alerts: 4 days",
  "queue ops-costs-daily-dlq": "ops: 14 days",
  "queue ops-land-dlq": "ops: 14 days",
  "queue ops-land-queue": "ops: 4 days",
  "queue ops-notifier-dlq": "ops: 14 days",
  "queue ops-pager-dlq": "ops: 14 days",
  "queue ops-pulse-dlq": "ops: 14 days",
  "queue queries-dlq": "queries: 14 days",
  "queue queries-queue": "queries: 4 days",
  "queue warehouse-loader-dlq": "warehouse: 14 days",
  "queue warehouse-loader-queue": "warehouse: 4 days",
  "secret alerts-slack": "alerts: kept",
  "secret ops-slack": "ops: kept",
  "secret silver-pseudonyms": "silver: kept",
  "secret silver-subjects-key": "silver: kept",
  "table alerts-orders": "alerts: each item by expiresAt",
  "table ops-state": "ops: each item by expiresAt",
  "table privacy-ledger": "silver: kept",
  "topic alerts-topic": "alerts: passes on",
  "topic ops-alarms": "ops: passes on",
  "topic ops-pager": "ops: passes on",
};
/** Stores whose content stays until somebody deletes it, and why that is right. */
const KEPT: Readonly<Record<string, string>> = {
  "bucket gold-lake": "pseudonymous rows; old dates move to the archive, and erasures take persons out",
  "bucket jobs-store": "code, manifests and counts of runs",
  "bucket queries-lake": "nothing is written beside the folders that end",
  "bucket silver-lake": "pseudonymous rows, suppressed persons as hashes and certificates of erasures",
  "secret alerts-slack": "a webhook",
  "secret ops-slack": "a webhook",
  "secret silver-pseudonyms": "the key of the pseudonyms",
  "secret silver-subjects-key": "the key by which erased persons are known",
  "table privacy-ledger": "hashes and certificates: the proof that persons were erased",
};

type Nodes = readonly ResourceNode[];
const ofType = (nodes: Nodes, type: string): Nodes => nodes.filter((node) => node.type === type);
const short = (name: string): string => name.replace(/^clickstream-[a-z]+-/, "");

/** Name of the key's component for its ARN. */
function keyName(nodes: Nodes, arn: unknown): string {
  const key = ofType(nodes, "aws:kms/key:Key").find(({ outputs }) => outputs["arn"] === arn);
  return key === undefined ? "none" : short(key.name).replace(/-key$/, "");
}

interface Rule {
  filter?: { prefix?: string };
  expiration?: { days?: number };
  noncurrentVersionExpiration?: { noncurrentDays?: number };
}

function bucketEnd(nodes: Nodes, bucket: unknown): string {
  const [lifecycle] = ofType(nodes, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").filter(
    ({ inputs }) => inputs["bucket"] === bucket,
  );
  const rules = (lifecycle?.inputs["rules"] ?? []) as Rule[];
  const old = rules.flatMap(({ noncurrentVersionExpiration: one }) => one?.noncurrentDays ?? []);
  const expiring = rules.flatMap(({ filter, expiration }) =>
    expiration?.days === undefined ? [] : [[filter?.prefix ?? "", expiration.days] as const],
  );
  const whole = expiring.find(([prefix]) => prefix === "");
  const parts = expiring.filter(([prefix]) => prefix !== "").map(([prefix, days]) => `${prefix} ${String(days)}`);
  const rest = whole === undefined ? "kept" : `${String(whole[1])} days`;
  return `${[...parts, parts.length > 0 ? `else ${rest}` : rest].join(", ")} + ${old.join("?")}`;
}

/** Every store of a stack by kind and name. */
function storesOf(nodes: Nodes): Record<string, string> {
  const stores: Record<string, string> = {};
  const add = (kind: string, node: ResourceNode, key: unknown, ends: string): void => {
    stores[`${kind} ${short(node.name)}`] = `${keyName(nodes, key)}: ${ends}`;
  };
  for (const bucket of ofType(nodes, "aws:s3/bucket:Bucket")) {
    const name = bucket.outputs["bucket"];
    const [encryption] = ofType(
      nodes,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    ).filter(({ inputs }) => inputs["bucket"] === name);
    const [rule] = (encryption?.inputs["rules"] ?? []) as {
      applyServerSideEncryptionByDefault?: Record<string, unknown>;
    }[];
    const { kmsMasterKeyId, sseAlgorithm } = rule?.applyServerSideEncryptionByDefault ?? {};
    add("bucket", bucket, kmsMasterKeyId, bucketEnd(nodes, name));
    if (sseAlgorithm === "AES256") stores[`bucket ${short(bucket.name)}`] = `S3: ${bucketEnd(nodes, name)}`;
  }
  for (const table of ofType(nodes, "aws:dynamodb/table:Table")) {
    const { serverSideEncryption, ttl } = table.inputs as Record<string, Record<string, unknown> | undefined>;
    const ends = ttl?.["enabled"] === true ? `each item by ${String(ttl["attributeName"])}` : "kept";
    add("table", table, serverSideEncryption?.["kmsKeyArn"], ends);
  }
  for (const queue of ofType(nodes, "aws:sqs/queue:Queue")) {
    // Four days where nothing is said (SQS, "SetQueueAttributes").
    const seconds = Number(queue.inputs["messageRetentionSeconds"] ?? 345_600);
    add("queue", queue, queue.inputs["kmsMasterKeyId"], `${String(seconds / 86_400)} days`);
  }
  for (const topic of ofType(nodes, "aws:sns/topic:Topic"))
    add("topic", topic, topic.inputs["kmsMasterKeyId"], "passes on");
  for (const group of ofType(nodes, "aws:cloudwatch/logGroup:LogGroup")) {
    const { kmsKeyId, retentionInDays } = group.inputs;
    add("log", group, kmsKeyId, retentionInDays === undefined ? "kept" : `${String(Number(retentionInDays))} days`);
  }
  for (const secret of ofType(nodes, "aws:secretsmanager/secret:Secret"))
    add("secret", secret, secret.inputs["kmsKeyId"], "kept");
  for (const cluster of ofType(nodes, "aws:redshift/cluster:Cluster")) {
    const { kmsKeyId, automatedSnapshotRetentionPeriod: days } = cluster.inputs;
    add("cluster", cluster, kmsKeyId, `hot window, snapshots ${String(days)} days`);
  }
  for (const namespace of ofType(nodes, "aws:redshiftserverless/namespace:Namespace")) {
    add("namespace", namespace, namespace.inputs["kmsKeyId"], "hot window");
  }
  return stores;
}

describe("every store of the program", function () {
  // Dry runs of the whole program, shared with the tests of the policy.
  this.timeout(480_000);
  const stacks = {} as Record<Mode, Nodes>;
  before(async () => {
    for (const mode of MODES) stacks[mode] = await resourcesOfMode(mode);
  });

  it("is encrypted by a key of the stack, and ends by itself or is kept for a reason", () => {
    const found: Record<string, string> = {};
    for (const mode of MODES) Object.assign(found, storesOf(stacks[mode]));
    expect(found).to.deep.equal(STORES);
    const kept = Object.keys(found).filter((name) => /\bkept\b/.test(found[name] ?? ""));
    expect(kept.sort()).to.deep.equal(Object.keys(KEPT).sort());
    // Access logs name requests and objects; S3 cannot deliver them to a bucket with a key of one's own choice and policy.
    const unkeyed = Object.keys(found).filter((name) => /^(none|S3):/.test(found[name] ?? ""));
    expect(unkeyed).to.deep.equal(["bucket access-logs"]);
  });
});
