import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";

/** What was taken out of one class of storage, or counted in it. */
export const classFigures = z.strictObject({
  /** What the bytes are, for example `silver events`. */
  class: z.string(),
  /** Rows, lines, messages or objects of the subject. */
  rows: z.number().int().nonnegative(),
  /** Files that were written anew, removed or read. */
  files: z.number().int().nonnegative().optional(),
  /** Rows, lines, messages or objects that were looked at to count `rows`. */
  read: z.number().int().nonnegative().optional(),
  bytes: z.number().int().nonnegative().optional(),
});

const body = z.strictObject({
  format: z.literal(1),
  /** From 1, without a gap. */
  seq: z.number().int().positive(),
  /** Id of the request, and of the batch that it went through with. */
  request: z.string(),
  batch: z.string(),
  /** Requests of the batch: figures of `erased` and `verified` that name no request are of all of them. */
  batchSize: z.number().int().positive(),
  /** Keyed hash of the user id; whoever has the id and the key can tell that the certificate is about them. */
  subject: z.string().regex(/^[0-9a-f]{64}$/),
  /** ISO 8601, when each state was reached. */
  requestedAt: z.iso.datetime(),
  locatedAt: z.iso.datetime(),
  rewrittenAt: z.iso.datetime(),
  verifiedAt: z.iso.datetime(),
  certifiedAt: z.iso.datetime(),
  /** Rows of this subject, where the jobs count by subject. */
  own: z.array(classFigures),
  /** What the batch took out. */
  erased: z.array(classFigures),
  /** What was read again afterwards: `rows` of all subjects that were found, which are 0. */
  verified: z.array(classFigures),
  /** `step run id`, in order. */
  runs: z.array(z.string()),
  seconds: z.number().nonnegative(),
  usd: z.number().nonnegative(),
  /** What still exists until when, and why nobody can take it out. */
  retained: z.array(z.string()),
  /** Hash of the certificate before it; zeros for the first. */
  previous: z.string().regex(/^[0-9a-f]{64}$/),
});

const certificate = body.extend({
  /** SHA-256 of the canonical text of everything above. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** HMAC-SHA256 of the hash with the subjects' key: who can write the ledger but not read the key cannot forge it. */
  seal: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Figures of one class. */
export type ClassFigures = z.infer<typeof classFigures>;
/** A certificate without its hash. */
export type CertificateBody = z.infer<typeof body>;
/** Says when, where, how many rows of whom were erased and by which runs, and continues the chain. */
export type Certificate = z.infer<typeof certificate>;

/** `previous` of the first certificate. */
export const NO_CERTIFICATE = "0".repeat(64);

/** JSON with sorted keys and no spaces: equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}

/** Hash and seal of a certificate. @param key of the subjects' hashes */
export function sealed(key: string, content: CertificateBody): Certificate {
  const hash = hashOf(content);
  return certificate.parse({ ...content, hash, seal: sealOf(key, hash) });
}

function hashOf(content: CertificateBody): string {
  return createHash("sha256").update(canonicalJson(content), "utf8").digest("hex");
}

function sealOf(key: string, hash: string): string {
  return createHmac("sha256", key).update(`certificate:${hash}`, "utf8").digest("hex");
}

/** Where the ledger says that the chain ends. */
export interface ChainHead {
  seq: number;
  hash: string;
}

/** One thing that is wrong with a chain. */
export interface ChainFault {
  seq: number;
  what: string;
}

/**
 * Checks a chain: every number once and in order, each hash that of its content, each `previous` the hash before, each
 * seal made with the key, and the head at the last one.
 * @param found certificates as they are stored, by their place in the chain
 * @param head undefined where the ledger has none
 * @returns what is wrong, first fault first; empty where the chain is whole
 */
export function chainFaults(
  key: string,
  found: readonly { place: number; text: string }[],
  head: ChainHead | undefined,
): ChainFault[] {
  const faults: ChainFault[] = [];
  let previous = NO_CERTIFICATE;
  let expected = 1;
  for (const { place, text } of [...found].sort((one, other) => one.place - other.place)) {
    if (place !== expected) {
      faults.push({ seq: expected, what: gap(expected, place - 1) });
      expected = place;
    }
    const read = certificate.safeParse(parsed(text));
    if (!read.success) {
      faults.push({ seq: place, what: "is no certificate" });
      expected += 1;
      continue;
    }
    const { hash, seal, ...content } = read.data;
    if (content.seq !== place) faults.push({ seq: place, what: `says of itself that it is number ${content.seq}` });
    if (hashOf(content) !== hash) faults.push({ seq: place, what: "was changed: its content has another hash" });
    if (!same(sealOf(key, hash), seal)) faults.push({ seq: place, what: "has a seal that was not made with the key" });
    if (content.previous !== previous) faults.push({ seq: place, what: "does not follow the one before it" });
    previous = hash;
    expected = place + 1;
  }
  const last = { seq: expected - 1, hash: previous };
  if (head === undefined && last.seq > 0) faults.push({ seq: last.seq, what: "the ledger has lost the chain's end" });
  if (head !== undefined && head.seq > last.seq) faults.push({ seq: last.seq + 1, what: gap(last.seq + 1, head.seq) });
  else if (head !== undefined && (head.seq < last.seq || head.hash !== last.hash)) {
    faults.push({ seq: last.seq, what: `is not the chain's end: the ledger says number ${head.seq}, ${head.hash}` });
  }
  return faults;
}

function gap(from: number, to: number): string {
  return from === to ? "is missing" : `is missing, and all up to ${String(to)}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function same(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
