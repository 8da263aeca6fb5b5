import type { LateEventRule } from "../../components/defaults";
import { textOf, type ResourceGraph, type ResourceNode } from "../graph/resource-graph";
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
  /** How often bronze_to_silver reads raw data: twice where late events wait, which are in nearly every object. */
  rawReads: 1 | 2;
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
  const rule = lateEventRule(graph);
  const late = lateDatesPerRun(rule, a.lateDates, runsPerMonth);
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
    rawReads: rule === "daily" ? 2 : 1,
    hotDays: config.warehouseMode === "none" ? 0 : Math.min(config.hotDays, a.historyDays),
    warmDays: Math.min(archives ? config.warmDays : a.historyDays, a.historyDays),
    archivedDays: archives ? Math.max(0, a.historyDays - config.warmDays) : 0,
    queriesPerMonth: a.queriesPerDay * DAYS,
  };
}

/** Hours after its midnight in which a date takes events with each run (OPEN_AFTER_MIDNIGHT in glue-jobs). */
const OPEN_HOURS = 3;

/** Dates of late events that a run writes again, on the average. */
function lateDatesPerRun(rule: LateEventRule, lateDates: number, runsPerMonth: number): number {
  if (rule === "each-run") return lateDates;
  const onceADay = (lateDates * DAYS) / Math.max(DAYS, runsPerMonth);
  return Math.min(lateDates, onceADay + OPEN_HOURS / 24);
}

/** The argument of bronze_to_silver that says when it merges late events. */
export const LATE_EVENTS_ARGUMENT = "--late_events";

/** When the stack's bronze_to_silver merges late events. */
export function lateEventRule(graph: ResourceGraph): LateEventRule {
  const daily = graph.ofType("aws:glue/job:Job").some(({ inputs: { defaultArguments: given } }) => {
    const named = typeof given === "object" && given !== null ? (given as Record<string, unknown>) : {};
    return textOf(named, LATE_EVENTS_ARGUMENT) === "daily";
  });
  return daily ? "daily" : "each-run";
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
