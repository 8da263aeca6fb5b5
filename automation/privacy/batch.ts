import { randomBytes } from "node:crypto";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { UserError } from "../errors";
import type { AwsClients } from "../stack/clients";
import type { StackOutputs } from "../stack/outputs";
import { BatchFiles, type RequestedSubject } from "./batch-files";
import { Ledger, type BatchRecord, type RequestRecord } from "./ledger";
import { hashesOf, type Subject } from "./subject";

/** A stack's ledger, files and keys. */
export interface PrivacyPlace {
  ledger: Ledger;
  files: BatchFiles;
  /** Key of the subjects' hashes. */
  key: string;
}

/** Opens the privacy part of a stack. @throws UserError where the deployed program had none */
export async function privacyOf(clients: AwsClients, outputs: StackOutputs): Promise<PrivacyPlace> {
  // Outputs are those of the last `up`, which may have been an older version's: the type cannot know.
  const table: string | undefined = outputs.privacyLedger;
  if (table === undefined || table === "") {
    throw new UserError(
      `The stack ${outputs.pipelineName} has no ledger of erasures.`,
      "It was deployed by an older version of the program: bring it up again, then fill silver once for the index of " +
        "persons (cli backfill --layer silver), or the first erasure reads every raw object.",
    );
  }
  return {
    ledger: new Ledger(clients.dynamodb, table),
    files: new BatchFiles(clients.s3, outputs.privacyPath),
    key: await secretText(clients, outputs.subjectSecretArn),
  };
}

/** The text of a secret. */
export async function secretText({ secrets }: AwsClients, arn: string): Promise<string> {
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: arn }));
  if (SecretString === undefined || SecretString === "") throw new Error(`The secret ${arn} has no text.`);
  return SecretString;
}

/** What is the case with each subject that somebody asked to erase. */
export interface Intake {
  /** Batches to go on with: those of requests that had not ended, oldest first, then the new one. */
  batches: BatchRecord[];
  /** Requests that are certified already: nothing is to be done. */
  done: RequestRecord[];
  /** Requests that were opened by this call. */
  opened: RequestRecord[];
}

/** How to take requests. */
export interface IntakeOptions {
  /** @default now */
  now?: Date;
  /** Open a request also for who is certified: lines of them came since. @default false */
  again?: boolean;
}

/**
 * Records requests for subjects. One subject has one request that counts, so a repeat opens nothing: it goes on with what
 * is open, or says that it is certified, unless that is to be done again. The order is that of what a crash may leave: the ledger without the ids asks for
 * them again; ids or a suppression without the ledger would be nobody's.
 */
export async function takeRequests(
  place: PrivacyPlace,
  subjects: readonly Subject[],
  { now = new Date(), again = false }: IntakeOptions = {},
): Promise<Intake> {
  const { ledger, files, key } = place;
  const fresh: Subject[] = [];
  const done: RequestRecord[] = [];
  const before = new Map<string, string>();
  const open = new Map<string, RequestedSubject[]>();
  for (const subject of subjects) {
    const hash = hashesOf(key, subject).user;
    const found = await ledger.requestOf(hash);
    if (found === undefined) fresh.push(subject);
    else if (found.state === "certified" && again) {
      fresh.push(subject);
      before.set(hash, found.id);
    } else if (found.state === "certified") done.push(found);
    else open.set(found.batch, [...(open.get(found.batch) ?? []), { ...subject, request: found.id, hash }]);
  }
  const batches: BatchRecord[] = [];
  for (const [id, given] of open) {
    const batch = await ledger.batch(id);
    if (batch === undefined) continue;
    await completeFiles(place, batch, given);
    batches.push(batch);
  }
  batches.sort((one, other) => one.startedAt.localeCompare(other.startedAt));
  if (fresh.length === 0) return { batches, done, opened: [] };

  const at = now.toISOString();
  const batch = newId("eb", now);
  const requested = fresh.map((subject): RequestedSubject & { emailHashes: string[] } => {
    const { user, emails } = hashesOf(key, subject);
    return { ...subject, request: newId("er", now), hash: user, emailHashes: emails };
  });
  const opened = requested.map(({ request: id, hash, emailHashes }): RequestRecord => ({
    id,
    batch,
    subject: hash,
    emails: emailHashes,
    requestedAt: at,
    before: before.get(hash),
    state: "requested",
  }));
  const record: BatchRecord = {
    id: batch,
    state: "requested",
    startedAt: at,
    requests: opened.map(({ id }) => id),
    steps: {},
    reached: { requested: at },
  };
  if (!(await ledger.open(record, opened))) {
    throw new UserError(
      "Somebody else opened a request for one of these persons at this moment.",
      "Give the command again: it goes on with that request.",
    );
  }
  await files.writeRequests(batch, requested);
  for (const { request, hash, emailHashes } of requested) {
    await files.suppress(request, { user: hash, emails: emailHashes }, at);
  }
  return { batches: [...batches, record], done, opened };
}

/** The ids of a batch. @throws UserError where they are gone, which only giving them again can mend */
export async function subjectsOf({ files }: PrivacyPlace, batch: BatchRecord): Promise<RequestedSubject[]> {
  const found = await files.readRequests(batch.id);
  if (found !== undefined) return found;
  throw new UserError(
    `The ids of the batch ${batch.id} are gone: a crash came before they were kept, or they were older than 30 days.`,
    "Give the ids again: npm run cli -- erase --user ID, or --file with all persons of the batch.",
  );
}

/**
 * Writes ids and suppressions again where a crash came before them. An address that is new to a request begins its batch
 * anew: what was done without it did not look for it.
 */
async function completeFiles(
  { ledger, files, key }: PrivacyPlace,
  batch: BatchRecord,
  given: readonly RequestedSubject[],
): Promise<void> {
  const kept = await files.readRequests(batch.id);
  const missing = batch.requests.filter((id) => ![...(kept ?? []), ...given].some(({ request }) => request === id));
  if (missing.length > 0) {
    throw new UserError(
      `The batch ${batch.id} lost its ids before it began, and ${String(missing.length)} of its ` +
        `${String(batch.requests.length)} persons are not among those given now.`,
      "Give all persons of the batch again, as --file had them.",
    );
  }
  const subjects = (kept ?? given).map((subject): RequestedSubject => {
    const again = given.find(({ request }) => request === subject.request);
    return { ...subject, emails: [...new Set([...subject.emails, ...(again?.emails ?? [])])].sort() };
  });
  const addresses = (all: readonly RequestedSubject[]): number =>
    all.reduce((sum, { emails }) => sum + emails.length, 0);
  if (kept === undefined || addresses(subjects) > addresses(kept)) {
    batch.steps = {};
    await ledger.saveBatch(batch);
    await files.writeRequests(batch.id, subjects);
  }
  for (const subject of subjects) {
    const record = await ledger.request(subject.request);
    const hashes = hashesOf(key, subject);
    await files.suppress(subject.request, hashes, record?.requestedAt ?? batch.startedAt);
    if (record !== undefined) await ledger.saveRequest({ ...record, emails: hashes.emails });
  }
}

/** An id that says of which day it is, for example `er-20261126-0f3a9c12`. */
function newId(kind: "er" | "eb", now: Date): string {
  return `${kind}-${now.toISOString().slice(0, 10).replaceAll("-", "")}-${randomBytes(4).toString("hex")}`;
}
