import type { Certificate, ClassFigures } from "../privacy/certificate";
import type { ChainReport } from "../privacy/chain";
import { STATES, type BatchRecord, type RequestRecord, type StepRecord } from "../privacy/ledger";
import { REFERENCE_ERASER } from "../privacy/reference";
import { usd } from "./backfill-text";

/** What a step took out. */
export function describeErasureStep({ classes, seconds, usd: cost }: StepRecord): string {
  const shown = classes.filter(({ rows, files = 0 }) => rows > 0 || files > 0).map(describeClass);
  const what = shown.length === 0 ? "nothing" : shown.join(", ");
  return `${what}  (${seconds.toFixed(1)} s${cost > 0 ? `, ${usd(cost)}` : ""})`;
}

function describeClass({ class: name, rows, files, bytes }: ClassFigures): string {
  const more = [
    files === undefined ? "" : `${String(files)} files`,
    bytes === undefined || bytes === 0 ? "" : `${String(bytes)} bytes`,
  ].filter((text) => text !== "");
  return `${name} ${String(rows)}${more.length === 0 ? "" : ` in ${more.join(", ")}`}`;
}

/** All requests, newest first, with how far each is. */
export function describeRequests(requests: readonly RequestRecord[], batches: readonly BatchRecord[]): string {
  if (requests.length === 0) return "Nobody has asked to be erased.";
  const of = new Map(batches.map((batch) => [batch.id, batch]));
  return [...requests]
    .sort((one, other) => other.requestedAt.localeCompare(one.requestedAt) || one.id.localeCompare(other.id))
    .map((request) => describeRequest(request, of.get(request.batch)))
    .join("\n");
}

/** One request: its state and when each was reached. */
export function describeRequest(request: RequestRecord, batch: BatchRecord | undefined): string {
  const { id, state, requestedAt, before, certificate, allowedAt, batch: batchId } = request;
  const number = certificate === undefined ? "" : ` (number ${String(certificate)})`;
  const after = before === undefined ? "" : `, once more after ${before}`;
  const again = allowedAt === undefined ? "" : `, let in again ${allowedAt}`;
  const reached = STATES.filter((one) => batch?.reached[one] !== undefined && one !== "requested").map(
    (one) => `${one} ${batch?.reached[one] ?? ""}`,
  );
  const done =
    batch === undefined ? "no batch" : `${batchId}, steps done: ${Object.keys(batch.steps).join(" ") || "none"}`;
  return `${id}  ${state}${number}${after}${again}\n    requested ${[requestedAt, ...reached].join(", ")}\n    ${done}`;
}

/** What the certificates of a run come to, beside what another eraser publishes. */
export function describeCertificates(certificates: readonly Certificate[], scannedBytes?: number): string {
  const sum = (of: (one: Certificate) => number): number => certificates.reduce((total, one) => total + of(one), 0);
  const lines = certificates.map(
    ({ seq, request, own, hash }) =>
      `  number ${String(seq)}  ${request}  ${own.map(describeClass).join(", ") || "nothing was found"}\n    ${hash}`,
  );
  const seconds = sum((one) => one.seconds);
  const cost = sum((one) => one.usd);
  const scanned = scannedBytes === undefined ? "" : ` over ${(scannedBytes / 1e9).toFixed(2)} GB`;
  return [
    `${String(certificates.length)} certified, verified with 0 rows left:`,
    ...lines,
    `It took ${seconds.toFixed(1)} s${scanned} and ${usd(cost)} of Glue, before S3 requests. ${REFERENCE_ERASER}`,
  ].join("\n");
}

/** What a check of the chain found. */
export function describeChain({ length, head, faults }: ChainReport): string {
  if (faults.length === 0) {
    return length === 0
      ? "There is no certificate yet."
      : `${String(length)} certificates, whole and in order. The last hash is ${head ?? ""}: keep it elsewhere to prove later that nothing before it changed.`;
  }
  const lines = faults.map(({ seq, what }) => `  number ${String(seq)} ${what}`);
  return [`${String(faults.length)} faults in a chain of ${String(length)}:`, ...lines].join("\n");
}
