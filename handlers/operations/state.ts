/**
 * The operations table: one DynamoDB table per stack (partition key `pk`, sort key `sk`, both strings; TTL attribute
 * `expiresAt` in epoch seconds). Each function may touch only the partitions that it names in its statement.
 *
 * | pk          | sk                    | written by        | holds                                                          |
 * | ----------- | --------------------- | ----------------- | -------------------------------------------------------------- |
 * | `landing`   | `watermark`           | landing check     | `newestEvent`, `newestLanding` (ISO), never moving backwards     |
 * | `landing`   | `firstPulse`          | pulse             | `at` (ISO): when the stack first measured itself                 |
 * | `volume`    | `2026-11-25T13`       | landing check     | `objects`, `bytes` of the hour's landings (UTC, by arrival)      |
 * | `heartbeat` | producer              | landing check     | `at` (ISO): all events before it have landed                     |
 * | `drift`     | drift id              | landing check, CLI| see handlers/landing/drift-record.ts                             |
 * | `job`       | job kind              | recorder          | last ended run: see `JobState` in handlers/operations/runs.ts    |
 * | `runs`      | `<ISO>#<job>#<run id>`| recorder          | see `RunRow` in handlers/operations/runs.ts; 30 days             |
 * | `message`   | `told`                | notifier          | what was told when, what was held back (JSON), `version`         |
 * | `lock`      | what it locks         | CLI               | `owner`, `until` (epoch seconds)                                 |
 */
export const STATE = {
  landing: "landing",
  watermark: "watermark",
  firstPulse: "firstPulse",
  volume: "volume",
  heartbeat: "heartbeat",
  drift: "drift",
  job: "job",
  runs: "runs",
  message: "message",
  lock: "lock",
} as const;

/** Jobs whose runs are recorded; the sort keys of partition `job`. */
export const JOB_KINDS = ["silver", "gold", "archive"] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** Environment variables that every function of the operations part reads. */
export const OPERATIONS_ENV = {
  table: "OPERATIONS_TABLE",
  team: "TEAM",
  environment: "ENVIRONMENT",
  pipeline: "PIPELINE",
} as const;
