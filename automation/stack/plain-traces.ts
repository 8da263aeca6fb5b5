/**
 * Runs `body` without source maps in stack traces. Pulumi takes a stack trace for each resource and each promise, in case
 * one leaks; mapping the frames of thousands of traces that nobody reads took a tenth of a deployment's processor time.
 * A trace that is read later, of a failed test for example, is mapped as ever.
 */
export async function withoutSourceMaps<T>(body: () => Promise<T>): Promise<T> {
  const mapped = process.sourceMapsEnabled;
  process.setSourceMapsEnabled(false);
  try {
    return await body();
  } finally {
    process.setSourceMapsEnabled(mapped);
  }
}
