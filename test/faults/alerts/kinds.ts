/** A call of the alert path to a service, of the receipt handler the last; `deliver` is the topic's to its queue. */
export type Operation = "get" | "claim" | "publish" | "record" | "release" | "postpone" | "deliver" | "receipt";

/**
 * What happens to a call: `refused` before it has an effect; `fails`, no effect either, but the error does not say so;
 * `lost`, the effect is there and its answer is not; `cut`, a body that ends in the middle; `twice`, a delivery that comes
 * again; `dies`, the function ends before the call; `did and dies`, it ends right after it.
 */
export type Mode = "refused" | "fails" | "lost" | "cut" | "twice" | "dies" | "did and dies";

/** One fault: the call of this number (1 is the first) of the operation, and those after it. */
export interface Strike {
  operation: Operation;
  mode: Mode;
  nth: number;
  /** How many calls in a row. */
  calls: number;
}

const once = (operation: Operation, mode: Mode, calls = 1): Omit<Strike, "nth"> => ({ operation, mode, calls });

/** Enough calls for every message to use up its receives. */
const OUTAGE = 60;
/** More than `createPublish` repeats within one publish. */
const THROTTLED = 6;

/**
 * Faults of the alert path by name: what each strikes. None may lose or repeat an alert, alone or beside others. Where a
 * receipt is refused, it comes through while the order is held, as three faults of two calls are fewer than its tries: an
 * alert whose record and receipt both fail for longer is the one that may go out again.
 */
export const KINDS: Readonly<Record<string, readonly Omit<Strike, "nth">[]>> = {
  "S3 answers 503": [once("get", "refused")],
  "S3 body cut off": [once("get", "cut")],
  "S3 down until the messages are dead letters": [once("get", "refused", OUTAGE)],
  "DynamoDB throttles the claim": [once("claim", "refused", 3)],
  "DynamoDB's answer to the claim is lost": [once("claim", "lost")],
  "DynamoDB throttles the record of the alert": [once("record", "refused")],
  "DynamoDB's answer to the record is lost": [once("record", "lost")],
  "DynamoDB throttles the receipt": [once("receipt", "refused", 2)],
  "DynamoDB's answer to the receipt is lost": [once("receipt", "lost")],
  "SNS throttles": [once("publish", "refused", THROTTLED)],
  "SNS answers 500 until the messages are dead letters": [once("publish", "fails", OUTAGE)],
  "SNS throttles, and DynamoDB the release": [once("publish", "refused", THROTTLED), once("release", "refused")],
  "SNS publishes, its answer is lost": [once("publish", "lost")],
  "SNS delivers the receipt twice": [once("deliver", "twice")],
  "S3 answers 503, and SQS refuses the delay": [once("get", "refused"), once("postpone", "refused")],
  "function killed before it reads": [once("get", "dies")],
  "function killed before the claim": [once("claim", "dies")],
  "function killed between claim and publish": [once("claim", "did and dies")],
  "function killed after publish, before the record": [once("publish", "did and dies")],
  "function killed after the record": [once("record", "did and dies")],
};

/** Names of what always happens to messages, beside a fault of KINDS. */
export const DELIVERY = {
  twice: "message delivered twice",
  atOnce: "message delivered twice at once",
  reordered: "messages out of order",
  redriven: "dead letters redriven",
} as const;
