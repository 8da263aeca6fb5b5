// @ts-check
/** Several jobs at once on the machine's cores. */

/**
 * Run every job, started in order, at most `width` at a time.
 * @template J, R
 * @param {readonly J[]} jobs
 * @param {number} width
 * @param {(job: J) => Promise<R>} run
 * @returns {Promise<R[]>} results in the order of the jobs
 */
export async function inLanes(jobs, width, run) {
  /** @type {Promise<R>[]} */
  const started = [];
  /** @type {Set<Promise<unknown>>} */
  const running = new Set();
  for (const job of jobs) {
    while (running.size >= width) await Promise.race(running);
    const result = run(job);
    /** @type {Promise<void>} */
    const ended = result.then(ignore, ignore).then(() => void running.delete(ended));
    running.add(ended);
    started.push(result);
  }
  return Promise.all(started);
}

/** A failure is told by the job's own promise; this one only says that it ended. */
function ignore() {}
