/* eslint-disable no-console -- handlers log by the console. */
/** Runs `body` without its log lines; unlike `capturingLog` it bears Node's own warnings, such as the SDK's first client gives. */
export async function quietly<T>(body: () => Promise<T>): Promise<T> {
  const original = { log: console.log, error: console.error };
  console.log = console.error = () => undefined;
  try {
    return await body();
  } finally {
    Object.assign(console, original);
  }
}
