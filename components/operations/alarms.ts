import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DIMENSIONS, METRICS, METRICS_NAMESPACE, type MetricId } from "../../handlers/operations/metrics";
import { componentType } from "../naming";
import type { Tags } from "../types";
import { alarmDescription, ALARMS } from "./alarm-list";
import { DEAD_LETTER_QUEUES, type AlarmRow, type DeadLetterQueue, type Suppression } from "./alarm-list-types";

/** Arguments of `Alarms`. */
export interface AlarmsArgs {
  /** Dimensions of the pipeline's metrics; the alarms are called `<pipeline>-<id>`. */
  dimensions: { team: string; environment: string; pipeline: string };
  /** Topic of the notifier. */
  intakeTopicArn: pulumi.Input<string>;
  /** Topic of the pager, for alarms that the notifier cannot tell. */
  pagerTopicArn: pulumi.Input<string>;
  /** Names of the stack's dead-letter queues; an absent one has no alarm. */
  deadLetters: Partial<Record<DeadLetterQueue, pulumi.Input<string>>>;
  /** Name of the queue of what the notifier could not tell. */
  notifierDeadLetters: pulumi.Input<string>;
  /** Name of the queue of what the pager did not take. @default no pager, no alarm */
  pagerDeadLetters?: pulumi.Input<string>;
  /** Whether the stack has a warehouse. */
  warehouse: boolean;
  /** URL of the folder of the runbooks. @default `DEFAULT_RUNBOOK_BASE` */
  runbookBase?: string;
  /** The list. @default `ALARMS` */
  rows?: readonly AlarmRow[];
  tags: Tags;
}

/** An alarm that was made: its name and its row. */
export interface MadeAlarm {
  readonly row: AlarmRow;
  readonly name: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
}

type Actions = Pick<aws.cloudwatch.CompositeAlarmArgs, "alarmActions" | "okActions">;

/**
 * The alarms of a pipeline, made from the list: a metric alarm a row, or one a queue. A row that others explain is two:
 * the metric alarm `<pipeline>-<id>-metric`, which tells nobody, and the composite `<pipeline>-<id>`, which tells people
 * unless an explaining alarm is on.
 *
 * Nothing is told of missing data: an alarm without data keeps its state or, where silence is the trouble, is on.
 */
export class Alarms extends pulumi.ComponentResource {
  /** What people see, by key: the row's id, or `<id>-<queue>`. */
  readonly made: ReadonlyMap<string, MadeAlarm>;

  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("Alarms"), name, {}, opts);
    const rows = (args.rows ?? ALARMS).filter((row) => applies(row, args));
    const made = new Map<string, MadeAlarm>();
    for (const row of rows) this.create(name, args, rows, row, made);
    this.made = made;
    this.registerOutputs({ names: [...made.values()].map((alarm) => alarm.name) });
  }

  /** Makes the alarms of a row, after those that explain it. */
  private create(
    name: string,
    args: AlarmsArgs,
    rows: readonly AlarmRow[],
    row: AlarmRow,
    made: Map<string, MadeAlarm>,
  ): void {
    if (row.metric.kind === "queue-depth") {
      for (const [key, queueName] of queuesOf(row, args)) {
        const alarm = this.createMetricAlarm(name, args, row, key, actionsOf(row, args), queueName);
        made.set(key, { row, name: alarm.name, arn: alarm.arn });
      }
      return;
    }
    if (made.has(row.id)) return;
    const parents = rows.filter(({ id }) => row.suppression?.by.includes(id));
    if (row.suppression === undefined || parents.length === 0) {
      const alarm = this.createMetricAlarm(name, args, row, row.id, actionsOf(row, args));
      made.set(row.id, { row, name: alarm.name, arn: alarm.arn });
      return;
    }
    for (const parent of parents) this.create(name, args, rows, parent, made);
    const parentNames = parents.flatMap(({ id }) => made.get(id)?.name ?? []);
    const child = this.createMetricAlarm(name, args, row, `${row.id}-metric`, {});
    const suppressor = this.createSuppressor(name, args, row, parentNames);
    const composite = this.createComposite(name, args, row, row.suppression, child.name, suppressor);
    made.set(row.id, { row, name: composite.alarmName, arn: composite.arn });
  }

  private createMetricAlarm(
    name: string,
    args: AlarmsArgs,
    row: AlarmRow,
    key: string,
    actions: Actions,
    queueName?: pulumi.Input<string>,
  ): aws.cloudwatch.MetricAlarm {
    return new aws.cloudwatch.MetricAlarm(
      `${name}-${key}`,
      {
        name: `${args.dimensions.pipeline}-${key}`,
        ...describe(row, args),
        ...watched(row, args, queueName),
        evaluationPeriods: row.evaluationPeriods,
        datapointsToAlarm: row.datapointsToAlarm,
        threshold: row.threshold,
        comparisonOperator: row.comparison,
        treatMissingData: row.missing.treatAs,
        ...(row.warmUpMinutes === undefined
          ? {}
          : { warmUpConfiguration: { warmUpPeriodDurationInMinutes: row.warmUpMinutes } }),
        ...actions,
      },
      { parent: this },
    );
  }

  /** CloudWatch takes one suppressor: where several alarms explain a row, a composite that tells nobody stands for them. */
  private createSuppressor(
    name: string,
    args: AlarmsArgs,
    row: AlarmRow,
    parents: readonly pulumi.Output<string>[],
  ): pulumi.Input<string> {
    const [first] = parents;
    if (parents.length === 1 && first !== undefined) return first;
    const alarm = new aws.cloudwatch.CompositeAlarm(
      `${name}-${row.id}-explained`,
      {
        alarmName: `${args.dimensions.pipeline}-${row.id}-explained`,
        alarmDescription: `Tells nobody: while it is on, ${row.id} is explained by another alarm.`,
        alarmRule: pulumi.all([...parents]).apply((names) => names.map((parent) => `ALARM("${parent}")`).join(" OR ")),
        tags: args.tags,
      },
      { parent: this },
    );
    return alarm.alarmName;
  }

  private createComposite(
    name: string,
    args: AlarmsArgs,
    row: AlarmRow,
    suppression: Suppression,
    child: pulumi.Output<string>,
    suppressor: pulumi.Input<string>,
  ): aws.cloudwatch.CompositeAlarm {
    return new aws.cloudwatch.CompositeAlarm(
      `${name}-${row.id}`,
      {
        alarmName: `${args.dimensions.pipeline}-${row.id}`,
        ...describe(row, args),
        alarmRule: pulumi.interpolate`ALARM("${child}")`,
        actionsSuppressor: {
          alarm: suppressor,
          waitPeriod: suppression.waitSeconds,
          extensionPeriod: suppression.extensionSeconds,
        },
        ...actionsOf(row, args),
      },
      { parent: this },
    );
  }
}

function applies(row: AlarmRow, args: AlarmsArgs): boolean {
  return row.appliesWhen !== "warehouse" || args.warehouse;
}

/** Keys and queue names of a row about queues. */
function queuesOf(row: AlarmRow, args: AlarmsArgs): [string, pulumi.Input<string>][] {
  if (row.metric.kind !== "queue-depth") return [];
  const { queue } = row.metric;
  if (queue === "notifier") return [[row.id, args.notifierDeadLetters]];
  if (queue === "pager") return args.pagerDeadLetters === undefined ? [] : [[row.id, args.pagerDeadLetters]];
  return (Object.keys(DEAD_LETTER_QUEUES) as DeadLetterQueue[]).flatMap((part) => {
    const queueName = args.deadLetters[part];
    return queueName === undefined ? [] : [[`${row.id}-${part}`, queueName] as [string, pulumi.Input<string>]];
  });
}

/**
 * Who is told. An alarm that goes straight to the pager is also recorded by the notifier, which tells its recovery:
 * CloudWatch itself would call the first value of a new alarm a recovery.
 */
function actionsOf(row: AlarmRow, { intakeTopicArn, pagerTopicArn }: AlarmsArgs): Actions {
  const direct = row.route === "pager-direct";
  return {
    alarmActions: direct ? [pagerTopicArn, intakeTopicArn] : [intakeTopicArn],
    okActions: [intakeTopicArn],
  };
}

function describe(row: AlarmRow, args: AlarmsArgs): { alarmDescription: string; tags: Tags } {
  return {
    alarmDescription: alarmDescription(row, args.runbookBase),
    tags: { ...args.tags, severity: row.severity, owner: row.owner, runbook: row.runbook },
  };
}

/** The metric that a row watches, in the form of a metric alarm. */
function watched(
  row: AlarmRow,
  args: AlarmsArgs,
  queueName: pulumi.Input<string> | undefined,
): Partial<aws.cloudwatch.MetricAlarmArgs> {
  const { team, environment, pipeline } = args.dimensions;
  const dimensions = {
    [DIMENSIONS.team]: team,
    [DIMENSIONS.environment]: environment,
    [DIMENSIONS.pipeline]: pipeline,
  };
  const { metric, statistic, periodSeconds: period } = row;
  switch (metric.kind) {
    case "pipeline":
      return { namespace: METRICS_NAMESPACE, metricName: METRICS[metric.metric].name, dimensions, statistic, period };
    case "queue-depth":
      return {
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: queueName ?? "" },
        statistic,
        period,
      };
    case "math": {
      const query = ([id, one]: [string, MetricId]): aws.types.input.cloudwatch.MetricAlarmMetricQuery => ({
        id,
        metric: { namespace: METRICS_NAMESPACE, metricName: METRICS[one].name, dimensions, stat: statistic, period },
        returnData: false,
      });
      return {
        metricQueries: [
          { id: "judged", expression: metric.expression, label: metric.label, returnData: true },
          ...Object.entries(metric.metrics).map(query),
        ],
      };
    }
  }
}
