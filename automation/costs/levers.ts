import { DEFAULT_KEEP_OLD_VERSIONS_FOR, type LateEventRule } from "../../components/defaults";
import { toDays } from "../../components/duration";
import type { ResourceGraph, ResourceNode } from "../graph/resource-graph";
import { beforeOf } from "./before";
import { billOf } from "./bill";
import { bucketsOf, type BucketRole } from "./buckets";
import { modelOf, type ModelInputs } from "./model";
import { awakeHours } from "./query-lines";
import { HOURS } from "./schedule";
import { LATE_EVENTS_ARGUMENT, lateEventRule } from "./volumes";

/** One way to save, and what it is worth in this stack. */
export interface Lever {
  name: string;
  /** `pulled`: the stack uses it; `free`: it could; `none`: there is nothing here that it acts on. */
  state: "pulled" | "free" | "none";
  /** USD a month that it saves, or would save. */
  usd: number;
  how: string;
}

const JOB = "aws:glue/job:Job";
const LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";

/** Every lever, by computing the same bill with it moved. */
export function leversOf(inputs: ModelInputs): Lever[] {
  const usd = billOf(inputs).usd;
  const without = (changed: Partial<ModelInputs>): number => billOf({ ...inputs, ...changed }).usd - usd;
  return [
    reservation(inputs, without),
    intelligentTiering(inputs, without),
    bookmarks(inputs),
    autoPause(inputs),
    flex(inputs, without),
    tiering(inputs, usd),
    late(inputs, without),
    oldVersions(inputs, without),
    silverTiering(inputs, without),
  ];
}

type Without = (changed: Partial<ModelInputs>) => number;

function reservation(inputs: ModelInputs, without: Without): Lever {
  const name = "reserved nodes";
  const how = "one year, nothing upfront; bought by a person, not by the deployment";
  const runs = inputs.graph.ofType("aws:redshift/cluster:Cluster").length > 0 && awakeHours(inputs) === HOURS;
  if (!runs) return { name, state: "none", usd: 0, how: "no cluster that runs day and night" };
  const pulled = inputs.assumed.reservedYears >= 1;
  const other = without({ assumed: { ...inputs.assumed, reservedYears: pulled ? 0 : 1 } });
  return { name, state: pulled ? "pulled" : "free", usd: Math.abs(other), how };
}

function intelligentTiering(inputs: ModelInputs, without: Without): Lever {
  const raw = ofRole(inputs, ["raw"]);
  const plain = inputs.graph.map((node) => (raw(node) ? withoutTransitions(node) : node));
  return {
    name: "Intelligent-Tiering",
    state: "pulled",
    usd: without({ graph: plain }),
    how: "else raw JSON in Standard",
  };
}

function withoutTransitions(node: ResourceNode): ResourceNode {
  const rules = (node.inputs["rules"] ?? []) as Record<string, unknown>[];
  const kept = rules.filter((rule) => !("transitions" in rule));
  return { ...node, inputs: { ...node.inputs, rules: kept } };
}

/** Without a bookmark a run that is right parses every date again that may have got events. */
function bookmarks(inputs: ModelInputs): Lever {
  const { volumes: v, assumed: a } = modelOf(inputs);
  const dpuHours = (mb: number): number => mb / a.silverMbPerCoreSecond / 4 / 3600;
  const fresh = v.jsonGbPerDay * 1000 * 30;
  const all = v.jsonGbPerDay * 1000 * v.silverDatesPerRun * v.runsPerMonth;
  const job = billOf(inputs).lines.find(({ what }) => what.startsWith("job ") && what.includes("-silver-"));
  const usd = Math.max(0, dpuHours(all) - dpuHours(fresh)) * (job?.unitUsd ?? 0);
  return {
    name: "job bookmarks",
    state: "pulled",
    usd,
    how: "else each run parses all dates again that may have got events",
  };
}

function autoPause(inputs: ModelInputs): Lever {
  const name = "auto-pause";
  const model = modelOf(inputs);
  const awake = awakeHours(model);
  const line = billOf(inputs).lines.find(({ price }) => price.startsWith("redshift.ra3"));
  if (line === undefined) return { name, state: "none", usd: 0, how: "no cluster; serverless sleeps by itself" };
  const perHour = line.usd / (awake === 0 ? 1 : awake);
  if (awake < HOURS)
    return { name, state: "pulled", usd: perHour * (HOURS - awake), how: "the cluster sleeps when nobody asks" };
  return { name, state: "none", usd: 0, how: "a reserved cluster is paid asleep too; for development stacks" };
}

function flex({ graph }: ModelInputs, without: Without): Lever {
  const jobs = graph.ofType(JOB);
  const pulled = jobs.some(({ inputs }) => inputs["executionClass"] === "FLEX");
  const executionClass = pulled ? "STANDARD" : "FLEX";
  const other = graph.map((node) =>
    node.type === JOB ? { ...node, inputs: { ...node.inputs, executionClass } } : node,
  );
  const usd = Math.abs(without({ graph: other }));
  return {
    name: "Glue FLEX",
    state: pulled ? "pulled" : "free",
    usd,
    how: "a third less a DPU-hour; a run may wait for capacity",
  };
}

/** Without tiers the data is where the seed had it; what the lake costs beside stays. */
function tiering(inputs: ModelInputs, usd: number): Lever {
  const model = modelOf(inputs);
  const stays = billOf(inputs).lines.filter(
    ({ service, price }) => service !== "Redshift" && !/^athena|^s3\.[a-z]*(Ir|lacier|Archive)/.test(price),
  );
  const flat = stays.reduce((total, line) => total + line.usd, 0);
  const redshift = beforeOf(model).lines.filter(({ service }) => service === "Redshift");
  const all = flat + redshift.reduce((total, line) => total + line.usd, 0);
  return {
    name: "hot, warm and cold tiers",
    state: "pulled",
    usd: all - usd,
    how: "else all dates stay in Redshift, on demand",
  };
}

function late(inputs: ModelInputs, without: Without): Lever {
  const name = "late events once a day";
  if (lateEventRule(inputs.graph) === "daily") {
    const how = "else each run rewrites the earlier dates that its late events belong to";
    return { name, state: "pulled", usd: without({ graph: withLateEvents(inputs.graph, "each-run") }), how };
  }
  const usd = -without({ graph: withLateEvents(inputs.graph, "daily") });
  const how = "if each run left events of dates that are over to the first run of the next day (lateEvents)";
  return usd > 0 ? { name, state: "free", usd, how } : { name, state: "none", usd: 0, how };
}

function withLateEvents(graph: ResourceGraph, rule: LateEventRule): ResourceGraph {
  return graph.map((node) => {
    if (node.type !== JOB || !node.name.includes("-silver-")) return node;
    const before = node.inputs["defaultArguments"] as Readonly<Record<string, unknown>>;
    return { ...node, inputs: { ...node.inputs, defaultArguments: { ...before, [LATE_EVENTS_ARGUMENT]: rule } } };
  });
}

function oldVersions(inputs: ModelInputs, without: Without): Lever {
  const usd = -without({
    graph: inputs.graph.map((node) => (rewritten(inputs)(node) ? withOldVersionsFor(node, 1) : node)),
  });
  const how = `old versions of what jobs write again are kept for a day, not for ${String(toDays(DEFAULT_KEEP_OLD_VERSIONS_FOR))}`;
  return { name: "short-lived old versions", state: usd > 0 ? "free" : "none", usd, how };
}

function silverTiering(inputs: ModelInputs, without: Without): Lever {
  const usd = -without({
    graph: inputs.graph.map((node) => (ofRole(inputs, ["silver"])(node) ? withTransition(node) : node)),
  });
  const how = "Intelligent-Tiering for silver too: dates past the late ones are read to rebuild gold only";
  return { name: "tiered silver", state: usd > 0 ? "free" : "none", usd, how };
}

/** Lifecycle configurations of the buckets of some roles. */
function ofRole({ graph }: ModelInputs, roles: readonly BucketRole[]): (node: ResourceNode) => boolean {
  const names = bucketsOf(graph).flatMap(({ node, role }) => (roles.includes(role) ? [node.outputs["bucket"]] : []));
  return (node) => node.type === LIFECYCLE && names.includes(node.inputs["bucket"]);
}

const rewritten = (inputs: ModelInputs): ((node: ResourceNode) => boolean) =>
  ofRole(inputs, ["silver", "gold", "artifacts"]);

/** The same stack with all that it could do: late events once a day, old versions for a day, tiered silver, FLEX. */
export function withEveryLever(inputs: ModelInputs): ModelInputs {
  const short = rewritten(inputs);
  const tiered = ofRole(inputs, ["silver"]);
  const graph = withLateEvents(inputs.graph, "daily")
    .map((node) => (short(node) ? withOldVersionsFor(node, 1) : node))
    .map((node) => (tiered(node) ? withTransition(node) : node))
    .map((node) => (node.type === JOB ? { ...node, inputs: { ...node.inputs, executionClass: "FLEX" } } : node));
  return { ...inputs, graph, assumed: { ...inputs.assumed, reservedYears: 1 } };
}

function withTransition(node: ResourceNode): ResourceNode {
  const rule = {
    id: "tiering",
    filter: { prefix: "" },
    transitions: [{ days: 0, storageClass: "INTELLIGENT_TIERING" }],
  };
  return { ...node, inputs: { ...node.inputs, rules: [...((node.inputs["rules"] ?? []) as object[]), rule] } };
}

function withOldVersionsFor(node: ResourceNode, noncurrentDays: number): ResourceNode {
  const rules = (node.inputs["rules"] ?? []) as Record<string, unknown>[];
  const changed = rules.map((rule) =>
    "noncurrentVersionExpiration" in rule ? { ...rule, noncurrentVersionExpiration: { noncurrentDays } } : rule,
  );
  return { ...node, inputs: { ...node.inputs, rules: changed } };
}
