import type { Resource } from "./resource";
import type { Rule } from "./rule";

/** A rule that a resource may break, why, and until when. */
export interface Waiver {
  /** Id of the rule, not an alias. */
  readonly rule: string;
  /** Logical names that it is for; `*` stands for anything. */
  readonly resource: string;
  /** Why the rule does not fit, or what stands in for it. */
  readonly reason: string;
  /** Last day that it counts, ISO 8601: somebody decides again then. */
  readonly expires: string;
}

/** What is meant to stay as it is; looked at again within the year. */
const BY_DESIGN = "2027-10-31";
/** What is to be changed in the program. */
const OPEN = "2027-02-28";

export const WAIVERS: readonly Waiver[] = [
  {
    rule: "S3.9",
    resource: "*-access-logs",
    reason:
      "The bucket is where the other buckets' access logs go. Logging its own requests into itself would write a log " +
      "for every log, without end (S3 guide, “Enabling Amazon S3 server access logging”).",
    expires: BY_DESIGN,
  },
  {
    rule: "CKV_AWS_145",
    resource: "*-access-logs",
    reason:
      "S3 delivers access logs only to buckets whose default encryption is SSE-S3; with a KMS key none arrive. The logs " +
      "hold keys, addresses and times of requests, no events, and expire.",
    expires: BY_DESIGN,
  },
  {
    rule: "S3.22",
    resource: "*",
    reason:
      "Data events cost $0.10 per 100,000 requests, so stacks without production data have no trail (clickstream:audit); " +
      "their server access logs say who wrote an object. Where there is a trail, only its own bucket and the bucket of " +
      "access logs are left out: recording the writing of records would not end.",
    expires: BY_DESIGN,
  },
  {
    rule: "S3.23",
    resource: "*",
    reason:
      "Data events cost $0.10 per 100,000 requests, so stacks without production data have no trail (clickstream:audit); " +
      "their server access logs say who read an object. Where there is a trail, only its own bucket and the bucket of " +
      "access logs are left out: recording the writing of records would not end.",
    expires: BY_DESIGN,
  },
  {
    rule: "AwsSolutions-L1",
    resource: "*",
    reason:
      "Functions are closures that the tests run on the Node of the machine, which is 20 or 22. Node 22 is supported on " +
      "Lambda until 2027-04-30; the move to 24 comes before, with the tests on 24 first.",
    expires: "2027-03-31",
  },
  {
    rule: "CKV_AWS_50",
    resource: "*",
    reason:
      "What a trace would show is measured otherwise: every function counts its work and failures, has an alarm, and is " +
      "one hop between a queue and a table. X-Ray costs $5 per million traces; EventFunction has a switch for it.",
    expires: BY_DESIGN,
  },
  {
    rule: "CKV_AWS_115",
    resource: "*",
    reason:
      "A reservation is taken from the account's pool, and accounts that are young have ten in all, so that CreateFunction " +
      "would be refused. Queues limit their functions by maximumConcurrency, and schedules start one run at a time.",
    expires: BY_DESIGN,
  },
  {
    rule: "CKV_AWS_116",
    resource: "*-warehouse-schema",
    reason:
      "The function is called by the deployment, which waits for its answer and fails with it: there is no event that " +
      "could be lost.",
    expires: BY_DESIGN,
  },
  {
    rule: "CKV_AWS_116",
    resource: "*-ops-pulse",
    reason:
      "Each run measures the present anew, and the next one follows in five minutes: an event kept from a failed run would " +
      "measure nothing. An alarm tells when the pulse is missing.",
    expires: BY_DESIGN,
  },
  {
    rule: "CKV_AWS_117",
    resource: "*",
    reason:
      "The functions call AWS's APIs and a webhook, and hold no connection to anything inside the network, which has no way " +
      "out. Inside, each API would need an interface endpoint (about $22 a month each), and the webhook a NAT gateway.",
    expires: BY_DESIGN,
  },
  {
    rule: "AwsSolutions-IAM5",
    resource: "*-job-bookmark",
    reason:
      "The library behind job.init and job.commit moves the bookmark by calls that the public reference does not list one " +
      "by one. The pattern glue:*JobBookmark* is for the one job that the statement names.",
    expires: BY_DESIGN,
  },
  {
    rule: "EventBridge.3",
    resource: "*-alerts-purchases",
    reason:
      "A bus without a policy takes events of its own account only, which is what is meant. A policy that says the same is " +
      "to be added with the audit layer.",
    expires: OPEN,
  },
  {
    rule: "CKV_AWS_116",
    resource: "*-warehouse-pause",
    reason:
      "Each run asks anew whether the cluster is idle, and the next one follows in a quarter of an hour: an event kept from " +
      "a failed run would pause a cluster that somebody uses by now.",
    expires: BY_DESIGN,
  },
  {
    rule: "SecretsManager.1",
    resource: "*-silver-pseudonyms",
    reason:
      "The key of the keyed hash is what joins a person's events over time: another key makes every user a new one. It is " +
      "read by one job's role, and replaced by a planned re-hash of silver and gold, never by the clock.",
    expires: BY_DESIGN,
  },
  {
    rule: "SecretsManager.1",
    resource: "*-silver-subjects-key",
    reason:
      "The key of the hashes that erased persons are known by: with another key the suppression list would know nobody, and " +
      "whoever was erased would come back with the next replay. It opens no data; two jobs' roles and privacy officers read " +
      "it.",
    expires: BY_DESIGN,
  },
  {
    rule: "SecretsManager.1",
    resource: "*-slack",
    reason:
      "The secret is a webhook's address, which Slack gives out: no function can make a new one. Whoever replaces it in Slack " +
      "sets clickstream:slackWebhook and deploys, which replaces the secret.",
    expires: BY_DESIGN,
  },
  {
    rule: "CKV_AWS_338",
    resource: "*-net-flow",
    reason:
      "A flow log is read within days of an incident, and costs $0.50 per GB; 90 days are what CIS asks of logs that are " +
      "at hand. The network has no route to the internet, and what Redshift and Glue do in it has logs of its own.",
    expires: BY_DESIGN,
  },
  {
    rule: "CKV_AWS_338",
    resource: "*-audit-events",
    reason:
      "The group is a copy of the trail that can be searched at once. The trail itself is in a bucket with object lock, " +
      "encrypted and with digests, for more than a year, and is asked by Athena.",
    expires: BY_DESIGN,
  },
  {
    rule: "CKV_AWS_252",
    resource: "*-audit",
    reason:
      "Nobody waits for a file of the trail: what must be known at once comes as an event through EventBridge to the alarm " +
      "topic, and everything else is asked by Athena. A message per file would tell nobody anything.",
    expires: BY_DESIGN,
  },
];

/** Whether a waiver was written for this rule and resource, expired or not. */
export function waives(waiver: Waiver, rule: Rule, resource: Resource): boolean {
  return waiver.rule === rule.id && nameMatches(waiver.resource, resource.name);
}

/** Whether a waiver counts no longer on a day (ISO 8601). */
export function isExpired({ expires }: Waiver, today: string): boolean {
  return today.slice(0, 10) > expires;
}

function nameMatches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(name);
}
