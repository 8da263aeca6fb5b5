import { METRICS_NAMESPACE } from "../../handlers/operations/metrics";
import type { MetricDimensions } from "../../handlers/operations/put-metrics";
import { OPERATIONS_ENV } from "../../handlers/operations/state";
import type { PolicyStatement } from "../policy";

/** Lets a function put metrics of the stack's own namespace. */
export function putMetrics(): PolicyStatement {
  return {
    Sid: "PutMetrics",
    Effect: "Allow",
    Action: "cloudwatch:PutMetricData",
    // PutMetricData has no resource to name; the namespace is what AWS lets a policy narrow.
    Resource: "*",
    Condition: { StringEquals: { "cloudwatch:namespace": METRICS_NAMESPACE } },
  };
}

/** Environment that tells a function whose metrics it puts. */
export function dimensionEnvironment({ team, environment, pipeline }: MetricDimensions): Record<string, string> {
  return {
    [OPERATIONS_ENV.team]: team,
    [OPERATIONS_ENV.environment]: environment,
    [OPERATIONS_ENV.pipeline]: pipeline,
  };
}
