import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../errors";

/**
 * What passes by itself, and why. Everything else is reported at once: a retry of a real error costs minutes and hides
 * it.
 */
const TRANSIENT: readonly RegExp[] = [
  // The API refuses for a moment because of the number of calls.
  /\b(ThrottlingException|Throttling|TooManyRequests(Exception)?|RequestLimitExceeded|SlowDown|Rate exceeded)\b/i,
  // The API itself is unwell.
  /\b(ServiceUnavailable(Exception)?|InternalServerError|InternalFailure|StatusCode: 50[0234])\b/i,
  // The network between.
  /\b(ECONNRESET|ETIMEDOUT|EAI_AGAIN|EPIPE|connection reset by peer|i\/o timeout|TLS handshake timeout)\b/i,
  // A role that was made seconds ago is not known everywhere yet (IAM is eventually consistent).
  /\b(cannot be assumed by|role defined for the function cannot be assumed|is not authorized to perform: sts:AssumeRole)\b/i,
];

/** Whether the same operation is worth another try. */
export function isTransient(error: unknown): boolean {
  const texts = [messageOf(error), error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : ""];
  return texts.some((text) => TRANSIENT.some((pattern) => pattern.test(text)));
}

/** How often, and how long between. */
export interface RetryOptions {
  /** @default 3 */
  attempts?: number;
  /** Wait before the second attempt in seconds; each wait is twice the one before. @default 5 */
  firstWaitSeconds?: number;
  signal?: AbortSignal;
  /** Called before each wait. */
  onRetry?: (attempt: number, afterSeconds: number, error: unknown) => void;
}

/** The outcome of `operation`, which is tried again where its error passes by itself. It must be safe to repeat. */
export async function retryTransient<T>(operation: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { attempts = 3, firstWaitSeconds = 5, signal, onRetry } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await operation();
    } catch (error) {
      if (attempt >= attempts || signal?.aborted === true || !isTransient(error)) throw error;
      const seconds = firstWaitSeconds * 2 ** (attempt - 1);
      onRetry?.(attempt, seconds, error);
      await sleep(seconds * 1000, undefined, signal === undefined ? {} : { signal });
    }
  }
}
