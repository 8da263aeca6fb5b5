/** Works that are going on, and what was set before the first of them. */
let working = 0;
let before = false;

/**
 * Runs `body` without source maps in stack traces. Pulumi takes a stack trace for each resource and each promise, in case
 * one leaks; mapping the frames of thousands of traces that nobody reads took a tenth of a deployment's processor time.
 * A trace that is read later, of a failed test for example, is mapped as ever.
 */
export async function withoutSourceMaps<T>(body: () => Promise<T>): Promise<T> {
  if (working === 0) before = process.sourceMapsEnabled;
  working += 1;
  process.setSourceMapsEnabled(false);
  try {
    return await body();
  } finally {
    working -= 1;
    // Several stacks may be brought up at once in one process.
    if (working === 0) process.setSourceMapsEnabled(before);
  }
}
