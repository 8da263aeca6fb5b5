/** CloudWatch: logs, alarms and dashboards. */
import type { Props } from "../mapping";
import type { Request, TypeSpec } from "../request";
import { plain } from "./plain";

/** An alarm's metrics as the API wants them: Pulumi keeps a metric flat where the API nests its statistic. */
const metricQueries = (queries: unknown): Props[] =>
  (queries as Props[]).map(({ id, accountId, expression, label, period, returnData, metric }) => {
    const single = (Array.isArray(metric) ? metric[0] : metric) as Props | undefined;
    const { dimensions, metricName, namespace, period: Period, stat, unit } = single ?? {};
    const Dimensions = Object.entries(dimensions ?? {}).map(([Name, Value]) => ({
      Name,
      Value: String(Value),
    }));
    const Metric = { MetricName: metricName, Namespace: namespace, ...(Dimensions.length > 0 ? { Dimensions } : {}) };
    const MetricStat = single && { Metric, Period, Stat: stat, ...(unit === undefined ? {} : { Unit: unit }) };
    const rest = { AccountId: accountId, Expression: expression, Label: label, Period: period, MetricStat };
    const given = Object.entries(rest).filter(([, value]) => value !== undefined);
    return { Id: id, ReturnData: returnData === true, ...Object.fromEntries(given) };
  });

/** The other way round, for drift. */
const flatQueries = (metrics: unknown): Props[] | undefined =>
  (metrics as Props[] | undefined)?.map(({ MetricStat, ...rest }) => {
    const { Metric, ...stat } = (MetricStat ?? {}) as Props;
    return { ...rest, ...(MetricStat === undefined ? {} : { metric: { ...(Metric as Props), ...stat } }) };
  });

/** A composite alarm's block, of the three members that the API keeps flat. */
const suppressor = (found: Props): Props | undefined =>
  found["ActionsSuppressor"] === undefined
    ? undefined
    : {
        alarm: found["ActionsSuppressor"],
        extensionPeriod: found["ActionsSuppressorExtensionPeriod"],
        waitPeriod: found["ActionsSuppressorWaitPeriod"],
      };

const alarmArn = (r: Request): Props => ({ arn: r.arn("cloudwatch", `alarm:${r.id}`) });

/** Putting is both creating and updating here; tags of the first put are kept, those of later ones ignored. */
const alarm = (
  kind: "Metric" | "Composite",
  type: Omit<Parameters<typeof plain>[0], "service" | "create" | "read" | "delete" | "update">,
): TypeSpec => {
  const base = plain({
    service: "cloudwatch",
    ...type,
    create: `Put${kind}Alarm`,
    read: "DescribeAlarms(AlarmNames)",
    delete: "DeleteAlarms(AlarmNames)",
  });
  return {
    ...base,
    read: async (r) => {
      const answer = (await r.ask("DescribeAlarms(AlarmNames)", { AlarmTypes: [`${kind}Alarm`] })) as Props;
      const found = (answer[`${kind}Alarms`] as Props[] | undefined)?.[0];
      return found && { ...found, metricQueries: flatQueries(found["Metrics"]), actionsSuppressor: suppressor(found) };
    },
    update: base.create,
  };
};

async function setRetention(r: Request): Promise<void> {
  const days = r.inputs["retentionInDays"] ?? 0;
  if (days !== 0) await r.call("PutRetentionPolicy", { logGroupName: r.id, retentionInDays: days });
  else if (r.oldInputs["retentionInDays"] !== undefined) await r.call("DeleteRetentionPolicy", { logGroupName: r.id });
}

export const monitoringTypes: Record<string, TypeSpec> = {
  "aws:cloudwatch/logGroup:LogGroup": {
    service: "logs",
    props: "name!=logGroupName kmsKeyId* logGroupClass! retentionInDays* deletionProtectionEnabled* skipDestroy~ tags",
    maps: "CreateLogGroup",
    name: { property: "name", max: 512 },
    create: async (r) => {
      await r.call("CreateLogGroup", { ...r.map(), kmsKeyId: r.inputs["kmsKeyId"] });
      r.id = r.str("name");
      await setRetention(r);
      return { id: r.id };
    },
    read: async (r) => {
      const { logGroups } = await r.call("DescribeLogGroups", { logGroupNamePrefix: r.id });
      return (logGroups as Props[] | undefined)?.find(({ logGroupName }) => logGroupName === r.id);
    },
    update: async (r) => {
      if (r.changed("retentionInDays")) await setRetention(r);
      if (r.changed("kmsKeyId")) {
        const [operation, key] =
          r.inputs["kmsKeyId"] === undefined
            ? ["DisassociateKmsKey", {}]
            : ["AssociateKmsKey", { kmsKeyId: r.inputs["kmsKeyId"] }];
        await r.call(operation, { logGroupName: r.id, ...(key as Props) });
      }
    },
    delete: async (r) => {
      if (r.inputs["skipDestroy"] !== true) await r.call("DeleteLogGroup", { logGroupName: r.id });
    },
    outs: (r) => ({ arn: r.arn("logs", `log-group:${r.id}`) }),
  },
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": {
    service: "logs",
    props:
      "name!=filterName logGroupName! pattern=filterPattern metricTransformation=metricTransformations applyOnTransformedLogs",
    maps: "PutMetricFilter",
    name: { property: "name", max: 512 },
    create: async (r) => {
      await r.call("PutMetricFilter", r.map());
      return { id: r.str("name") };
    },
    read: async (r) => {
      const logGroupName = r.str("logGroupName");
      const found = await r.ask("DescribeMetricFilters.metricFilters", { logGroupName, filterNamePrefix: r.id });
      return (found as Props[]).find(({ filterName }) => filterName === r.id);
    },
    update: (r) => r.call("PutMetricFilter", r.map()),
    delete: (r) => r.call("DeleteMetricFilter", { logGroupName: r.str("logGroupName"), filterName: r.id }),
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": alarm("Metric", {
    props:
      "name!=AlarmName alarmDescription actionsEnabled alarmActions okActions insufficientDataActions metricName namespace " +
      "statistic extendedStatistic dimensions period unit evaluationPeriods datapointsToAlarm threshold comparisonOperator " +
      "treatMissingData evaluateLowSampleCountPercentiles thresholdMetricId warmUpConfiguration metricQueries* tags",
    name: { property: "name", max: 255 },
    more: (r) => (r.inputs["metricQueries"] === undefined ? {} : { Metrics: metricQueries(r.inputs["metricQueries"]) }),
    outs: alarmArn,
  }),
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": alarm("Composite", {
    props:
      "alarmName! alarmRule alarmDescription actionsEnabled! alarmActions okActions insufficientDataActions actionsSuppressor* tags",
    name: { property: "alarmName", max: 255 },
    more: (r) => {
      const { alarm: name, extensionPeriod, waitPeriod } = (r.inputs["actionsSuppressor"] ?? {}) as Props;
      const periods = { ActionsSuppressorExtensionPeriod: extensionPeriod, ActionsSuppressorWaitPeriod: waitPeriod };
      return name === undefined ? {} : { ActionsSuppressor: name, ...periods };
    },
    outs: alarmArn,
  }),
  "aws:cloudwatch/dashboard:Dashboard": plain({
    service: "cloudwatch",
    props: "dashboardName! dashboardBody$",
    name: { property: "dashboardName", max: 255 },
    create: "PutDashboard",
    read: "GetDashboard(DashboardName)",
    update: "PutDashboard(DashboardName)",
    delete: "DeleteDashboards(DashboardNames)",
    outs: (r) => ({ dashboardArn: r.arn("cloudwatch", `dashboard/${r.id}`, "") }),
  }),
};
