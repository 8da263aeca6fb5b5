import type { Days } from "../duration";

/** Folder of everything about erasures in the silver bucket. */
export const PRIVACY_PREFIX = "privacy/";

/** Folders below `PRIVACY_PREFIX`. */
export const PRIVACY_FOLDER = {
  /** One object a batch, with the plain ids; gone when its last request is certified. */
  requests: `${PRIVACY_PREFIX}requests/`,
  /** One object a batch: which dates and raw objects hold its subjects. */
  located: `${PRIVACY_PREFIX}located/`,
  /** One object an erased subject: keyed hashes, which every silver run leaves out. */
  suppression: `${PRIVACY_PREFIX}suppression/`,
  /** One object a silver run that left rows out: the raw objects that they came from, which a later erasure rewrites. */
  suppressed: `${PRIVACY_PREFIX}suppressed/`,
  /** Copies of the ledger's certificates. */
  certificates: `${PRIVACY_PREFIX}certificates/`,
} as const;

/**
 * Age at which a batch's working files go by themselves. Article 12(3) GDPR gives a month to answer a request; a batch
 * that nobody finished within it has to be begun again.
 */
export const DEFAULT_REQUEST_RETENTION: Days = "30 days";
