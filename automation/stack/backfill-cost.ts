import { GetJobCommand, type GlueClient } from "@aws-sdk/client-glue";
import { GetWorkgroupCommand } from "@aws-sdk/client-redshift-serverless";
import type { Assumed } from "../costs/assumptions";
import { priceOf, type PriceList } from "../costs/prices";
import type { Layer } from "./backfill-volume";
import type { AwsClients } from "./clients";
import type { StackOutputs } from "./outputs";

/** What a job's runs are made of. */
export interface JobCompute {
  workers: number;
  /** DPUs of a worker. */
  dpus: number;
  /** Key of the price of a DPU-hour in automation/costs/prices.json. */
  priceKey: string;
  /** A run that takes longer is ended by Glue, in minutes. */
  timeoutMinutes: number;
}

/** What a step takes. */
export interface StepCost {
  step: Layer;
  /** Of the DPU, or of the RPU in a serverless warehouse. */
  unitHours: number;
  /** Key in automation/costs/prices.json; undefined where nothing is billed by use. */
  priceKey?: string;
  usd: number;
  /** How long the step takes, start included. */
  seconds: number;
}

/** Worker types by their DPUs (Glue guide, "Worker types"); a DPU is four cores. */
const DPUS: Readonly<Record<string, number>> = { "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8 };
const CORES_OF_DPU = 4;
/** What Glue takes where a job names none: two days (API reference, Job). */
const GLUE_TIMEOUT_MINUTES = 2880;
/** For the time of a load only, which a cluster does not bill: a small cluster as the smallest usual workgroup. */
const CLUSTER_AS_RPUS = 8;
/** A serverless warehouse bills 60 seconds at least (pricing page). */
const MIN_WAREHOUSE_SECONDS = 60;

/** Reads what a job runs on, as it is deployed. */
export async function computeOf(glue: GlueClient, job: string): Promise<JobCompute> {
  const { Job } = await glue.send(new GetJobCommand({ JobName: job }));
  const dpus = DPUS[Job?.WorkerType ?? ""];
  if (Job === undefined || dpus === undefined) {
    throw new Error(`The job ${job} has workers of type ${Job?.WorkerType ?? "unknown"}, whose DPUs are not known.`);
  }
  const glueKey = Job.GlueVersion === "6.0" ? "glue.v6DpuHour" : "glue.dpuHour";
  return {
    workers: Job.NumberOfWorkers ?? 2,
    dpus,
    priceKey: Job.ExecutionClass === "FLEX" ? "glue.flexDpuHour" : glueKey,
    timeoutMinutes: Job.Timeout ?? GLUE_TIMEOUT_MINUTES,
  };
}

/**
 * A run of a job: JSON ÷ measured speed of a core, plus the start of the run on the workers that it starts with.
 * @param jsonBytes what it reads, as JSON text
 */
export function jobCost(
  step: "silver" | "gold",
  compute: JobCompute,
  jsonBytes: number,
  assumed: Assumed,
  prices: PriceList,
): StepCost {
  const { workers, dpus, priceKey } = compute;
  const megabytes = jsonBytes / 1e6;
  // Silver parses the lines and merges them with what the dates have already.
  const coreSeconds =
    step === "silver"
      ? megabytes / assumed.silverMbPerCoreSecond + megabytes / assumed.mergeMbPerCoreSecond
      : megabytes / assumed.goldMbPerCoreSecond;
  const starting = Math.min(assumed.overheadWorkers, workers) * dpus;
  const unitHours = coreSeconds / CORES_OF_DPU / 3600 + (starting * assumed.runOverheadSeconds) / 3600;
  return {
    step,
    unitHours,
    priceKey,
    usd: unitHours * priceOf(prices, priceKey).usd,
    seconds: coreSeconds / (workers * dpus * CORES_OF_DPU) + assumed.runOverheadSeconds,
  };
}

/** RPUs of a serverless warehouse, undefined for a cluster. */
export async function baseRpus(
  { redshiftServerless }: Pick<AwsClients, "redshiftServerless">,
  { warehouseKind, warehouseName }: StackOutputs,
): Promise<number | undefined> {
  if (warehouseKind !== "workgroup") return undefined;
  const found = await redshiftServerless.send(new GetWorkgroupCommand({ workgroupName: warehouseName }));
  return found.workgroup?.baseCapacity;
}

/**
 * A load: a cluster is paid whether it loads or not; a serverless warehouse by its RPUs while it loads.
 * @param rpus of a serverless warehouse
 */
export function loadCost(rpus: number | undefined, jsonBytes: number, assumed: Assumed, prices: PriceList): StepCost {
  const megabytes = (jsonBytes / 1e6) * assumed.factRatio;
  const working = megabytes / (assumed.copyMbPerRpuSecond * (rpus ?? CLUSTER_AS_RPUS));
  if (rpus === undefined) return { step: "warehouse", unitHours: 0, usd: 0, seconds: working };
  const seconds = Math.max(MIN_WAREHOUSE_SECONDS, working);
  const unitHours = (seconds * rpus) / 3600;
  const priceKey = "redshift.rpuHour";
  return { step: "warehouse", unitHours, priceKey, usd: unitHours * priceOf(prices, priceKey).usd, seconds };
}

/** Steps of one chunk, in order. */
export function stepsOf(layer: Layer, outputs: Pick<StackOutputs, "warehouseKind">): Layer[] {
  const warehouse: Layer[] = outputs.warehouseKind === "none" ? [] : ["warehouse"];
  if (layer === "silver") return ["silver", "gold", ...warehouse];
  return layer === "gold" ? ["gold", ...warehouse] : ["warehouse"];
}
