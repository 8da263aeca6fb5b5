import {
  paginateDescribeAlarms,
  type CloudWatchClient,
  type CompositeAlarm,
  type MetricAlarm,
} from "@aws-sdk/client-cloudwatch";
import { ALARMS } from "../../components/operations/alarm-list";
import { runbookOf } from "../../components/operations/alarm-list-types";
import { DIMENSIONS, METRICS_NAMESPACE } from "../../handlers/operations/metrics";
import { findRow, type NotifierRow } from "../../handlers/operations/notifier-row";
import type { MetricDimensions } from "../../handlers/operations/put-metrics";
import { UserError } from "../errors";

/** An alarm that people see, as CloudWatch has it. */
export interface AlarmNow {
  name: string;
  /** The row's id, or `<id>-<queue>`. */
  key: string;
  kind: "metric" | "composite";
  row: NotifierRow;
  /** What lies in the queue, of an alarm about one of several. */
  part?: string;
  state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  /** Since when it is in this state. */
  since?: Date;
  /** True while it tells nobody, since another alarm explains it. */
  suppressed: boolean;
  /** URL or path of the runbook. */
  runbook: string;
}

/** The alarms of a stack, and what they tell of it. */
export interface StackAlarms {
  alarms: AlarmNow[];
  dimensions: MetricDimensions;
  /** Dead-letter queues that an alarm watches, by key of the alarm. */
  queues: { key: string; title: string; queueName: string }[];
}

/**
 * The alarms of a pipeline, critical ones first, in the order of the list.
 * @throws UserError for a pipeline that has none
 */
export async function readAlarms(cloudWatch: CloudWatchClient, pipeline: string): Promise<StackAlarms> {
  const metric: MetricAlarm[] = [];
  const composite: CompositeAlarm[] = [];
  const input = { AlarmNamePrefix: `${pipeline}-`, AlarmTypes: ["MetricAlarm" as const, "CompositeAlarm" as const] };
  for await (const page of paginateDescribeAlarms({ client: cloudWatch }, input)) {
    metric.push(...(page.MetricAlarms ?? []));
    composite.push(...(page.CompositeAlarms ?? []));
  }
  const dimensions = metric.map((alarm) => dimensionsOf(alarm, pipeline)).find((found) => found !== undefined);
  if (dimensions === undefined) {
    throw new UserError(
      `The pipeline ${pipeline} has no alarm on its own metrics, so nothing says how it is.`,
      "It was deployed by an older version of the program: bring it up again.",
    );
  }
  const alarms = [
    ...metric.flatMap((alarm) => alarmNow(alarm, "metric", pipeline) ?? []),
    ...composite.flatMap((alarm) => alarmNow(alarm, "composite", pipeline) ?? []),
  ].sort((one, other) => rankOf(one) - rankOf(other) || one.key.localeCompare(other.key));
  const queues = alarms.flatMap(({ name, key, row, part }) => {
    const dimension = metric
      .find((alarm) => alarm.AlarmName === name && alarm.Namespace === "AWS/SQS")
      ?.Dimensions?.find(({ Name }) => Name === "QueueName")?.Value;
    return dimension === undefined
      ? []
      : [{ key, title: part ?? OWN_QUEUES[row.id] ?? row.title, queueName: dimension }];
  });
  return { alarms, dimensions, queues };
}

/** What lies in the queues whose alarm is about one only. */
const OWN_QUEUES: Readonly<Record<string, string>> = {
  "notifier-failing": "alarm messages",
  "pager-undelivered": "messages to the pager",
};

const rankOf = ({ row }: AlarmNow): number => ALARMS.findIndex(({ id }) => id === row.id);

function alarmNow(alarm: MetricAlarm & CompositeAlarm, kind: AlarmNow["kind"], pipeline: string): AlarmNow | undefined {
  const { AlarmName: name = "", AlarmDescription: description = "", StateValue: state = "INSUFFICIENT_DATA" } = alarm;
  // An alarm that only other alarms see has no row, nor has one of another pipeline.
  const found = findRow(ALARMS, pipeline, name);
  if (found === undefined) return undefined;
  const { key, row, partTitle } = found;
  const since = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp;
  return {
    name,
    key,
    kind,
    row,
    ...(partTitle === undefined ? {} : { part: partTitle }),
    state,
    ...(since === undefined ? {} : { since }),
    suppressed: alarm.ActionsSuppressedBy !== undefined,
    // The description has the URL of the repository where one is configured.
    runbook: /Runbook: (\S+\.md)/.exec(description)?.[1] ?? runbookOf(row.id),
  };
}

function dimensionsOf({ Namespace, Dimensions = [] }: MetricAlarm, pipeline: string): MetricDimensions | undefined {
  const valueOf = (name: string): string | undefined => Dimensions.find(({ Name }) => Name === name)?.Value;
  const [team, environment] = [valueOf(DIMENSIONS.team), valueOf(DIMENSIONS.environment)];
  const own = Namespace === METRICS_NAMESPACE && valueOf(DIMENSIONS.pipeline) === pipeline;
  return own && team !== undefined && environment !== undefined ? { team, environment, pipeline } : undefined;
}
