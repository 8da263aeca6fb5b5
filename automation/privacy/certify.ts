import type { AwsClients } from "../stack/clients";
import type { StackOutputs } from "../stack/outputs";
import type { PrivacyPlace } from "./batch";
import { NO_CERTIFICATE, sealed, type Certificate, type CertificateBody, type ClassFigures } from "./certificate";
import type { BatchRecord, RequestRecord } from "./ledger";
import { retainedBeyondErasure } from "./retained";

/** Steps that only look. */
const LOOKING = "verify";

/**
 * Certifies every request of a verified batch, one link of the chain each, then deletes the ids. A crash in between leaves
 * some certified; the next call goes on with the others.
 */
export async function certifyBatch(
  clients: AwsClients,
  outputs: StackOutputs,
  { ledger, files, key }: PrivacyPlace,
  batch: BatchRecord,
): Promise<Certificate[]> {
  const retained = await retainedBeyondErasure(clients, outputs);
  const certificates: Certificate[] = [];
  for (const id of batch.requests) {
    const record = await ledger.request(id);
    if (record === undefined) throw new Error(`The ledger has the batch ${batch.id} but not its request ${id}.`);
    let number = record.certificate;
    while (number === undefined) {
      const head = await ledger.head();
      const seq = (head?.seq ?? 0) + 1;
      const previous = head?.hash ?? NO_CERTIFICATE;
      const content = certificateBody(batch, record, { seq, previous, retained, at: new Date().toISOString() });
      // Another stack's operator cannot be in between, the lock is held; a lost answer can, and then it is there already.
      await ledger.append(sealed(key, content), record);
      number = (await ledger.request(id))?.certificate;
    }
    const text = await ledger.certificate(number);
    if (text === undefined) throw new Error(`The ledger has lost the certificate ${String(number)}.`);
    await files.keepCertificate(number, text);
    certificates.push(JSON.parse(text) as Certificate);
  }
  await files.removeWorkingFiles(batch.id);
  batch.state = "certified";
  batch.reached.certified ??= new Date().toISOString();
  await ledger.saveBatch(batch);
  return certificates;
}

/** What a certificate says. Seconds and dollars are those of the batch, shared evenly. */
export function certificateBody(
  batch: BatchRecord,
  record: RequestRecord,
  { seq, previous, retained, at }: { seq: number; previous: string; retained: string[]; at: string },
): CertificateBody {
  const steps = Object.entries(batch.steps).sort(([, one], [, other]) => one.at.localeCompare(other.at));
  const share = (total: number, digits: number): number => Number((total / batch.requests.length).toFixed(digits));
  const classes = (chosen: (name: string) => boolean): ClassFigures[] =>
    steps.filter(([name]) => chosen(name)).flatMap(([, step]) => step.classes);
  return {
    format: 1,
    seq,
    request: record.id,
    batch: batch.id,
    batchSize: batch.requests.length,
    subject: record.subject,
    requestedAt: record.requestedAt,
    locatedAt: reachedAt(batch, "located"),
    rewrittenAt: reachedAt(batch, "rewritten"),
    verifiedAt: reachedAt(batch, "verified"),
    certifiedAt: at,
    own: record.own ?? [],
    erased: classes((name) => name !== LOOKING),
    verified: classes((name) => name === LOOKING),
    runs: steps.flatMap(([name, { run }]) => (run === undefined ? [] : [`${name} ${run}`])),
    seconds: share(
      steps.reduce((sum, [, { seconds }]) => sum + seconds, 0),
      3,
    ),
    usd: share(
      steps.reduce((sum, [, { usd }]) => sum + usd, 0),
      6,
    ),
    retained,
    previous,
  };
}

function reachedAt({ id, reached }: BatchRecord, state: "located" | "rewritten" | "verified"): string {
  const at = reached[state];
  if (at === undefined) throw new Error(`The batch ${id} is to be certified, but was never ${state}.`);
  return at;
}
