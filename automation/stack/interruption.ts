import { messageOf } from "../errors";

/** Thrown when a person or a supervisor stops the run. */
export class InterruptedError extends Error {
  constructor(readonly signalName: NodeJS.Signals) {
    super(`Stopped by ${signalName}.`);
    this.name = "InterruptedError";
  }
}

/**
 * Runs `work` with an AbortSignal that SIGINT and SIGTERM abort instead of ending the process, so that cleaning up can
 * finish. Rejects with {@link InterruptedError} where that happened.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => controller.abort(new InterruptedError(name));
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** The outcome of `work`, or the abort reason as soon as the signal is aborted. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/**
 * Runs `work`, then `cleanUp` whether or not it failed. The first failure is the one to report: one of the cleaning up
 * after it is only printed.
 */
export async function withCleanUp<T>(work: () => Promise<T>, cleanUp: () => Promise<void>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await cleanUp().catch((second: unknown) => {
      process.stderr.write(`Cleaning up failed too: ${messageOf(second)}\n`);
    });
    throw error;
  }
  await cleanUp();
  return result;
}
