/** A call of the purchase handler to a service. */
export type Operation = "get" | "claim" | "publish" | "record" | "release" | "postpone";

/**
 * What happens to a call: `refused` before it has an effect; `lost`, the effect is there and its answer is not; `cut`, a
 * body that ends in the middle; `dies`, the function ends before the call; `did and dies`, it ends right after it.
 */
export type Mode = "refused" | "lost" | "cut" | "dies" | "did and dies";

/** One fault: the call of this number (1 is the first) of the operation, and those after it. */
export interface Strike {
  operation: Operation;
  mode: Mode;
  nth: number;
  /** How many calls in a row. */
  calls: number;
}

interface Kind {
  strikes: readonly Omit<Strike, "nth">[];
  /**
   * The alert was out and nothing recorded it: another copy may go out, as SNS has no way to ask whether a message went.
   * handlers/alert-store.ts chooses this over an alert that is lost.
   */
  mayRepeat?: true;
}

const once = (operation: Operation, mode: Mode, calls = 1): Omit<Strike, "nth"> => ({ operation, mode, calls });

/** Enough calls for every message to use up its receives. */
const OUTAGE = 60;

/** Faults of the alert path by name. */
export const KINDS: Readonly<Record<string, Kind>> = {
  "S3 answers 503": { strikes: [once("get", "refused")] },
  "S3 body cut off": { strikes: [once("get", "cut")] },
  "S3 down until the messages are dead letters": { strikes: [once("get", "refused", OUTAGE)] },
  "DynamoDB throttles the claim": { strikes: [once("claim", "refused", 3)] },
  "DynamoDB's answer to the claim is lost": { strikes: [once("claim", "lost")] },
  "DynamoDB throttles the record of the alert": { strikes: [once("record", "refused")], mayRepeat: true },
  "DynamoDB's answer to the record is lost": { strikes: [once("record", "lost")] },
  "SNS throttles": { strikes: [once("publish", "refused", 2)] },
  "SNS answers 500 until the messages are dead letters": { strikes: [once("publish", "refused", OUTAGE)] },
  "SNS throttles, and DynamoDB the release": { strikes: [once("publish", "refused"), once("release", "refused")] },
  "SNS publishes, its answer is lost": { strikes: [once("publish", "lost")], mayRepeat: true },
  "S3 answers 503, and SQS refuses the delay": { strikes: [once("get", "refused"), once("postpone", "refused")] },
  "function killed before it reads": { strikes: [once("get", "dies")] },
  "function killed before the claim": { strikes: [once("claim", "dies")] },
  "function killed between claim and publish": { strikes: [once("claim", "did and dies")] },
  "function killed after publish, before the record": { strikes: [once("publish", "did and dies")], mayRepeat: true },
  "function killed after the record": { strikes: [once("record", "did and dies")] },
};

/** Names of what always happens to messages, beside a fault of KINDS. */
export const DELIVERY = {
  twice: "message delivered twice",
  atOnce: "message delivered twice at once",
  reordered: "messages out of order",
  redriven: "dead letters redriven",
} as const;
