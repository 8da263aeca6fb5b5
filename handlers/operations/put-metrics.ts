import type * as cloudWatch from "@aws-sdk/client-cloudwatch";
import { DIMENSIONS, METRICS, METRICS_NAMESPACE, type MetricId } from "./metrics";

/** Whose metrics they are; on every one. */
export interface MetricDimensions {
  team: string;
  environment: string;
  /** Name of the pipeline, so that two stacks of a team never mix. */
  pipeline: string;
}

/** Values by metric, in the metric's unit; an absent or undefined one has no value now. */
export type MetricValues = Partial<Record<MetricId, number | undefined>>;

/** Sends values that were true at an instant. */
export type MetricSink = (values: MetricValues, at: Date) => Promise<void>;

/** The request for `values`, or undefined when there is nothing to send. */
export function metricRequest(
  values: MetricValues,
  dimensions: MetricDimensions,
  at: Date,
): cloudWatch.PutMetricDataCommandInput | undefined {
  const pairs = [
    { Name: DIMENSIONS.team, Value: dimensions.team },
    { Name: DIMENSIONS.environment, Value: dimensions.environment },
    { Name: DIMENSIONS.pipeline, Value: dimensions.pipeline },
  ];
  const data: cloudWatch.MetricDatum[] = [];
  for (const id of Object.keys(METRICS) as MetricId[]) {
    const value = values[id];
    if (value === undefined || !Number.isFinite(value)) continue;
    const { name, unit } = METRICS[id];
    data.push({ MetricName: name, Dimensions: pairs, Timestamp: at, Value: value, Unit: unit });
  }
  return data.length === 0 ? undefined : { Namespace: METRICS_NAMESPACE, MetricData: data };
}

/** Sends by `PutMetricData`, which takes 1,000 metrics a call (API reference): all of them in one. */
export function createMetricSink(
  client: cloudWatch.CloudWatchClient,
  sdk: Pick<typeof cloudWatch, "PutMetricDataCommand">,
  dimensions: MetricDimensions,
): MetricSink {
  return async (values, at) => {
    const request = metricRequest(values, dimensions, at);
    if (request !== undefined) await client.send(new sdk.PutMetricDataCommand(request));
  };
}
