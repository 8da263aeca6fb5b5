import { UserError } from "../errors";
import type { PrivacyPlace } from "./batch";
import type { RequestRecord } from "./ledger";
import { hashesOf, type Subject } from "./subject";

/**
 * Lets an erased person in again, who has signed up anew: events from now on are kept. What was erased stays so, and is in
 * nothing that could be replayed.
 * @throws UserError where nobody erased the person, or the erasure has not ended
 */
export async function allowAgain(
  { ledger, files, key }: PrivacyPlace,
  subject: Subject,
  now: Date = new Date(),
): Promise<RequestRecord> {
  const hash = hashesOf(key, subject).user;
  const found = await ledger.requestOf(hash);
  if (found === undefined) {
    throw new UserError(
      "No erasure of this person is on record, so nothing keeps them out.",
      "Check the id: it must be the one that was erased, as cli erase had it.",
    );
  }
  if (found.state !== "certified") {
    throw new UserError(
      `The erasure ${found.id} of this person is ${found.state}.`,
      "End it first: npm run cli -- erase --resume",
    );
  }
  // The list first: a crash after it leaves a person who is let in and can be erased again. Whoever was erased again has
  // an entry of each time.
  const theirs = (await ledger.requests()).filter((one) => one.subject === hash);
  for (const { id } of theirs) await files.allow(id);
  const record = { ...found, allowedAt: now.toISOString() };
  await ledger.saveRequest(record);
  await ledger.forget(hash);
  return record;
}
