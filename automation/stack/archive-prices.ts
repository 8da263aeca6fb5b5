import type { ArchiveStorageClass } from "../../components/cold-tier";

/** Date and sources of every number below: us-east-1 list prices and typical times; other regions differ a little. */
export const PRICES_OF = {
  date: "2026-11",
  prices: "https://aws.amazon.com/s3/pricing/ (us-east-1)",
  times: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html",
} as const;

/** Retrieval options of `RestoreObject`. */
export const RETRIEVAL_TIERS = ["Standard", "Bulk", "Expedited"] as const;
/** How fast a restore is to be. */
export type RetrievalTier = (typeof RETRIEVAL_TIERS)[number];

/** What one retrieval option takes. */
export interface Retrieval {
  /** Typical time until all is readable, ending a sentence. */
  time: string;
  usdPerGb: number;
  usdPerThousandRequests: number;
}

/** Classes whose objects must be restored before they can be read. */
export type RestoredClass = Exclude<ArchiveStorageClass, "GLACIER_IR">;

/** Retrieval options by class; Deep Archive has no Expedited. */
export const RETRIEVALS: Readonly<Record<RestoredClass, Readonly<Partial<Record<RetrievalTier, Retrieval>>>>> = {
  GLACIER: {
    // "1–5 minutes" holds for objects under 250 MB; larger ones come at up to 300 MB/s.
    Expedited: { time: "in 1 to 5 minutes", usdPerGb: 0.03, usdPerThousandRequests: 10 },
    Standard: { time: "in 3 to 5 hours", usdPerGb: 0.01, usdPerThousandRequests: 0.05 },
    Bulk: { time: "in 5 to 12 hours", usdPerGb: 0, usdPerThousandRequests: 0 },
  },
  DEEP_ARCHIVE: {
    Standard: { time: "within 12 hours", usdPerGb: 0.02, usdPerThousandRequests: 0.1 },
    Bulk: { time: "within 48 hours", usdPerGb: 0.0025, usdPerThousandRequests: 0.025 },
  },
};

/** The restored copy lies in Standard for its days, beside the archived object. */
export const USD_PER_GB_MONTH_OF_COPY = 0.023;
/** Instant Retrieval is billed when a query reads it, by the bytes that it reads. */
export const USD_PER_GB_READ_OF_INSTANT = 0.03;

const GB = 1024 ** 3;
const DAYS_A_MONTH = 30;

/** What a restore costs, in USD. */
export interface RestoreCost {
  retrieval: number;
  requests: number;
  /** Storage of the copies for their days. */
  copies: number;
  total: number;
}

/**
 * @param objects number of objects to restore, one request each
 * @param bytes size of them
 * @param days how long the copies last
 */
export function restoreCost(retrieval: Retrieval, objects: number, bytes: number, days: number): RestoreCost {
  const cost = {
    retrieval: (bytes / GB) * retrieval.usdPerGb,
    requests: (objects / 1000) * retrieval.usdPerThousandRequests,
    copies: (bytes / GB) * USD_PER_GB_MONTH_OF_COPY * (days / DAYS_A_MONTH),
  };
  return { ...cost, total: cost.retrieval + cost.requests + cost.copies };
}

/** What it costs at most to read so many bytes of Instant Retrieval once, in USD. */
export function instantReadCost(bytes: number): number {
  return (bytes / GB) * USD_PER_GB_READ_OF_INSTANT;
}
