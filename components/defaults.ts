import type { Days, Minutes } from "./duration";
import type { Gigabytes } from "./size";

/** Prefix of the raw events in the raw bucket; producers write below it. */
export const EVENTS_PREFIX = "events/";

/** USD from which a purchase alerts (seed: "$1,000+ purchase"). */
export const DEFAULT_ALERT_THRESHOLD_USD = 1000;
/** USD per unit of each accepted currency. */
export const DEFAULT_CURRENCIES: Readonly<Record<string, number>> = { USD: 1 };

/** Hot window (seed: Redshift holds 0–30 days). */
export const DEFAULT_HOT_FOR: Days = "30 days";
/** End of the warm window, after which data is archive (seed: Spectrum reads 30–90 days). */
export const DEFAULT_WARM_UNTIL: Days = "90 days";
/** Read like any object, at a sixth of Standard's price; choose a deeper class where nobody asks for old dates. */
export const DEFAULT_ARCHIVE_STORAGE_CLASS = "GLACIER_IR";
/** Daily, when the hourly run of the first three hours has taken the late events of the day before. */
export const DEFAULT_ARCHIVE_SCHEDULE = "cron(40 3 * * ? *)";
/** Raw events are the only copy that can rebuild the rest; a year covers a full season of reprocessing. */
export const DEFAULT_RAW_RETENTION: Days = "365 days";
/** Results can be queried again; two weeks let a person come back from leave and find theirs. */
export const DEFAULT_RESULTS_EXPIRY: Days = "14 days";
/** Access logs: the audit window that CIS asks of CloudTrail, applied to S3. */
export const DEFAULT_ACCESS_LOG_RETENTION: Days = "90 days";
/** How long an overwritten or deleted object can be brought back. */
export const DEFAULT_KEEP_OLD_VERSIONS_FOR: Days = "30 days";
/**
 * The same for what jobs derive from raw events and replace every hour: a month of replaced dates at 500 GB a day would
 * cost 9,400 USD a month (`cli cost`), and raw events rebuild all of it.
 */
export const DEFAULT_KEEP_DERIVED_VERSIONS_FOR: Days = "1 day";
/** Parts of unfinished uploads cost storage and are invisible; a week is longer than any upload here. */
export const DEFAULT_ABORT_UPLOADS_AFTER: Days = "7 days";
/** Scratch files of Glue runs; the longest run is hours. */
export const DEFAULT_SCRATCH_RETENTION: Days = "7 days";

/** Spark 3.5, Python 3.11; 6.0 (Spark 4.1) has not been tried here. */
export const DEFAULT_GLUE_VERSION = "5.1";
/** Smallest Spark worker: 1 DPU = 4 vCPU, 16 GB. */
export const DEFAULT_WORKER_TYPE = "G.1X";
/** Fewest workers that Glue runs Spark on: a driver and an executor. */
export const DEFAULT_WORKERS = 2;
/** Ten past every hour: the last files of the hour before have landed by then. */
export const DEFAULT_SCHEDULE = "cron(10 * * * ? *)";
/** FLEX is a third cheaper, but may wait for capacity; choose it where freshness does not matter. */
export const DEFAULT_EXECUTION_CLASS = "STANDARD";
/** An hourly run that takes longer than an hour has to be looked at, not waited for. */
export const DEFAULT_JOB_TIMEOUT: Minutes = "60 minutes";
/** The next scheduled run reads what a failed one left; an immediate retry only pays twice for a failed quality gate. */
export const DEFAULT_MAX_RETRIES = 0;
/**
 * Share of valid rows under which nothing is published. Under the 95 % at which the warning comes (seed: "Data quality
 * score < 95 %"): quarantine keeps single bad rows out already, and a warning must be able to come before the stop.
 */
export const DEFAULT_QUALITY_GATE_PERCENT = 90;
/** Inactivity that ends a session, the industry's convention. */
export const DEFAULT_SESSION_TIMEOUT: Minutes = "30 minutes";
/** Hours for which the folders of dead runs are kept for whoever is still reading them. */
export const DEFAULT_SWEEP_GRACE_HOURS = 24;
/** When events of dates that are over are merged: by each run, or once a day, which spares rewriting those dates hourly. */
export const LATE_EVENT_RULES = ["each-run", "daily"] as const;
export type LateEventRule = (typeof LATE_EVENT_RULES)[number];
/** CloudWatch namespace of the jobs' own metrics. */
export const DEFAULT_METRICS_NAMESPACE = "Clickstream";

/** What one ad hoc query may scan: 50 cents at 5 USD a TB. */
export const DEFAULT_ADHOC_SCAN_CUTOFF: Gigabytes = "100 GB";
/** What one BI query may scan; dashboards run unattended and read summaries, so less. */
export const DEFAULT_BI_SCAN_CUTOFF: Gigabytes = "20 GB";

/** What a month may cost, all services together; dev stacks stay far below, prod sets its own. */
export const DEFAULT_MONTHLY_BUDGET_USD = 500;
/** Whether a producer's heartbeat ("all events until now have landed") makes a quiet night fresh. */
export const HEARTBEAT_RULES = ["watermark", "ignored"] as const;
export type HeartbeatRule = (typeof HEARTBEAT_RULES)[number];
