// @ts-check
/** Progress on stderr, so that a command's own stdout stays clean for scripts. */

/** Long steps say that they are alive this often, also in a CI log. */
const STILL_EVERY_MS = 15_000;

/** @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** @param {number} startedAt ms since the epoch */
export function secondsSince(startedAt) {
  return `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
}

/**
 * Run one step: announce it, keep saying that it is alive, say how long it took.
 * @template T
 * @param {string} label what is being done and about how long it takes
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(label, work) {
  const startedAt = Date.now();
  say(`… ${label}`);
  const timer = setInterval(() => say(`  still: ${label} (${secondsSince(startedAt)})`), STILL_EVERY_MS);
  try {
    const result = await work();
    say(`✓ ${label} (${secondsSince(startedAt)})`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
