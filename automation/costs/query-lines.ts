import { textOf, type ResourceNode } from "../graph/resource-graph";
import { lineOf, num, type Line, type Model } from "./model";
import { DAYS, HOURS, startsPerMonth } from "./schedule";

/** Price key of a node type. */
const NODE_PRICE: Readonly<Record<string, string>> = {
  "ra3.large": "redshift.ra3Large",
  "ra3.xlplus": "redshift.ra3Xlplus",
  "ra3.4xlarge": "redshift.ra34xlarge",
  "ra3.16xlarge": "redshift.ra316xlarge",
};
/** TB of the least that Athena and Spectrum bill a query. */
const MINIMUM_TB = 10e6 / 1e12;

/** Athena and Redshift: who answers which question, and what it costs. */
export function queryLines(model: Model): Line[] {
  const clusters = model.graph.ofType("aws:redshift/cluster:Cluster");
  const workgroups = model.graph.ofType("aws:redshiftserverless/workgroup:Workgroup");
  const hot = clusters.length + workgroups.length > 0;
  return [
    ...athenaLines(model, hot),
    ...clusters.flatMap((cluster) => clusterLines(model, cluster)),
    ...workgroups.flatMap((workgroup) => serverlessLines(model, workgroup)),
    ...(hot ? [managedStorage(model)] : []),
  ];
}

/** TB that a question reads of the facts. */
function tbPerQuestion({ assumed: a, volumes: v }: Model): number {
  return Math.max(MINIMUM_TB, (v.factGbPerDay * a.daysPerQuery * a.columnShare) / 1000);
}

function athenaLines(model: Model, hot: boolean): Line[] {
  if (model.graph.ofType("aws:athena/workgroup:Workgroup").length === 0) return [];
  const { assumed: a, volumes: v } = model;
  const questions = (share: number): number => v.queriesPerMonth * share;
  const tb = tbPerQuestion(model);
  const scan = (what: string, count: number, each: number, why: string): Line =>
    lineOf(
      model,
      "Athena",
      what,
      "athena.tbScanned",
      count * each,
      `${num(count)} queries × ${num(each * 1e6)} MB: ${why}`,
    );
  const hotLines = hot
    ? []
    : [
        scan("hot, by summary", questions(a.hotShare * a.summaryShare), MINIMUM_TB, "daily_sales"),
        scan("hot, by facts", questions(a.hotShare * (1 - a.summaryShare)), tb, `${num(a.daysPerQuery)} days of facts`),
      ];
  // With a warehouse the warm window is asked through Spectrum, by its view over hot and warm.
  const warmLines = hot ? [] : [scan("warm", questions(a.warmShare), tb, `${num(a.daysPerQuery)} days of facts`)];
  return [
    ...hotLines,
    ...warmLines,
    scan("cold, restored dates", questions(a.coldShare), tb, `${num(a.daysPerQuery)} days of facts`),
    ...coldReads(model, questions(a.coldShare) * tb * 1000),
    scan("the query log itself", a.logQueriesPerDay * DAYS, MINIMUM_TB, "the least that is billed"),
  ];
}

function coldReads(model: Model, gb: number): Line[] {
  if (model.volumes.archivedDays === 0) return [];
  const price = { GLACIER_IR: "glacierIr", GLACIER: "glacier", DEEP_ARCHIVE: "deepArchive" }[
    model.config.archiveStorageClass
  ];
  return [lineOf(model, "S3", "reads of the archive", `s3.${price}.retrieval`, gb, "what cold queries read")];
}

function clusterLines(model: Model, cluster: ResourceNode): Line[] {
  const { assumed: a } = model;
  const type = textOf(cluster.inputs, "nodeType") ?? "";
  const nodes = Number(cluster.inputs["numberOfNodes"] ?? 1);
  const awake = awakeHours(model);
  const key = NODE_PRICE[type];
  if (key === undefined)
    throw new Error(`The cluster ${cluster.name} has nodes of type "${type}", which has no price.`);
  const reserved = a.reservedYears >= 1 && awake === HOURS;
  const how = reserved ? "reserved for a year by a person, nothing upfront" : `${num(awake)} hours awake, on demand`;
  return [
    lineOf(
      model,
      "Redshift",
      `${num(nodes)} × ${type}`,
      reserved ? `${key}.reserved1y` : key,
      nodes * awake,
      `${num(nodes)} nodes × ${num(awake)} hours; ${how}`,
    ),
    spectrumLine(model),
  ];
}

function spectrumLine(model: Model): Line {
  const { assumed: a, volumes: v } = model;
  const count = v.queriesPerMonth * a.warmShare;
  const tb = tbPerQuestion(model);
  const loads = v.runsPerMonth * MINIMUM_TB;
  const because = `${num(count)} warm queries × ${num(tb * 1e6)} MB, and the checks of ${num(v.runsPerMonth)} loads`;
  return lineOf(model, "Redshift", "Spectrum", "redshift.spectrumTbScanned", count * tb + loads, because);
}

/** Hours of a month that a cluster runs: all, those of its schedule, or those of use where it pauses when idle. */
export function awakeHours({ graph, assumed: a }: Pick<Model, "graph" | "assumed">): number {
  const actions = graph.ofType("aws:redshift/scheduledAction:ScheduledAction");
  const idle = graph.nodes.some(({ type }) => type.endsWith(":WarehouseIdlePause"));
  const schedule = (action: string): string | undefined =>
    actions
      .filter(({ inputs }) => JSON.stringify(inputs["targetAction"] ?? {}).includes(action))
      .flatMap(({ inputs }) => textOf(inputs, "schedule") ?? [])[0];
  const pauses = schedule("pauseCluster");
  if (pauses === undefined && !idle) return HOURS;
  const used = a.awakeHoursPerDay * a.awakeDaysPerMonth;
  if (pauses === undefined) return Math.min(HOURS, used);
  // A night's pause on so many days; without a schedule to resume it, a load or a person wakes it for a day's use.
  const resumes = schedule("resumeCluster");
  const nights = startsPerMonth(pauses);
  if (resumes === undefined) return Math.min(HOURS, used);
  const weekend = Math.max(0, DAYS - nights);
  return Math.max(0, HOURS - nights * (24 - a.awakeHoursPerDay) - weekend * 24);
}

function serverlessLines(model: Model, workgroup: ResourceNode): Line[] {
  const { assumed: a, volumes: v } = model;
  const rpus = Number(workgroup.inputs["baseCapacity"] ?? 0);
  const mbPerLoad = v.factGbPerDay * 1000 * v.goldDatesPerRun;
  const loadHours = (v.runsPerMonth * Math.max(60, mbPerLoad / (a.copyMbPerRpuSecond * rpus))) / 3600;
  const queryHours = (v.queriesPerMonth * (a.hotShare + a.warmShare) * a.querySecondsServerless) / 3600;
  const because = `${num(rpus)} RPUs × (${num(loadHours)} hours of loads + ${num(queryHours)} hours of queries); Spectrum is included`;
  const busy = Math.min(HOURS, loadHours + queryHours);
  return [lineOf(model, "Redshift", "serverless compute", "redshift.rpuHour", rpus * busy, because)];
}

function managedStorage(model: Model): Line {
  const gb = model.volumes.jsonGbPerDay * model.assumed.redshiftRatio * model.volumes.hotDays;
  const because = `${num(model.volumes.jsonGbPerDay * model.assumed.redshiftRatio)} GB a day × ${num(model.volumes.hotDays)} hot days`;
  return lineOf(model, "Redshift", "managed storage", "redshift.managedStorage", gb, because);
}
