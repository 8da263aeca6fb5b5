import type { KeyUsers } from "./key-policy";

/**
 * Who works with each key of a pipeline, by the logical name of the role after the pipeline's. A role needs its own
 * policy too; a test holds both against each other over the whole program, so that neither can be forgotten.
 */
export const KEY_USERS = {
  /** Job code, state, reports and scratch. */
  artifacts: {
    readers: ["ops-pulse-record"],
    writers: ["silver-job-role", "gold-job-role", "cold-job-role", "privacy-raw-role", "ops-land-fn"],
    through: ["s3"],
  },
  /** Raw events, which no role but the erasing one writes: producers are people to a key. */
  bronze: {
    readers: ["silver-job-role", "alerts-fn", "ops-land-fn"],
    writers: ["privacy-raw-role"],
    through: ["s3"],
  },
  /** Clean events, quarantine, the ledger of erasures and the keys of hashes. */
  silver: {
    readers: ["gold-job-role", "cold-job-role", "privacy-raw-role"],
    writers: ["silver-job-role"],
    through: ["s3", "dynamodb", "secretsmanager"],
  },
  /** The star schema, hot prefix and archive. */
  gold: {
    readers: ["warehouse-lake", "privacy-raw-role", "id-bi", "id-analyst", "lf-location"],
    writers: ["gold-job-role", "cold-job-role"],
    through: ["s3"],
  },
  /** Results of people's queries, which Athena writes in the name of who asks. */
  serving: { readers: [], writers: ["id-bi", "id-analyst"], through: ["s3"] },
  /** Query log: bucket, queues, functions. */
  queries: {
    readers: [],
    writers: ["queries-record", "queries-maintain", "queries-poll", "ops-pulse", "ops-costs-daily"],
    through: ["s3", "sqs", "lambda"],
  },
  /** Alert path: queues, topic, orders, secrets, functions. */
  alerts: {
    readers: [],
    writers: ["alerts-fn", "alerts-receipt", "alerts-slack"],
    through: ["dynamodb", "secretsmanager", "sns", "sqs", "lambda"],
  },
  /** Operations: table, queues, topics, secrets, functions. */
  operations: {
    readers: [],
    writers: ["ops-land-fn", "ops-notifier", "ops-pulse", "ops-pulse-record", "ops-costs-daily"],
    through: ["dynamodb", "secretsmanager", "sns", "sqs", "lambda"],
  },
  /** Warehouse: blocks, snapshots, administrator's secret, queues, functions. */
  warehouse: {
    readers: ["queries-poll"],
    writers: ["warehouse-schema", "warehouse-loader", "warehouse-pause"],
    through: ["redshift", "redshift-serverless", "secretsmanager", "sqs", "lambda"],
  },
  /** Audit trail, which CloudTrail writes under a grant of its own. */
  audit: { readers: [], writers: [], through: ["s3"] },
  /** Flow log: CloudWatch Logs alone uses the key, for who may read the log group. */
  flowLog: { readers: [], writers: [], through: [] },
} as const satisfies Record<string, KeyUsers>;
