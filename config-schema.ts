import { z } from "zod";
import { AUDIT_MODES } from "./components/audit/settings";
import { ARCHIVE_STORAGE_CLASSES } from "./components/cold-tier";
import {
  DEFAULT_ADHOC_SCAN_CUTOFF,
  DEFAULT_ALERT_THRESHOLD_USD,
  DEFAULT_ARCHIVE_STORAGE_CLASS,
  DEFAULT_BI_SCAN_CUTOFF,
  DEFAULT_CURRENCIES,
  DEFAULT_EXECUTION_CLASS,
  DEFAULT_GLUE_VERSION,
  DEFAULT_HOT_FOR,
  DEFAULT_JOB_TIMEOUT,
  DEFAULT_MONTHLY_BUDGET_USD,
  DEFAULT_QUALITY_GATE_PERCENT,
  DEFAULT_RAW_RETENTION,
  DEFAULT_RESULTS_EXPIRY,
  DEFAULT_SCHEDULE,
  DEFAULT_WARM_UNTIL,
  DEFAULT_WORKER_TYPE,
  DEFAULT_WORKERS,
  HEARTBEAT_RULES,
  LATE_EVENT_RULES,
} from "./components/defaults";
import { toDays, toMinutes } from "./components/duration";
import { MAX_TIMEOUT_MINUTES, MAX_WORKERS, WORKER_TYPES } from "./components/glue-job";
import { GLUE_NETWORKS } from "./components/glue-network";
import { toGigabytes } from "./components/size";
import { flag, json, orNothing, schedule, wholeNumber, type KeySpec } from "./config-values";
import { IDENTITY_KEYS } from "./config-identity";
import { LAKE_KEYS } from "./config-lake";
import { WAREHOUSE_KEYS } from "./config-warehouse";

const httpsUrl = z.url({ protocol: /^https$/, hostname: /^.+$/ });
const webUrl = z.url({ protocol: /^https?$/, hostname: /^.+$/ });
const currencies = z
  .record(z.string().regex(/^[A-Z]{3}$/), z.number().positive().max(1_000_000))
  .refine((rates) => rates["USD"] === 1);
/** Set by the program itself; AWS tags are unique without regard to who set them. */
const RESERVED_TAGS = ["team", "environment", "pipeline"];
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const tags = z
  .record(z.string().min(1).max(128).regex(tagText), z.string().max(256).regex(tagText))
  .refine((map) => Object.keys(map).every((key) => !/^aws:/i.test(key) && !RESERVED_TAGS.includes(key)))
  // AWS allows 50 on a resource, S3 objects 10, and three are the program's.
  .refine((map) => Object.keys(map).length <= 40);
/** People and deployments as a key's policy names them: an ARN of IAM, or its end in the stack's account; no bare wildcard. */
const keyPrincipals = z
  .array(z.string().regex(/^(arn:aws[a-z-]*:iam::\d{12}:)?(role|user)\/[\w+=,.@*/-]*[\w+=,.@-][\w+=,.@*/-]*$/))
  // An ARN has at most 2,048 characters, a key's policy 32,768, and each pattern stands in it twice.
  .max(20)
  .refine((patterns) => patterns.every((pattern) => pattern.length <= 512));
/** Every key: how it is read, and what to say if it is wrong. `Pulumi.yaml` declares the same keys. */
export const KEYS = {
  team: {
    schema: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/)
      .default("data-platform"),
    rule: "must be 1 to 63 letters, digits, spaces, dots, underscores or hyphens",
    example: "data-platform",
  },
  environment: {
    schema: z.enum(["dev", "staging", "prod"]).default("dev"),
    rule: "must be dev, staging or prod",
    example: "dev",
  },
  alertThresholdUsd: {
    schema: wholeNumber(1, 1_000_000_000).default(DEFAULT_ALERT_THRESHOLD_USD),
    rule: "must be a whole number of US dollars from 1 to 1000000000",
    example: String(DEFAULT_ALERT_THRESHOLD_USD),
  },
  currencies: {
    schema: json(currencies).default({ ...DEFAULT_CURRENCIES }),
    rule: 'must be a JSON object of US dollars per unit by ISO 4217 code, above 0, with "USD": 1',
    example: `'{"USD":1,"EUR":1.09}'`,
  },
  hotDays: {
    schema: wholeNumber(1, 365).default(toDays(DEFAULT_HOT_FOR)),
    rule: "must be a whole number of days from 1 to 365",
    example: String(toDays(DEFAULT_HOT_FOR)),
  },
  warmDays: {
    schema: wholeNumber(2, 3650).default(toDays(DEFAULT_WARM_UNTIL)),
    rule: "must be a whole number of days from 2 to 3650",
    example: String(toDays(DEFAULT_WARM_UNTIL)),
  },
  archiveStorageClass: {
    schema: z.enum(ARCHIVE_STORAGE_CLASSES).default(DEFAULT_ARCHIVE_STORAGE_CLASS),
    rule: `must be one of ${ARCHIVE_STORAGE_CLASSES.join(", ")}`,
    example: DEFAULT_ARCHIVE_STORAGE_CLASS,
  },
  rawRetentionDays: {
    schema: wholeNumber(1, 3650).default(toDays(DEFAULT_RAW_RETENTION)),
    rule: "must be a whole number of days from 1 to 3650",
    example: String(toDays(DEFAULT_RAW_RETENTION)),
  },
  resultsExpiryDays: {
    schema: wholeNumber(1, 365).default(toDays(DEFAULT_RESULTS_EXPIRY)),
    rule: "must be a whole number of days from 1 to 365",
    example: String(toDays(DEFAULT_RESULTS_EXPIRY)),
  },
  deleteData: { schema: flag.default(false), rule: "must be true or false", example: "false" },
  allowDelete: { schema: flag.default(false), rule: "must be true or false", example: "false" },
  glueVersion: {
    schema: z.enum(["5.0", "5.1", "6.0"]).default(DEFAULT_GLUE_VERSION),
    rule: "must be 5.0, 5.1 or 6.0",
    example: DEFAULT_GLUE_VERSION,
  },
  glueWorkerType: {
    schema: z.enum(WORKER_TYPES).default(DEFAULT_WORKER_TYPE),
    rule: `must be one of ${WORKER_TYPES.join(", ")}`,
    example: DEFAULT_WORKER_TYPE,
  },
  glueWorkers: {
    schema: wholeNumber(2, MAX_WORKERS).default(DEFAULT_WORKERS),
    rule: `must be a whole number of workers from 2 to ${MAX_WORKERS}`,
    example: String(DEFAULT_WORKERS),
  },
  glueSchedule: {
    schema: schedule.default(DEFAULT_SCHEDULE),
    rule: 'must be cron(minutes hours day-of-month month day-of-week year) in UTC, "?" in exactly one of the day fields',
    example: `'${DEFAULT_SCHEDULE}'`,
  },
  glueScheduleEnabled: { schema: flag.default(true), rule: "must be true or false", example: "true" },
  glueExecutionClass: {
    schema: z.enum(["STANDARD", "FLEX"]).default(DEFAULT_EXECUTION_CLASS),
    rule: "must be STANDARD or FLEX",
    example: DEFAULT_EXECUTION_CLASS,
  },
  glueTimeoutMinutes: {
    schema: wholeNumber(1, MAX_TIMEOUT_MINUTES).default(toMinutes(DEFAULT_JOB_TIMEOUT)),
    rule: `must be a whole number of minutes from 1 to ${MAX_TIMEOUT_MINUTES} (7 days)`,
    example: String(toMinutes(DEFAULT_JOB_TIMEOUT)),
  },
  glueNetwork: {
    schema: z.enum(GLUE_NETWORKS).default("public"),
    rule: `must be one of ${GLUE_NETWORKS.join(", ")}`,
    example: "vpc",
  },
  athenaScanCutoffGb: {
    schema: wholeNumber(1, 100_000).default(toGigabytes(DEFAULT_ADHOC_SCAN_CUTOFF)),
    rule: "must be a whole number of GB from 1 to 100000",
    example: String(toGigabytes(DEFAULT_ADHOC_SCAN_CUTOFF)),
  },
  biScanCutoffGb: {
    schema: wholeNumber(1, 100_000).default(toGigabytes(DEFAULT_BI_SCAN_CUTOFF)),
    rule: "must be a whole number of GB from 1 to 100000",
    example: String(toGigabytes(DEFAULT_BI_SCAN_CUTOFF)),
  },
  ...WAREHOUSE_KEYS,
  pagerEndpoint: {
    schema: orNothing(httpsUrl).optional(),
    rule: "must be an https URL, or empty",
    example: "--secret https://events.example.com/integration/…",
    secret: true,
  },
  slackWebhook: {
    schema: orNothing(httpsUrl).optional(),
    rule: "must be an https URL, or empty",
    example: "--secret https://hooks.example.com/services/…",
    secret: true,
  },
  alertEmail: {
    schema: orNothing(z.email()).optional(),
    rule: "must be an e-mail address, or empty",
    example: "oncall@example.com",
  },
  dashboardUrl: {
    schema: orNothing(webUrl).optional(),
    rule: "must be an http or https URL, or empty",
    example: "'https://dashboards.example.com/orders/{orderId}'",
  },
  qualityGatePercent: {
    schema: wholeNumber(0, 100).default(DEFAULT_QUALITY_GATE_PERCENT),
    rule: "must be a whole percentage from 0 to 100",
    example: String(DEFAULT_QUALITY_GATE_PERCENT),
  },
  lateEvents: {
    schema: z.enum(LATE_EVENT_RULES).default("each-run"),
    rule: `must be one of ${LATE_EVENT_RULES.join(", ")}`,
    example: "daily",
  },
  monthlyBudgetUsd: {
    schema: wholeNumber(1, 10_000_000).default(DEFAULT_MONTHLY_BUDGET_USD),
    rule: "must be a whole number of US dollars from 1 to 10000000",
    example: String(DEFAULT_MONTHLY_BUDGET_USD),
  },
  heartbeats: {
    schema: z.enum(HEARTBEAT_RULES).default("watermark"),
    rule: `must be one of ${HEARTBEAT_RULES.join(", ")}`,
    example: "watermark",
  },
  runbookBaseUrl: {
    schema: orNothing(webUrl).optional(),
    rule: "must be an http or https URL, or empty",
    example: "'https://git.example.com/data/clickstream/blob/main/docs/runbooks'",
  },
  audit: {
    schema: z.enum(AUDIT_MODES).default("off"),
    rule: `must be one of ${AUDIT_MODES.join(", ")}`,
    example: "full",
  },
  keyPrincipals: {
    schema: json(keyPrincipals).default([]),
    rule: "must be a JSON list of at most 20 patterns, each role/… or user/… or the ARN of such, with a name in it",
    example: `'["role/*/AWSReservedSSO_DataPlatform_*"]'`,
  },
  ...IDENTITY_KEYS,
  ...LAKE_KEYS,
  tags: {
    schema: json(tags).default({}),
    rule: `must be a JSON object of at most 40 tags, without ${RESERVED_TAGS.join(", ")} (set by the program) and aws:…`,
    example: `'{"cost-center":"1234"}'`,
  },
} as const satisfies Record<string, KeySpec>;

export type { KeySpec };
/** A key of the namespace. */
export type ConfigKey = keyof typeof KEYS;
/** Every key of the namespace, in the order of `Pulumi.yaml`. */
export const CONFIG_KEYS = Object.keys(KEYS) as ConfigKey[];
