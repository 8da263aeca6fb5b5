import { UserError } from "../errors";
import type { PrivacyPlace } from "./batch";
import { canonicalJson, chainFaults, type Certificate, type ChainFault } from "./certificate";

/** What a check of the chain found. */
export interface ChainReport {
  /** Certificates in the ledger. */
  length: number;
  /** Hash of the last one: who keeps it elsewhere can tell later that nothing before it was changed. */
  head?: string;
  faults: ChainFault[];
}

/** Checks the chain of certificates in the ledger, and the copy of each beside it. */
export async function verifyChain({ ledger, files, key }: PrivacyPlace): Promise<ChainReport> {
  const stored = await ledger.certificates();
  const head = await ledger.head();
  const faults = chainFaults(key, stored, head);
  for (const { place, text } of stored) {
    const copy = await files.certificate(place);
    if (copy === undefined) faults.push({ seq: place, what: "has no copy in the bucket" });
    else if (canonical(copy) !== canonical(text)) faults.push({ seq: place, what: "differs from its copy" });
  }
  const known = new Set(stored.map(({ place }) => place));
  for (const seq of await files.certificateNumbers()) {
    // A chain that was cut at its end, head and all, is whole in itself; its copies tell.
    if (!known.has(seq)) faults.push({ seq, what: "has a copy in the bucket but is not in the ledger" });
  }
  return { length: stored.length, faults, ...(head === undefined ? {} : { head: head.hash }) };
}

/** The certificate of a request, its number or its request's id. @throws UserError where there is none */
export async function certificateOf({ ledger }: PrivacyPlace, id: string): Promise<Certificate> {
  const seq = /^\d{1,10}$/.test(id) ? Number(id) : (await ledger.request(id))?.certificate;
  const text = seq === undefined ? undefined : await ledger.certificate(seq);
  if (text !== undefined) return JSON.parse(text) as Certificate;
  const record = await ledger.request(id);
  throw new UserError(
    record === undefined ? `The ledger has no "${id}".` : `The request ${id} is ${record.state}, not yet certified.`,
    record === undefined
      ? "Give the id of a request or the number of a certificate; cli erase status lists the requests."
      : "Go on with it: npm run cli -- erase --resume",
  );
}

function canonical(text: string): string {
  try {
    return canonicalJson(JSON.parse(text));
  } catch {
    return text;
  }
}
