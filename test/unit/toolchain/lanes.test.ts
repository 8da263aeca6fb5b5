import { expect } from "chai";
import * as fc from "fast-check";
import { inLanes } from "../../../automation/toolchain/lanes.mjs";

interface Job {
  id: number;
  turns: number;
}

const jobs = fc
  .array(fc.record({ turns: fc.integer({ min: 0, max: 4 }) }), { maxLength: 12 })
  .map((found) => found.map((job, id): Job => ({ id, ...job })));

describe("suites side by side", () => {
  it("runs each once, and never more at a time than there are lanes", async () => {
    await fc.assert(
      fc.asyncProperty(jobs, fc.integer({ min: 1, max: 3 }), async (all, width) => {
        const running = new Set<Job>();
        const started: number[] = [];
        const results = await inLanes(all, width, async (job) => {
          running.add(job);
          started.push(job.id);
          expect(running.size).to.be.at.most(width);
          for (let turn = 0; turn < job.turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
          running.delete(job);
          return job.id * 10;
        });
        expect(started).to.deep.equal(all.map(({ id }) => id));
        expect(results).to.deep.equal(all.map(({ id }) => id * 10));
      }),
    );
  });

  it("fails as the job that failed", async () => {
    const failing = inLanes([1, 2, 3], 2, async (job) => (job === 2 ? Promise.reject(new Error("two")) : job));
    const error = await failing.catch((reason: unknown) => reason);
    expect(String(error)).to.contain("two");
  });
});
