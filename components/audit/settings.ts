import type { Days } from "../duration";

/** Whether a stack keeps an audit trail of its own. */
export const AUDIT_MODES = ["off", "full"] as const;
export type AuditMode = (typeof AUDIT_MODES)[number];

/** A year of lock, and a month to look at the end of it. */
export const DEFAULT_TRAIL_RETENTION: Days = "400 days";
/** Of a stack that keeps its data: nobody can delete a record for as long as PCI DSS 10.5.1 asks records to be kept. */
export const COMPLIANCE_LOCK_FOR: Days = "365 days";
/** Of a stack that may be deleted: enough to try the lock, and whoever may bypass governance can end it. */
export const GOVERNANCE_LOCK_FOR: Days = "1 day";
/** The copy for quick searches; the bucket is the record. */
export const TRAIL_LOG_RETENTION: Days = "90 days";
