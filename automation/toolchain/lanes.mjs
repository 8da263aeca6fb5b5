// @ts-check
/** Several jobs at once on the machine's cores. */

/**
 * Run every job, in order, at most `width` at a time. A job that is to run alone waits for those before it and is
 * waited for by those after it.
 * @template J, R
 * @param {readonly J[]} jobs
 * @param {number} width
 * @param {(job: J) => Promise<R>} run
 * @param {(job: J) => boolean} isAlone
 * @returns {Promise<R[]>} results in the order of the jobs
 */
export async function inLanes(jobs, width, run, isAlone = () => false) {
  /** @type {Promise<R>[]} */
  const started = [];
  /** @type {Set<Promise<unknown>>} */
  const running = new Set();
  for (const job of jobs) {
    const room = isAlone(job) ? 1 : width;
    while (running.size >= room) await Promise.race(running);
    const result = run(job);
    /** @type {Promise<void>} */
    const ended = result.then(ignore, ignore).then(() => void running.delete(ended));
    running.add(ended);
    started.push(result);
    if (isAlone(job)) await ended;
  }
  return Promise.all(started);
}

/** A failure is told by the job's own promise; this one only says that it ended. */
function ignore() {}
