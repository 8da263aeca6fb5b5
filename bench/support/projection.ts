/** From seconds on this machine to DPU-hours and dollars on Glue. */

/** A DPU is four cores (AWS Glue guide, "Worker types"). */
export const CORES_OF_DPU = 4;

/** What a projection starts from. */
export interface Projection {
  gbPerDay: number;
  runsPerDay: number;
  /** Core-seconds a gigabyte of JSON: the slope of processor time, or of wall time times the cores. */
  coreSecondsPerGb: number;
  /** Seconds of a run beside the work, Glue's minimum of a minute included, and the workers that wait meanwhile. */
  overheadSeconds: number;
  overheadDpus: number;
  /** Jobs a run is made of. */
  jobs: number;
  usdPerDpuHour: number;
}

/** What a day takes. */
export interface Projected {
  workDpuHours: number;
  overheadDpuHours: number;
  dpuHours: number;
  usdPerDay: number;
  usdPerTb: number;
}

/** The formula, as a person reads it. */
export const FORMULA =
  "DPU-hours a day = GB a day × core-seconds a GB ÷ 4 cores a DPU ÷ 3600 " +
  "+ runs a day × jobs × overhead seconds × DPUs that wait ÷ 3600; dollars = DPU-hours × price";

/** DPU-hours and dollars of a day. */
export function project(given: Projection): Projected {
  const workDpuHours = (given.gbPerDay * given.coreSecondsPerGb) / CORES_OF_DPU / 3600;
  const overheadDpuHours = (given.runsPerDay * given.jobs * given.overheadSeconds * given.overheadDpus) / 3600;
  const dpuHours = workDpuHours + overheadDpuHours;
  const usdPerDay = dpuHours * given.usdPerDpuHour;
  return { workDpuHours, overheadDpuHours, dpuHours, usdPerDay, usdPerTb: (usdPerDay / given.gbPerDay) * 1000 };
}
