import { textOf, type ResourceNode } from "../graph/resource-graph";
import type { ModelInputs } from "./model";
import { DAYS, startsPerMonth } from "./schedule";

/** What flows through a stack in a month, from its schedules and the assumptions. GB are decimal, as AWS bills. */
export interface Volumes {
  /** JSON before compression, GB a day. */
  jsonGbPerDay: number;
  eventsPerMonth: number;
  rawGbPerDay: number;
  rawObjectsPerMonth: number;
  /** Parquet of one date. */
  silverGbPerDay: number;
  factGbPerDay: number;
  /** Runs of bronze_to_silver a month; silver_to_gold follows each. */
  runsPerMonth: number;
  /** Dates' worth of silver that a run writes again: half of today on the average, and the dates of late events. */
  silverDatesPerRun: number;
  /** The same of gold, which also recomputes the date before, for its sessions. */
  goldDatesPerRun: number;
  /** Days of data in Redshift; 0 without a warehouse. */
  hotDays: number;
  /** Days that Athena and Spectrum read from Standard storage. */
  warmDays: number;
  /** Days in the archive, at the end of `historyDays`. */
  archivedDays: number;
  queriesPerMonth: number;
}

/** Computes the volumes. */
export function volumesOf({ graph, config, assumed: a }: ModelInputs): Volumes {
  const runsPerMonth = silverRuns(graph.ofType("aws:glue/trigger:Trigger"), a.manualRunsPerDay);
  const rawGbPerDay = a.gbPerDay * a.gzipRatio;
  const today = runsPerMonth > DAYS ? 0.5 : 1;
  const late = a.lateDates * a.lateRunShare;
  const archives = graph.nodes.some(isArchiveTrigger);
  return {
    jsonGbPerDay: a.gbPerDay,
    eventsPerMonth: (a.gbPerDay * 1e9 * DAYS) / a.eventBytes,
    rawGbPerDay,
    rawObjectsPerMonth: ((rawGbPerDay * 1000) / a.rawObjectMb) * DAYS,
    silverGbPerDay: a.gbPerDay * a.silverRatio,
    factGbPerDay: a.gbPerDay * a.factRatio,
    runsPerMonth,
    silverDatesPerRun: today + late,
    goldDatesPerRun: today + late + 1,
    hotDays: config.warehouseMode === "none" ? 0 : Math.min(config.hotDays, a.historyDays),
    warmDays: Math.min(archives ? config.warmDays : a.historyDays, a.historyDays),
    archivedDays: archives ? Math.max(0, a.historyDays - config.warmDays) : 0,
    queriesPerMonth: a.queriesPerDay * DAYS,
  };
}

const isEnabled = (trigger: ResourceNode): boolean => trigger.inputs["enabled"] !== false;

function silverRuns(triggers: readonly ResourceNode[], manualPerDay: number): number {
  const clocks = triggers.filter(({ name, inputs }) => inputs["type"] === "SCHEDULED" && /silver/.test(name));
  const running = clocks.filter(isEnabled).flatMap(({ inputs }) => textOf(inputs, "schedule") ?? []);
  if (running.length === 0) return manualPerDay * DAYS;
  return running.reduce((sum, schedule) => sum + startsPerMonth(schedule), 0);
}

function isArchiveTrigger(node: ResourceNode): boolean {
  return node.type === "aws:glue/trigger:Trigger" && /-cold-/.test(node.name) && isEnabled(node);
}
