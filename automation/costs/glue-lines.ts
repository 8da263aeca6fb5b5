import { numberOf, textOf, type ResourceNode } from "../graph/resource-graph";
import { lineOf, num, type Line, type Model } from "./model";
import { DAYS } from "./schedule";

/** DPUs of a worker (Glue guide, "Worker types"); a DPU is four cores. */
export const DPUS_OF_WORKER: Readonly<Record<string, number>> = { "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8 };
const CORES_OF_DPU = 4;

/** What a job does in a month. */
interface Work {
  runs: number;
  /** Core-seconds of a run beside its overhead. */
  coreSeconds: number;
  because: string;
}

/** DPU-hours of each Glue job. */
export function glueLines(model: Model): Line[] {
  return model.graph.ofType("aws:glue/job:Job").map((job) => {
    const { runs, coreSeconds, because } = workOf(model, job);
    const { assumed: a } = model;
    const workDpuHours = coreSeconds / CORES_OF_DPU / 3600;
    const overheadDpuHours = (a.runOverheadSeconds * overheadWorkers(model, job) * dpusOf(job)) / 3600;
    return lineOf(
      model,
      "Glue",
      `job ${job.name}`,
      priceKeyOf(job),
      runs * (workDpuHours + overheadDpuHours),
      `${num(runs)} runs × (${because}: ${num(workDpuHours)} DPU-h, start ${num(overheadDpuHours)} DPU-h)`,
    );
  });
}

function dpusOf(job: ResourceNode): number {
  const type = textOf(job.inputs, "workerType") ?? "";
  const dpus = DPUS_OF_WORKER[type];
  if (dpus === undefined) throw new Error(`The job ${job.name} has workers of type "${type}", whose DPUs are unknown.`);
  return dpus;
}

function overheadWorkers({ assumed }: Model, job: ResourceNode): number {
  return Math.min(assumed.overheadWorkers, numberOf(job.inputs, "numberOfWorkers") ?? assumed.overheadWorkers);
}

function priceKeyOf(job: ResourceNode): string {
  if (job.inputs["executionClass"] === "FLEX") return "glue.flexDpuHour";
  return job.inputs["glueVersion"] === "6.0" ? "glue.v6DpuHour" : "glue.dpuHour";
}

/** Runs of a job in a month. */
export function runsOf(model: Model, job: ResourceNode): number {
  return workOf(model, job).runs;
}

function workOf({ assumed: a, volumes: v }: Model, job: ResourceNode): Work {
  const mbPerDay = v.jsonGbPerDay * 1000;
  const runs = v.runsPerMonth;
  if (job.name.includes("-silver-")) {
    const fresh = runs === 0 ? 0 : (v.rawReads * mbPerDay * DAYS) / runs;
    const merged = mbPerDay * v.silverDatesPerRun;
    return {
      runs,
      coreSeconds: fresh / a.silverMbPerCoreSecond + merged / a.mergeMbPerCoreSecond,
      because: `parse ${num(fresh / 1000)} GB at ${num(a.silverMbPerCoreSecond)} MB/s a core, merge ${num(v.silverDatesPerRun)} dates at ${num(a.mergeMbPerCoreSecond)}`,
    };
  }
  if (job.name.includes("-gold-")) {
    const recomputed = mbPerDay * v.goldDatesPerRun;
    return {
      runs,
      coreSeconds: recomputed / a.goldMbPerCoreSecond,
      because: `recompute ${num(v.goldDatesPerRun)} dates at ${num(a.goldMbPerCoreSecond)} MB/s a core`,
    };
  }
  if (job.name.includes("-cold-")) {
    const archived = v.archivedDays > 0 ? mbPerDay : 0;
    return {
      runs: DAYS,
      coreSeconds: archived / a.mergeMbPerCoreSecond,
      because: "copy and check one date",
    };
  }
  if (job.name.includes("-privacy-")) {
    return { runs: 0, coreSeconds: 0, because: "runs when persons ask to be erased; cli erase says what each cost" };
  }
  throw new Error(`The cost model does not know what the Glue job ${job.name} does: add it to glue-lines.ts.`);
}
