import { numberOf, type ResourceNode } from "../graph/resource-graph";
import { auditLines } from "./audit-lines";
import { startsOf } from "./event-lines";
import { runsOf } from "./glue-lines";
import { lineOf, num, type Line, type Model } from "./model";
import { DAYS, HOURS } from "./schedule";

/** Keys, secrets, alarms, logs, endpoints: what is paid for being there. */
export function fixedLines(model: Model): Line[] {
  return [
    ...keyLines(model),
    ...watchLines(model),
    ...logLines(model),
    ...networkLines(model),
    ...controlLines(model),
    ...auditLines(model),
  ];
}

function keyLines(model: Model): Line[] {
  const { graph, assumed: a } = model;
  const keys = graph.ofType("aws:kms/key:Key").length;
  const own = graph.ofType("aws:secretsmanager/secret:Secret").length;
  const managed = [
    ...graph.withInput("aws:redshift/cluster:Cluster", "manageMasterPassword", true),
    ...graph.withInput("aws:redshiftserverless/namespace:Namespace", "manageAdminPassword", true),
  ].length;
  const requests = a.kmsRequestsPerDay * DAYS;
  return [
    lineOf(model, "KMS", "keys", "kms.key", keys, `${num(keys)} keys`),
    lineOf(model, "KMS", "requests", "kms.requests", keys === 0 ? 0 : requests / 1e4, `${num(requests)} requests`),
    lineOf(
      model,
      "Secrets Manager",
      "secrets",
      "secrets.secret",
      own + managed,
      `${num(own)} of the stack, ${num(managed)} of Redshift`,
    ),
  ];
}

/** Metrics that an alarm watches: one, or those of its metric math (CloudWatch pricing: “alarm metrics”). */
function metricsOf(alarm: ResourceNode): number {
  const queries = (alarm.inputs["metricQueries"] ?? []) as { metric?: unknown }[];
  return Math.max(1, queries.filter(({ metric }) => metric !== undefined && metric !== null).length);
}

function watchLines(model: Model): Line[] {
  const { graph, assumed: a } = model;
  const alarms = graph.ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
  const alarmMetrics = alarms.reduce((sum, alarm) => sum + metricsOf(alarm), 0);
  const composites = graph.ofType("aws:cloudwatch/compositeAlarm:CompositeAlarm").length;
  const dashboards = graph.ofType("aws:cloudwatch/dashboard:Dashboard").length;
  // A metric is billed for the hours in which it gets a value (CloudWatch pricing: “prorated by the hour”).
  const jobs = graph.ofType("aws:glue/job:Job").map((job) => Math.min(1, runsOf(model, job) / (DAYS * 24)));
  const running = jobs.reduce((sum, share) => sum + share, 0);
  const metrics = a.metricsPerStack + a.metricsPerJob * running;
  const because =
    `${num(a.metricsPerStack)} of the pipeline, ${num(a.metricsPerJob)} of each of ${num(jobs.length)} jobs ` +
    `in the hours in which it runs, as ${num(running)} that always do`;
  return [
    lineOf(
      model,
      "CloudWatch",
      "alarms",
      "cloudwatch.alarm",
      alarmMetrics,
      `${num(alarms.length)} alarms, ${num(alarmMetrics)} metrics`,
    ),
    lineOf(
      model,
      "CloudWatch",
      "composite alarms",
      "cloudwatch.compositeAlarm",
      composites,
      `${num(composites)} alarms`,
    ),
    lineOf(model, "CloudWatch", "dashboards", "cloudwatch.dashboard", dashboards, `${num(dashboards)} dashboards`),
    lineOf(model, "CloudWatch", "custom metrics", "cloudwatch.metric", metrics, because),
  ];
}

const DEFAULT_LOG_DAYS = 365;

function logLines(model: Model): Line[] {
  const { graph, assumed: a, volumes: v } = model;
  const starts = graph
    .ofType("aws:lambda/function:Function")
    .flatMap((fn) => startsOf(model, fn))
    .reduce((sum, { count }) => sum + count, 0);
  const jobs = graph.ofType("aws:glue/job:Job").length;
  const gb = (starts * a.lambdaLogKb) / 1e6 + (jobs * v.runsPerMonth * a.glueLogMbPerRun) / 1000;
  const days = graph
    .ofType("aws:cloudwatch/logGroup:LogGroup")
    .map(({ inputs }) => numberOf(inputs, "retentionInDays") ?? DEFAULT_LOG_DAYS);
  const longest = Math.max(DAYS, ...days);
  return [
    lineOf(
      model,
      "CloudWatch",
      "logs written",
      "cloudwatch.logsIngested",
      gb,
      `${num(starts)} starts, ${num(jobs * v.runsPerMonth)} runs`,
    ),
    lineOf(
      model,
      "CloudWatch",
      "logs kept",
      "cloudwatch.logsStored",
      (gb * longest) / DAYS,
      `for ${num(longest)} days`,
    ),
  ];
}

function networkLines(model: Model): Line[] {
  return model.graph
    .withInput("aws:ec2/vpcEndpoint:VpcEndpoint", "vpcEndpointType", "Interface")
    .flatMap((endpoint) => {
      const zones = ((endpoint.inputs["subnetIds"] ?? []) as unknown[]).length;
      const because = `${num(zones)} zones × ${num(HOURS)} hours`;
      return [
        lineOf(model, "VPC", `endpoint ${endpoint.name}`, "vpc.endpointHour", zones * HOURS, because),
        lineOf(
          model,
          "VPC",
          `endpoint ${endpoint.name}: data`,
          "vpc.endpointData",
          1,
          "answers of the catalog, an allowance",
        ),
      ];
    });
}

/** Calls of Cost Explorer that the daily closure makes at most (components/costs). */
const EXPLORER_CALLS_PER_DAY = 2;

function controlLines(model: Model): Line[] {
  const lines: Line[] = [];
  if (model.graph.ofType("aws:budgets/budget:Budget").length > 0) {
    const calls = EXPLORER_CALLS_PER_DAY * DAYS;
    lines.push(lineOf(model, "Cost Explorer", "requests", "costs.explorerRequests", calls, `${num(calls)} calls`));
  }
  return lines;
}
